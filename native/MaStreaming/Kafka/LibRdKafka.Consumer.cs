using System;
using System.Runtime.InteropServices;

namespace MaStreaming.Kafka;

/// <summary>The consumer: explicit assignment, positions, watermarks, consuming from its queue.</summary>
internal static unsafe partial class LibRdKafka
{
    /// <summary>No offset (RD_KAFKA_OFFSET_INVALID).</summary>
    public const long NoOffset = -1001;

    [DllImport(Library, EntryPoint = "rd_kafka_incremental_assign", CallingConvention = CallingConvention.Cdecl)]
    public static extern IntPtr IncrementalAssign(IntPtr client, TopicPartitionListHandle partitions);

    [DllImport(Library, EntryPoint = "rd_kafka_incremental_unassign", CallingConvention = CallingConvention.Cdecl)]
    public static extern IntPtr IncrementalUnassign(IntPtr client, TopicPartitionListHandle partitions);

    [DllImport(Library, EntryPoint = "rd_kafka_seek_partitions", CallingConvention = CallingConvention.Cdecl)]
    public static extern IntPtr SeekPartitions(IntPtr client, TopicPartitionListHandle partitions, int timeoutMilliseconds);

    [DllImport(Library, EntryPoint = "rd_kafka_pause_partitions", CallingConvention = CallingConvention.Cdecl)]
    public static extern ResponseError PausePartitions(IntPtr client, TopicPartitionListHandle partitions);

    [DllImport(Library, EntryPoint = "rd_kafka_resume_partitions", CallingConvention = CallingConvention.Cdecl)]
    public static extern ResponseError ResumePartitions(IntPtr client, TopicPartitionListHandle partitions);

    [DllImport(Library, EntryPoint = "rd_kafka_consume_queue", CallingConvention = CallingConvention.Cdecl)]
    public static extern KafkaMessage* ConsumeQueue(IntPtr queue, int timeoutMilliseconds);

    [DllImport(Library, EntryPoint = "rd_kafka_consume_batch_queue", CallingConvention = CallingConvention.Cdecl)]
    public static extern IntPtr ConsumeBatchQueue(IntPtr queue, int timeoutMilliseconds, KafkaMessage** messages, UIntPtr size);

    [DllImport(
        Library,
        EntryPoint = "rd_kafka_get_watermark_offsets",
        CallingConvention = CallingConvention.Cdecl,
        BestFitMapping = false,
        ThrowOnUnmappableChar = true)]
    public static extern ResponseError KnownWatermarks(
        IntPtr client, [MarshalAs(UnmanagedType.LPUTF8Str)] string topic, int partition, long* low, long* high);
}
