using System;
using System.Runtime.InteropServices;

namespace MaStreaming.Kafka;

/// <summary>The mock cluster (rdkafka_mock.h).</summary>
internal static unsafe partial class LibRdKafka
{
    [DllImport(Library, EntryPoint = "rd_kafka_mock_cluster_new", CallingConvention = CallingConvention.Cdecl)]
    public static extern IntPtr NewMockCluster(IntPtr client, int brokers);

    [DllImport(Library, EntryPoint = "rd_kafka_mock_cluster_destroy", CallingConvention = CallingConvention.Cdecl)]
    public static extern void DestroyMockCluster(IntPtr cluster);

    [DllImport(Library, EntryPoint = "rd_kafka_mock_cluster_bootstraps", CallingConvention = CallingConvention.Cdecl)]
    public static extern IntPtr MockBootstrapServers(MockClusterHandle cluster);

    [DllImport(Library, EntryPoint = "rd_kafka_mock_set_controller_id", CallingConvention = CallingConvention.Cdecl)]
    public static extern void SetMockController(MockClusterHandle cluster, int broker);

    [DllImport(Library, EntryPoint = "rd_kafka_mock_group_initial_rebalance_delay_ms", CallingConvention = CallingConvention.Cdecl)]
    public static extern void SetMockRebalanceDelay(MockClusterHandle cluster, int milliseconds);

    [DllImport(
        Library,
        EntryPoint = "rd_kafka_mock_topic_create",
        CallingConvention = CallingConvention.Cdecl,
        BestFitMapping = false,
        ThrowOnUnmappableChar = true)]
    public static extern ResponseError CreateMockTopic(
        MockClusterHandle cluster, [MarshalAs(UnmanagedType.LPUTF8Str)] string topic, int partitions, int replicationFactor);

    [DllImport(
        Library,
        EntryPoint = "rd_kafka_mock_topic_delete",
        CallingConvention = CallingConvention.Cdecl,
        BestFitMapping = false,
        ThrowOnUnmappableChar = true)]
    public static extern ResponseError DeleteMockTopic(MockClusterHandle cluster, [MarshalAs(UnmanagedType.LPUTF8Str)] string topic);

    [DllImport(
        Library,
        EntryPoint = "rd_kafka_mock_partition_delete_records",
        CallingConvention = CallingConvention.Cdecl,
        BestFitMapping = false,
        ThrowOnUnmappableChar = true)]
    public static extern ResponseError DeleteMockRecords(
        MockClusterHandle cluster, [MarshalAs(UnmanagedType.LPUTF8Str)] string topic, int partition, long beforeOffset);

    [DllImport(Library, EntryPoint = "rd_kafka_mock_push_request_errors_array", CallingConvention = CallingConvention.Cdecl)]
    public static extern void PushMockErrors(MockClusterHandle cluster, short apiKey, UIntPtr count, ResponseError* errors);

    [DllImport(
        Library,
        EntryPoint = "rd_kafka_mock_partition_set_leader",
        CallingConvention = CallingConvention.Cdecl,
        BestFitMapping = false,
        ThrowOnUnmappableChar = true)]
    public static extern ResponseError SetMockLeader(
        MockClusterHandle cluster, [MarshalAs(UnmanagedType.LPUTF8Str)] string topic, int partition, int broker);

    [DllImport(Library, EntryPoint = "rd_kafka_mock_broker_set_down", CallingConvention = CallingConvention.Cdecl)]
    public static extern ResponseError SetMockBrokerDown(MockClusterHandle cluster, int broker);

    [DllImport(Library, EntryPoint = "rd_kafka_mock_broker_set_up", CallingConvention = CallingConvention.Cdecl)]
    public static extern ResponseError SetMockBrokerUp(MockClusterHandle cluster, int broker);
}
