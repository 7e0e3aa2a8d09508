using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using MaStreaming.Columns;

namespace MaStreaming.Interop;

/// <summary>What became of the packets that columns are made of.</summary>
public sealed class ColumnStatisticsData
{
    internal ColumnStatisticsData(ColumnStatistics statistics)
    {
        Counts =
        [
            statistics.Packets, statistics.Samples, statistics.NotSelectedPackets, statistics.OtherPackets, statistics.ZeroIntervalPackets,
            statistics.LatePackets, statistics.WideStatuses, statistics.WaitingPackets, statistics.WaitingBytes,
            statistics.TableRows, statistics.MisspeltPackets, statistics.ImplausiblePackets,
        ];
        long[] rejected = statistics.Rejected();
        string?[] first = statistics.FirstRejections();
        int[] reasons = Enumerable.Range(0, rejected.Length).Where(reason => rejected[reason] > 0).ToArray();
        Reasons = reasons.Select(reason => ((RejectionReason)reason).ToString()).ToArray();
        Rejected = reasons.Select(reason => rejected[reason]).ToArray();
        FirstRejections = reasons.Select(reason => first[reason] ?? "").ToArray();
        KeyValuePair<ulong, (long Packets, long Bytes)>[] unresolved = statistics.Unresolved().ToArray();
        UnresolvedIds = unresolved.Select(each => each.Key.ToString(CultureInfo.InvariantCulture)).ToArray();
        UnresolvedPackets = unresolved.Select(each => each.Value.Packets).ToArray();
    }

    /// <summary>Packets, samples, packets not selected, packets of other types, periodic packets with interval 0, packets with times that go back, statuses that no byte holds, packets that wait, and their bytes, rows of tables, misspelt packets among them, and packets with times that can hardly be right.</summary>
    public long[] Counts { get; }

    /// <summary>Why packets were left out.</summary>
    public string[] Reasons { get; }

    /// <summary>How many were left out for each reason.</summary>
    public long[] Rejected { get; }

    /// <summary>What was wrong with the first one of each reason.</summary>
    public string[] FirstRejections { get; }

    /// <summary>Data formats whose definitions did not come.</summary>
    public string[] UnresolvedIds { get; }

    /// <summary>How many packets were left out for want of each.</summary>
    public long[] UnresolvedPackets { get; }
}
