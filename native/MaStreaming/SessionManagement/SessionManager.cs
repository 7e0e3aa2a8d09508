using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using MaStreaming.Engine;
using MaStreaming.Kafka;
using MaStreaming.Protocol;
using MaStreaming.Topics;

namespace MaStreaming.SessionManagement;

/// <summary>What a new session is created with.</summary>
internal sealed record SessionCreation(
    string DataSource,
    string Identifier,
    string Type,
    uint Version,
    long UtcOffsetNanoseconds,
    IReadOnlyList<(string Key, string Value)> Details,
    IReadOnlyList<string> AssociateSessionKeys);

/// <summary>
/// Creates, changes and ends sessions: one record on the session topic each (wire contract 3.1), acknowledged by the broker and
/// read back before the call returns, so that the state everybody sees has one source.
/// </summary>
internal sealed class SessionManager(StreamingEngine engine)
{
    private const int WarningLevel = 4;

    private readonly object _changing = new();

    public Session Create(SessionCreation creation, CancellationToken cancellation)
    {
        if (Names.WhyInvalidDataSource(creation.DataSource) is { } reason)
        {
            // Before the generation of topic names is settled: what is refused settles nothing.
            throw new StreamingException(ErrorCode.InvalidArgument, reason);
        }

        Deadline deadline = Begin();
        TopicProfile profile = engine.SettleProfile(deadline);
        engine.Creation.EnsureDataSource(profile, creation.DataSource, deadline);
        engine.Creation.EnsureSessionTopic(profile, deadline);
        NewSessionPacket packet = new()
        {
            DataSource = creation.DataSource,
            TopicPartitionOffsets = Watermarks(profile, creation.DataSource, deadline),
            UtcOffsetNs = creation.UtcOffsetNanoseconds,
            CreationTimeNs = UtcClock.NowNanoseconds(),
            SessionInfo = new SessionInfoPacket
            {
                DataSource = creation.DataSource,
                Identifier = creation.Identifier,
                Type = creation.Type,
                Version = creation.Version,
                Details = SessionMerge.Upsert([], creation.Details),
                AssociateSessionKeys = SessionMerge.Distinct(creation.AssociateSessionKeys),
            },
        };
        string key = Guid.NewGuid().ToString("D");
        return Write(profile, key, "NewSession", packet.ToBytes(), deadline, cancellation);
    }

    public Session UpdateIdentifier(string dataSource, string key, string identifier, CancellationToken cancellation) =>
        Update(dataSource, key, info => info with { Identifier = identifier }, cancellation);

    public Session UpdateDetails(
        string dataSource, string key, IReadOnlyList<(string Key, string Value)> details, CancellationToken cancellation) =>
        Update(dataSource, key, info => info with { Details = SessionMerge.Upsert(info.Details, details) }, cancellation);

    public Session AddAssociate(string dataSource, string key, string associateKey, CancellationToken cancellation) =>
        Update(dataSource, key, info => info with { AssociateSessionKeys = SessionMerge.Distinct(info.AssociateSessionKeys.Append(associateKey)) }, cancellation);

    /// <summary>Ends a session once all that this process wrote of it is stored; ending it again changes nothing.</summary>
    /// <param name="dataSource">Its data source.</param>
    /// <param name="key">Its key.</param>
    /// <param name="force">
    /// For a session whose writer is gone: the end is put into its streams too, counts from the last activity, and is written whatever became of
    /// this process's own records.
    /// </param>
    /// <param name="cancellation">Gives up waiting.</param>
    public Session End(string dataSource, string key, bool force, CancellationToken cancellation)
    {
        if (!force)
        {
            // Before the lock: this may take as long as records are tried, and the other sessions go on.
            FlushWriters(key, cancellation);
        }

        lock (_changing)
        {
            Deadline deadline = Begin();
            Session session = Newest(dataSource, key, deadline, cancellation);
            if (session.IsHistorical)
            {
                return session;
            }

            TopicProfile profile = engine.RequireProfile();
            long ended = UtcClock.NowNanoseconds();
            if (force)
            {
                AbandonWriters(key, deadline, cancellation);
                ended = engine.Activity.EndOf(session, deadline) ?? ended;
                EndStreams(session, deadline, cancellation);
            }

            EndOfSessionPacket packet = new()
            {
                DataSource = session.DataSource,
                TopicPartitionOffsets = Watermarks(profile, session.DataSource, deadline),
                TerminationTimeNs = ended,
            };
            return Write(profile, key, "EndOfSession", packet.ToBytes(), deadline, cancellation);
        }
    }

