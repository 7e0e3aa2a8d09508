using System;
using System.Collections.Generic;
using System.Linq;
using MaStreaming.Engine;
using MaStreaming.Kafka;

namespace MaStreaming.PacketReading;

/// <summary>
/// What becomes of sessions whose partitions lose records while they are read: deleted by retention, or the whole topic deleted or made anew;
/// and of those that may not be read any longer. For the reading thread.
/// </summary>
/// <param name="engine">Knows the broker.</param>
/// <param name="settings">Whether to go on from the earliest record.</param>
/// <param name="streams">Numbers cursors that begin anew.</param>
/// <param name="partitions">The partitions that sessions are read on, by this reader or by others of its group.</param>
/// <param name="assignment">Reads partitions from elsewhere.</param>
/// <param name="statistics">Counts what is lost.</param>
/// <param name="fail">Ends the reading of a session.</param>
internal sealed class PartitionRecovery(
    StreamingEngine engine,
    ReaderSettings settings,
    StreamTable streams,
    IReadOnlyDictionary<TopicPartition, ReadPartition> partitions,
    PartitionAssignment assignment,
    ReaderStatistics statistics,
    Action<SessionReading, ErrorCode, string> fail)
{
    private const int WarningLevel = 4;

    /// <summary>How long a topic may be missing: a broker that has just started need not know all of its topics.</summary>
    private const int MissingMilliseconds = 2_000;

    private readonly HashSet<ReadPartition> _suspects = [];
    private readonly Dictionary<ReadPartition, string> _refused = [];
    private readonly Dictionary<string, Deadline> _missing = [];

    public bool IsPending => _suspects.Count + _refused.Count + _missing.Count > 0;

    /// <summary>Has the partition looked at: the broker refused to go on reading it.</summary>
    public void Suspect(ReadPartition partition) => _suspects.Add(partition);

    /// <summary>Has the sessions on the partition fail: this client has no right to read it.</summary>
    public void Refuse(ReadPartition partition, string reason) => _refused[partition] = reason;

    /// <summary>Looks at the partitions that are read, and settles what it finds.</summary>
    /// <exception cref="StreamingException">The broker does not answer in time.</exception>
    public void Recover(Deadline deadline)
    {
        FailRefused();
        IGrouping<string, ReadPartition>[] topics = partitions.Values.GroupBy(partition => partition.Partition.Topic).ToArray();
        foreach (string gone in _missing.Keys.Except(topics.Select(topic => topic.Key)).ToArray())
        {
            _missing.Remove(gone);
        }

        foreach (IGrouping<string, ReadPartition> topic in topics)
        {
            LookFor(topic.Key, topic);
        }

        ReadPartition[] suspects = _suspects.Where(partition => partition.CursorCount > 0 && partition.IsAssigned).ToArray();
        if (suspects.Length > 0)
        {
            TopicPartition[] asked = suspects.Select(partition => partition.Partition).ToArray();
            IReadOnlyDictionary<TopicPartition, long> earliest = engine.Admin.EarliestOffsets(asked, deadline.RemainingMilliseconds);
            IReadOnlyDictionary<TopicPartition, long> latest = engine.Admin.LatestOffsets(asked, deadline.RemainingMilliseconds);
            foreach (ReadPartition suspect in suspects)
            {
                if (earliest.TryGetValue(suspect.Partition, out long low) && latest.TryGetValue(suspect.Partition, out long high))
                {
                    Settle(suspect, low, high);
                    _suspects.Remove(suspect);
                }
            }
        }

        _suspects.RemoveWhere(suspect => suspect.CursorCount == 0 || !suspect.IsAssigned);
    }

    /// <summary>Says once for a session that records of it are gone, and counts them.</summary>
    public void PassOver(SessionReading reading, string lost, long records)
    {
        statistics.CountExpired(records);
        if (!reading.WarnedOfExpired)
        {
            reading.WarnedOfExpired = true;
            engine.Logs.Add(WarningLevel, "READER", $"{lost}; reading goes on from the earliest record");
        }
    }

    private void FailRefused()
    {
        foreach ((ReadPartition partition, string reason) in _refused)
        {
            foreach (SessionReading reading in SessionsOf([partition]))
            {
                fail(reading, ErrorCode.Authentication, $"session '{reading.Session.Key}' may not be read from topic '{partition.Partition.Topic}': {reason}");
            }
        }

        _refused.Clear();
    }

    private void LookFor(string topic, IEnumerable<ReadPartition> read)
    {
        if (engine.Catalog.Topics.ContainsKey(topic))
        {
            _missing.Remove(topic);
        }
        else if (!_missing.TryGetValue(topic, out Deadline deadline))
        {
            _missing.Add(topic, Deadline.After(MissingMilliseconds));
        }
        else if (deadline.HasPassed)
        {
            _missing.Remove(topic);
            foreach (SessionReading reading in SessionsOf(read))
            {
                fail(reading, ErrorCode.TopicUnavailable, $"topic '{topic}' was deleted while session '{reading.Session.Key}' was read from it");
            }
        }
    }

    private void Settle(ReadPartition partition, long low, long high)
    {
        (string topic, int number) = partition.Partition;
        if (partition.Position > high)
        {
            string text = $"topic '{topic}' partition {number} ends at offset {high}, but offset {partition.Position} was reached before: the topic was made anew, or truncated";
            foreach (SessionReading reading in SessionsOf([partition]))
            {
                Lose(reading, ErrorCode.TopicUnavailable, $"session '{reading.Session.Key}': {text}", 0);
            }

            partition.Position = low;
            foreach (StreamCursor cursor in partition.Cursors)
            {
                // Its offsets begin anew, and so does what was delivered of them.
                cursor.Index = streams.Add(cursor.Stream);
                cursor.Start = cursor.Next = low;
                cursor.Delivered = cursor.DeliveredBeforeGoingBack = 0;
            }
        }
        else if (partition.Position < low)
        {
            foreach (SessionReading reading in SessionsOf([partition]))
            {
                string text = $"session '{reading.Session.Key}': the broker has deleted the records from {partition.Position} to {low} of topic '{topic}' partition {number} before they were read";
                Lose(reading, ErrorCode.DataExpired, text, low - partition.Position);
            }

            partition.Position = low;
        }

        if (partition.CursorCount > 0)
        {
            assignment.ReadAgain([partition]);
        }
    }

    private void Lose(SessionReading reading, ErrorCode code, string text, long records)
    {
        if (settings.GoesOnFromEarliest)
        {
            PassOver(reading, text, records);
        }
        else
        {
            fail(reading, code, text);
        }
    }

    private static SessionReading[] SessionsOf(IEnumerable<ReadPartition> read) =>
        read.SelectMany(partition => partition.Cursors).Select(cursor => cursor.Stream.Session).Distinct().ToArray();
}
