using System;
using System.Collections.Generic;
using MaStreaming.Engine;
using MaStreaming.Topics;

namespace MaStreaming.Interop;

/// <summary>What a client connects with.</summary>
public sealed class ClientOptions
{
    /// <summary>Comma-separated <c>host:port</c> of one or more brokers.</summary>
    public string BrokerList { get; set; } = "localhost:9092";

    /// <summary>Prefix of topic names of the current generation; empty for none.</summary>
    public string Domain { get; set; } = "";

    /// <summary>0 by what the broker has, 1 earlier generation, 2 current, 3 current with the other prefix spelling.</summary>
    public int TopicNaming { get; set; }

    /// <summary>librdkafka properties of the producer: name, value, name, value ...</summary>
    public string[] ProducerProperties { get; set; } = [];

    /// <summary>librdkafka properties of consumers: name, value, name, value ...</summary>
    public string[] ConsumerProperties { get; set; } = [];

    /// <summary>How long one request may take, in milliseconds.</summary>
    public int TimeoutMilliseconds { get; set; } = 10_000;

    /// <summary>True where streams are partitions of the main topic.</summary>
    public bool StreamsArePartitions { get; set; }

    /// <summary>Streams that have a partition of their own.</summary>
    public string[] MappedStreams { get; set; } = [];

    /// <summary>The partition of each of <see cref="MappedStreams"/>.</summary>
    public int[] MappedPartitions { get; set; } = [];

    /// <summary>How long topics that are made keep records, in milliseconds; -1 for ever, less for as the broker does by default.</summary>
    public long TopicRetentionMilliseconds { get; set; } = -2;

    /// <summary>Whether the program makes the tokens that clients log in with: see <see cref="StreamingClient.AwaitTokenRequest"/>.</summary>
    public bool AsksForTokens { get; set; }

    internal EngineSettings ToSettings()
    {
        if (!Enum.IsDefined(typeof(TopicNaming), TopicNaming))
        {
            throw new StreamingException(ErrorCode.InvalidConfiguration, $"topic naming {TopicNaming} is not one of 0, 1, 2, 3");
        }

        return new EngineSettings(
            BrokerList, Domain, (TopicNaming)TopicNaming, Map(ProducerProperties), Map(ConsumerProperties), TimeoutMilliseconds)
        {
            AsksForTokens = AsksForTokens,
            PartitionMappings = StreamsArePartitions ? Mappings() : null,
            RetentionMilliseconds = TopicRetentionMilliseconds >= -1 ? TopicRetentionMilliseconds : null,
        };
    }

    private Dictionary<string, int> Mappings()
    {
        if (MappedStreams.Length != MappedPartitions.Length)
        {
            throw new StreamingException(ErrorCode.InvalidConfiguration, $"{MappedStreams.Length} mapped streams have {MappedPartitions.Length} partitions");
        }

        Dictionary<string, int> mappings = new(StringComparer.Ordinal);
        for (int i = 0; i < MappedStreams.Length; i++)
        {
            mappings.Add(MappedStreams[i], MappedPartitions[i]);
        }

        return mappings;
    }

    private static Dictionary<string, string> Map(string[] flat)
    {
        Dictionary<string, string> map = new(StringComparer.Ordinal);
        foreach ((string Key, string Value) pair in Pairs.From(flat))
        {
            map[pair.Key] = pair.Value;
        }

        return map;
    }
}
