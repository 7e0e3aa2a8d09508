using System;

namespace MaStreaming.Kafka;

/// <summary>rd_kafka_topic_t: a topic as one client sees it.</summary>
internal sealed class KafkaTopicHandle : CountedHandle
{
    public KafkaTopicHandle(KafkaClientHandle client, string name)
        : base(client)
    {
        Name = name;
        IntPtr topic = LibRdKafka.NewTopic(client.Pointer, name, IntPtr.Zero);
        ResponseError error = topic == IntPtr.Zero ? LibRdKafka.LastError() : ResponseError.NoError;
        Own(topic, () => new StreamingException(ErrorCodes.From(error), $"topic '{name}' cannot be used: {ResponseErrors.Describe(error)}"));
    }

    public string Name { get; }

    protected override void Free(IntPtr value) => LibRdKafka.DestroyTopic(value);
}
