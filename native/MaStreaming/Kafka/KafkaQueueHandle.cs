using System;

namespace MaStreaming.Kafka;

/// <summary>rd_kafka_queue_t: a reference to one of a client's queues.</summary>
internal sealed class KafkaQueueHandle : CountedHandle
{
    private KafkaQueueHandle(KafkaClientHandle client, Func<IntPtr, IntPtr> make)
        : base(client) => Own(make(client.Pointer), () => new StreamingException(ErrorCode.Internal, "librdkafka gave no queue"));

    /// <summary>The queue of everything that is not a message from a broker: delivery reports, errors, logs.</summary>
    public static KafkaQueueHandle Main(KafkaClientHandle client) => new(client, LibRdKafka.MainQueue);

    /// <summary>The queue of a consumer's messages.</summary>
    public static KafkaQueueHandle Consumer(KafkaClientHandle client) => new(client, LibRdKafka.ConsumerQueue);

    /// <summary>A new queue, for the answers to one admin request.</summary>
    public static KafkaQueueHandle Answers(KafkaClientHandle client) => new(client, LibRdKafka.NewQueue);

    protected override void Free(IntPtr value) => LibRdKafka.DestroyQueue(value);
}
