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

    internal EngineSettings ToSettings()
    {
        if (!Enum.IsDefined(typeof(TopicNaming), TopicNaming))
        {
            throw new StreamingException(ErrorCode.InvalidConfiguration, $"topic naming {TopicNaming} is not one of 0, 1, 2, 3");
        }

        return new EngineSettings(
            BrokerList, Domain, (TopicNaming)TopicNaming, Map(ProducerProperties), Map(ConsumerProperties), TimeoutMilliseconds);
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
