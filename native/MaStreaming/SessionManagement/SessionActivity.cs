using System.Collections.Generic;
using System.Linq;
using System.Threading;
using MaStreaming.Engine;
using MaStreaming.Kafka;

namespace MaStreaming.SessionManagement;

/// <summary>
/// When something was last written of live sessions, by the timestamps of records on their data source's streams. A record counts for every live
/// session of the data source that began before it, so that a session is never taken for dead while its writer may be at work.
/// </summary>
internal sealed class SessionActivity(StreamingEngine engine)
{
    private const int IntervalMilliseconds = 1_000;
    private const int LongestMilliseconds = 1_000;
    private const int PauseMilliseconds = 5_000;
    private const int DebugLevel = 7;
    private const long NanosecondsPerMillisecond = 1_000_000;

    private readonly object _gate = new();
    private readonly Dictionary<string, long> _lookedAt = [];
    private long _pausedUntil = long.MinValue;

    /// <summary>Whether what is known of a data source's topics and live sessions is old enough to be looked at anew.</summary>
    public bool IsDue(string dataSource)
    {
        lock (_gate)
        {
            long now = Deadline.NowMilliseconds();
            return now >= _pausedUntil && !(_lookedAt.TryGetValue(dataSource, out long at) && now - at < IntervalMilliseconds);
        }
    }

    /// <summary>Looks anew at the topics and live sessions of data sources where that is due. Where the broker does not answer, what is known stays.</summary>
    public void Refresh(IEnumerable<string> dataSources)
    {
        string[] due = dataSources.Where(IsDue).ToArray();
        if (due.Length == 0)
        {
            return;
        }

        Deadline deadline = Deadline.After(System.Math.Min(engine.Settings.TimeoutMilliseconds, LongestMilliseconds));
        try
        {
            engine.Catalog.RefreshIfOlder(IntervalMilliseconds, deadline.RemainingMilliseconds);
            HashSet<string> wanted = [.. due];
            Note(engine.Sessions.All().Where(session => !session.IsHistorical && wanted.Contains(session.DataSource)).ToArray(), deadline);
            lock (_gate)
            {
                foreach (string dataSource in due)
                {
                    _lookedAt[dataSource] = Deadline.NowMilliseconds();
                }
            }
        }
        catch (StreamingException e)
        {
            Interlocked.Exchange(ref _pausedUntil, Deadline.NowMilliseconds() + PauseMilliseconds);
            engine.Logs.Add(DebugLevel, "SESSIONS", $"cannot look for the last activity of live sessions: {e.Message}");
        }
    }

    /// <summary>When the session's last record was written, in nanoseconds since the Unix epoch; null where no record has a timestamp.</summary>
    public long? LastNanoseconds(Session session, Deadline deadline)
    {
        Note([session], deadline);
        long milliseconds = (engine.Sessions.Find(session.Key) ?? session).LastActivityMilliseconds;
        return milliseconds > 0 ? milliseconds * NanosecondsPerMillisecond : null;
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
            return;
        }

        IReadOnlyDictionary<TopicPartition, ListedOffset> newest = engine.Admin.NewestRecords(partitions, deadline.RemainingMilliseconds);
        foreach (Session session in sessions)
        {
            foreach ((string stream, TopicPartition partition) in StreamsOf(session.DataSource))
            {
                if (newest.TryGetValue(partition, out ListedOffset record) && record.Offset >= (session.StartOf(stream, partition) ?? 0))
                {
                    engine.Sessions.NoteActivity(session.Key, record.TimestampMilliseconds);
                }
            }
        }
    }

    private (string Stream, TopicPartition Partition)[] StreamsOf(string dataSource) => engine.Layout is { } layout
        ? layout.StreamsOf(dataSource).SelectMany(stream => stream.Partitions.Select(partition => (stream.Name, new TopicPartition(stream.Topic, partition)))).ToArray()
        : [];
}
