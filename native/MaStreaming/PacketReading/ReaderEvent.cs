using MaStreaming.SessionManagement;

namespace MaStreaming.PacketReading;

internal enum ReaderEventKind
{
    SessionReadingStarted = 1,
    SessionInfoUpdated = 2,
    SessionReadingCompleted = 3,
    StreamReadingStarted = 4,
    StreamReadingCompleted = 5,
    SessionAssociationInfoUpdated = 6,
    CoverageCursorReceived = 7,
    Failed = 8,
}

/// <summary>Why the reading of a session came to its end; the text is what users see.</summary>
internal static class CompletionReason
{
    public const string Ended = "ended";
    public const string EndOffset = "end_offset";
    public const string Inactivity = "inactivity";
    public const string Stopped = "stopped";
    public const string DataExpired = "data_expired";
    public const string Error = "error";
}

/// <summary>Something that a reader tells in the same order as its packets.</summary>
internal sealed record ReaderEvent(ReaderEventKind Kind)
{
    public Session? Session { get; init; }

    public Session? Associate { get; init; }

    public string Stream { get; init; } = "";

    public string Reason { get; init; } = "";

    public ulong CoverageCursorTime { get; init; }

    public ErrorCode ErrorCode { get; init; }

    public string Message { get; init; } = "";
}
