using System;
using System.Diagnostics;
using System.Linq;
using System.Threading.Tasks;
using Xunit;

namespace MaStreaming.Kafka;

public sealed class KafkaProducerTests : KafkaTestCase
{
    private const int ProduceRequest = 0;

    [Fact]
    public void A_record_that_the_broker_refuses_is_reported_with_its_error()
    {
        Cluster.CreateTopic("t", 1);
        Cluster.PushRequestErrors(ProduceRequest, ResponseError.MessageTooLarge);
        Reports reports = new();
        Send(Producer(reports), "t", "too large", "k", opaque: 7);
        Reports.Report report = Assert.Single(reports.Await(1));
        Assert.Equal(7, report.Opaque);
        Assert.Equal(ResponseError.MessageTooLarge, report.Error);
        Assert.Equal("too large", report.Value);
    }

    [Fact]
    public void A_record_that_a_moving_leader_refuses_is_sent_again()
    {
        Cluster.CreateTopic("t", 1);
        Cluster.PushRequestErrors(ProduceRequest, ResponseError.NotLeaderForPartition, ResponseError.NotLeaderForPartition);
        Reports reports = new();
        Send(Producer(reports, ("retry.backoff.ms", "10")), "t", "value", "k");
        Assert.Equal(ResponseError.NoError, Assert.Single(reports.Await(1)).Error);
    }

    [Fact]
    public void A_record_that_is_too_large_for_the_producer_is_refused_at_once()
    {
        KafkaProducer producer = Producer(new Reports(), ("message.max.bytes", "1000"));
        Assert.Equal(ResponseError.MessageTooLarge, Send(producer, "t", new string('x', 2000), "k"));
    }

    [Fact]
    public void A_full_queue_refuses_and_takes_again_when_there_is_room()
    {
        Cluster.CreateTopic("t", 1);
        Reports reports = new();
        KafkaProducer producer = Producer(reports, ("queue.buffering.max.messages", "2"), ("linger.ms", "60000"));
        Send(producer, "t", "1", "k");
        Send(producer, "t", "2", "k");
        Assert.Equal(ResponseError.QueueFull, Send(producer, "t", "3", "k"));
        Assert.Equal(2, producer.QueueLength);
        producer.BeginFlush();
        reports.Await(2);
        WaitUntil(() => Send(producer, "t", "3", "k") == ResponseError.NoError, "the queue has room again");
    }

    [Fact]
    public void Many_records_are_delivered_in_their_order_among_single_ones()
    {
        Cluster.CreateTopic("t", 1);
        Reports reports = new();
        KafkaProducer producer = Producer(reports);
        Send(producer, "t", "0", "k", opaque: 10);
        Assert.Equal(3, SendMany(producer, "t", ["1", "", "3"], "k", opaque: 11));
        Send(producer, "t", "4", "k", opaque: 12);
        producer.BeginFlush();
        Assert.Equal([10, 11, 11, 11, 12], reports.Await(5).Select(report => report.Opaque));
        KafkaConsumer consumer = Consumer();
        consumer.Assign([new TopicPartitionOffset("t", 0, 0)]);
        Assert.Equal(["0", "1", "", "3", "4"], ConsumeUntil(consumer, all => all.Count >= 5).Take(5).Select(record => record.Value));
    }

    [Fact]
    public void Of_many_records_those_are_refused_for_which_there_is_no_room()
    {
        Cluster.CreateTopic("t", 1);
        Reports reports = new();
        KafkaProducer producer = Producer(reports, ("queue.buffering.max.messages", "2"), ("linger.ms", "60000"));
        Assert.Equal(2, SendMany(producer, "t", ["1", "2", "3", "4"], "k"));
        Assert.Equal(0, SendMany(producer, "t", ["3", "4"], "k"));
        producer.BeginFlush();
        Assert.Equal(["1", "2"], reports.Await(2).Select(report => report.Value));
        WaitUntil(() => SendMany(producer, "t", ["3", "4"], "k") == 2, "the queue has room again");
    }

    [Fact]
    public void A_closed_producer_takes_none_of_many_records()
    {
        KafkaProducer producer = Producer(new Reports());
        KafkaTopicHandle topic = producer.Topic("t");
        producer.Dispose();
        Assert.Equal(0, SendMany(producer, topic, ["1"], "k"));
    }

