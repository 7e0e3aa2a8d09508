using System;
using System.Collections.Generic;
using System.Linq;
using MaStreaming.Engine;
using MaStreaming.Kafka;
using MaStreaming.SessionManagement;

namespace MaStreaming.PacketReading;

/// <summary>
/// The thread of one reader: it follows the sessions and topics, has their partitions consumed, and decides when each session is read. It alone
/// touches the consumer and the reading state.
/// </summary>
internal sealed class ReadingLoop
{
    private const int PollMilliseconds = 100;
    private const int DiscoveryMilliseconds = 500;
    private const int StalledMilliseconds = 2_000;
    private const int RequestMilliseconds = 2_000;
    private const int WarningLevel = 4;

    private readonly StreamingEngine _engine;
    private readonly ReaderSettings _settings;
    private readonly KafkaConsumer _consumer;
    private readonly BlockRing _ring;
    private readonly ReaderStatistics _statistics;
    private readonly SessionSelection _selection;
    private readonly PartitionAssignment _assignment;
    private readonly PartitionRecovery _recovery;
    private readonly ReadingPositions _positions;
    private readonly GroupReading? _group;
    private readonly SessionOpener _opener;
    private readonly MessageDelivery _delivery;
    private readonly LagWatch _lag;
    private readonly SessionCompletion _completion;
    private readonly ObserverQueue<SessionChange> _changes;
    private readonly Dictionary<string, SessionReading> _readings = new(StringComparer.Ordinal);
    private readonly HashSet<SessionReading> _opening = [];
    private readonly HashSet<SessionReading> _ending = [];
    private IReadOnlyList<Session>? _known;
    private Deadline _nextTry = Deadline.After(0);
    private int _catalogVersion = -1;
    private bool _warnedOfTopics;
    private volatile bool _stopping;

    public ReadingLoop(
        StreamingEngine engine,
        ReaderSettings settings,
        KafkaConsumer consumer,
        BlockRing ring,
        StreamTable streams,
        ReadingPositions positions,
        ReaderStatistics statistics)
    {
        Dictionary<TopicPartition, ReadPartition> partitions = [];
        _engine = engine;
        _settings = settings;
        _consumer = consumer;
        _ring = ring;
        _statistics = statistics;
        _selection = new SessionSelection(settings);
        _assignment = new PartitionAssignment(consumer);
        _recovery = new PartitionRecovery(engine, settings, streams, partitions, _assignment, statistics, Fail);
        _positions = positions;
        _group = consumer is GroupConsumer member ? new GroupReading(member, _assignment, positions, partitions, statistics) : null;
        _opener = new SessionOpener(engine, settings, streams, partitions, _recovery, _group);
        _delivery = new MessageDelivery(settings, ring, _assignment, _recovery, statistics, engine.Logs);
        _lag = new LagWatch(consumer, positions, ring, statistics, engine.Logs);
        _completion = new SessionCompletion(settings, ring, engine.Logs);
        _changes = engine.Sessions.Observe(out _known, consumer.Wake);
        ring.WhileFull = AttendWhileFull;
    }

    /// <summary>Asks the loop to end; what it reads is completed as stopped.</summary>
    public void Stop()
    {
        _stopping = true;
        _consumer.Wake();
    }

    /// <summary>Reads until everything is read or the loop is stopped. Ends the ring, unless it throws.</summary>
    public void Run()
    {
        while (!_stopping && !_ring.IsClosed && !IsFinished)
        {
            TakeChanges();
            FollowTopics();
            Consume();
            Complete();
            FailWhenNothingComes();
        }

        _lag.Look(_readings.Values);
        _completion.CompleteAll(_readings.Values, CompletionReason.Stopped);
        Finish();
        LeaveGroup();
    }

    /// <summary>Tells why the loop has ended and ends the ring; for the thread that ran it.</summary>
    public void Fail(Exception e)
    {
        ErrorCode code = e is StreamingException known ? known.Code : ErrorCode.Internal;
        _ring.Append(new ReaderEvent(ReaderEventKind.Failed) { ErrorCode = code, Message = e.Message });
        _completion.CompleteAll(_readings.Values, CompletionReason.Error);
        Finish();
    }

    private bool IsFinished =>
        _known is null && _readings.Count == 0 && _selection.EndsByItself && !_selection.AwaitsMore && !FailsForWantOfSessions;

    /// <summary>Nothing matched, and the reader was asked to say so by failing.</summary>
    private bool FailsForWantOfSessions => _settings.FailAfterMilliseconds is not null && !_selection.HasChosen;

