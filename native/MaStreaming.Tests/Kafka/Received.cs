using System;
using System.Text;

namespace MaStreaming.Kafka;

/// <summary>A copy of a consumed message.</summary>
internal sealed record Received(
    ResponseError Error, IntPtr Topic, int Partition, long Offset, string? Key, string? Value, long TimestampMs, string ErrorText)
{
    public bool IsRecord => Error == ResponseError.NoError;

    public static unsafe Received From(KafkaMessage* message) => new(
        message->Error,
        message->Topic,
        message->Partition,
        message->Offset,
        message->Key == null ? null : Encoding.UTF8.GetString(message->Key, (int)message->KeyLength),
        message->Payload == null ? null : Encoding.UTF8.GetString(message->Payload, (int)message->Length),
        KafkaConsumer.TimestampMs(message),
        message->Error == ResponseError.NoError ? string.Empty : KafkaConsumer.ErrorText(message));
}
