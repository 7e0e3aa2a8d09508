using System;
using System.Runtime.InteropServices;

namespace MaStreaming.Kafka;

/// <summary>Configuration objects.</summary>
internal static unsafe partial class LibRdKafka
{
    /// <summary>What rd_kafka_conf_set answers when it took the value.</summary>
    public const int ConfigurationOk = 0;

    [DllImport(Library, EntryPoint = "rd_kafka_conf_new", CallingConvention = CallingConvention.Cdecl)]
    public static extern IntPtr NewConfiguration();

    [DllImport(Library, EntryPoint = "rd_kafka_conf_destroy", CallingConvention = CallingConvention.Cdecl)]
    public static extern void DestroyConfiguration(IntPtr configuration);

    [DllImport(
        Library,
        EntryPoint = "rd_kafka_conf_set",
        CallingConvention = CallingConvention.Cdecl,
        BestFitMapping = false,
        ThrowOnUnmappableChar = true)]
    public static extern int SetConfiguration(
        ConfigurationHandle configuration,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string name,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string value,
        byte* reason,
        UIntPtr reasonSize);

    [DllImport(Library, EntryPoint = "rd_kafka_conf_set_events", CallingConvention = CallingConvention.Cdecl)]
    public static extern void SetConfigurationEvents(ConfigurationHandle configuration, int events);
}
