using System;
using System.Collections.Generic;
using System.Text;
using System.Threading;
using MaStreaming.Kafka;

namespace MaStreaming.Engine;

/// <summary>Writes the few records that somebody waits for: session records and data format definitions.</summary>
internal sealed class RecordPublisher(ProducerSupply producers, DeliveryTracker tracker)
{
    /// <summary>Partition chosen by the key, as the other writers of a shared topic choose it (wire contract 2.2).</summary>
    public const int ByKey = -1;

    /// <summary>Writes one record and waits for its acknowledgement.</summary>
    /// <returns>Where the record was stored.</returns>
    /// <exception cref="StreamingException">The record was refused, or its fate is not known by the deadline.</exception>
    public TopicPartitionOffset Publish(
        string topic, int partition, string key, byte[] value, Deadline deadline, CancellationToken cancellation)
    {
        PendingDelivery pending = Send(topic, partition, key, value, deadline, cancellation);
        return Await(topic, pending, deadline, cancellation);
    }

    /// <summary>Writes the same record to several partitions, in their order, and waits for all of them.</summary>
    public IReadOnlyList<TopicPartitionOffset> PublishToAll(
        IEnumerable<TopicPartition> partitions, string key, byte[] value, Deadline deadline, CancellationToken cancellation)
    {
        List<(string Topic, PendingDelivery Delivery)> pending = [];
        foreach ((string topic, int partition) in partitions)
        {
            pending.Add((topic, Send(topic, partition, key, value, deadline, cancellation)));
        }

        List<TopicPartitionOffset> stored = [];
        foreach ((string topic, PendingDelivery delivery) in pending)
        {
            stored.Add(Await(topic, delivery, deadline, cancellation));
        }

        return stored;
    }

    private PendingDelivery Send(
        string topic, int partition, string key, byte[] value, Deadline deadline, CancellationToken cancellation)
    {
        PendingDelivery pending = tracker.Expect();
        ResponseError error = ResponseError.Destroyed;
        try
        {
            KafkaProducer producer = producers.Current;
            error = Queue(producer, topic, partition, key, value, pending, deadline, cancellation);
            if (error is ResponseError.Fatal or ResponseError.Destroyed && producers.Replace(producer))
            {
                error = Queue(producers.Current, topic, partition, key, value, pending, deadline, cancellation);
            }
        }
        finally
        {
            if (error != ResponseError.NoError)
            {
                tracker.Forget(pending);
            }
        }

        return error == ResponseError.NoError ? pending : throw new StreamingException(
            ErrorCodes.From(error),
            $"a record of {value.Length} bytes for topic '{topic}' was not accepted: {producers.Failure?.Text ?? ResponseErrors.Describe(error)}");
    }

    /// <summary>Puts a record into the queue, waiting for room.</summary>
    private unsafe ResponseError Queue(
        KafkaProducer producer, string topic, int partition, string key, byte[] value, PendingDelivery pending, Deadline deadline, CancellationToken cancellation)
    {
        if (producer.IsClosed)
        {
            return ResponseError.Destroyed;
        }

        KafkaTopicHandle handle = producer.Topic(topic);
        byte[] keyBytes = Encoding.UTF8.GetBytes(key);
        ResponseError error = ResponseError.QueueFull;

        // A fixed empty array is a null pointer, and a null key is not an empty one.
        byte empty = 0;
        tracker.WaitFor(
            () =>
            {
                fixed (byte* valuePointer = value)
                fixed (byte* keyPointer = keyBytes)
                {
                    byte noKey = empty;
                    error = producer.Produce(
                        handle, partition, valuePointer, value.Length, keyBytes.Length == 0 ? &noKey : keyPointer, keyBytes.Length, new IntPtr(pending.Opaque));
                }

                return error != ResponseError.QueueFull;
            },
            deadline,
            cancellation);
        return error;
    }

    private TopicPartitionOffset Await(string topic, PendingDelivery pending, Deadline deadline, CancellationToken cancellation)
    {
        producers.Current.BeginFlush();
        if (!tracker.WaitFor(() => pending.IsSettled, deadline, cancellation))
        {
            if (cancellation.IsCancellationRequested)
            {
                throw new StreamingException(ErrorCode.Cancelled, $"cancelled while a record for topic '{topic}' was on its way; it may still be stored");
            }

            throw new StreamingException(
                ErrorCode.Timeout,
                $"the broker did not acknowledge a record for topic '{topic}' in time ({producers.Current.Trouble.Last ?? "no error was reported"}); it may still be stored");
        }

        if (pending.Error != ResponseError.NoError)
        {
            ErrorCode code = ErrorCodes.From(pending.Error);
            throw new StreamingException(
                code == ErrorCode.Authentication ? code : ErrorCode.DeliveryFailed,
                $"a record for topic '{topic}' was not stored: {ResponseErrors.Describe(pending.Error)}");
        }

        return new TopicPartitionOffset(topic, pending.Partition, pending.Offset);
    }
}
