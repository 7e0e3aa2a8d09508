using System;
using System.Collections.Generic;

namespace MaStreaming.Columns;

/// <summary>What became of the packets of one reader of columns.</summary>
/// <param name="warn">Is told of the first packet that is left out for each reason.</param>
internal sealed class ColumnStatistics(Action<string>? warn = null)
{
    private const int MostIdsToTell = 100;

    private readonly object _gate = new();
    private readonly long[] _rejected = new long[Rejection.Reasons];
    private readonly string?[] _firstRejections = new string?[Rejection.Reasons];
    private readonly Dictionary<ulong, (long Packets, long Bytes)> _unresolved = [];

    /// <summary>Packets whose samples were decoded.</summary>
    public long Packets { get; set; }

    public long Samples { get; set; }

    /// <summary>Packets with samples of which no parameter is selected.</summary>
    public long NotSelectedPackets { get; set; }

    /// <summary>Packets of types that have no samples.</summary>
    public long OtherPackets { get; set; }

    /// <summary>Periodic packets with interval 0, all of whose samples have one time.</summary>
    public long ZeroIntervalPackets { get; set; }

    /// <summary>Packets with times that go back.</summary>
    public long LatePackets { get; set; }

    /// <summary>Statuses that no byte can hold; 255 stands for them.</summary>
    public long WideStatuses { get; set; }

    /// <summary>Packets, and their bytes, that wait for the definition of their data format, or behind such packets.</summary>
    public long WaitingPackets { get; set; }

    public long WaitingBytes { get; set; }

    /// <summary>Packets that were left out, by <see cref="RejectionReason"/>.</summary>
    public long[] Rejected()
    {
        lock (_gate)
        {
            return (long[])_rejected.Clone();
        }
    }

    /// <summary>What was wrong with the first packet of each reason; null where there was none.</summary>
    public string?[] FirstRejections()
    {
        lock (_gate)
        {
            return (string?[])_firstRejections.Clone();
        }
    }

    /// <summary>Packets that were given up because the definition of their data format did not come, by its id.</summary>
    public Dictionary<ulong, (long Packets, long Bytes)> Unresolved()
    {
        lock (_gate)
        {
            return new Dictionary<ulong, (long Packets, long Bytes)>(_unresolved);
        }
    }

    public void CountRejection(Rejection rejection, string stream, long offset)
    {
        lock (_gate)
        {
            if (_rejected[(int)rejection.Reason]++ == 0)
            {
                string first = $"packet at offset {offset} of {stream}: {rejection}";
                _firstRejections[(int)rejection.Reason] = first;
                warn?.Invoke($"columns leave out a {first}; further ones like it are only counted");
            }
        }
    }

    public void CountUnresolved(ulong formatId, long bytes)
    {
        lock (_gate)
        {
            _unresolved.TryGetValue(formatId, out (long Packets, long Bytes) before);
            _unresolved[formatId] = (before.Packets + 1, before.Bytes + bytes);
            if (before.Packets == 0 && _unresolved.Count <= MostIdsToTell)
            {
                warn?.Invoke($"columns leave out packets with data format {formatId}, whose definition did not come");
            }
        }
    }
}
