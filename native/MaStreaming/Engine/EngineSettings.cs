using System.Collections.Generic;
using MaStreaming.Topics;

namespace MaStreaming.Engine;

/// <summary>What one client of the library was configured with, already validated by the caller.</summary>
internal sealed record EngineSettings(
    string BrokerList,
    string Domain,
    TopicNaming Naming,
    IReadOnlyDictionary<string, string> ProducerProperties,
    IReadOnlyDictionary<string, string> ConsumerProperties,
    int TimeoutMilliseconds)
{
    /// <summary>Partition of the main topic by stream (wire contract 1.5); null where each stream has a topic of its own.</summary>
    public IReadOnlyDictionary<string, int>? PartitionMappings { get; init; }

    /// <summary>Whether the program makes the tokens that clients log in with.</summary>
    public bool AsksForTokens { get; init; }

    /// <summary>How long topics that are made here keep records, -1 for ever; null as the broker does by default.</summary>
    public long? RetentionMilliseconds { get; init; }
}
