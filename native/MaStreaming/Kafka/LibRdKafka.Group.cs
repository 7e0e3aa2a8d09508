using System;
using System.Runtime.InteropServices;

namespace MaStreaming.Kafka;

/// <summary>Called by librdkafka, from within a consume call, when the group gives partitions to the client or takes some away.</summary>
[UnmanagedFunctionPointer(CallingConvention.Cdecl)]
internal delegate void Rebalancing(IntPtr client, ResponseError what, IntPtr partitions, IntPtr opaque);

/// <summary>Consumer groups: membership, committed offsets.</summary>
internal static partial class LibRdKafka
{
    public const int EventOffsetCommit = 0x20;

    [DllImport(Library, EntryPoint = "rd_kafka_conf_set_rebalance_cb", CallingConvention = CallingConvention.Cdecl)]
    public static extern void SetRebalanceCallback(ConfigurationHandle configuration, Rebalancing callback);

    [DllImport(Library, EntryPoint = "rd_kafka_subscribe", CallingConvention = CallingConvention.Cdecl)]
    public static extern ResponseError Subscribe(IntPtr client, TopicPartitionListHandle topics);

    [DllImport(Library, EntryPoint = "rd_kafka_assignment_lost", CallingConvention = CallingConvention.Cdecl)]
    public static extern int AssignmentLost(IntPtr client);

    [DllImport(Library, EntryPoint = "rd_kafka_committed", CallingConvention = CallingConvention.Cdecl)]
    public static extern ResponseError Committed(IntPtr client, TopicPartitionListHandle partitions, int timeoutMilliseconds);

    [DllImport(Library, EntryPoint = "rd_kafka_commit_queue", CallingConvention = CallingConvention.Cdecl)]
    public static extern ResponseError CommitQueue(
        IntPtr client, TopicPartitionListHandle offsets, KafkaQueueHandle answers, IntPtr callback, IntPtr opaque);

    [DllImport(Library, EntryPoint = "rd_kafka_consumer_close_queue", CallingConvention = CallingConvention.Cdecl)]
    public static extern IntPtr CloseConsumer(IntPtr client, KafkaQueueHandle queue);

    [DllImport(Library, EntryPoint = "rd_kafka_consumer_closed", CallingConvention = CallingConvention.Cdecl)]
    public static extern int IsConsumerClosed(IntPtr client);
}
