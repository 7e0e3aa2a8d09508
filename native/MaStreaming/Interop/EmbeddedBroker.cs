using System;
using MaStreaming.Kafka;

namespace MaStreaming.Interop;

/// <summary>A small broker inside this process, for trying out and for tests: librdkafka's mock cluster.</summary>
public sealed class EmbeddedBroker
{
    private readonly LogQueue _logs = new();
    private readonly MockCluster _cluster;

    /// <summary>Starts it on free ports of this machine.</summary>
    /// <param name="brokers">How many brokers.</param>
    public EmbeddedBroker(int brokers) => _cluster = new MockCluster(brokers, _logs);

    /// <summary>Where clients connect to.</summary>
    /// <returns>Comma-separated <c>host:port</c>.</returns>
    public string BootstrapServers() => _cluster.BootstrapServers;

    /// <summary>Makes a topic; clients can't.</summary>
    /// <param name="name">The topic.</param>
    /// <param name="partitions">How many partitions.</param>
    public void CreateTopic(string name, int partitions) => _cluster.CreateTopic(name, partitions);

    /// <summary>Lets the next requests of a kind fail, one error each.</summary>
    /// <param name="apiKey">The kind of request, as the Kafka protocol numbers it.</param>
    /// <param name="errors">The errors' codes in their order.</param>
    public void PushRequestErrors(int apiKey, int[] errors) => _cluster.PushRequestErrors(apiKey, Array.ConvertAll(errors, code => (ResponseError)code));

    /// <summary>Makes a broker the leader of a partition.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="broker">The broker, from 1.</param>
    public void SetPartitionLeader(string topic, int partition, int broker) => _cluster.SetLeader(topic, partition, broker);

    /// <summary>Cuts a broker's connections and refuses new ones.</summary>
    /// <param name="broker">The broker, from 1.</param>
    public void SetBrokerDown(int broker) => _cluster.SetBrokerDown(broker);

    /// <summary>Lets a broker accept connections again.</summary>
    /// <param name="broker">The broker, from 1.</param>
    public void SetBrokerUp(int broker) => _cluster.SetBrokerUp(broker);

    /// <summary>Takes what the broker has logged.</summary>
    /// <param name="timeoutMs">How long to wait at most, in milliseconds.</param>
    /// <returns>Empty when there was nothing, null once the broker was stopped and everything was taken.</returns>
    public LogData[]? TakeLogs(int timeoutMs) => LogData.TakeFrom(_logs, timeoutMs);

    /// <summary>Stops it; its data are gone.</summary>
    public void Stop()
    {
        _cluster.Dispose();
        _logs.Close();
    }
}
