using System.Collections.Generic;
using System.Linq;
using MaStreaming.Engine;
using MaStreaming.Kafka;

namespace MaStreaming.SessionManagement;

/// <summary>
/// When something was last written of live sessions, by the timestamps of records on their data source's streams. A record counts for every live
/// session of the data source that began before it, so that a session is never taken for dead while its writer may be at work; where the broker
/// does not tell, the activity is not known.
/// </summary>
internal sealed class SessionActivity(StreamingEngine engine)
{
    private const int IntervalMilliseconds = 1_000;
    private const int PauseMilliseconds = 5_000;
    private const int WarningLevel = 4;
    private const long NanosecondsPerMillisecond = 1_000_000;

    private readonly object _gate = new();
    private readonly object _looking = new();
    private readonly Dictionary<string, long> _lookedAt = [];
    private long _pausedUntil = long.MinValue;
    private bool _warned;

    /// <summary>Whether what is known of a data source's topics and live sessions is old enough to be looked at anew.</summary>
    public bool IsDue(string dataSource)
    {
        lock (_gate)
        {
            long now = Deadline.NowMilliseconds();
            return now >= _pausedUntil && !(_lookedAt.TryGetValue(dataSource, out long at) && now - at < IntervalMilliseconds);
        }
    }

    /// <summary>Whether that holds for any live session.</summary>
    public bool IsAnyDue() => engine.Sessions.All().Any(session => !session.IsHistorical && IsDue(session.DataSource));

    /// <summary>Looks anew at topics and live sessions, of one data source or of all, where that is due; one look at a time.</summary>
    /// <remarks>Where the broker does not answer, the topics stay as they are known, and the activity of the sessions is not known.</remarks>
    public void Refresh(string? dataSource)
    {
        lock (_looking)
        {
            Session[] live = engine.Sessions.All().Where(session => !session.IsHistorical && (dataSource is null || session.DataSource == dataSource)).ToArray();
            string[] due = live.Select(session => session.DataSource).Append(dataSource).OfType<string>().Distinct().Where(IsDue).ToArray();
            if (due.Length == 0)
            {
                return;
            }

            HashSet<string> wanted = [.. due];
            Session[] sessions = live.Where(session => wanted.Contains(session.DataSource)).ToArray();
            try
            {
                Deadline deadline = Deadline.After(engine.Settings.TimeoutMilliseconds);
                engine.Catalog.RefreshIfOlder(IntervalMilliseconds, deadline.RemainingMilliseconds);
                Note(sessions, deadline);
                Remember(due);
            }
            catch (StreamingException e)
            {
                Forget(sessions, e);
            }
        }
    }

    /// <summary>
    /// When a session whose writer is gone has ended, in nanoseconds since the Unix epoch: at its last activity, but before the next session of the
    /// data source began, as what was written later is most likely that one's. Null where it is not known.
    /// </summary>
    public long? EndOf(Session session, Deadline deadline)
    {
        try
        {
            Deadline part = Deadline.After(deadline.RemainingMilliseconds / 2);
            engine.Catalog.Refresh(part.RemainingMilliseconds);
            Note([session], part);
        }
        catch (StreamingException e)
        {
            Forget([session], e);
        }

        Session known = engine.Sessions.Find(session.Key) ?? session;
        if (!known.IsActivityKnown || known.LastActivityMilliseconds == 0)
        {
            return null;
        }

        long last = known.LastActivityMilliseconds * NanosecondsPerMillisecond;
        long? next = engine.Sessions.All().SkipWhile(other => other.Key != session.Key).Skip(1)
            .FirstOrDefault(other => other.DataSource == session.DataSource)?.CreationTimeNanoseconds;
        return next < last ? next : last;
    }

    /// <summary>The partitions of the data source's streams that have got records since the session began.</summary>
    public IReadOnlyCollection<TopicPartition> Written(Session session, Deadline deadline)
    {
        engine.Catalog.Refresh(deadline.RemainingMilliseconds);
        (string Stream, TopicPartition Partition)[] streams = StreamsOf(session.DataSource);
        IReadOnlyDictionary<TopicPartition, long> latest = engine.Admin.LatestOffsets(streams.Select(each => each.Partition).ToArray(), deadline.RemainingMilliseconds);
        return streams.Where(each => latest.TryGetValue(each.Partition, out long end) && end > (session.StartOf(each.Stream, each.Partition) ?? 0))
            .Select(each => each.Partition).ToArray();
    }

    private void Note(IReadOnlyCollection<Session> sessions, Deadline deadline)
    {
        TopicPartition[] partitions = sessions.Select(session => session.DataSource).Distinct()
            .SelectMany(dataSource => StreamsOf(dataSource)).Select(each => each.Partition).ToArray();
        if (partitions.Length == 0)
        {
            foreach (Session session in sessions)
            {
                engine.Sessions.NoteActivity(session.Key, session.LastActivityMilliseconds);
            }

            return;
        }

        IReadOnlyDictionary<TopicPartition, long> latest = engine.Admin.LatestOffsets(partitions, deadline.RemainingMilliseconds);
        IReadOnlyDictionary<TopicPartition, ListedOffset> newest = engine.Admin.NewestRecords(partitions, deadline.RemainingMilliseconds);
        foreach (Session session in sessions)
        {
            engine.Sessions.NoteActivity(session.Key, Newest(session, latest, newest));
        }
    }

    /// <summary>The newest timestamp that counts for the session; null where something was written since it began, and the broker does not tell when.</summary>
    private long? Newest(Session session, IReadOnlyDictionary<TopicPartition, long> latest, IReadOnlyDictionary<TopicPartition, ListedOffset> newest)
    {
        long found = session.LastActivityMilliseconds;
        foreach ((string stream, TopicPartition partition) in StreamsOf(session.DataSource))
        {
            long start = session.StartOf(stream, partition) ?? 0;
            if (!latest.TryGetValue(partition, out long end) || end <= start)
            {
                continue;
            }

            // The largest timestamp may be that of an older record, where a clock was ahead; some brokers do not tell at all.
            if (!newest.TryGetValue(partition, out ListedOffset record) || record.Offset < start || !UtcClock.IsPlausible(record.TimestampMilliseconds))
            {
                return null;
            }

            found = System.Math.Max(found, record.TimestampMilliseconds);
        }

        return found;
    }

    private void Remember(string[] dataSources)
    {
        lock (_gate)
        {
            _warned = false;
            foreach (string dataSource in dataSources)
            {
                _lookedAt[dataSource] = Deadline.NowMilliseconds();
            }
        }
    }

    private void Forget(Session[] sessions, StreamingException e)
    {
        foreach (Session session in sessions)
        {
            engine.Sessions.NoteActivity(session.Key, null);
        }

        lock (_gate)
        {
            _pausedUntil = Deadline.NowMilliseconds() + PauseMilliseconds;
            if (!_warned)
            {
                _warned = true;
                engine.Logs.Add(WarningLevel, "SESSIONS", $"the last activity of live sessions is not known, trying again: {e.Message}");
            }
        }
    }

    private (string Stream, TopicPartition Partition)[] StreamsOf(string dataSource) => engine.Layout is { } layout
        ? layout.StreamsOf(dataSource).SelectMany(stream => stream.Partitions.Select(partition => (stream.Name, new TopicPartition(stream.Topic, partition)))).ToArray()
        : [];
}
