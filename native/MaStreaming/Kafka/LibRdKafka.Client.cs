using System;
using System.Runtime.InteropServices;

namespace MaStreaming.Kafka;

/// <summary>Client instances (rd_kafka_t).</summary>
internal static unsafe partial class LibRdKafka
{
    /// <summary>A consumer is destroyed without leaving its group first: it never joined one.</summary>
    public const int DestroyWithoutConsumerClose = 0x8;

    public const int PurgeQueue = 0x1;

    public const int PurgeInFlight = 0x2;

    public const int PurgeNonBlocking = 0x4;

    [DllImport(Library, EntryPoint = "rd_kafka_new", CallingConvention = CallingConvention.Cdecl)]
    public static extern IntPtr NewClient(ClientKind kind, ConfigurationHandle configuration, byte* reason, UIntPtr reasonSize);

    [DllImport(Library, EntryPoint = "rd_kafka_destroy_flags", CallingConvention = CallingConvention.Cdecl)]
    public static extern void DestroyClient(IntPtr client, int flags);

    [DllImport(Library, EntryPoint = "rd_kafka_set_log_queue", CallingConvention = CallingConvention.Cdecl)]
    public static extern ResponseError SetLogQueue(KafkaClientHandle client, IntPtr queue);

    [DllImport(Library, EntryPoint = "rd_kafka_outq_len", CallingConvention = CallingConvention.Cdecl)]
    public static extern int OutQueueLength(IntPtr client);

    [DllImport(Library, EntryPoint = "rd_kafka_fatal_error", CallingConvention = CallingConvention.Cdecl)]
    public static extern ResponseError FatalError(IntPtr client, byte* reason, UIntPtr reasonSize);

    [DllImport(Library, EntryPoint = "rd_kafka_flush", CallingConvention = CallingConvention.Cdecl)]
    public static extern ResponseError Flush(IntPtr client, int timeoutMilliseconds);

    [DllImport(Library, EntryPoint = "rd_kafka_purge", CallingConvention = CallingConvention.Cdecl)]
    public static extern ResponseError Purge(IntPtr client, int flags);
}
