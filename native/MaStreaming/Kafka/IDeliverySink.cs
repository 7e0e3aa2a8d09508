using System;

namespace MaStreaming.Kafka;

/// <summary>Gets the delivery reports of a producer, on the producer's thread: it must not wait.</summary>
internal interface IDeliverySink
{
    /// <summary>A record was stored, or never will be.</summary>
    /// <param name="opaque">The value given to <see cref="KafkaProducer.Produce"/>.</param>
    /// <param name="error">None when it was stored.</param>
    /// <param name="value">The record's value; valid during the call.</param>
    /// <param name="length">Length of the value in bytes.</param>
    /// <param name="offset">Where it was stored.</param>
    /// <param name="partition">The partition it was stored in.</param>
    public unsafe void Delivered(IntPtr opaque, ResponseError error, byte* value, long length, long offset, int partition);

    /// <summary>No further report is at hand: a good moment to wake who waits.</summary>
    public void EndOfBatch();

    /// <summary>A call of this interface threw, or the thread that calls it ended.</summary>
    public void Failed(Exception e);
}
