using System.Collections.Generic;
using MaStreaming.Kafka;

namespace MaStreaming.PacketReading;

internal enum ReadingType
{
    Live = 0,
    Historic = 1,
    Both = 2,
}

/// <summary>What one reader reads (wire contract 9.4), already validated by the caller.</summary>
internal sealed record ReaderSettings
{
    public required string DataSource { get; init; }

    /// <summary>One session; empty for every session that the pattern matches.</summary>
    public string SessionKey { get; init; } = "";

    public string SessionIdentifierPattern { get; init; } = "*";

    public ReadingType ReadingType { get; init; }

    /// <summary>Streams to read; empty for all.</summary>
    public IReadOnlyCollection<string> Streams { get; init; } = [];

    public IReadOnlyCollection<string> ExcludedStreams { get; init; } = [];

    public bool ExcludesMainStream { get; init; }

    /// <summary>True to read the data source's essentials instead of its streams (wire contract 9.5).</summary>
    public bool ReadsEssentials { get; init; }

    /// <summary>Sessions that are live when reading begins are read from their present end on.</summary>
    public bool BeginsAtLeadingEdge { get; init; }

    /// <summary>Record timestamp to begin at, in milliseconds since the Unix epoch; null for the session's beginning.</summary>
    public long? StartTimeMilliseconds { get; init; }

    /// <summary>Record timestamp to end before, in milliseconds since the Unix epoch; null for the session's end.</summary>
    public long? EndTimeMilliseconds { get; init; }

    /// <summary>How many packets may wait for the handler; 0 for as many as the blocks hold.</summary>
    public int BufferLength { get; init; }

    /// <summary>The group that shares the reading; empty for none.</summary>
    public string Group { get; init; } = "";

    /// <summary>Offsets to begin at, where sessions begin earlier.</summary>
    public IReadOnlyDictionary<TopicPartition, long> StartFrom { get; init; } = new Dictionary<TopicPartition, long>();

    /// <summary>Where records were deleted before they were read, reading goes on with those that are there; otherwise it fails.</summary>
    public bool GoesOnFromEarliest { get; init; }

    /// <summary>Packets that came before are passed over.</summary>
    public bool SkipsDuplicates { get; init; }

    public bool HasTimeRange => StartTimeMilliseconds is not null || EndTimeMilliseconds is not null;

    /// <summary>Null: 30 s for what has ended, none for a live session.</summary>
    public int? InactivityTimeoutMilliseconds { get; init; }

    /// <summary>How long no session or no packet may be seen before the reader fails; null to wait on.</summary>
    public int? FailAfterMilliseconds { get; init; }

    public bool Selects(string stream) =>
        (stream.Length > 0 || !ExcludesMainStream)
        && (Streams.Count == 0 || Contains(Streams, stream))
        && !Contains(ExcludedStreams, stream);

    private static bool Contains(IReadOnlyCollection<string> streams, string stream)
    {
        foreach (string other in streams)
        {
            if (other == stream)
            {
                return true;
            }
        }

        return false;
    }
}
