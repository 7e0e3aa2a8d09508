using System;
using System.Collections.Generic;
using System.Linq;
using Xunit;

namespace MaStreaming.Kafka;

public sealed class RoundTripTests : KafkaTestCase
{
    [Fact]
    public void Keys_values_and_timestamps_arrive_as_they_were_written()
    {
        Cluster.CreateTopic("t", 1);
        Reports reports = new();
        KafkaProducer producer = Producer(reports);
        long before = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        Send(producer, "t", "no key", null, opaque: 11);
        Send(producer, "t", "empty key", string.Empty, opaque: 12);
        Send(producer, "t", "a key", "ключ", opaque: 13);
        Send(producer, "t", string.Empty, "k", opaque: 14);
        Send(producer, "t", null, "k", opaque: 15);
        List<Reports.Report> reported = reports.Await(5);
        long after = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

        Assert.Equal([11L, 12, 13, 14, 15], reported.Select(report => report.Opaque));
        Assert.Equal([0L, 1, 2, 3, 4], reported.Select(report => report.Offset));
        Assert.All(reported, report => Assert.Equal(ResponseError.NoError, report.Error));
        Assert.Equal("no key", reported[0].Value);

        KafkaConsumer consumer = Consumer();
        consumer.Assign([new TopicPartitionOffset("t", 0, 0)]);
        List<Received> received = ConsumeUntil(consumer, all => all.Count >= 6);
        Assert.Equal([null, string.Empty, "ключ", "k", "k"], received.Take(5).Select(message => message.Key));
        Assert.Equal(["no key", "empty key", "a key", string.Empty, null], received.Take(5).Select(message => message.Value));
        Assert.All(received.Take(5), message => Assert.InRange(message.TimestampMs, before, after));
        Assert.All(received.Take(5), message => Assert.Equal(consumer.TopicPointer("t"), message.Topic));
        Assert.Equal(ResponseError.PartitionEof, received[5].Error);
        Assert.Equal(5, received[5].Offset);
    }

    [Fact]
    public void Many_records_arrive_once_and_in_order()
    {
        const int Count = 20_000;
        Cluster.CreateTopic("t", 1);
        Write("t", Count);
        KafkaConsumer consumer = Consumer();
        consumer.Assign([new TopicPartitionOffset("t", 0, 0)]);
        List<Received> records = ConsumeUntil(consumer, all => all.Count(message => message.IsRecord) >= Count).FindAll(message => message.IsRecord);
        Assert.Equal(Enumerable.Range(0, Count).Select(i => $"value {i}"), records.Select(message => message.Value));
        Assert.Equal(Enumerable.Range(0, Count).Select(i => (long)i), records.Select(message => message.Offset));
    }
}
