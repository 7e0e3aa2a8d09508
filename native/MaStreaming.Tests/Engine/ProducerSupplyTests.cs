using System.Collections.Generic;
using System.Linq;
using MaStreaming.Kafka;
using Xunit;

namespace MaStreaming.Engine;

/// <summary>A producer that has failed for good, and the one that takes its place.</summary>
public sealed class ProducerSupplyTests : KafkaTestCase
{
    private const int ProduceRequest = 0;

    [Fact]
    public void A_producer_whose_sequence_is_broken_is_replaced_once_all_of_its_records_are_settled()
    {
        Reports reports = new();
        ProducerSupply supply = Supply(reports);
        KafkaProducer failed = Break(supply, reports);
        for (int i = 0; Send(failed, "t", "queued", "k", opaque: 3) == ResponseError.NoError; i++)
        {
            Assert.True(i < 1_000, "the producer goes on taking records");
        }

        Assert.NotNull(supply.Failure);
        Assert.True(supply.Replace(failed));
        Assert.NotSame(failed, supply.Current);
        Assert.Null(supply.Failure);
        Assert.Equal(1, supply.Failures);
        Assert.Equal(ResponseError.NoError, Send(supply.Current, "t", "after", "k", opaque: 4));
        supply.Current.BeginFlush();

        List<Reports.Report> all = reports.Await(3);
        Assert.Equal([1, 2, 4], all.Select(report => report.Opaque).ToArray());
        Assert.Equal(ResponseError.NoError, all[0].Error);
        Assert.NotEqual(ResponseError.NoError, all[1].Error);
        Assert.Equal(ResponseError.NoError, all[2].Error);
    }

    [Fact]
    public void A_producer_that_was_replaced_already_is_not_replaced_again()
    {
        Reports reports = new();
        ProducerSupply supply = Supply(reports);
        KafkaProducer failed = Break(supply, reports);
        Assert.True(supply.Replace(failed));
        KafkaProducer successor = supply.Current;

        Assert.True(supply.Replace(failed));
        Assert.Same(successor, supply.Current);
        Assert.False(supply.Replace(successor));
        Assert.Equal(1, supply.Failures);
    }

    [Fact]
    public void A_producer_that_may_leave_no_gap_is_not_replaced_and_says_why()
    {
        Reports reports = new();
        ProducerSupply supply = Supply(reports, ("enable.gapless.guarantee", "true"));
        KafkaProducer failed = Break(supply, reports);

        Assert.False(supply.Replace(failed));
        Assert.Same(failed, supply.Current);
        Assert.Contains("enable.gapless.guarantee", supply.Failure!.Text, System.StringComparison.Ordinal);
        Assert.Equal(ErrorCode.DeliveryFailed, supply.Failure.Code);
    }

    [Fact]
    public void A_producer_that_fails_soon_after_it_took_a_place_waits_for_its_successor()
    {
        Reports reports = new();
        ProducerSupply supply = Supply(reports);
        Assert.True(supply.Replace(Break(supply, reports)));
        KafkaProducer second = Break(supply, reports, before: 2);

        Assert.False(supply.Replace(second));
        Assert.NotNull(supply.Failure);
        Assert.Equal(2, supply.Failures);
    }

    private ProducerSupply Supply(Reports reports, params (string Name, string Value)[] properties)
    {
        Cluster.CreateTopic("t", 1);
        Dictionary<string, string> all = Properties([.. properties, ("enable.idempotence", "true"), ("linger.ms", "0")]);
        return Track(new ProducerSupply(all, Logs, reports));
    }

    /// <summary>Has the broker answer a record with an error that an idempotent producer does not survive.</summary>
    private KafkaProducer Break(ProducerSupply supply, Reports reports, int before = 0)
    {
        KafkaProducer producer = supply.Current;
        Assert.Equal(ResponseError.NoError, Send(producer, "t", "1", "k", opaque: 1));
        reports.Await(before + 1);
        Cluster.PushRequestErrors(ProduceRequest, ResponseError.OutOfOrderSequenceNumber);
        Assert.Equal(ResponseError.NoError, Send(producer, "t", "2", "k", opaque: 2));
        WaitUntil(() => producer.FatalError is not null, "the producer has failed for good");
        reports.Await(before + 2);
        return producer;
    }
}
