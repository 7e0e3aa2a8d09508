using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using Xunit;

namespace MaStreaming.Kafka;

public sealed class KafkaAdminTests : KafkaTestCase
{
    [Fact]
    public void Topics_are_listed_with_their_partitions()
    {
        Assert.Empty(Admin().ListTopics(Patience));
        Cluster.CreateTopic("one", 1);
        Cluster.CreateTopic("four", 4);
        Assert.Equal(
            [new TopicMetadata("four", 4), new TopicMetadata("one", 1)],
            Admin().ListTopics(Patience).OrderBy(topic => topic.Name, StringComparer.Ordinal));
    }

    [Fact]
    public void A_deleted_topic_is_not_listed()
    {
        Cluster.CreateTopic("t", 1);
        KafkaAdmin admin = Admin();
        Assert.Single(admin.ListTopics(Patience));
        Cluster.DeleteTopic("t");
        Assert.Empty(admin.ListTopics(Patience));
    }

    [Fact]
    public void A_topic_is_there_after_it_was_created()
    {
        KafkaAdmin admin = Admin();
        admin.CreateTopic("t", 1, new Dictionary<string, string> { ["max.message.bytes"] = "4194304" }, Patience);
        Assert.Equal("t", Assert.Single(admin.ListTopics(Patience)).Name);
    }

    [Fact]
    public void Creating_a_topic_that_exists_leaves_it_as_it_is()
    {
        Cluster.CreateTopic("t", 3);
        KafkaAdmin admin = Admin();
        admin.CreateTopic("t", 1, new Dictionary<string, string>(), Patience);
        Assert.Equal(new TopicMetadata("t", 3), Assert.Single(admin.ListTopics(Patience)));
    }

    [Fact]
    public void Watermarks_are_listed_for_many_partitions_at_once()
    {
        Cluster.CreateTopic("a", 2);
        Cluster.CreateTopic("b", 1);
        Write("a", 3, partition: 1);
        Write("b", 5);
        Cluster.DeleteRecordsBefore("b", 0, 2);
        TopicPartition[] partitions = [new("a", 0), new("a", 1), new("b", 0), new("b", 0)];
        KafkaAdmin admin = Admin();
        IReadOnlyDictionary<TopicPartition, long> latest = admin.LatestOffsets(partitions, Patience);
        Assert.Equal([0L, 3, 5], new[] { latest[new("a", 0)], latest[new("a", 1)], latest[new("b", 0)] });
        IReadOnlyDictionary<TopicPartition, long> earliest = admin.EarliestOffsets(partitions, Patience);
        Assert.Equal([0L, 0, 2], new[] { earliest[new("a", 0)], earliest[new("a", 1)], earliest[new("b", 0)] });
        Assert.Empty(admin.LatestOffsets([], Patience));
    }

    [Fact]
    public void What_does_not_exist_is_absent_from_the_watermarks_and_not_created()
    {
        Cluster.CreateTopic("t", 1);
        KafkaAdmin admin = Admin();
        Stopwatch watch = Stopwatch.StartNew();
        IReadOnlyDictionary<TopicPartition, long> latest = admin.LatestOffsets([new("none", 0), new("t", 0), new("t", 7)], Patience);
        Assert.True(watch.ElapsedMilliseconds < 3000, $"took {watch.ElapsedMilliseconds} ms");
        Assert.Equal(new TopicPartition("t", 0), Assert.Single(latest).Key);
        Assert.Equal("t", Assert.Single(admin.ListTopics(Patience)).Name);
    }

    [Fact]
    public void A_broker_that_is_not_there_is_named_with_the_reason_within_the_timeout()
    {
        KafkaAdmin admin = new(Producer(new Reports(), ("bootstrap.servers", "127.0.0.1:1")));
        TopicPartition[] partitions = [new("t", 0)];
        Unavailable(() => admin.ListTopics(1000));
        Unavailable(() => admin.LatestOffsets(partitions, 1000));
        Unavailable(() => admin.CreateTopic("t", 1, new Dictionary<string, string>(), 1000));
    }

    [Fact]
    public void A_name_that_does_not_resolve_is_named_with_the_reason()
    {
        KafkaAdmin admin = new(Producer(new Reports(), ("bootstrap.servers", "no-such-host.invalid:9092")));
        StreamingException failure = Assert.Throws<StreamingException>(() => admin.ListTopics(1500));
        Assert.Equal(ErrorCode.BrokerUnavailable, failure.Code);
        Assert.Contains("no-such-host.invalid:9092", failure.Message, StringComparison.Ordinal);
        Assert.Contains("resolve", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_error_is_forgotten_when_the_broker_comes_back()
    {
        KafkaProducer producer = Producer(new Reports(), ("reconnect.backoff.max.ms", "100"));
        KafkaAdmin admin = new(producer);
        admin.ListTopics(Patience);
        Cluster.SetBrokerDown(1);
        WaitUntil(() => producer.Trouble.Last is not null, "the lost connection is noticed");
        Assert.Equal(ErrorCode.BrokerUnavailable, producer.Trouble.LastCode);
        Cluster.SetBrokerUp(1);
        admin.ListTopics(Patience);
        Assert.Null(producer.Trouble.Last);
        Assert.Equal(ErrorCode.None, producer.Trouble.LastCode);
    }

    [Fact]
    public void A_closed_client_is_said_to_be_closed()
    {
        KafkaProducer producer = Producer(new Reports());
        KafkaAdmin admin = new(producer);
        producer.Dispose();
        Assert.Equal(ErrorCode.Closed, Assert.Throws<StreamingException>(() => admin.ListTopics(1000)).Code);
        Assert.Equal(ErrorCode.Closed, Assert.Throws<StreamingException>(() => admin.LatestOffsets([new("t", 0)], 1000)).Code);
    }

    private static void Unavailable(Action action)
    {
        Stopwatch watch = Stopwatch.StartNew();
        StreamingException failure = Assert.Throws<StreamingException>(action);
        Assert.InRange(watch.ElapsedMilliseconds, 500, 2500);
        Assert.Equal(ErrorCode.BrokerUnavailable, failure.Code);
        Assert.Contains("127.0.0.1:1", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Connection refused", failure.Message, StringComparison.Ordinal);
    }
}
