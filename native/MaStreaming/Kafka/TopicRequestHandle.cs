using System;

namespace MaStreaming.Kafka;

/// <summary>rd_kafka_NewTopic_t: the wish for a topic.</summary>
internal sealed class TopicRequestHandle : CountedHandle
{
    /// <summary>As many replicas as the broker makes by default.</summary>
    private const int DefaultReplication = -1;

    public unsafe TopicRequestHandle(string name, int partitions)
    {
        byte* reason = stackalloc byte[LibRdKafka.ErrorTextSize];
        IntPtr request = LibRdKafka.NewTopicRequest(name, partitions, DefaultReplication, reason, (UIntPtr)LibRdKafka.ErrorTextSize);
        string text = request == IntPtr.Zero ? LibRdKafka.Text(reason) : string.Empty;
        Own(request, () => new StreamingException(ErrorCode.InvalidArgument, $"topic '{name}' with {partitions} partitions was refused: {text}"));
    }

    protected override void Free(IntPtr value) => LibRdKafka.DestroyTopicRequest(value);
}
