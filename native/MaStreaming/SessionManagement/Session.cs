using System.Collections.Generic;

namespace MaStreaming.SessionManagement;

/// <summary>What is known of one session at one moment; never changed, only replaced.</summary>
internal sealed record Session
{
    public required string Key { get; init; }

    public required string DataSource { get; init; }

    public string Identifier { get; init; } = "";

    public string Type { get; init; } = "";

    public uint Version { get; init; }

    /// <summary>True once an end of session record was seen (wire contract 3.5).</summary>
    public bool IsHistorical { get; init; }

    public long? UtcOffsetNanoseconds { get; init; }

    /// <summary>As recorded; the timestamp of the session's first record where the writer recorded none.</summary>
    public long? CreationTimeNanoseconds { get; init; }

    /// <summary>As recorded; the timestamp of the end of session record where the writer recorded none.</summary>
    public long? TerminationTimeNanoseconds { get; init; }

    public IReadOnlyList<(string Key, string Value)> Details { get; init; } = [];

    public IReadOnlyList<string> AssociateSessionKeys { get; init; } = [];

    /// <summary>High watermarks when the session was created, by "topic:partition" (wire contract 3.2).</summary>
    public IReadOnlyDictionary<string, long> StartOffsets { get; init; } = new Dictionary<string, long>();

    /// <summary>High watermarks when the session was ended; advisory (wire contract 3.8).</summary>
    public IReadOnlyDictionary<string, long> EndOffsets { get; init; } = new Dictionary<string, long>();

    /// <summary>Timestamp of the newest session record, in milliseconds since the Unix epoch; 0 where none has one.</summary>
    public long LastActivityMilliseconds { get; init; }
}
