using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Text;
using System.Threading;
using Xunit;

namespace MaStreaming.Kafka;

/// <summary>A mock cluster with clients that the end of the test closes; fails a test that leaves native objects or threads behind.</summary>
[Collection(KafkaCollection.Name)]
public abstract class KafkaTestCase : IDisposable
{
    protected const int Patience = 10_000;

    private readonly List<IDisposable> _open = [];
    private MockCluster? _cluster;

    private protected LogQueue Logs { get; } = new();

    private protected MockCluster Cluster => _cluster ??= Track(new MockCluster(1, Logs));

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    private protected T Track<T>(T client)
        where T : IDisposable
    {
        _open.Add(client);
        return client;
    }

    private protected KafkaProducer Producer(Reports reports, params (string Name, string Value)[] properties) =>
        Track(new KafkaProducer(Properties(properties), Logs, reports));

    private protected KafkaConsumer Consumer(params (string Name, string Value)[] properties)
    {
        Dictionary<string, string> all = Properties(properties);

        // The mock cluster answers a fetch when its time is up, whatever arrives meanwhile.
        all.TryAdd("fetch.wait.max.ms", "10");
        return Track(new KafkaConsumer(all, Logs));
    }

    private protected KafkaAdmin Admin() => new(Producer(new Reports()));

    private protected Dictionary<string, string> Properties(params (string Name, string Value)[] properties)
    {
        Dictionary<string, string> all = [];
        foreach ((string name, string value) in properties)
        {
            all[name] = value;
        }

        if (!all.ContainsKey("bootstrap.servers"))
        {
            all["bootstrap.servers"] = Cluster.BootstrapServers;
        }

        return all;
    }

    /// <summary>Writes numbered records and waits for their acknowledgements.</summary>
    private protected void Write(string topic, int count, int partition = 0)
    {
        Reports reports = new();
        KafkaProducer producer = Producer(reports);
        for (int i = 0; i < count; i++)
        {
            Assert.Equal(ResponseError.NoError, Send(producer, topic, $"value {i}", "key", partition));
        }

        producer.BeginFlush();
        reports.Await(count);
    }

    private protected static unsafe ResponseError Send(
        KafkaProducer producer, string topic, string? value, string? key, int partition = 0, long opaque = 0)
    {
        byte[] valueBytes = Encoding.UTF8.GetBytes((value ?? string.Empty) + "\0");
        byte[] keyBytes = Encoding.UTF8.GetBytes((key ?? string.Empty) + "\0");
        fixed (byte* valuePointer = valueBytes)
        fixed (byte* keyPointer = keyBytes)
        {
            return producer.Produce(
                producer.Topic(topic),
                partition,
                value is null ? null : valuePointer,
                valueBytes.Length - 1,
                key is null ? null : keyPointer,
                keyBytes.Length - 1,
                new IntPtr(opaque));
        }
    }

    private protected static int SendMany(KafkaProducer producer, string topic, IReadOnlyList<string> values, string key, long opaque = 0) =>
        SendMany(producer, producer.Topic(topic), values, key, opaque);

    private protected static unsafe int SendMany(
        KafkaProducer producer, KafkaTopicHandle topic, IReadOnlyList<string> values, string key, long opaque = 0)
    {
        byte[] together = Encoding.UTF8.GetBytes(string.Concat(values) + "\0");
        byte[] keyBytes = Encoding.UTF8.GetBytes(key);
        KafkaMessage[] records = new KafkaMessage[values.Count];
        fixed (byte* value = together)
        fixed (byte* keyPointer = keyBytes)
        fixed (KafkaMessage* first = records)
        {
            int start = 0;
            for (int i = 0; i < records.Length; i++)
            {
                int length = Encoding.UTF8.GetByteCount(values[i]);
                records[i] = KafkaMessage.Record(value + start, length, keyPointer, keyBytes.Length, new IntPtr(opaque));
                start += length;
            }

            return producer.ProduceMany(topic, 0, first, records.Length);
        }
    }

    /// <summary>Consumes until a condition holds for what was received.</summary>
    private protected static unsafe List<Received> ConsumeUntil(KafkaConsumer consumer, Func<List<Received>, bool> enough)
    {
        List<Received> all = [];
        Stopwatch watch = Stopwatch.StartNew();
        while (!enough(all))
        {
            Assert.True(watch.ElapsedMilliseconds < Patience, $"only received: {string.Join("; ", all)}");
            int count = consumer.Consume(100);
            for (int i = 0; i < count; i++)
            {
                all.Add(Received.From(consumer.MessageAt(i)));
            }
        }

        return all;
    }

    protected static void WaitUntil(Func<bool> condition, string what) => Assert.True(SpinWait.SpinUntil(condition, Patience), what);

    protected virtual void Dispose(bool disposing)
    {
        for (int i = _open.Count - 1; i >= 0; i--)
        {
            _open[i].Dispose();
        }

        Assert.Equal(string.Empty, LiveHandles.Describe());
        Assert.Equal(0, LiveHandles.Count);
        Assert.Equal(string.Empty, BackgroundThread.Describe());
    }
}
