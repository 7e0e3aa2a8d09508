using System;
using MaStreaming.Engine;
using MaStreaming.Kafka;
using MaStreaming.Protocol;

namespace MaStreaming.PacketWriting;

/// <summary>Hands the packets of a route to the producer, one by one or many at a time, and counts those that it takes.</summary>
internal sealed unsafe class PacketSender(StreamingEngine engine)
{
    private const int MostAtOnce = 256;

    /// <summary>More than a record adds to its key and value.</summary>
    private const int RecordOverhead = 1024;

    /// <summary>Hands over a packet without ever waiting; QueueFull where there is no room at this moment, or where it takes <see cref="Send"/>.</summary>
    public ErrorCode TrySend(WriteRoute route, byte* data, long length)
    {
        route.Delivery.Accept(1);
        ResponseError error = Produce(route, route.Target, data, length);
        return error switch
        {
            ResponseError.NoError => ErrorCode.None,
            ResponseError.Fatal or ResponseError.Destroyed => Refuse(ResponseError.QueueFull, route, length),
            _ => Refuse(error, route, length),
        };
    }

    /// <summary>Hands over a packet, waiting for room at most that long.</summary>
    public ErrorCode Send(WriteRoute route, byte* data, long length, int timeoutMilliseconds)
    {
        route.Delivery.Accept(1);
        ResponseError error;
        try
        {
            RouteTarget target = route.Target;
            error = ProduceWhenThereIsRoom(route, target, data, length, timeoutMilliseconds);
            if (error is ResponseError.Fatal or ResponseError.Destroyed && engine.Producers.Replace(target.Producer))
            {
                route.MoveTo(engine.Producer);
                error = ProduceWhenThereIsRoom(route, route.Target, data, length, timeoutMilliseconds);
            }
        }
        catch
        {
            route.Delivery.TakeBack(1);
            throw;
        }

        return error == ResponseError.NoError ? ErrorCode.None : Refuse(error, route, length);
    }

    /// <summary>Hands over packets that lie one after the other in memory, as long as nothing is special about them and there is room.</summary>
    /// <param name="route">Their route.</param>
    /// <param name="data">The first of all packets.</param>
    /// <param name="ends">Where each of them ends.</param>
    /// <param name="first">The packet to begin with.</param>
    /// <param name="last">The packet to end before.</param>
    /// <returns>How many were handed over.</returns>
    public int TrySendMany(WriteRoute route, byte* data, long* ends, int first, int last)
    {
        KafkaMessage* records = stackalloc KafkaMessage[Math.Min(MostAtOnce, last - first)];
        RouteTarget target = route.Target;
        int next = first;
        fixed (byte* key = route.Key)
        {
            while (true)
            {
                int gathered = Gather(route, key, data, ends, next, Math.Min(last, next + MostAtOnce), records);
                if (gathered == 0)
                {
                    return next - first;
                }

                route.Delivery.Accept(gathered);
                int taken = target.Producer.ProduceMany(target.Topic, route.Partition, records, gathered);
                next += taken;
                if (taken < gathered)
                {
                    route.Delivery.TakeBack(gathered - taken);
                    return next - first;
                }
            }
        }
    }

    /// <summary>Refuses a packet that is longer than any record can be.</summary>
    public ErrorCode RefuseLength(long length) => WriterEngine.Refuse(
        ErrorCode.MessageTooLarge, $"the packet has {length} bytes; message.max.bytes allows {engine.MaxMessageBytes} with the record around it");

    /// <summary>How large a packet of a route may be for sure.</summary>
    public int LongestPacket(WriteRoute route) => engine.MaxMessageBytes - route.Key.Length - RecordOverhead;

    private static ResponseError Produce(WriteRoute route, RouteTarget target, byte* data, long length)
    {
        fixed (byte* key = route.Key)
        {
            return target.Producer.Produce(target.Topic, route.Partition, data, length, key, route.Key.Length, new IntPtr(route.Delivery.Index));
        }
    }

    /// <summary>Makes records of packets, up to the first that cannot go with others.</summary>
    private int Gather(WriteRoute route, byte* key, byte* data, long* ends, int first, int last, KafkaMessage* records)
    {
        long longest = LongestPacket(route);
        long start = first == 0 ? 0 : ends[first - 1];
        IntPtr opaque = new(route.Delivery.Index);
        for (int i = first; i < last; i++)
        {
            long length = ends[i] - start;
            if (length > longest
                || !PacketView.TryParse(new ReadOnlySpan<byte>(data + start, (int)length), out PacketView packet)
                || (packet.IsEssential && route.CopiesEssentials))
            {
                return i - first;
            }

            records[i - first] = KafkaMessage.Record(data + start, length, key, route.Key.Length, opaque);
            start = ends[i];
        }

        return last - first;
    }

    private ResponseError ProduceWhenThereIsRoom(WriteRoute route, RouteTarget target, byte* data, long length, int timeoutMilliseconds)
    {
        ResponseError error = Produce(route, target, data, length);
        if (error == ResponseError.QueueFull && timeoutMilliseconds > 0)
        {
            engine.Tracker.WaitFor(
                () => (error = Produce(route, target, data, length)) != ResponseError.QueueFull, Deadline.After(timeoutMilliseconds));
        }

        return error;
    }

    private ErrorCode Refuse(ResponseError error, WriteRoute route, long length)
    {
        route.Delivery.TakeBack(1);
        return error switch
        {
            ResponseError.QueueFull => WriterEngine.Refuse(ErrorCode.QueueFull, "the producer's queue is full"),
            ResponseError.MessageTooLarge => RefuseLength(length),
            ResponseError.Fatal when engine.Producers.Failure is { } failure => WriterEngine.Refuse(failure.Code, failure.Text),
            _ => WriterEngine.Refuse(ErrorCodes.From(error), $"topic '{route.Delivery.Topic}' did not take the packet: {ResponseErrors.Describe(error)}"),
        };
    }
}
