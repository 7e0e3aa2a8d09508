namespace MaStreaming.PacketWriting;

/// <summary>Whether packets can be written.</summary>
internal enum WriterState
{
    /// <summary>Nothing is wrong.</summary>
    Healthy = 0,

    /// <summary>No broker is reached at present; what is written waits in the queue.</summary>
    Degraded = 1,

    /// <summary>Nothing can be written: the producer has failed for good and is not replaced.</summary>
    Failed = 2,
}

/// <summary>Whether packets can be written, and what is wrong.</summary>
/// <param name="State">Whether they can.</param>
/// <param name="Reason">Empty where nothing is wrong.</param>
/// <param name="FatalErrors">How many producers have failed for good.</param>
internal sealed record WriterHealth(WriterState State, string Reason, long FatalErrors);