    [Fact]
    public void A_flush_sends_what_lingers()
    {
        Cluster.CreateTopic("t", 1);
        Reports reports = new();
        KafkaProducer producer = Producer(reports, ("linger.ms", "60000"));
        Send(producer, "t", "first", "k");
        producer.BeginFlush();
        reports.Await(1);
        Stopwatch watch = Stopwatch.StartNew();
        Send(producer, "t", "second", "k");
        producer.BeginFlush();
        reports.Await(2);
        Assert.True(watch.ElapsedMilliseconds < 1000, $"took {watch.ElapsedMilliseconds} ms");
    }

    [Fact]
    public void Disposing_reports_what_was_not_acknowledged()
    {
        Reports reports = new();
        KafkaProducer producer = Producer(reports, ("bootstrap.servers", "127.0.0.1:1"));
        for (int i = 0; i < 5000; i++)
        {
            Send(producer, "t", "value", "k", opaque: i);
        }

        Stopwatch watch = Stopwatch.StartNew();
        producer.Dispose();
        Assert.True(watch.ElapsedMilliseconds < 1000, $"took {watch.ElapsedMilliseconds} ms");
        Assert.Equal(Enumerable.Range(0, 5000).Select(i => (long)i), reports.Await(5000, 0).Select(report => report.Opaque).Order());
        Assert.All(reports.Await(5000, 0), report => Assert.Equal(ResponseError.PurgedQueue, report.Error));
    }

    [Fact]
    public async Task Disposing_while_others_produce_reports_every_record_that_was_accepted()
    {
        Cluster.CreateTopic("t", 1);
        Reports reports = new();
        KafkaProducer producer = Producer(reports);
        Send(producer, "t", "value", "k");
        reports.Await(1);
        KafkaTopicHandle topic = producer.Topic("t");
        Task<int>[] writers = [.. Enumerable.Range(0, 2).Select(_ => Task.Run(() => ProduceUntilClosed(producer, topic)))];
        WaitUntil(() => producer.QueueLength > 1000, "records are queued");
        producer.Dispose();
        int accepted = 1 + (await Task.WhenAll(writers)).Sum();
        Assert.Equal(accepted, reports.Await(accepted, 1000).Count);
    }

    [Fact]
    public void After_its_end_a_producer_takes_nothing()
    {
        KafkaProducer producer = Producer(new Reports());
        KafkaTopicHandle topic = producer.Topic("t");
        Assert.Same(topic, producer.Topic("t"));
        producer.Dispose();
        producer.Dispose();
        Assert.Equal(ErrorCode.Closed, Assert.Throws<StreamingException>(() => producer.Topic("t")).Code);

        // What it had is settled, so there is nothing to flush; one who meets its replacement must not be told that it is closed.
        producer.BeginFlush();
        unsafe
        {
            Assert.Equal(ResponseError.Destroyed, producer.Produce(topic, 0, null, 0, null, 0, IntPtr.Zero));
        }
    }

    [Fact]
    public void A_topic_name_that_is_not_legal_is_refused()
    {
        KafkaProducer producer = Producer(new Reports());
        StreamingException refused = Assert.Throws<StreamingException>(() => producer.Topic(new string('x', 600)));
        Assert.Equal(ErrorCode.InvalidArgument, refused.Code);
    }

    [Fact]
    public void A_sink_that_throws_hears_of_it_and_gets_the_next_report()
    {
        Cluster.CreateTopic("t", 1);
        Reports reports = new() { Trouble = new InvalidOperationException("choked") };
        KafkaProducer producer = Producer(reports);
        Send(producer, "t", "1", "k");
        Send(producer, "t", "2", "k");
        reports.Await(2);
        WaitUntil(() => reports.FailureCount == 2, "both failures are reported");
        Assert.Null(producer.FatalError);
    }

    [Fact]
    public void The_key_decides_where_no_partition_is_given()
    {
        Cluster.CreateTopic("t", 3);
        Reports reports = new();
        KafkaProducer producer = Producer(reports);
        for (int i = 0; i < 30; i++)
        {
            Send(producer, "t", "value", $"key {i % 3}", partition: -1, opaque: i % 3);
        }

        Assert.All(reports.Await(30).GroupBy(report => report.Opaque), group => Assert.Single(group.Select(report => report.Partition).Distinct()));
    }
    private static unsafe int ProduceUntilClosed(KafkaProducer producer, KafkaTopicHandle topic)
    {
        int accepted = 0;
        byte value = 1;
        while (true)
        {
            ResponseError error = producer.Produce(topic, 0, &value, 1, null, 0, IntPtr.Zero);
            if (error == ResponseError.Destroyed)
            {
                return accepted;
            }

            accepted += error == ResponseError.NoError ? 1 : 0;
        }
    }
}
