using System;
using System.Runtime.InteropServices;

namespace MaStreaming.Kafka;

/// <summary>Topic objects and lists of topic partitions.</summary>
internal static unsafe partial class LibRdKafka
{
    [DllImport(
        Library,
        EntryPoint = "rd_kafka_topic_new",
        CallingConvention = CallingConvention.Cdecl,
        BestFitMapping = false,
        ThrowOnUnmappableChar = true)]
    public static extern IntPtr NewTopic(IntPtr client, [MarshalAs(UnmanagedType.LPUTF8Str)] string name, IntPtr configuration);

    [DllImport(Library, EntryPoint = "rd_kafka_topic_destroy", CallingConvention = CallingConvention.Cdecl)]
    public static extern void DestroyTopic(IntPtr topic);

    [DllImport(Library, EntryPoint = "rd_kafka_topic_partition_list_new", CallingConvention = CallingConvention.Cdecl)]
    public static extern IntPtr NewTopicPartitionList(int size);

    [DllImport(Library, EntryPoint = "rd_kafka_topic_partition_list_destroy", CallingConvention = CallingConvention.Cdecl)]
    public static extern void DestroyTopicPartitionList(IntPtr list);

    [DllImport(
        Library,
        EntryPoint = "rd_kafka_topic_partition_list_add",
        CallingConvention = CallingConvention.Cdecl,
        BestFitMapping = false,
        ThrowOnUnmappableChar = true)]
    public static extern NativeTopicPartition* AddTopicPartition(
        TopicPartitionListHandle list, [MarshalAs(UnmanagedType.LPUTF8Str)] string topic, int partition);
}
