using System;
using System.Collections.Generic;

namespace MaStreaming.Kafka;

/// <summary>rd_kafka_topic_partition_list_t.</summary>
internal sealed unsafe class TopicPartitionListHandle : CountedHandle
{
    private TopicPartitionListHandle(int size) =>
        Own(LibRdKafka.NewTopicPartitionList(size), () => new StreamingException(ErrorCode.Internal, "no list of partitions could be made"));

    /// <summary>The elements, with the error that a call left at each; in librdkafka's memory, until this is disposed.</summary>
    public ReadOnlySpan<NativeTopicPartition> Elements
    {
        get
        {
            NativeTopicPartitionList* list = (NativeTopicPartitionList*)Pointer;
            return new ReadOnlySpan<NativeTopicPartition>(list->Elements, list->Count);
        }
    }

    public static TopicPartitionListHandle Of(IReadOnlyCollection<TopicPartitionOffset> positions)
    {
        TopicPartitionListHandle list = new(positions.Count);
        foreach (TopicPartitionOffset position in positions)
        {
            LibRdKafka.AddTopicPartition(list, position.Topic, position.Partition)->Offset = position.Offset;
        }

        return list;
    }

    public static TopicPartitionListHandle Of(IReadOnlyCollection<TopicPartition> partitions)
    {
        TopicPartitionListHandle list = new(partitions.Count);
        foreach (TopicPartition partition in partitions)
        {
            LibRdKafka.AddTopicPartition(list, partition.Topic, partition.Partition);
        }

        return list;
    }

    /// <summary>Throws for the first element that a call left an error at.</summary>
    /// <param name="action">What was tried, as the beginning of a sentence.</param>
    public void ThrowIfAnyFailed(string action)
    {
        foreach (ref readonly NativeTopicPartition element in Elements)
        {
            if (element.Error != ResponseError.NoError)
            {
                ResponseErrors.ThrowIfAny(element.Error, $"{action} {LibRdKafka.Text(element.Topic)}:{element.Partition}");
            }
        }
    }

    protected override void Free(IntPtr value) => LibRdKafka.DestroyTopicPartitionList(value);
}
