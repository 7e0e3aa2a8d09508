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
    int TimeoutMilliseconds);
