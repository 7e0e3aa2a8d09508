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
