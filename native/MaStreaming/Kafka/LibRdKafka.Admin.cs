using System;
using System.Runtime.InteropServices;

namespace MaStreaming.Kafka;

/// <summary>Admin requests: create topics, list offsets, describe configurations.</summary>
internal static unsafe partial class LibRdKafka
{
    public const int AdminCreateTopics = 1;

    public const int AdminDescribeConfigurations = 5;

    public const int AdminListOffsets = 21;

    public const int TopicResource = 2;

    [DllImport(Library, EntryPoint = "rd_kafka_AdminOptions_new", CallingConvention = CallingConvention.Cdecl)]
    public static extern IntPtr NewAdminOptions(IntPtr client, int operation);

    [DllImport(Library, EntryPoint = "rd_kafka_AdminOptions_destroy", CallingConvention = CallingConvention.Cdecl)]
    public static extern void DestroyAdminOptions(IntPtr options);

    [DllImport(Library, EntryPoint = "rd_kafka_AdminOptions_set_request_timeout", CallingConvention = CallingConvention.Cdecl)]
    public static extern ResponseError SetAdminRequestTimeout(
        AdminOptionsHandle options, int timeoutMilliseconds, byte* reason, UIntPtr reasonSize);

    [DllImport(
        Library,
        EntryPoint = "rd_kafka_NewTopic_new",
        CallingConvention = CallingConvention.Cdecl,
        BestFitMapping = false,
        ThrowOnUnmappableChar = true)]
    public static extern IntPtr NewTopicRequest(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string name, int partitions, int replicationFactor, byte* reason, UIntPtr reasonSize);

    [DllImport(Library, EntryPoint = "rd_kafka_NewTopic_destroy", CallingConvention = CallingConvention.Cdecl)]
    public static extern void DestroyTopicRequest(IntPtr request);

    [DllImport(
        Library,
        EntryPoint = "rd_kafka_NewTopic_set_config",
        CallingConvention = CallingConvention.Cdecl,
        BestFitMapping = false,
        ThrowOnUnmappableChar = true)]
    public static extern ResponseError SetTopicRequestConfiguration(
        TopicRequestHandle request,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string name,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string value);

    [DllImport(Library, EntryPoint = "rd_kafka_CreateTopics", CallingConvention = CallingConvention.Cdecl)]
    public static extern void CreateTopics(
        IntPtr client, IntPtr* requests, UIntPtr count, AdminOptionsHandle options, KafkaQueueHandle answers);

    [DllImport(Library, EntryPoint = "rd_kafka_event_CreateTopics_result", CallingConvention = CallingConvention.Cdecl)]
    public static extern IntPtr CreateTopicsResult(IntPtr happening);

    [DllImport(Library, EntryPoint = "rd_kafka_CreateTopics_result_topics", CallingConvention = CallingConvention.Cdecl)]
    public static extern IntPtr* CreateTopicsResultTopics(IntPtr result, UIntPtr* count);

    [DllImport(Library, EntryPoint = "rd_kafka_topic_result_error", CallingConvention = CallingConvention.Cdecl)]
    public static extern ResponseError TopicResultError(IntPtr topicResult);

    [DllImport(Library, EntryPoint = "rd_kafka_topic_result_error_string", CallingConvention = CallingConvention.Cdecl)]
    public static extern IntPtr TopicResultErrorText(IntPtr topicResult);

    [DllImport(Library, EntryPoint = "rd_kafka_ListOffsets", CallingConvention = CallingConvention.Cdecl)]
    public static extern void ListOffsets(
        IntPtr client, TopicPartitionListHandle partitions, AdminOptionsHandle options, KafkaQueueHandle answers);

    [DllImport(Library, EntryPoint = "rd_kafka_event_ListOffsets_result", CallingConvention = CallingConvention.Cdecl)]
    public static extern IntPtr ListOffsetsResult(IntPtr happening);

    [DllImport(Library, EntryPoint = "rd_kafka_ListOffsets_result_infos", CallingConvention = CallingConvention.Cdecl)]
    public static extern IntPtr* ListOffsetsResultInfos(IntPtr result, UIntPtr* count);

    [DllImport(Library, EntryPoint = "rd_kafka_ListOffsetsResultInfo_topic_partition", CallingConvention = CallingConvention.Cdecl)]
    public static extern NativeTopicPartition* ListOffsetsTopicPartition(IntPtr info);

    [DllImport(Library, EntryPoint = "rd_kafka_ListOffsetsResultInfo_timestamp", CallingConvention = CallingConvention.Cdecl)]
    public static extern long ListOffsetsTimestamp(IntPtr info);

    [DllImport(
        Library,
        EntryPoint = "rd_kafka_ConfigResource_new",
        CallingConvention = CallingConvention.Cdecl,
        BestFitMapping = false,
        ThrowOnUnmappableChar = true)]
    public static extern IntPtr NewConfigurationResource(int kind, [MarshalAs(UnmanagedType.LPUTF8Str)] string name);

    [DllImport(Library, EntryPoint = "rd_kafka_ConfigResource_destroy", CallingConvention = CallingConvention.Cdecl)]
    public static extern void DestroyConfigurationResource(IntPtr resource);

    [DllImport(Library, EntryPoint = "rd_kafka_DescribeConfigs", CallingConvention = CallingConvention.Cdecl)]
    public static extern void DescribeConfigurations(
        IntPtr client, IntPtr* resources, UIntPtr count, AdminOptionsHandle options, KafkaQueueHandle answers);

    [DllImport(Library, EntryPoint = "rd_kafka_event_DescribeConfigs_result", CallingConvention = CallingConvention.Cdecl)]
    public static extern IntPtr DescribeConfigurationsResult(IntPtr happening);

    [DllImport(Library, EntryPoint = "rd_kafka_DescribeConfigs_result_resources", CallingConvention = CallingConvention.Cdecl)]
    public static extern IntPtr* DescribeConfigurationsResources(IntPtr result, UIntPtr* count);

    [DllImport(Library, EntryPoint = "rd_kafka_ConfigResource_configs", CallingConvention = CallingConvention.Cdecl)]
    public static extern IntPtr* ConfigurationEntries(IntPtr resource, UIntPtr* count);

    [DllImport(Library, EntryPoint = "rd_kafka_ConfigEntry_name", CallingConvention = CallingConvention.Cdecl)]
    public static extern IntPtr ConfigurationEntryName(IntPtr entry);

    [DllImport(Library, EntryPoint = "rd_kafka_ConfigEntry_value", CallingConvention = CallingConvention.Cdecl)]
    public static extern IntPtr ConfigurationEntryValue(IntPtr entry);
}
