using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading.Tasks;
using Xunit;

namespace MaStreaming.Kafka;

public sealed class KafkaConsumerTests : KafkaTestCase
{
    [Fact]
    public void The_end_of_a_partition_comes_as_a_message_and_again_after_more_records()
    {
        Cluster.CreateTopic("t", 1);
        KafkaConsumer consumer = Consumer();
        consumer.Assign([new TopicPartitionOffset("t", 0, 0)]);
        Received end = Assert.Single(ConsumeUntil(consumer, all => all.Count > 0));
        Assert.Equal((ResponseError.PartitionEof, 0L), (end.Error, end.Offset));
        Assert.NotEmpty(end.ErrorText);

        Write("t", 2);
        List<Received> received = ConsumeUntil(consumer, all => all.Count >= 3);
        Assert.Equal([true, true, false], received.Select(message => message.IsRecord));
        Assert.Equal((ResponseError.PartitionEof, 2L), (received[2].Error, received[2].Offset));
    }

    [Fact]
    public void Partitions_are_added_and_removed_one_by_one()
    {
        Cluster.CreateTopic("a", 1);
        Cluster.CreateTopic("b", 2);
        Write("a", 3);
        Write("b", 3, partition: 1);
        KafkaConsumer consumer = Consumer();
        consumer.Assign([new TopicPartitionOffset("a", 0, 1)]);
        Assert.Equal([1L, 2, 3], ConsumeUntil(consumer, all => all.Count >= 3).Select(message => message.Offset));

        consumer.Assign([new TopicPartitionOffset("b", 1, 0)]);
        IntPtr b = consumer.TopicPointer("b");
        List<Received> received = ConsumeUntil(consumer, all => all.Count >= 4);
        Assert.All(received, message => Assert.Equal((b, 1), (message.Topic, message.Partition)));
        Assert.NotEqual(b, consumer.TopicPointer("a"));
        Assert.Equal(IntPtr.Zero, consumer.TopicPointer("c"));

        consumer.Unassign([new TopicPartition("a", 0)]);
        Assert.Equal(IntPtr.Zero, consumer.TopicPointer("a"));
        Write("a", 1);
        Write("b", 1, partition: 1);
        Assert.Equal([b, b], ConsumeUntil(consumer, all => all.Count >= 2).Select(message => message.Topic));
    }

    [Fact]
    public void A_topic_stays_known_until_its_last_partition_goes()
    {
        Cluster.CreateTopic("t", 2);
        KafkaConsumer consumer = Consumer();
        consumer.Assign([new TopicPartitionOffset("t", 0, 0), new TopicPartitionOffset("t", 1, 0)]);
        IntPtr pointer = consumer.TopicPointer("t");
        consumer.Unassign([new TopicPartition("t", 0)]);
        Assert.Equal(pointer, consumer.TopicPointer("t"));
        consumer.Unassign([new TopicPartition("t", 1)]);
        Assert.Equal(IntPtr.Zero, consumer.TopicPointer("t"));
    }

    [Fact]
    public void Assigning_twice_is_refused_and_changes_nothing()
    {
        Cluster.CreateTopic("t", 1);
        Write("t", 1);
        KafkaConsumer consumer = Consumer();
        consumer.Assign([new TopicPartitionOffset("t", 0, 0)]);
        Assert.Throws<StreamingException>(() => consumer.Assign([new TopicPartitionOffset("t", 0, 0)]));
        Assert.Throws<StreamingException>(() => consumer.Unassign([new TopicPartition("other", 0)]));
        Assert.Equal(2, ConsumeUntil(consumer, all => all.Count >= 2).Count);
    }

    [Fact]
    public void A_paused_partition_is_silent_until_it_is_resumed()
    {
        Cluster.CreateTopic("t", 2);
        KafkaConsumer consumer = Consumer();
        consumer.Assign([new TopicPartitionOffset("t", 0, 0), new TopicPartitionOffset("t", 1, 0)]);
        ConsumeUntil(consumer, all => all.Count >= 2);
        consumer.Pause([new TopicPartition("t", 0)]);
        Write("t", 3, partition: 0);
        Write("t", 2, partition: 1);
        List<Received> received = ConsumeUntil(consumer, all => all.Count(message => message.IsRecord) >= 2);
        Assert.All(received, message => Assert.Equal(1, message.Partition));

        consumer.Resume([new TopicPartition("t", 0)]);
        received = ConsumeUntil(consumer, all => all.Count(message => message.IsRecord) >= 3);
        Assert.Equal([0L, 1, 2], received.Where(message => message.IsRecord).Select(message => message.Offset));
    }

    [Fact]
    public void Pausing_in_the_middle_loses_and_repeats_nothing()
    {
        const int Count = 10_000;
        Cluster.CreateTopic("t", 1);
        Write("t", Count);
        KafkaConsumer consumer = Consumer();
        consumer.Assign([new TopicPartitionOffset("t", 0, 0)]);
        List<long> offsets = [];
        while (offsets.Count < Count)
        {
            offsets.AddRange(ConsumeUntil(consumer, all => all.Count > 0).Where(message => message.IsRecord).Select(message => message.Offset));
            consumer.Pause([new TopicPartition("t", 0)]);
            offsets.AddRange(TakeOnce(consumer).Where(message => message.IsRecord).Select(message => message.Offset));
            consumer.Resume([new TopicPartition("t", 0)]);
        }

        Assert.Equal(Enumerable.Range(0, Count).Select(i => (long)i), offsets);
    }