    /// <summary>
    /// The end of session packets that the session's own writer would have written (wire contract 10.1), where it wrote anything. What cannot be
    /// written is said in the log: readers find the end by the session record, too.
    /// </summary>
    private void EndStreams(Session session, Deadline deadline, CancellationToken cancellation)
    {
        byte[] value = Packet.Encode("EndOfSession", session.Key, false, 0, new EndOfSessionPacket { DataSource = session.DataSource }.ToBytes());
        try
        {
            Deadline part = Deadline.After(deadline.RemainingMilliseconds / 2);
            engine.Publisher.PublishToAll(engine.Activity.Written(session, part), session.Key, value, part, cancellation);
        }
        catch (StreamingException e) when (e.Code != ErrorCode.Cancelled)
        {
            engine.Logs.Add(WarningLevel, "SESSIONS", $"session '{session.Key}' is ended by force, but not in all of its streams: {e.Message}");
        }
    }

    /// <summary>Every topic of the data source with its high watermarks; main and essentials always (wire contract 3.2).</summary>
    private List<(string Key, long Offset)> Watermarks(TopicProfile profile, string dataSource, Deadline deadline)
    {
        engine.Catalog.Refresh(deadline.RemainingMilliseconds);
        string essentials = profile.EssentialsTopic(dataSource);
        TopicPartition[] partitions = engine.RequireLayout().PartitionsOf(dataSource).Concat(engine.Catalog.PartitionsOf(essentials)).Distinct().ToArray();
        IReadOnlyDictionary<TopicPartition, long> latest = engine.Admin.LatestOffsets(partitions, deadline.RemainingMilliseconds);
        SortedDictionary<string, long> offsets = new(StringComparer.Ordinal)
        {
            [TopicProfile.OffsetKey(profile.MainTopic(dataSource), 0)] = 0,
            [TopicProfile.OffsetKey(essentials, 0)] = 0,
        };
        foreach (KeyValuePair<TopicPartition, long> offset in latest)
        {
            offsets[TopicProfile.OffsetKey(offset.Key.Topic, offset.Key.Partition)] = offset.Value;
        }

        return offsets.Select(offset => (offset.Key, offset.Value)).ToList();
    }

    /// <summary>The session with what other processes have changed: an update writes its whole state, and must not take their changes back.</summary>
    private Session Newest(string dataSource, string key, Deadline deadline, CancellationToken cancellation)
    {
        IReadOnlyCollection<TopicPartition> partitions = engine.FindSessionTopic(deadline);
        if (partitions.Count > 0)
        {
            engine.State.CatchUp(partitions, deadline, cancellation);
        }

        return engine.Sessions.Require(dataSource, key);
    }

    private Session Update(string dataSource, string key, Func<SessionInfoPacket, SessionInfoPacket> change, CancellationToken cancellation)
    {
        lock (_changing)
        {
            Deadline deadline = Begin();
            Newest(dataSource, key, deadline, cancellation);
            using SessionJournal journal = engine.Sessions.KeepJournal(dataSource, key);
            while (true)
            {
                byte[] content = change(journal.Merge()).ToBytes();
                TopicPartitionOffset stored = Store(engine.RequireProfile(), key, "SessionInfo", content, deadline, cancellation);
                if (!journal.HasOverlooked(stored.Offset))
                {
                    return engine.Sessions.Require(dataSource, key);
                }
            }
        }
    }

