namespace MaStreaming.Kafka;

/// <summary>A topic that the broker has.</summary>
internal readonly record struct TopicMetadata(string Name, int PartitionCount);
