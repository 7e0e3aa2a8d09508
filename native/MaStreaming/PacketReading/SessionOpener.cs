using System;
using System.Collections.Generic;
using System.Linq;
using MaStreaming.Engine;
using MaStreaming.Kafka;
using MaStreaming.SessionManagement;
using MaStreaming.Topics;

namespace MaStreaming.PacketReading;

/// <summary>Finds the partitions of sessions, and from where to where each is read.</summary>
/// <param name="engine">Knows the broker.</param>
/// <param name="settings">What is read.</param>
/// <param name="streams">Numbers the cursors.</param>
/// <param name="partitions">The partitions that sessions are read on; kept here.</param>
/// <param name="recovery">Counts what is lost.</param>
/// <param name="group">The reader's group; null for none.</param>
internal sealed class SessionOpener(
    StreamingEngine engine,
    ReaderSettings settings,
    StreamTable streams,
    Dictionary<TopicPartition, ReadPartition> partitions,
    PartitionRecovery recovery,
    GroupReading? group)
{
    private const int WarningLevel = 4;

    /// <summary>The topics that the reader's sessions may be in, as they are known now.</summary>
    public IEnumerable<string> Topics => Selected(engine.RequireLayout()).Select(item => item.Partition.Topic);

    /// <summary>Adds a cursor for each partition of the sessions' streams that has none yet.</summary>
    /// <returns>The cursors added; a session whose first records are lost fails and gets none.</returns>
    public IReadOnlyList<StreamCursor> Extend(IReadOnlyList<SessionReading> readings, Action<SessionReading, ErrorCode, string> fail, Deadline deadline)
    {
        (string Stream, TopicPartition Partition)[] selected = Selected(engine.RequireLayout());
        List<(SessionReading Reading, string Stream, TopicPartition Partition)> missing = [];
        foreach (SessionReading reading in readings)
        {
            HashSet<TopicPartition> there = [.. reading.Cursors.Select(cursor => cursor.Partition.Partition)];
            missing.AddRange(selected.Where(item => !there.Contains(item.Partition)).Select(item => (reading, item.Stream, item.Partition)));
        }

        IReadOnlyList<StreamCursor> added = missing.Count == 0 ? [] : Place(missing, fail, deadline);
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
        TopicPartition[] read = readings.SelectMany(reading => reading.Cursors).Select(cursor => cursor.Partition.Partition).Distinct().ToArray();
        if (read.Length == 0)
        {
            return;
        }

        IReadOnlyDictionary<TopicPartition, long> latest = engine.Admin.LatestOffsets(read, deadline.RemainingMilliseconds);
        foreach (StreamCursor cursor in readings.SelectMany(reading => reading.Cursors))
        {
            cursor.RecordedEnd = RecordedEnd(cursor);
            cursor.Target ??= latest.TryGetValue(cursor.Partition.Partition, out long high) ? high : cursor.Partition.Position;
        }
    }

    /// <summary>Forgets the partitions that no session is read on, and returns them.</summary>
    public IReadOnlyList<ReadPartition> TakeUnused()
    {
        ReadPartition[] unused = partitions.Values.Where(partition => partition.CursorCount == 0).ToArray();
        foreach (ReadPartition partition in unused)
        {
            partitions.Remove(partition.Partition);
        }

        return unused;
    }

    private StreamCursor[] Place(
        List<(SessionReading Reading, string Stream, TopicPartition Partition)> missing, Action<SessionReading, ErrorCode, string> fail, Deadline deadline)
    {
        PartitionRanges ranges = PartitionRanges.Ask(engine.Admin, settings, group, missing.Select(item => item.Partition).Distinct().ToArray(), deadline);
        HashSet<SessionReading> failed = [];
        List<StreamCursor> added = [];
        foreach ((SessionReading reading, string stream, TopicPartition partition) in missing)
        {
            if (failed.Contains(reading))
            {
                continue;
            }

            long? recorded = settings.ReadsEssentials ? reading.Session.StartOfEssentials(partition) : reading.Session.StartOf(stream, partition);
            long start = Start(reading, recorded, partition, ranges);
            if (Loss(reading.Session, start, partition, ranges) is { } loss)
            {
                if (!settings.GoesOnFromEarliest)
                {
                    failed.Add(reading);
                    fail(reading, loss.Code, loss.Text);
                    continue;
                }

                recovery.PassOver(reading, loss.Text, loss.Records);
                start = ranges.Low(partition);
            }

            WarnOfUnknownStart(reading, recorded, partition, ranges);
            added.Add(Add(reading, stream, partition, start, reading.IsBoundedByStart ? ranges.High(partition) : null, ranges.EndTime(partition)));
        }

        StreamCursor[] opened = added.Where(cursor => !failed.Contains(cursor.Stream.Session)).ToArray();
        WarnOfPast(opened, ranges);
        return opened;
    }

    /// <summary>A group, or a start, has one offset for each partition, whichever sessions were read: this one may never have been.</summary>
    private void WarnOfPast(StreamCursor[] opened, PartitionRanges ranges)
    {
        bool isPast = opened.Length > 0 && Array.TrueForAll(opened, cursor => ranges.Resumed(cursor.Partition.Partition) >= (cursor.Target ?? long.MaxValue));
        if (isPast && settings.SessionKey.Length > 0)
        {
            string how = group is null ? "start_from" : $"the position of group '{settings.Group}'";
            engine.Logs.Add(WarningLevel, "READER", $"session '{settings.SessionKey}' lies before {how}, so nothing of it is read: a position is one offset for each partition, whichever sessions were read");
        }
    }

    private static long Start(SessionReading reading, long? recorded, TopicPartition partition, PartitionRanges ranges)
    {
        (long low, long high) = (ranges.Low(partition), ranges.High(partition));
        if (reading.BeginsAtEdge)
        {
            return ranges.Resumed(partition) ?? high;
        }

        // A recorded start beyond the end means that the topic was made anew since.
        long begin = recorded is { } start && start <= high ? start : low;
        return Math.Max(ranges.AtOrAfterStartTime(partition, begin), ranges.Resumed(partition) ?? 0);
    }

    /// <summary>What is missing where a session is to be read from an offset that the partition does not have.</summary>
    private static (ErrorCode Code, string Text, long Records)? Loss(Session session, long start, TopicPartition partition, PartitionRanges ranges)
    {
        (long low, long high) = (ranges.Low(partition), ranges.High(partition));
        (string topic, int number) = partition;
        if (start < low)
        {
            string deleted = FormattableString.Invariant($"session '{session.Key}' is to be read from offset {start} of topic '{topic}' partition {number}, but the broker has deleted everything below {low}: {low - start} records are lost");
            return (ErrorCode.DataExpired, deleted, low - start);
        }

        if (start > high)
        {
            string remade = FormattableString.Invariant($"session '{session.Key}' is to be read on from offset {start} of topic '{topic}' partition {number}, which ends at {high}: the topic was made anew, or truncated");
            return (ErrorCode.TopicUnavailable, remade, 0);
        }

        return null;
    }

    /// <summary>The topic was empty, or not there, when the session began: what was deleted since may have been the session's.</summary>
    private void WarnOfUnknownStart(SessionReading reading, long? recorded, TopicPartition partition, PartitionRanges ranges)
    {
        long low = ranges.Low(partition);
        if (low > 0 && recorded is null && !reading.BeginsAtEdge && ranges.Resumed(partition) is null)
        {
            engine.Logs.Add(WarningLevel, "READER", $"session '{reading.Session.Key}' names no start in topic '{partition.Topic}' partition {partition.Partition}, and the broker has deleted everything there below offset {low}: packets of the session may be lost");
        }
    }

    private static long? RecordedEnd(StreamCursor cursor) =>
        cursor.Stream.Session.Session.EndOffsets.TryGetValue(OffsetKey(cursor.Partition.Partition), out long end) ? end : null;

    private static string OffsetKey(TopicPartition partition) => TopicProfile.OffsetKey(partition.Topic, partition.Partition);

    private (string Stream, TopicPartition Partition)[] Selected(StreamLayout layout) => settings.ReadsEssentials
        ? engine.Catalog.PartitionsOf(engine.RequireProfile().EssentialsTopic(settings.DataSource)).Select(partition => ("", partition)).ToArray()
        : layout.StreamsOf(settings.DataSource)
            .Where(stream => settings.Selects(stream.Name))
            .SelectMany(stream => stream.Partitions.Select(partition => (stream.Name, new TopicPartition(stream.Topic, partition))))
            .ToArray();

    private StreamCursor Add(SessionReading reading, string name, TopicPartition topicPartition, long start, long? target, long limit)
    {
        if (!partitions.TryGetValue(topicPartition, out ReadPartition? partition))
        {
            partition = new ReadPartition(topicPartition) { Position = start };
            partitions.Add(topicPartition, partition);
        }

        ReadStream? stream = reading.Streams.Find(known => known.Name == name);
        if (stream is null)
        {
            stream = new ReadStream(reading, name);
            reading.Streams.Add(stream);
        }

        StreamCursor cursor = new(stream, partition, streams.Add(stream), start) { Target = target is { } high ? Math.Min(high, limit) : null, Limit = limit };
        cursor.RecordedEnd = RecordedEnd(cursor);
        partition.Add(cursor);
        reading.Cursors.Add(cursor);
        return cursor;
    }
}