    private Deadline RequestDeadline => Deadline.After(Math.Min(_engine.Settings.TimeoutMilliseconds, RequestMilliseconds));

    private void Finish()
    {
        _changes.Close();
        _ring.Complete();
    }

    /// <summary>Stays in the group until the other side has dealt with what it was given, which it says by stopping.</summary>
    private void LeaveGroup()
    {
        while (_group is not null && !_stopping && !_ring.IsClosed)
        {
            _consumer.Consume(PollMilliseconds);
            _group.Tend();
        }

        _group?.Leave();
    }

    private void TakeChanges()
    {
        foreach (Session session in _known ?? [])
        {
            Choose(session, isKnownAtStart: true, isNews: false);
        }

        _known = null;
        while (_changes.Take(0) is { } change)
        {
            Take(change);
        }
    }

    /// <summary>Opens what was chosen, bounds what has ended, and looks now and then for topics that appear or disappear.</summary>
    private void FollowTopics()
    {
        // Without a session topic there is neither a session nor a stream.
        if (!_nextTry.HasPassed || _engine.Layout is null)
        {
            return;
        }

        try
        {
            if (LooksForTopics())
            {
                _group?.Subscribe(_opener.Topics);
                Open(_readings.Values.Where(reading => !reading.IsBoundedByStart || _opening.Contains(reading)).ToArray());
                _opener.SetBounds(_ending, RequestDeadline);
                foreach (SessionReading reading in _ending)
                {
                    reading.IsBounded = true;
                }

                _opening.Clear();
                _ending.Clear();
                _recovery.Recover(RequestDeadline);
            }

            _group?.Tend();
            _warnedOfTopics = false;
        }
        catch (StreamingException e) when (MayPass(e))
        {
            _catalogVersion = -1;
            _nextTry = Deadline.After(DiscoveryMilliseconds);
            if (!_warnedOfTopics)
            {
                _warnedOfTopics = true;
                _engine.Logs.Add(WarningLevel, "READER", $"cannot look for streams, trying again: {e.Message}");
            }
        }
    }

    /// <summary>Trouble with the brokers may pass, also when they refuse the login: the next token may do. A right that is missing is no such trouble.</summary>
    private static bool MayPass(StreamingException e) =>
        e.Code is ErrorCode.BrokerUnavailable or ErrorCode.Timeout or ErrorCode.TopicUnavailable
        || (e.Code == ErrorCode.Authentication && e.Subject.Length > 0);

    /// <summary>Asks for the topics where that may matter, and says whether there is something to do.</summary>
    private bool LooksForTopics()
    {
        bool pending = _opening.Count + _ending.Count > 0;
        long stalled = Deadline.NowMilliseconds() - StalledMilliseconds;
        if (pending)
        {
            // A session's topics may be younger than our last look, however short ago that was.
            _engine.Catalog.Refresh(RequestDeadline.RemainingMilliseconds);
        }
        else if (_recovery.IsPending || _readings.Values.Any(reading => !reading.IsBoundedByStart || reading.LastProgressAt < stalled))
        {
            _engine.Catalog.RefreshIfOlder(DiscoveryMilliseconds, RequestDeadline.RemainingMilliseconds);
        }

        bool changed = _engine.Catalog.Version != _catalogVersion;
        _catalogVersion = _engine.Catalog.Version;
        return pending || changed || _recovery.IsPending;
    }

    private void Choose(Session session, bool isKnownAtStart, bool isNews)
    {
        if (!_selection.Choose(session, isKnownAtStart, isNews))
        {
            return;
        }

        long now = Deadline.NowMilliseconds();
        SessionReading reading = new(session, now)
        {
            IsBoundedByStart = session.IsHistorical || _settings.ReadingType == ReadingType.Historic,
            BeginsAtEdge = _settings.BeginsAtLeadingEdge && isKnownAtStart && !session.IsHistorical,
        };
        reading.IsClosing = reading.IsBoundedByStart;
        reading.ClosingSince = now;
        _readings.Add(session.Key, reading);
        _opening.Add(reading);
        if (reading.IsClosing)
        {
            _ending.Add(reading);
        }

        _delivery.LastPacketAt = now;
        _ring.Append(new ReaderEvent(ReaderEventKind.SessionReadingStarted) { Session = session });
    }

