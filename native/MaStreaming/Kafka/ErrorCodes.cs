namespace MaStreaming.Kafka;

/// <summary>The one table from librdkafka's errors to ours.</summary>
internal static class ErrorCodes
{
    public static ErrorCode From(ResponseError error) => error switch
    {
        ResponseError.NoError => ErrorCode.None,

        ResponseError.Transport or ResponseError.Resolve or ResponseError.AllBrokersDown or ResponseError.NetworkException
            or ResponseError.BrokerNotAvailable or ResponseError.LeaderNotAvailable or ResponseError.NotLeaderForPartition
            or ResponseError.ReplicaNotAvailable or ResponseError.CoordinatorLoadInProgress or ResponseError.CoordinatorNotAvailable
            or ResponseError.NotController or ResponseError.KafkaStorageError or ResponseError.FencedLeaderEpoch
            or ResponseError.UnknownLeaderEpoch => ErrorCode.BrokerUnavailable,

        ResponseError.Authentication or ResponseError.Ssl or ResponseError.SaslAuthenticationFailed
            or ResponseError.UnsupportedSaslMechanism or ResponseError.IllegalSaslState or ResponseError.TopicAuthorizationFailed
            or ResponseError.GroupAuthorizationFailed or ResponseError.ClusterAuthorizationFailed
            or ResponseError.TransactionalIdAuthorizationFailed => ErrorCode.Authentication,

        ResponseError.TimedOut or ResponseError.TimedOutQueue or ResponseError.RequestTimedOut => ErrorCode.Timeout,

        ResponseError.MessageTimedOut or ResponseError.PurgedQueue or ResponseError.PurgedInFlight or ResponseError.InSyncInsufficient
            or ResponseError.NotEnoughReplicas or ResponseError.NotEnoughReplicasAfterAppend or ResponseError.InvalidMessage
            or ResponseError.OutOfOrderSequenceNumber or ResponseError.Fatal => ErrorCode.DeliveryFailed,

        ResponseError.QueueFull => ErrorCode.QueueFull,

        ResponseError.MessageTooLarge or ResponseError.RecordListTooLarge => ErrorCode.MessageTooLarge,

        ResponseError.UnknownTopic or ResponseError.UnknownPartition or ResponseError.UnknownTopicOrPartition
            or ResponseError.UnknownTopicId or ResponseError.InvalidTopic => ErrorCode.TopicUnavailable,

        ResponseError.OffsetOutOfRange or ResponseError.AutoOffsetReset or ResponseError.NoOffset
            or ResponseError.LogTruncation => ErrorCode.DataExpired,

        ResponseError.UnsupportedFeature or ResponseError.UnsupportedVersion or ResponseError.NotImplemented => ErrorCode.NotSupported,

        ResponseError.InvalidArgument or ResponseError.InvalidPartitions or ResponseError.InvalidReplicationFactor
            or ResponseError.InvalidConfiguration or ResponseError.InvalidRequest
            or ResponseError.PolicyViolation => ErrorCode.InvalidArgument,

        ResponseError.Destroyed => ErrorCode.Closed,

        _ => ErrorCode.Internal,
    };
}
