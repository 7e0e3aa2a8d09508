using System.Collections.Generic;
using System.Linq;
using Xunit;

namespace MaStreaming.Kafka;

public sealed class GroupConsumerTests : KafkaTestCase
{
    private const int OffsetCommitRequest = 8;

    [Theory]
    [InlineData((int)ResponseError.RebalanceInProgress)]
    [InlineData((int)ResponseError.IllegalGeneration)]
    public void A_commit_that_met_a_rebalance_is_not_complained_of_when_the_next_one_succeeds(int error)
    {
        GroupConsumer consumer = Member();
        Cluster.PushRequestErrors(OffsetCommitRequest, (ResponseError)error);
        CommitUntilAnswered(consumer, 1);
        CommitUntilAnswered(consumer, 2);
        Assert.True(consumer.AwaitCommits(Patience));
        Assert.Equal(1, consumer.FailedCommits);
        Assert.Empty(Complaints());
    }

    [Fact]
    public void A_commit_that_met_a_rebalance_is_complained_of_when_nothing_makes_up_for_it()
    {
        GroupConsumer consumer = Member();
        Cluster.PushRequestErrors(OffsetCommitRequest, ResponseError.RebalanceInProgress);
        consumer.Commit([new TopicPartitionOffset("t", 0, 1)]);
        Assert.True(consumer.AwaitCommits(Patience));
        Assert.Contains("REBALANCE_IN_PROGRESS", Assert.Single(Complaints()).Message, System.StringComparison.Ordinal);
    }

    [Fact]
    public void A_commit_that_is_refused_is_complained_of_once()
    {
        GroupConsumer consumer = Member();
        Cluster.PushRequestErrors(OffsetCommitRequest, ResponseError.TopicAuthorizationFailed, ResponseError.TopicAuthorizationFailed);
        CommitUntilAnswered(consumer, 1);
        CommitUntilAnswered(consumer, 2);
        Assert.Equal(2, consumer.FailedCommits);
        Assert.Single(Complaints());
    }

    private GroupConsumer Member()
    {
        Cluster.CreateTopic("t", 1);
        return Track(new GroupConsumer(Properties(), "group", Logs));
    }

    /// <summary>Commits an offset and serves the member until the broker has answered, whatever it says.</summary>
    private static void CommitUntilAnswered(GroupConsumer consumer, long offset)
    {
        long failed = consumer.FailedCommits;
        consumer.Commit([new TopicPartitionOffset("t", 0, offset)]);
        WaitUntil(
            () =>
            {
                consumer.Attend();
                return consumer.FailedCommits > failed
                    || consumer.Committed([new TopicPartition("t", 0)], Patience).GetValueOrDefault(new TopicPartition("t", 0)) == offset;
            },
            "the commit is answered");
    }

    private List<LogRecord> Complaints()
    {
        List<LogRecord> records = [];
        Logs.TryTake(0, records);
        return records.Where(record => record.Facility == "COMMIT").ToList();
    }
}
