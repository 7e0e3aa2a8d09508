using System;
using System.Runtime.InteropServices;

namespace MaStreaming.Kafka;

/// <summary>A message as librdkafka lays it out (rd_kafka_message_t); lives in librdkafka's memory, for as long as its batch or event.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct KafkaMessage
{
    /// <summary>None for a record; otherwise what happened to the partition (its end, an error).</summary>
    public ResponseError Error;

    /// <summary>The topic object: compare with <see cref="KafkaConsumer.TopicPointer"/>.</summary>
    public IntPtr Topic;

    public int Partition;

    /// <summary>The value, null for a tombstone; with <see cref="Error"/> set, a text.</summary>
    public byte* Payload;

    private UIntPtr _length;

    /// <summary>The key: null where there is none, not null but of length 0 where it is empty.</summary>
    public byte* Key;

    private UIntPtr _keyLength;

    public long Offset;

    /// <summary>In a delivery report the value given to <see cref="KafkaProducer.Produce"/>.</summary>
    public IntPtr Opaque;

    public readonly long Length => (long)_length;

    public readonly long KeyLength => (long)_keyLength;

    /// <summary>Makes a record for <see cref="KafkaProducer.ProduceMany"/>.</summary>
    public static KafkaMessage Record(byte* value, long length, byte* key, long keyLength, IntPtr opaque) => new()
    {
        Payload = value,
        _length = (UIntPtr)length,
        Key = key,
        _keyLength = (UIntPtr)keyLength,
        Opaque = opaque,
    };
}
