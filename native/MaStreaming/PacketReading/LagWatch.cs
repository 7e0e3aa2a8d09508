using System;
using System.Collections.Generic;
using System.Linq;
using MaStreaming.Engine;
using MaStreaming.Kafka;

namespace MaStreaming.PacketReading;

/// <summary>Measures how far a reader is behind, and says once when it falls behind and when it has caught up. For the reading thread.</summary>
internal sealed class LagWatch(KafkaConsumer consumer, ReadingPositions positions, BlockRing ring, ReaderStatistics statistics, LogQueue logs)
{
    private const int LookMilliseconds = 250;
    private const int CompareMilliseconds = 2_000;
    private const int GrowthsToWarn = 3;
    private const int MostCompleted = 4_096;
    private const int WarningLevel = 4;
    private const int InformationLevel = 6;

    private readonly Queue<StreamLag> _completed = [];
    private Deadline _nextLook = Deadline.After(0);
    private Deadline _nextComparison = Deadline.After(CompareMilliseconds);
    private long _before;
    private int _growths;
    private long _warnedAt;

    /// <summary>Keeps what was counted of a session that is not read any more.</summary>
    public void Keep(SessionReading reading)
    {
        foreach (ReadStream stream in reading.Streams)
        {
            _completed.Enqueue(new StreamLag(stream, 0));
            if (_completed.Count > MostCompleted)
            {
                _completed.Dequeue();
            }
        }

        _nextLook = Deadline.After(0);
    }

    /// <summary>Measures, not more often than it matters.</summary>
    public void Look(IEnumerable<SessionReading> readings)
    {
        if (!_nextLook.HasPassed)
        {
            return;
        }

        _nextLook = Deadline.After(LookMilliseconds);
        IReadOnlyDictionary<TopicPartition, long> reached = positions.HandedOut(0, 0);
        Dictionary<ReadStream, long> lags = [];
        foreach (StreamCursor cursor in readings.SelectMany(reading => reading.Cursors))
        {
            lags[cursor.Stream] = lags.GetValueOrDefault(cursor.Stream) + Lag(cursor, reached);
        }

        statistics.Streams = [.. _completed, .. lags.Select(lag => new StreamLag(lag.Key, lag.Value))];
        if (_nextComparison.HasPassed)
        {
            _nextComparison = Deadline.After(CompareMilliseconds);
            Compare(lags.Values.Sum());
        }
    }

    private long Lag(StreamCursor cursor, IReadOnlyDictionary<TopicPartition, long> reached)
    {
        TopicPartition partition = cursor.Partition.Partition;
        long end = cursor.Partition.IsAssigned ? Math.Min(consumer.KnownEnd(partition) ?? 0, cursor.Limit) : 0;
        return Math.Max(0, end - reached.GetValueOrDefault(partition, cursor.Next));
    }

    private void Compare(long lag)
    {
        // While there is room, what is behind is the connection or the broker, which say so themselves.
        _growths = lag > _before && ring.Waiting.Fill >= 0.5 ? _growths + 1 : 0;
        _before = lag;
        if (_warnedAt == 0 && _growths >= GrowthsToWarn)
        {
            _warnedAt = lag;
            logs.Add(WarningLevel, "READER", $"packets come faster than they are handled: {lag} records behind, more and more for {GrowthsToWarn * CompareMilliseconds / 1000} s; memory is bounded, and nothing is lost unless the broker deletes it first");
        }
        else if (_warnedAt > 0 && lag < _warnedAt / 2)
        {
            _warnedAt = 0;
            logs.Add(InformationLevel, "READER", $"packets are handled faster than they come again: {lag} records behind");
        }
    }
}
