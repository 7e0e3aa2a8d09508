using System;
using System.Runtime.InteropServices;

namespace MaStreaming.Kafka;

/// <summary>
/// The functions of librdkafka that are used here, grouped as rdkafka.h groups them. Handles that belong to one method are passed as
/// safe handles; what is called in loops takes pointers, and its caller holds a <see cref="HandleLease"/>.
/// </summary>
internal static unsafe partial class LibRdKafka
{
    /// <summary>The name that the resolver of <see cref="LibRdKafkaLoader"/> answers to.</summary>
    public const string Library = "rdkafka";

    /// <summary>Size of the buffers that librdkafka writes reasons into, in bytes.</summary>
    public const int ErrorTextSize = 1024;

    public static string Text(IntPtr utf8) => Marshal.PtrToStringUTF8(utf8) ?? string.Empty;

    public static string Text(byte* utf8) => Text((IntPtr)utf8);

    [DllImport(Library, EntryPoint = "rd_kafka_version_str", CallingConvention = CallingConvention.Cdecl)]
    public static extern IntPtr VersionText();

    [DllImport(Library, EntryPoint = "rd_kafka_err2str", CallingConvention = CallingConvention.Cdecl)]
    public static extern IntPtr ErrorText(ResponseError error);

    [DllImport(Library, EntryPoint = "rd_kafka_err2name", CallingConvention = CallingConvention.Cdecl)]
    public static extern IntPtr ErrorName(ResponseError error);

    [DllImport(Library, EntryPoint = "rd_kafka_last_error", CallingConvention = CallingConvention.Cdecl)]
    public static extern ResponseError LastError();

    [DllImport(Library, EntryPoint = "rd_kafka_error_code", CallingConvention = CallingConvention.Cdecl)]
    public static extern ResponseError ErrorObjectCode(IntPtr error);

    [DllImport(Library, EntryPoint = "rd_kafka_error_string", CallingConvention = CallingConvention.Cdecl)]
    public static extern IntPtr ErrorObjectText(IntPtr error);

    [DllImport(Library, EntryPoint = "rd_kafka_error_destroy", CallingConvention = CallingConvention.Cdecl)]
    public static extern void DestroyErrorObject(IntPtr error);
}