    private Session Write(TopicProfile profile, string key, string type, byte[] content, Deadline deadline, CancellationToken cancellation)
    {
        TopicPartitionOffset stored = Store(profile, key, type, content, deadline, cancellation);
        return engine.Sessions.Find(key)
            ?? throw new StreamingException(ErrorCode.Internal, $"session '{key}' was stored at offset {stored.Offset} but is not in the state");
    }

    /// <summary>Writes a record to the session topic, and waits until it was read back.</summary>
    private TopicPartitionOffset Store(TopicProfile profile, string key, string type, byte[] content, Deadline deadline, CancellationToken cancellation)
    {
        byte[] value = Packet.Encode(type, key, false, 0, content);
        TopicPartitionOffset stored = engine.Publisher.Publish(
            profile.SessionTopic, RecordPublisher.ByKey, key, value, deadline, cancellation);
        engine.FollowSessionTopic(deadline);
        engine.State.WaitFor([stored with { Offset = stored.Offset + 1 }], deadline, cancellation);
        return stored;
    }

    /// <summary>Waits until each record of the session is stored or given up, which the producer does after message.timeout.ms.</summary>
    private void FlushWriters(string key, CancellationToken cancellation)
    {
        IReadOnlyList<DeliveryRoute> routes = engine.Tracker.RoutesOf(key);
        Deadline whole = Deadline.After(Math.Max(engine.MessageTimeoutMilliseconds, engine.Settings.TimeoutMilliseconds));
        long inFlight = Settle(routes, Deadline.After(engine.Settings.TimeoutMilliseconds), cancellation);
        if (inFlight > 0 && !whole.HasPassed)
        {
            engine.Logs.Add(WarningLevel, "SESSIONS", $"session '{key}' is not ended yet: {inFlight} of its records are not acknowledged; waiting until they are, or are given up (message.timeout.ms)");
            inFlight = Settle(routes, whole, cancellation);
        }

        if (inFlight > 0)
        {
            throw new StreamingException(ErrorCode.Timeout, $"session '{key}' is not ended: {inFlight} of its records are not yet acknowledged; call end_session again to go on waiting");
        }

        UnreportedFailures[] failures = routes.Select(route => route.TakeUnreportedFailures()).ToArray();
        if (failures.Sum(each => each.Records) is > 0 and long failed)
        {
            string? first = failures.SelectMany(each => each.First).FirstOrDefault();
            throw new StreamingException(ErrorCode.DeliveryFailed, $"session '{key}' is not ended: {failed} of its records were not stored ({first}); call end_session again to end it without them");
        }
    }

    /// <summary>Waits for this process's records of the session too, but only for part of the time, and says what is missing instead of failing.</summary>
    private void AbandonWriters(string key, Deadline deadline, CancellationToken cancellation)
    {
        IReadOnlyList<DeliveryRoute> routes = engine.Tracker.RoutesOf(key);
        long missing = Settle(routes, Deadline.After(deadline.RemainingMilliseconds / 2), cancellation) + routes.Sum(route => route.Failed);
        if (missing > 0)
        {
            engine.Logs.Add(WarningLevel, "SESSIONS", $"session '{key}' is being ended by force, although {missing} records of this process are not stored");
        }
    }

    /// <summary>Waits for what was written so far, and says how much of it is still on its way.</summary>
    private long Settle(IReadOnlyList<DeliveryRoute> routes, Deadline deadline, CancellationToken cancellation)
    {
        AcceptedRecords accepted = new(routes);
        engine.Producer.BeginFlush();
        engine.Tracker.WaitFor(() => accepted.InFlight == 0, deadline, cancellation);
        return !cancellation.IsCancellationRequested
            ? accepted.InFlight
            : throw new StreamingException(ErrorCode.Cancelled, "cancelled while records of the session were on their way");
    }

    private Deadline Begin() => Deadline.After(engine.Settings.TimeoutMilliseconds);
}
