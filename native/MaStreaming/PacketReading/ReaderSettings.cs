using System.Collections.Generic;

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
