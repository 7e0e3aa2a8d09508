using System;

namespace MaStreaming.Kafka;

/// <summary>What errors of librdkafka are called.</summary>
internal static class ResponseErrors
{
    /// <summary>Returns librdkafka's sentence and its name for an error: <c>Local: Queue full (_QUEUE_FULL)</c>.</summary>
    public static string Describe(ResponseError error) =>
        $"{LibRdKafka.Text(LibRdKafka.ErrorText(error))} ({LibRdKafka.Text(LibRdKafka.ErrorName(error))})";

    /// <summary>Whether the same request is likely to succeed a moment later: leaders move, brokers start.</summary>
    public static bool IsTransient(ResponseError error) => error
        is ResponseError.LeaderNotAvailable
        or ResponseError.NotLeaderForPartition
        or ResponseError.ReplicaNotAvailable
        or ResponseError.BrokerNotAvailable
        or ResponseError.NetworkException
        or ResponseError.RequestTimedOut
        or ResponseError.KafkaStorageError
        or ResponseError.FencedLeaderEpoch
        or ResponseError.UnknownLeaderEpoch
        or ResponseError.NotController
        or ResponseError.Transport;

    /// <summary>Whether an error is about reaching or convincing a broker rather than about one request.</summary>
    public static bool IsConnectionLevel(ResponseError error) => error
        is ResponseError.Transport
        or ResponseError.Resolve
        or ResponseError.AllBrokersDown
        or ResponseError.Ssl
        or ResponseError.Authentication
        or ResponseError.UnsupportedSaslMechanism
        or ResponseError.IllegalSaslState
        or ResponseError.SaslAuthenticationFailed;

    /// <summary>Throws what an error object says and frees it; does nothing for a null pointer, which means success.</summary>
    /// <param name="error">A rd_kafka_error_t, or zero.</param>
    /// <param name="action">What was tried, as the beginning of a sentence.</param>
    public static void ThrowIfAny(IntPtr error, string action)
    {
        if (error == IntPtr.Zero)
        {
            return;
        }

        ResponseError code = LibRdKafka.ErrorObjectCode(error);
        string text = LibRdKafka.Text(LibRdKafka.ErrorObjectText(error));
        LibRdKafka.DestroyErrorObject(error);
        throw new StreamingException(ErrorCodes.From(code), $"{action} failed: {text}");
    }

    /// <summary>Throws for an error other than none.</summary>
    /// <param name="error">What the call returned.</param>
    /// <param name="action">What was tried, as the beginning of a sentence.</param>
    public static void ThrowIfAny(ResponseError error, string action)
    {
        if (error != ResponseError.NoError)
        {
            throw new StreamingException(ErrorCodes.From(error), $"{action} failed: {Describe(error)}");
        }
    }
}
