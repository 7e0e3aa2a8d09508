using System;
using System.Runtime.InteropServices;

namespace MaStreaming.Kafka;

/// <summary>Messages, in and out.</summary>
internal static unsafe partial class LibRdKafka
{
    /// <summary>librdkafka copies the value; the key it always copies.</summary>
    public const int MessageCopy = 0x2;

    [DllImport(Library, EntryPoint = "rd_kafka_produce", CallingConvention = CallingConvention.Cdecl)]
    public static extern int Produce(
        IntPtr topic, int partition, int flags, byte* value, UIntPtr length, byte* key, UIntPtr keyLength, IntPtr opaque);

    [DllImport(Library, EntryPoint = "rd_kafka_produce_batch", CallingConvention = CallingConvention.Cdecl)]
    public static extern int ProduceBatch(IntPtr topic, int partition, int flags, KafkaMessage* records, int count);

    [DllImport(Library, EntryPoint = "rd_kafka_message_destroy", CallingConvention = CallingConvention.Cdecl)]
    public static extern void DestroyMessage(KafkaMessage* message);

    [DllImport(Library, EntryPoint = "rd_kafka_message_timestamp", CallingConvention = CallingConvention.Cdecl)]
    public static extern long MessageTimestamp(KafkaMessage* message, int* kind);

    [DllImport(Library, EntryPoint = "rd_kafka_message_errstr", CallingConvention = CallingConvention.Cdecl)]
    public static extern IntPtr MessageErrorText(KafkaMessage* message);
}
