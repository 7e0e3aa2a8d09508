using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using MaStreaming.Engine;
using MaStreaming.Kafka;
using MaStreaming.SessionManagement;
using MaStreaming.Topics;

namespace MaStreaming.PacketReading;

/// <summary>Finds the partitions of sessions, and from where to where each is read.</summary>
internal sealed class SessionOpener(StreamingEngine engine, ReaderSettings settings, StreamTable streams)
{
    private const int WarningLevel = 4;

    private readonly Dictionary<TopicPartition, ReadPartition> _partitions = [];

    public IReadOnlyDictionary<TopicPartition, ReadPartition> Partitions => _partitions;

    /// <summary>Adds a cursor for each partition of the sessions' streams that has none yet.</summary>
    /// <returns>The cursors added; a session whose first records have expired is reported and gets none.</returns>
    public IReadOnlyList<StreamCursor> Extend(IReadOnlyList<SessionReading> readings, Action<SessionReading, string> onExpired, Deadline deadline)
    {
        (string Stream, TopicPartition Partition)[] selected = Selected(engine.RequireLayout());
        List<(SessionReading Reading, string Stream, TopicPartition Partition)> missing = [];
        foreach (SessionReading reading in readings)
        {
            HashSet<TopicPartition> there = [.. reading.Cursors.Select(cursor => cursor.Partition.Partition)];
            missing.AddRange(selected.Where(item => !there.Contains(item.Partition)).Select(item => (reading, item.Stream, item.Partition)));
        }

        IReadOnlyList<StreamCursor> added = missing.Count == 0 ? [] : Place(missing, onExpired, deadline);
        foreach (SessionReading reading in readings)
        {
            // Partitions that appear later hold nothing but news.
            reading.BeginsAtEdge = false;
        }

        return added;
    }

    /// <summary>Sets the bounds of sessions that have ended: what their end records name, and the watermarks of now.</summary>
    public void SetBounds(IReadOnlyCollection<SessionReading> readings, Deadline deadline)
    {
        TopicPartition[] partitions = readings.SelectMany(reading => reading.Cursors).Select(cursor => cursor.Partition.Partition).Distinct().ToArray();
        if (partitions.Length == 0)
        {
            return;
        }

        IReadOnlyDictionary<TopicPartition, long> latest = engine.Admin.LatestOffsets(partitions, deadline.RemainingMilliseconds);
        foreach (StreamCursor cursor in readings.SelectMany(reading => reading.Cursors))
        {
            cursor.RecordedEnd = RecordedEnd(cursor);
            cursor.Target ??= latest.TryGetValue(cursor.Partition.Partition, out long high) ? high : cursor.Partition.Position;
        }
    }

    /// <summary>Forgets the partitions that no session is read on, and returns them.</summary>
    public IReadOnlyList<ReadPartition> TakeUnused()
    {
        ReadPartition[] unused = _partitions.Values.Where(partition => partition.CursorCount == 0).ToArray();
        foreach (ReadPartition partition in unused)
        {
            _partitions.Remove(partition.Partition);
        }

        return unused;
    }

    private StreamCursor[] Place(
        List<(SessionReading Reading, string Stream, TopicPartition Partition)> missing, Action<SessionReading, string> onExpired, Deadline deadline)
    {
        PartitionRanges ranges = PartitionRanges.Ask(engine.Admin, settings, missing.Select(item => item.Partition).Distinct().ToArray(), deadline);
        HashSet<SessionReading> expired = [];
        List<StreamCursor> added = [];
        foreach ((SessionReading reading, string stream, TopicPartition partition) in missing)
        {
            if (expired.Contains(reading))
            {
                continue;
            }

            (long low, long high) = (ranges.Low(partition), ranges.High(partition));
            long? recorded = settings.ReadsEssentials ? reading.Session.StartOfEssentials(partition) : reading.Session.StartOf(stream, partition);
            long start = reading.BeginsAtEdge ? high : ranges.AtOrAfterStartTime(partition, recorded ?? low);
            if (start < low)
            {
                expired.Add(reading);
                onExpired(reading, Lost(reading.Session, partition, start, low));
                continue;
            }

            if (low > 0 && recorded is null && !reading.BeginsAtEdge)
            {
                // The topic was empty, or not there, when the session began: what was deleted since may have been the session's.
                engine.Logs.Add(WarningLevel, "READER", $"session '{reading.Session.Key}' names no start in topic '{partition.Topic}' partition {partition.Partition}, and the broker has deleted everything there below offset {low}: packets of the session may be lost");
            }

            // A recorded start beyond the end means that the topic was made anew since.
            added.Add(Add(reading, stream, partition, start <= high ? start : low, reading.IsBoundedByStart ? high : null, ranges.EndTime(partition)));
        }

        return added.Where(cursor => !expired.Contains(cursor.Stream.Session)).ToArray();
    }

    private static long? RecordedEnd(StreamCursor cursor) =>
        cursor.Stream.Session.Session.EndOffsets.TryGetValue(OffsetKey(cursor.Partition.Partition), out long end) ? end : null;

    private static string OffsetKey(TopicPartition partition) => TopicProfile.OffsetKey(partition.Topic, partition.Partition);

    private static string Lost(Session session, TopicPartition partition, long start, long low) => string.Format(
        CultureInfo.InvariantCulture,
        "session '{0}' begins at offset {1} of topic '{2}' partition {3}, but the broker has deleted everything below {4}: {5} records are lost",
        session.Key,
        start,
        partition.Topic,
        partition.Partition,
        low,
        low - start);

    private (string Stream, TopicPartition Partition)[] Selected(StreamLayout layout) => settings.ReadsEssentials
        ? engine.Catalog.PartitionsOf(engine.RequireProfile().EssentialsTopic(settings.DataSource)).Select(partition => ("", partition)).ToArray()
        : layout.StreamsOf(settings.DataSource)
            .Where(stream => settings.Selects(stream.Name))
            .SelectMany(stream => stream.Partitions.Select(partition => (stream.Name, new TopicPartition(stream.Topic, partition))))
            .ToArray();

    private StreamCursor Add(SessionReading reading, string name, TopicPartition topicPartition, long start, long? target, long limit)
    {
        if (!_partitions.TryGetValue(topicPartition, out ReadPartition? partition))
        {
            partition = new ReadPartition(topicPartition) { Position = start };
            _partitions.Add(topicPartition, partition);
        }

        ReadStream? stream = reading.Streams.Find(known => known.Name == name);
        if (stream is null)
        {
            stream = streams.Add(reading, name);
            reading.Streams.Add(stream);
        }

        StreamCursor cursor = new(stream, partition, start) { Target = target is { } high ? Math.Min(high, limit) : null, Limit = limit };
        cursor.RecordedEnd = RecordedEnd(cursor);
        partition.Add(cursor);
        reading.Cursors.Add(cursor);
        return cursor;
    }
}
