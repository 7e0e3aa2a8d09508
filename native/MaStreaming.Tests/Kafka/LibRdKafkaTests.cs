using System;
using Xunit;

namespace MaStreaming.Kafka;

[Collection(KafkaCollection.Name)]
public sealed class LibRdKafkaTests(KafkaFixture fixture)
{
    [Fact]
    public void Loading_the_same_file_again_does_nothing()
    {
        LibRdKafkaLoader.Load(fixture.Path);
        Assert.Matches(@"^2\.\d+\.\d+", LibRdKafkaLoader.Version());
    }

    [Fact]
    public void Loading_another_file_afterwards_is_refused()
    {
        StreamingException refused = Assert.Throws<StreamingException>(() => LibRdKafkaLoader.Load("/elsewhere/librdkafka.so.1"));
        Assert.Equal(ErrorCode.Lifecycle, refused.Code);
        Assert.Contains(fixture.Path, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ResponseError.Destroyed, "_DESTROY")]
    [InlineData(ResponseError.Failed, "_FAIL")]
    [InlineData(ResponseError.Transport, "_TRANSPORT")]
    [InlineData(ResponseError.Resolve, "_RESOLVE")]
    [InlineData(ResponseError.MessageTimedOut, "_MSG_TIMED_OUT")]
    [InlineData(ResponseError.PartitionEof, "_PARTITION_EOF")]
    [InlineData(ResponseError.UnknownPartition, "_UNKNOWN_PARTITION")]
    [InlineData(ResponseError.UnknownTopic, "_UNKNOWN_TOPIC")]
    [InlineData(ResponseError.AllBrokersDown, "_ALL_BROKERS_DOWN")]
    [InlineData(ResponseError.InvalidArgument, "_INVALID_ARG")]
    [InlineData(ResponseError.TimedOut, "_TIMED_OUT")]
    [InlineData(ResponseError.QueueFull, "_QUEUE_FULL")]
    [InlineData(ResponseError.InSyncInsufficient, "_ISR_INSUFF")]
    [InlineData(ResponseError.Ssl, "_SSL")]
    [InlineData(ResponseError.UnknownGroup, "_UNKNOWN_GROUP")]
    [InlineData(ResponseError.InProgress, "_IN_PROGRESS")]
    [InlineData(ResponseError.Conflict, "_CONFLICT")]
    [InlineData(ResponseError.State, "_STATE")]
    [InlineData(ResponseError.NotImplemented, "_NOT_IMPLEMENTED")]
    [InlineData(ResponseError.Authentication, "_AUTHENTICATION")]
    [InlineData(ResponseError.NoOffset, "_NO_OFFSET")]
    [InlineData(ResponseError.TimedOutQueue, "_TIMED_OUT_QUEUE")]
    [InlineData(ResponseError.UnsupportedFeature, "_UNSUPPORTED_FEATURE")]
    [InlineData(ResponseError.PurgedQueue, "_PURGE_QUEUE")]
    [InlineData(ResponseError.PurgedInFlight, "_PURGE_INFLIGHT")]
    [InlineData(ResponseError.Fatal, "_FATAL")]
    [InlineData(ResponseError.AutoOffsetReset, "_AUTO_OFFSET_RESET")]
    [InlineData(ResponseError.LogTruncation, "_LOG_TRUNCATION")]
    [InlineData(ResponseError.Unknown, "UNKNOWN")]
    [InlineData(ResponseError.NoError, "NO_ERROR")]
    [InlineData(ResponseError.OffsetOutOfRange, "OFFSET_OUT_OF_RANGE")]
    [InlineData(ResponseError.InvalidMessage, "INVALID_MSG")]
    [InlineData(ResponseError.UnknownTopicOrPartition, "UNKNOWN_TOPIC_OR_PART")]
    [InlineData(ResponseError.LeaderNotAvailable, "LEADER_NOT_AVAILABLE")]
    [InlineData(ResponseError.NotLeaderForPartition, "NOT_LEADER_FOR_PARTITION")]
    [InlineData(ResponseError.RequestTimedOut, "REQUEST_TIMED_OUT")]
    [InlineData(ResponseError.BrokerNotAvailable, "BROKER_NOT_AVAILABLE")]
    [InlineData(ResponseError.ReplicaNotAvailable, "REPLICA_NOT_AVAILABLE")]
    [InlineData(ResponseError.MessageTooLarge, "MSG_SIZE_TOO_LARGE")]
    [InlineData(ResponseError.NetworkException, "NETWORK_EXCEPTION")]
    [InlineData(ResponseError.CoordinatorLoadInProgress, "COORDINATOR_LOAD_IN_PROGRESS")]
    [InlineData(ResponseError.CoordinatorNotAvailable, "COORDINATOR_NOT_AVAILABLE")]
    [InlineData(ResponseError.InvalidTopic, "TOPIC_EXCEPTION")]
    [InlineData(ResponseError.RecordListTooLarge, "RECORD_LIST_TOO_LARGE")]
    [InlineData(ResponseError.NotEnoughReplicas, "NOT_ENOUGH_REPLICAS")]
    [InlineData(ResponseError.NotEnoughReplicasAfterAppend, "NOT_ENOUGH_REPLICAS_AFTER_APPEND")]
    [InlineData(ResponseError.TopicAuthorizationFailed, "TOPIC_AUTHORIZATION_FAILED")]
    [InlineData(ResponseError.GroupAuthorizationFailed, "GROUP_AUTHORIZATION_FAILED")]
    [InlineData(ResponseError.ClusterAuthorizationFailed, "CLUSTER_AUTHORIZATION_FAILED")]
    [InlineData(ResponseError.UnsupportedSaslMechanism, "UNSUPPORTED_SASL_MECHANISM")]
    [InlineData(ResponseError.IllegalSaslState, "ILLEGAL_SASL_STATE")]
    [InlineData(ResponseError.UnsupportedVersion, "UNSUPPORTED_VERSION")]
    [InlineData(ResponseError.TopicAlreadyExists, "TOPIC_ALREADY_EXISTS")]
    [InlineData(ResponseError.InvalidPartitions, "INVALID_PARTITIONS")]
    [InlineData(ResponseError.InvalidReplicationFactor, "INVALID_REPLICATION_FACTOR")]
    [InlineData(ResponseError.InvalidConfiguration, "INVALID_CONFIG")]
    [InlineData(ResponseError.NotController, "NOT_CONTROLLER")]
    [InlineData(ResponseError.InvalidRequest, "INVALID_REQUEST")]
    [InlineData(ResponseError.PolicyViolation, "POLICY_VIOLATION")]
    [InlineData(ResponseError.OutOfOrderSequenceNumber, "OUT_OF_ORDER_SEQUENCE_NUMBER")]
    [InlineData(ResponseError.TransactionalIdAuthorizationFailed, "TRANSACTIONAL_ID_AUTHORIZATION_FAILED")]
    [InlineData(ResponseError.KafkaStorageError, "KAFKA_STORAGE_ERROR")]
    [InlineData(ResponseError.SaslAuthenticationFailed, "SASL_AUTHENTICATION_FAILED")]
    [InlineData(ResponseError.FencedLeaderEpoch, "FENCED_LEADER_EPOCH")]
    [InlineData(ResponseError.UnknownLeaderEpoch, "UNKNOWN_LEADER_EPOCH")]
    internal void Errors_have_the_numbers_of_librdkafka(ResponseError error, string name)
    {
        Assert.Equal(name, LibRdKafka.Text(LibRdKafka.ErrorName(error)));
        Assert.EndsWith($"({name})", ResponseErrors.Describe(error), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ResponseError.NoError, ErrorCode.None)]
    [InlineData(ResponseError.Transport, ErrorCode.BrokerUnavailable)]
    [InlineData(ResponseError.Authentication, ErrorCode.Authentication)]
    [InlineData(ResponseError.TopicAuthorizationFailed, ErrorCode.Authentication)]
    [InlineData(ResponseError.TimedOut, ErrorCode.Timeout)]
    [InlineData(ResponseError.MessageTimedOut, ErrorCode.DeliveryFailed)]
    [InlineData(ResponseError.QueueFull, ErrorCode.QueueFull)]
    [InlineData(ResponseError.MessageTooLarge, ErrorCode.MessageTooLarge)]
    [InlineData(ResponseError.UnknownTopicOrPartition, ErrorCode.TopicUnavailable)]
    [InlineData(ResponseError.AutoOffsetReset, ErrorCode.DataExpired)]
    [InlineData(ResponseError.UnsupportedFeature, ErrorCode.NotSupported)]
    [InlineData(ResponseError.InvalidArgument, ErrorCode.InvalidArgument)]
    [InlineData(ResponseError.Destroyed, ErrorCode.Closed)]
    [InlineData(ResponseError.Unknown, ErrorCode.Internal)]
    internal void Errors_become_our_codes(ResponseError error, ErrorCode code) => Assert.Equal(code, ErrorCodes.From(error));
}
