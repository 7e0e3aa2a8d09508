namespace MaStreaming.PacketReading;

/// <summary>How far one session has been read on one partition.</summary>
internal sealed class StreamCursor(ReadStream stream, ReadPartition partition, int index, long start)
{
    public ReadStream Stream { get; } = stream;

    public ReadPartition Partition { get; } = partition;

    /// <summary>The number that its packets carry in the ring.</summary>
    public int Index { get; set; } = index;

    /// <summary>The offset that reading began at, or went on at.</summary>
    public long Start { get; set; } = start;

    /// <summary>The partition went back when this much had been delivered: what was delivered before is in no order with what came since.</summary>
    public long DeliveredBeforeGoingBack { get; set; }

    /// <summary>The first offset that has not been delivered; what comes again below it is passed over.</summary>
    public long Next { get; set; } = start;

    /// <summary>The offset after the last packet that was put into the ring; 0 for none.</summary>
    public long Delivered { get; set; }

    /// <summary>The first offset that is not wanted, however much of the session follows.</summary>
    public long Limit { get; init; } = long.MaxValue;

    /// <summary>The end that the session's end record names for this partition; null while there is none.</summary>
    public long? RecordedEnd { get; set; }

    /// <summary>The watermark beyond which nothing is waited for; null while the session is live.</summary>
    public long? Target { get; set; }

    /// <summary>The largest record timestamp so far, in milliseconds since the Unix epoch.</summary>
    public long NewestTimestamp { get; set; }

    public bool IsCompleted { get; set; }

    /// <summary>Both the recorded end and the in-stream end of session are behind.</summary>
    public bool HasEnded =>
        Target is { } target && Stream.SawEnd && Partition.Position >= (SawEnd ? System.Math.Min(RecordedEnd ?? target, target) : target);

    /// <summary>The stream's end of session came on this partition; a stream of several partitions has it on one of them.</summary>
    public bool SawEnd { get; set; }

    public bool HasReachedTarget => Target is { } target && Partition.Position >= target;

    /// <summary>Records that are still to come before the target.</summary>
    public long Missing => System.Math.Max(0, (Target ?? 0) - Partition.Position);
}
