using System;
using MaStreaming.Engine;
using MaStreaming.Kafka;
using MaStreaming.Protocol;

namespace MaStreaming.PacketWriting;

/// <summary>Hands the packets of a route to the producer, one by one or many at a time, and counts those that it takes.</summary>
internal sealed unsafe class PacketSender(StreamingEngine engine)
{
    private const int FullQueueMilliseconds = 100;
    private const int MostAtOnce = 256;
    private const int EssentialsPartition = 0;

    /// <summary>More than a record adds to its key and value.</summary>
    private const int RecordOverhead = 1024;

    /// <summary>Hands over a packet that is not essential; QueueFull where there is no room at this moment.</summary>
    public ErrorCode TrySend(WriteRoute route, byte* data, long length)
    {
        route.Delivery.Accept(1);
        ResponseError error = Produce(route.Topic, route.Partition, route, route.Delivery, data, length);
        return error == ResponseError.NoError ? ErrorCode.None : Refuse(error, route.Delivery, length);
    }

    /// <summary>Hands over a packet and, before it, the copy that goes to the essentials. Waits a little for room.</summary>
    public ErrorCode Send(WriteRoute route, byte* data, long length, bool isEssential)
    {
        if (!isEssential || route.Essentials is not { } essentials)
        {
            return Send(route.Topic, route.Partition, route, route.Delivery, data, length, FullQueueMilliseconds);
        }

        ErrorCode error = Send(route.EssentialsTopic!, EssentialsPartition, route, essentials, data, length, FullQueueMilliseconds);

        // The first copy is on its way: only now the second one may not be given up for a full queue.
        return error == ErrorCode.None
            ? Send(route.Topic, route.Partition, route, route.Delivery, data, length, engine.Settings.TimeoutMilliseconds)
            : error;
    }

    /// <summary>Hands over packets that lie one after the other in memory, as long as nothing is special about them and there is room.</summary>
    /// <param name="route">Their route.</param>
    /// <param name="data">The first of all packets.</param>
    /// <param name="ends">Where each of them ends.</param>
    /// <param name="first">The packet to begin with.</param>
    /// <param name="count">How many there are, with those before the first.</param>
    /// <returns>How many were handed over.</returns>
    public int TrySendMany(WriteRoute route, byte* data, long* ends, int first, int count)
    {
        KafkaMessage* records = stackalloc KafkaMessage[MostAtOnce];
        int next = first;
        fixed (byte* key = route.Key)
        {
            while (true)
            {
                int gathered = Gather(route, key, data, ends, next, Math.Min(count, next + MostAtOnce), records);
                if (gathered == 0)
                {
                    return next - first;
                }

                route.Delivery.Accept(gathered);
                int taken = engine.Producer.ProduceMany(route.Topic, route.Partition, records, gathered);
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

    /// <summary>Makes records of packets, up to the first that cannot go with others.</summary>
    private int Gather(WriteRoute route, byte* key, byte* data, long* ends, int first, int last, KafkaMessage* records)
    {
        long longest = engine.MaxMessageBytes - route.Key.Length - RecordOverhead;
        long start = first == 0 ? 0 : ends[first - 1];
        IntPtr opaque = new(route.Delivery.Index);
        for (int i = first; i < last; i++)
        {
            long length = ends[i] - start;
            if (length > longest
                || !PacketView.TryParse(new ReadOnlySpan<byte>(data + start, (int)length), out PacketView packet)
                || (packet.IsEssential && route.Essentials is not null))
            {
                return i - first;
            }

            records[i - first] = KafkaMessage.Record(data + start, length, key, route.Key.Length, opaque);
            start = ends[i];
        }

        return last - first;
    }

    private ErrorCode Send(KafkaTopicHandle topic, int partition, WriteRoute route, DeliveryRoute delivery, byte* data, long length, int timeoutMilliseconds)
    {
        delivery.Accept(1);
        ResponseError error = Produce(topic, partition, route, delivery, data, length);
        if (error == ResponseError.QueueFull)
        {
            error = ProduceWhenThereIsRoom(topic, partition, route, delivery, data, length, timeoutMilliseconds);
        }

        return error == ResponseError.NoError ? ErrorCode.None : Refuse(error, delivery, length);
    }

    private ResponseError ProduceWhenThereIsRoom(
        KafkaTopicHandle topic, int partition, WriteRoute route, DeliveryRoute delivery, byte* data, long length, int timeoutMilliseconds)
    {
        ResponseError error = ResponseError.QueueFull;
        engine.Tracker.WaitFor(
            () => (error = Produce(topic, partition, route, delivery, data, length)) != ResponseError.QueueFull, Deadline.After(timeoutMilliseconds));
        return error;
    }

    private ResponseError Produce(KafkaTopicHandle topic, int partition, WriteRoute route, DeliveryRoute delivery, byte* data, long length)
    {
        fixed (byte* key = route.Key)
        {
            return engine.Producer.Produce(topic, partition, data, length, key, route.Key.Length, new IntPtr(delivery.Index));
        }
    }

    private ErrorCode Refuse(ResponseError error, DeliveryRoute delivery, long length)
    {
        delivery.TakeBack(1);
        return error switch
        {
            ResponseError.QueueFull => WriterEngine.Refuse(ErrorCode.QueueFull, "the producer's queue is full"),
            ResponseError.MessageTooLarge => RefuseLength(length),
            _ => WriterEngine.Refuse(ErrorCodes.From(error), $"topic '{delivery.Topic}' did not take the packet: {ResponseErrors.Describe(error)}"),
        };
    }
}
