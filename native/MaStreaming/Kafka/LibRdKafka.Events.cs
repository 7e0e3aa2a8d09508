using System;
using System.Runtime.InteropServices;

namespace MaStreaming.Kafka;

/// <summary>Queues and the events that come from them.</summary>
internal static unsafe partial class LibRdKafka
{
    public const int EventDeliveryReport = 0x1;

    public const int EventLog = 0x4;

    public const int EventError = 0x8;

    [DllImport(Library, EntryPoint = "rd_kafka_queue_new", CallingConvention = CallingConvention.Cdecl)]
    public static extern IntPtr NewQueue(IntPtr client);

    [DllImport(Library, EntryPoint = "rd_kafka_queue_get_main", CallingConvention = CallingConvention.Cdecl)]
    public static extern IntPtr MainQueue(IntPtr client);

    [DllImport(Library, EntryPoint = "rd_kafka_queue_get_consumer", CallingConvention = CallingConvention.Cdecl)]
    public static extern IntPtr ConsumerQueue(IntPtr client);

    [DllImport(Library, EntryPoint = "rd_kafka_queue_destroy", CallingConvention = CallingConvention.Cdecl)]
    public static extern void DestroyQueue(IntPtr queue);

    [DllImport(Library, EntryPoint = "rd_kafka_queue_yield", CallingConvention = CallingConvention.Cdecl)]
    public static extern void YieldQueue(IntPtr queue);

    [DllImport(Library, EntryPoint = "rd_kafka_queue_poll", CallingConvention = CallingConvention.Cdecl)]
    public static extern IntPtr PollQueue(IntPtr queue, int timeoutMilliseconds);

    [DllImport(Library, EntryPoint = "rd_kafka_event_destroy", CallingConvention = CallingConvention.Cdecl)]
    public static extern void DestroyEvent(IntPtr happening);

    [DllImport(Library, EntryPoint = "rd_kafka_event_type", CallingConvention = CallingConvention.Cdecl)]
    public static extern int EventType(IntPtr happening);

    [DllImport(Library, EntryPoint = "rd_kafka_event_message_array", CallingConvention = CallingConvention.Cdecl)]
    public static extern UIntPtr EventMessages(IntPtr happening, KafkaMessage** messages, UIntPtr size);

    [DllImport(Library, EntryPoint = "rd_kafka_event_log", CallingConvention = CallingConvention.Cdecl)]
    public static extern int EventLogRecord(IntPtr happening, IntPtr* facility, IntPtr* text, int* level);

    [DllImport(Library, EntryPoint = "rd_kafka_event_error", CallingConvention = CallingConvention.Cdecl)]
    public static extern ResponseError EventErrorCode(IntPtr happening);

    [DllImport(Library, EntryPoint = "rd_kafka_event_error_string", CallingConvention = CallingConvention.Cdecl)]
    public static extern IntPtr EventErrorText(IntPtr happening);
}
