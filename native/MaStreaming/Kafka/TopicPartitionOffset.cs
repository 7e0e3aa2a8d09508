namespace MaStreaming.Kafka;

/// <summary>A position in a partition.</summary>
internal readonly record struct TopicPartitionOffset(string Topic, int Partition, long Offset);
