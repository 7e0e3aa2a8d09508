using System;

namespace MaStreaming.PacketReading;

/// <summary>One stream of a session that is being read.</summary>
internal sealed class ReadStream(SessionReading session, string name, int index)
{
    public SessionReading Session { get; } = session;

    public string Name { get; } = name;

    /// <summary>The number that its packets carry in the ring.</summary>
    public int Index { get; } = index;

    /// <summary>True from its first packet on; only then is it told of.</summary>
    public bool IsStarted { get; set; }

    public bool IsCompleted { get; set; }

    /// <summary>The in-stream end of session was delivered (wire contract 6.5).</summary>
    public bool SawEnd { get; set; }

    /// <summary>When its last packet came, in monotonic milliseconds.</summary>
    public long LastPacketAt { get; set; }
}

/// <summary>How far one session has been read on one partition.</summary>
internal sealed class StreamCursor(ReadStream stream, ReadPartition partition, long next)
{
    public ReadStream Stream { get; } = stream;

    public ReadPartition Partition { get; } = partition;

    /// <summary>The first offset that has not been delivered; what comes again below it is passed over.</summary>
    public long Next { get; set; } = next;

    /// <summary>The first offset that is not wanted, however much of the session follows.</summary>
    public long Limit { get; init; } = long.MaxValue;

    /// <summary>The end that the session's end record names for this partition; null while there is none.</summary>
    public long? RecordedEnd { get; set; }

    /// <summary>The watermark beyond which nothing is waited for; null while the session is live.</summary>
    public long? Target { get; set; }

    public bool IsCompleted { get; set; }

    /// <summary>Both the recorded end and the in-stream end of session are behind.</summary>
    public bool HasEnded =>
        Target is { } target && Stream.SawEnd && Partition.Position >= (SawEnd ? Math.Min(RecordedEnd ?? target, target) : target);

    /// <summary>The stream's end of session came on this partition; a stream of several partitions has it on one of them.</summary>
    public bool SawEnd { get; set; }

    public bool HasReachedTarget => Target is { } target && Partition.Position >= target;
}
