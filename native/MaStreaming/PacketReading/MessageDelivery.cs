using System;
using System.Collections.Generic;
using MaStreaming.Engine;
using MaStreaming.Kafka;
using MaStreaming.Protocol;

namespace MaStreaming.PacketReading;

/// <summary>
/// Puts what was consumed into the ring: the records of the sessions that are read, picked by their key, and what they tell. For the
/// reading thread.
/// </summary>
internal sealed unsafe class MessageDelivery(
    ReaderSettings settings, BlockRing ring, PartitionAssignment assignment, PartitionRecovery recovery, ReaderStatistics statistics, LogQueue logs)
{
    private const int WarningLevel = 4;

    /// <summary>Writers take a record's time before its place in a queue, so that records are often out of order by some milliseconds.</summary>
    private const int LateMilliseconds = 1_000;

    private readonly HashSet<ResponseError> _warnedOf = [];
    private readonly DuplicateFilter? _duplicates = settings.SkipsDuplicates ? new DuplicateFilter() : null;
    private bool _warnedOfInvalid;

    /// <summary>When a packet last came, in monotonic milliseconds.</summary>
    public long LastPacketAt { get; set; } = Deadline.NowMilliseconds();

    /// <summary>Delivers a message; the ring is entered.</summary>
    public void Deliver(KafkaMessage* message, long now)
    {
        if (assignment.Find(message) is not { } partition)
        {
            return;
        }

        if (message->Error != ResponseError.NoError)
        {
            HandleError(message, partition);
        }
        else if (Deliver(message, partition, now))
        {
            partition.Position = message->Offset + 1;
        }
    }

    /// <summary>False where the ring was closed before there was room.</summary>
    private bool Deliver(KafkaMessage* message, ReadPartition partition, long now)
    {
        StreamCursor? cursor = partition.Find(new ReadOnlySpan<byte>(message->Key, checked((int)message->KeyLength)));
        if (cursor is null || message->Offset < cursor.Next || message->Offset >= cursor.Limit || cursor.IsCompleted)
        {
            statistics.CountSkipped();
            return true;
        }

        ReadOnlySpan<byte> bytes = new(message->Payload, checked((int)message->Length));
        if (!PacketView.TryParse(bytes, out PacketView packet))
        {
            CountInvalid(partition, message->Offset);
        }
        else if (_duplicates is not null && _duplicates.IsDuplicate(cursor.Stream, bytes))
        {
            statistics.CountDuplicate();
        }
        else if (!Append(message, cursor, in packet, now))
        {
            return false;
        }

        cursor.Next = message->Offset + 1;
        return true;
    }

    private bool Append(KafkaMessage* message, StreamCursor cursor, in PacketView packet, long now)
    {
        ReadStream stream = cursor.Stream;
        if (!stream.IsStarted)
        {
            stream.IsStarted = true;
            ring.Append(new ReaderEvent(ReaderEventKind.StreamReadingStarted) { Session = stream.Session.Session, Stream = stream.Name });
        }

        long timestamp = KafkaConsumer.TimestampMs(message);
        if (!ring.Append(cursor.Index, timestamp, message->Offset, message->Payload, message->Length))
        {
            return false;
        }

        cursor.Delivered = message->Offset + 1;
        if (timestamp >= cursor.NewestTimestamp)
        {
            cursor.NewestTimestamp = timestamp;
        }
        else if (timestamp < cursor.NewestTimestamp - LateMilliseconds)
        {
            CountLate(cursor, message->Offset, timestamp);
        }

        statistics.CountPacket(message->Length);
        stream.CountPacket();
        stream.LastPacketAt = stream.Session.LastProgressAt = LastPacketAt = now;
        if (packet.TypeIs(PacketTypes.EndOfSession))
        {
            stream.SawEnd = cursor.SawEnd = true;
        }
        else if (packet.TypeIs(PacketTypes.CoverageCursorInfo) && CoverageCursorInfo.TryParse(packet.Content, out _, out ulong time))
        {
            ring.Append(new ReaderEvent(ReaderEventKind.CoverageCursorReceived) { Session = stream.Session.Session, Stream = stream.Name, CoverageCursorTime = time });
        }

        return true;
    }

    private void HandleError(KafkaMessage* message, ReadPartition partition)
    {
        if (message->Error == ResponseError.PartitionEof)
        {
            partition.Position = Math.Max(partition.Position, message->Offset);
            return;
        }

        ErrorCode code = ErrorCodes.From(message->Error);
        if (code is ErrorCode.DataExpired or ErrorCode.TopicUnavailable)
        {
            recovery.Suspect(partition);
        }
        else if (code == ErrorCode.Authentication)
        {
            recovery.Refuse(partition, KafkaConsumer.ErrorText(message));
        }
        else if (_warnedOf.Add(message->Error))
        {
            logs.Add(WarningLevel, "READER", $"topic '{partition.Partition.Topic}' partition {partition.Partition.Partition}: {KafkaConsumer.ErrorText(message)}");
        }
    }

    private void CountInvalid(ReadPartition partition, long offset)
    {
        statistics.CountInvalid();
        if (!_warnedOfInvalid)
        {
            _warnedOfInvalid = true;
            logs.Add(WarningLevel, "READER", $"topic '{partition.Partition.Topic}' offset {offset}: the value is not a Packet; such records are counted and passed over");
        }
    }

    private void CountLate(StreamCursor cursor, long offset, long timestamp)
    {
        statistics.CountLate();
        if (!cursor.Stream.WarnedOfLate)
        {
            cursor.Stream.WarnedOfLate = true;
            (string topic, int number) = cursor.Partition.Partition;
            logs.Add(WarningLevel, "READER", $"topic '{topic}' partition {number} offset {offset}: the record is {cursor.NewestTimestamp - timestamp} ms older than one before it; such packets are delivered, and counted as late");
        }
    }
}