    [Fact]
    public void A_seek_reads_again_from_there()
    {
        Cluster.CreateTopic("t", 1);
        Write("t", 5);
        KafkaConsumer consumer = Consumer();
        consumer.Assign([new TopicPartitionOffset("t", 0, 0)]);
        ConsumeUntil(consumer, all => all.Count >= 6);
        consumer.Seek(new TopicPartitionOffset("t", 0, 3), Patience);
        Assert.Equal([3L, 4, 5], ConsumeUntil(consumer, all => all.Count >= 3).Select(message => message.Offset));
        Assert.Throws<StreamingException>(() => consumer.Seek(new TopicPartitionOffset("other", 0, 3), 1000));
    }

    [Fact]
    public void A_position_that_the_broker_no_longer_has_is_an_error_and_not_a_jump()
    {
        Cluster.CreateTopic("t", 1);
        Write("t", 10);
        Cluster.DeleteRecordsBefore("t", 0, 6);
        KafkaConsumer consumer = Consumer();
        consumer.Assign([new TopicPartitionOffset("t", 0, 2)]);
        Received expired = Assert.Single(ConsumeUntil(consumer, all => all.Count > 0));
        Assert.Equal(ErrorCode.DataExpired, ErrorCodes.From(expired.Error));
        Assert.Equal((consumer.TopicPointer("t"), 0), (expired.Topic, expired.Partition));
        Assert.Contains("Offset out of range", expired.ErrorText, StringComparison.Ordinal);

        consumer.Unassign([new TopicPartition("t", 0)]);
        consumer.Assign([new TopicPartitionOffset("t", 0, 6)]);
        Assert.Equal([6L, 7, 8, 9, 10], ConsumeUntil(consumer, all => all.Count >= 5).Select(message => message.Offset));
    }

    [Fact]
    public void A_position_after_the_end_is_an_error_and_not_a_jump()
    {
        Cluster.CreateTopic("t", 1);
        Write("t", 1);
        KafkaConsumer consumer = Consumer();
        consumer.Assign([new TopicPartitionOffset("t", 0, 1000)]);
        Assert.Equal(ErrorCode.DataExpired, ErrorCodes.From(Assert.Single(ConsumeUntil(consumer, all => all.Count > 0)).Error));
    }

    [Fact]
    public void A_topic_that_does_not_exist_is_not_made_and_read_once_it_is_there()
    {
        KafkaConsumer consumer = Consumer();
        consumer.Assign([new TopicPartitionOffset("late", 0, 0)]);
        Assert.Equal(0, consumer.Consume(300));
        Assert.Empty(Admin().ListTopics(Patience));
        Cluster.CreateTopic("late", 1);
        Assert.Equal(ResponseError.PartitionEof, Assert.Single(ConsumeUntil(consumer, all => all.Count > 0)).Error);
    }

    [Fact]
    public async Task A_message_ends_the_wait_for_it()
    {
        Cluster.CreateTopic("t", 1);
        KafkaConsumer consumer = Consumer();
        consumer.Assign([new TopicPartitionOffset("t", 0, 0)]);
        ConsumeUntil(consumer, all => all.Count > 0);
        Reports reports = new();
        KafkaProducer producer = Producer(reports, ("linger.ms", "0"));
        Write("t", 1);
        ConsumeUntil(consumer, all => all.Count >= 2);

        Task<int> waiting = Task.Run(() => consumer.Consume(30_000));
        Stopwatch watch = Stopwatch.StartNew();
        Send(producer, "t", "value", "k");
        Assert.Equal(1, await waiting.WaitAsync(TimeSpan.FromSeconds(10)));
        Assert.True(watch.ElapsedMilliseconds < 1000, $"took {watch.ElapsedMilliseconds} ms");
        reports.Await(1);
    }

    [Fact]
    public void An_idle_consumer_returns_after_its_timeout_with_nothing()
    {
        Cluster.CreateTopic("t", 1);
        KafkaConsumer consumer = Consumer();
        Stopwatch watch = Stopwatch.StartNew();
        Assert.Equal(0, consumer.Consume(50));
        Assert.InRange(watch.ElapsedMilliseconds, 45, 2000);
        Assert.Equal(0, consumer.Consume(0));
    }

    [Fact]
    public void Disposing_waits_for_no_broker_and_may_be_repeated()
    {
        Cluster.CreateTopic("t", 1);
        Write("t", 1000);
        KafkaConsumer busy = Consumer();
        busy.Assign([new TopicPartitionOffset("t", 0, 0)]);
        ConsumeUntil(busy, all => all.Count > 0);
        busy.Consume(100);
        KafkaConsumer alone = Consumer(("bootstrap.servers", "127.0.0.1:1"));
        alone.Assign([new TopicPartitionOffset("t", 0, 0)]);
        alone.Consume(10);
        Stopwatch watch = Stopwatch.StartNew();
        busy.Dispose();
        alone.Dispose();
        Assert.True(watch.ElapsedMilliseconds < 1000, $"took {watch.ElapsedMilliseconds} ms");
        busy.Dispose();
        Assert.Equal(ErrorCode.Closed, Assert.Throws<StreamingException>(() => busy.Consume(0)).Code);
        Assert.Equal(ErrorCode.Closed, Assert.Throws<StreamingException>(() => busy.Pause([new TopicPartition("t", 0)])).Code);
    }

    private static unsafe List<Received> TakeOnce(KafkaConsumer consumer)
    {
        List<Received> taken = [];
        int count = consumer.Consume(0);
        for (int i = 0; i < count; i++)
        {
            taken.Add(Received.From(consumer.MessageAt(i)));
        }

        return taken;
    }
}
