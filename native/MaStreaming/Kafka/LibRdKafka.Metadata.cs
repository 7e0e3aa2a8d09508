using System;
using System.Runtime.InteropServices;

namespace MaStreaming.Kafka;

/// <summary>Cluster metadata.</summary>
internal static unsafe partial class LibRdKafka
{
    [DllImport(Library, EntryPoint = "rd_kafka_metadata", CallingConvention = CallingConvention.Cdecl)]
    public static extern ResponseError Metadata(
        IntPtr client, int allTopics, IntPtr onlyTopic, NativeMetadata** metadata, int timeoutMilliseconds);

    [DllImport(Library, EntryPoint = "rd_kafka_metadata_destroy", CallingConvention = CallingConvention.Cdecl)]
    public static extern void DestroyMetadata(IntPtr metadata);
}
