using System;
using System.Runtime.InteropServices;

namespace MaStreaming.Kafka;

/// <summary>rd_kafka_topic_partition_t.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeTopicPartition
{
    public byte* Topic;
    public int Partition;
    public long Offset;
    public IntPtr Metadata;
    public UIntPtr MetadataSize;
    public IntPtr Opaque;
    public ResponseError Error;
    public IntPtr Reserved;
}

/// <summary>rd_kafka_topic_partition_list_t.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeTopicPartitionList
{
    public int Count;
    public int Size;
    public NativeTopicPartition* Elements;
}

/// <summary>rd_kafka_metadata_t.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeMetadata
{
    public int BrokerCount;
    public IntPtr Brokers;
    public int TopicCount;
    public NativeMetadataTopic* Topics;
    public int AnsweringBroker;
    public IntPtr AnsweringBrokerName;
}

/// <summary>rd_kafka_metadata_topic_t.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeMetadataTopic
{
    public byte* Name;
    public int PartitionCount;
    public NativeMetadataPartition* Partitions;
    public ResponseError Error;
}

/// <summary>rd_kafka_metadata_partition_t.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NativeMetadataPartition
{
    public int Partition;
    public ResponseError Error;
    public int Leader;
    public int ReplicaCount;
    public IntPtr Replicas;
    public int InSyncCount;
    public IntPtr InSync;
}
