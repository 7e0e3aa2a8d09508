using System;
using System.Collections.Generic;

namespace MaStreaming.Kafka;

/// <summary>
/// librdkafka's mock cluster, on TCP ports of this host, with a client of its own. For tests and demonstrations: it keeps everything in memory
/// and drops the oldest 5 MB later of a partition.
/// </summary>
internal sealed class MockCluster : KafkaClient
{
    private const int StopMilliseconds = 5000;
    private const int MostReplicas = 3;

    // Not the remark that this client, which only hosts the brokers, has none to connect to.
    private static readonly Dictionary<string, string> HostProperties = new() { ["log_level"] = "4" };

    private readonly int _brokers;
    private readonly MockClusterHandle _cluster;
    private readonly EventLoop _loop;
    private bool _closed;

    /// <summary>Starts the brokers, whose ids are 1 and up.</summary>
    /// <exception cref="StreamingException">They could not be started.</exception>
    public MockCluster(int brokers, LogQueue logs)
        : base(ClientKind.Producer, HostProperties, new Dictionary<string, string>(), logs)
    {
        _brokers = brokers;
        try
        {
            _cluster = new MockClusterHandle(Handle, brokers);
        }
        catch
        {
            base.Dispose(disposing: true);
            throw;
        }

        // Without a controller every admin request waits for its whole timeout.
        LibRdKafka.SetMockController(_cluster, 1);
        LibRdKafka.SetMockRebalanceDelay(_cluster, 0);
        BootstrapServers = LibRdKafka.Text(LibRdKafka.MockBootstrapServers(_cluster));
        _loop = new EventLoop("ma-streaming mock cluster", MainQueue, ServeEvent, null, () => true, failure => Log("MOCK", failure.ToString()));
    }

    /// <summary>Where clients find it: <c>127.0.0.1:port</c>, several separated by commas.</summary>
    public string BootstrapServers { get; }

    /// <summary>Makes a topic, with as many partitions as asked for: one that a client's request makes gets 4.</summary>
    public void CreateTopic(string name, int partitions) => ResponseErrors.ThrowIfAny(
        LibRdKafka.CreateMockTopic(_cluster, name, partitions, Math.Min(_brokers, MostReplicas)), $"creating topic '{name}'");

    /// <summary>Deletes a topic with all its records.</summary>
    public void DeleteTopic(string name) => ResponseErrors.ThrowIfAny(LibRdKafka.DeleteMockTopic(_cluster, name), $"deleting topic '{name}'");

    /// <summary>Drops the records of a partition before an offset, as retention does.</summary>
    public void DeleteRecordsBefore(string topic, int partition, long offset) => ResponseErrors.ThrowIfAny(
        LibRdKafka.DeleteMockRecords(_cluster, topic, partition, offset), $"deleting records of '{topic}'");

    /// <summary>Lets the next requests of a kind fail, one error each; <see cref="ResponseError.Transport"/> cuts the connection.</summary>
    /// <param name="apiKey">The kind of request, as the Kafka protocol numbers it: 0 produce, 1 fetch, 3 metadata.</param>
    /// <param name="errors">The errors, in their order.</param>
    public unsafe void PushRequestErrors(int apiKey, params ResponseError[] errors)
    {
        fixed (ResponseError* first = errors)
        {
            LibRdKafka.PushMockErrors(_cluster, checked((short)apiKey), (UIntPtr)errors.Length, first);
        }
    }

    /// <summary>Makes a broker the leader of a partition; clients find out when the one before refuses them.</summary>
    public void SetLeader(string topic, int partition, int broker) => ResponseErrors.ThrowIfAny(
        LibRdKafka.SetMockLeader(_cluster, topic, partition, broker), $"making broker {broker} the leader of partition {partition} of '{topic}'");

    /// <summary>Cuts a broker's connections and refuses new ones.</summary>
    public void SetBrokerDown(int broker) => ResponseErrors.ThrowIfAny(LibRdKafka.SetMockBrokerDown(_cluster, broker), $"stopping broker {broker}");

    /// <summary>Lets a broker accept connections again.</summary>
    public void SetBrokerUp(int broker) => ResponseErrors.ThrowIfAny(LibRdKafka.SetMockBrokerUp(_cluster, broker), $"starting broker {broker}");

    /// <summary>Stops the brokers and frees everything.</summary>
    protected override void Dispose(bool disposing)
    {
        if (_closed)
        {
            return;
        }

        _closed = true;
        _loop.Stop(StopMilliseconds);
        _cluster.Dispose();
        base.Dispose(disposing);
    }
}