    private void Take(SessionChange change)
    {
        if (!_readings.TryGetValue(change.Session.Key, out SessionReading? reading))
        {
            Choose(change.Session, isKnownAtStart: false, change.Kind is SessionChangeKind.Started or SessionChangeKind.Ended);
            return;
        }

        reading.Session = change.Session;
        switch (change.Kind)
        {
            case SessionChangeKind.Ended:
                reading.IsClosing = true;
                reading.ClosingSince = reading.LastProgressAt = Deadline.NowMilliseconds();
                _ending.Add(reading);
                break;
            case SessionChangeKind.Associated:
                _ring.Append(new ReaderEvent(ReaderEventKind.SessionAssociationInfoUpdated) { Session = change.Session, Associate = change.Associate });
                break;
            default:
                _ring.Append(new ReaderEvent(ReaderEventKind.SessionInfoUpdated) { Session = change.Session });
                break;
        }
    }

    private void Open(IReadOnlyList<SessionReading> readings)
    {
        IReadOnlyList<StreamCursor> added = _opener.Extend(readings, Fail, RequestDeadline);
        foreach (ReadPartition partition in added.Where(cursor => cursor.Partition.IsAssigned && cursor.Next < cursor.Partition.Position).Select(cursor => cursor.Partition))
        {
            _positions.GoBack(partition);
        }

        _positions.Add(added);
        foreach (StreamCursor cursor in added.Where(cursor => cursor.Stream.Session.IsClosing))
        {
            // A stream that begins when its session has ended is bounded as the others were.
            _ending.Add(cursor.Stream.Session);
            cursor.Stream.Session.WasLookedAtLast = false;
        }

        _assignment.Read(_group?.Readable(added) ?? added);
    }

    /// <summary>Ends the reading of a session that lost what it needs.</summary>
    private void Fail(SessionReading reading, ErrorCode code, string reason)
    {
        _statistics.CountFailed();
        _ring.Append(new ReaderEvent(ReaderEventKind.Failed) { Session = reading.Session, ErrorCode = code, Message = reason });
        End(reading, code == ErrorCode.DataExpired ? CompletionReason.DataExpired : CompletionReason.Error);
    }

    private void Consume()
    {
        int count = _consumer.Consume(PollMilliseconds);
        if (count > 0)
        {
            Deliver(count);
        }

        _group?.Polled();
        _lag.Look(_readings.Values);
    }

    private unsafe void Deliver(int count)
    {
        long before = Deadline.NowMilliseconds();
        _ring.Enter();
        try
        {
            for (int i = 0; i < count && !_stopping; i++)
            {
                _delivery.Deliver(_consumer.MessageAt(i), before);
            }
        }
        finally
        {
            _ring.Exit();
            _consumer.ReleaseBatch();
        }

        // A full ring makes appending wait; that time is the handler's, not the broker's.
        long after = Deadline.NowMilliseconds();
        _delivery.LastPacketAt += after - before;
        SessionCompletion.Progressed(_readings.Values, before, after);
    }

    private void AttendWhileFull()
    {
        _group?.AttendWhileFull();
        _lag.Look(_readings.Values);
    }

    private void Complete()
    {
        foreach ((SessionReading reading, string reason) in _completion.Find(_readings.Values))
        {
            bool wasLookedAt = reading.WasLookedAtLast && !_opening.Contains(reading);
            if (reading.IsBoundedByStart || wasLookedAt || reason == CompletionReason.Inactivity)
            {
                End(reading, reason);
            }
            else
            {
                // A stream may have begun since topics were last asked for.
                reading.WasLookedAtLast = true;
                _opening.Add(reading);
            }
        }
    }

    private void End(SessionReading reading, string reason)
    {
        _completion.Complete(reading, reason);
        _lag.Keep(reading);
        _readings.Remove(reading.Session.Key);
        _opening.Remove(reading);
        _ending.Remove(reading);
        foreach (StreamCursor cursor in reading.Cursors)
        {
            cursor.IsCompleted = true;
            cursor.Partition.Remove(cursor);
        }

        _assignment.Drop(_opener.TakeUnused());
    }

    private string Wanted => _settings.SessionKey.Length > 0
        ? $"key '{_settings.SessionKey}'"
        : $"an identifier like '{_settings.SessionIdentifierPattern}'";

    private void FailWhenNothingComes()
    {
        long lastSeenAt = Math.Max(_delivery.LastPacketAt, _group?.LastProgressAt ?? 0);
        if (_settings.FailAfterMilliseconds is not { } limit || Deadline.NowMilliseconds() - lastSeenAt < limit)
        {
            return;
        }

        string what = _readings.Count == 0
            ? $"no session of data source '{_settings.DataSource}' with {Wanted} was seen"
            : $"no packet of session '{_readings.Keys.First()}' was seen";
        throw new StreamingException(ErrorCode.Timeout, $"{what} within {limit / 1000.0:0.###} s");
    }
}
