using System;
using System.Diagnostics;
using MaStreaming.Columns;

namespace MaStreaming.PacketWriting;

/// <summary>Makes packets of arrays and hands them to the producer.</summary>
/// <param name="packets">Hands over the packets.</param>
/// <param name="fullQueueMilliseconds">How long one call waits for room; 0 not at all.</param>
internal sealed unsafe class ArraySender(PacketSender packets, int fullQueueMilliseconds)
{
    /// <summary>How long one call goes on, so that whoever waits can be interrupted.</summary>
    private const long SliceMilliseconds = 100;

    /// <summary>Goes on with arrays for a moment. Where a packet is refused the next call begins with that one.</summary>
    /// <exception cref="StreamingException">The arrays cannot be written; nothing of them was.</exception>
    public ErrorCode Send(WriteRoute route, ref ArrayBatch batch)
    {
        using PacketEncoder encoder = new(route.Delivery.SessionKey, batch.FormatId, [], packets.LongestPacket(route));
        Begin(encoder, ref batch);
        Stopwatch watch = Stopwatch.StartNew();
        while (encoder.TryNext(out byte* packet, out int length))
        {
            long left = Math.Max(0, SliceMilliseconds - watch.ElapsedMilliseconds);
            ErrorCode error = packets.Send(route, packet, length, (int)Math.Min(left, fullQueueMilliseconds));
            if (error != ErrorCode.None)
            {
                return error;
            }

            batch.Accepted = encoder.Encoded;
            if (left == 0)
            {
                break;
            }
        }

        return ErrorCode.None;
    }

    private static void Begin(PacketEncoder encoder, ref ArrayBatch batch)
    {
        long? goOnAt = batch.AreChecked != 0 ? batch.Accepted : null;
        if (batch.AreRows != 0)
        {
            encoder.BeginRows(batch.Matrix(), batch.Timestamps, batch.TimestampStride, goOnAt);
        }
        else
        {
            encoder.BeginColumns(batch.Matrix(), batch.Times(), goOnAt);
        }

        batch.AreChecked = 1;
    }
}
