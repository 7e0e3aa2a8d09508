using System;
using System.Collections.Generic;
using System.Linq;
using MaStreaming.Engine;
using MaStreaming.Kafka;
using MaStreaming.Protocol;
using MaStreaming.SessionManagement;

namespace MaStreaming.PacketReading;

/// <summary>
/// The thread of one reader: consumes, picks the records of the sessions that are read by their key, and puts packets and events into
/// the ring in one order. It alone touches the consumer and the reading state.
/// </summary>
internal sealed class ReadingLoop
{
    private const int PollMilliseconds = 100;
    private const int DiscoveryMilliseconds = 500;
    private const int RequestMilliseconds = 2_000;
    private const int WarningLevel = 4;

    private readonly StreamingEngine _engine;
    private readonly ReaderSettings _settings;
    private readonly KafkaConsumer _consumer;
    private readonly BlockRing _ring;
    private readonly ReaderStatistics _statistics;
    private readonly SessionSelection _selection;
    private readonly SessionOpener _opener;
    private readonly SessionCompletion _completion;
    private readonly ObserverQueue<SessionChange> _changes;
    private readonly Dictionary<string, SessionReading> _readings = new(StringComparer.Ordinal);
    private readonly Dictionary<(IntPtr Topic, int Partition), ReadPartition> _byPointer = [];
    private readonly HashSet<ResponseError> _warnedOf = [];
    private readonly HashSet<SessionReading> _opening = [];
    private readonly HashSet<SessionReading> _ending = [];
    private readonly HashSet<ReadPartition> _expired = [];
    private IReadOnlyList<Session>? _known;
    private ReadPartition? _lastPartition;
    private (IntPtr Topic, int Number) _lastKey;
    private Deadline _nextTry = Deadline.After(0);
    private int _catalogVersion = -1;
    private long _lastSeenAt = Deadline.NowMilliseconds();
    private bool _warnedOfInvalid;
    private bool _warnedOfTopics;
    private volatile bool _stopping;

    public ReadingLoop(StreamingEngine engine, ReaderSettings settings, KafkaConsumer consumer, BlockRing ring, StreamTable streams, ReaderStatistics statistics)
    {
        _engine = engine;
        _settings = settings;
        _consumer = consumer;
        _ring = ring;
        _statistics = statistics;
        _selection = new SessionSelection(settings);
        _opener = new SessionOpener(engine, settings, streams);
        _completion = new SessionCompletion(settings, ring, engine.Logs);
        _changes = engine.Sessions.Observe(out _known, consumer.Wake);
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
            int count = _consumer.Consume(PollMilliseconds);
            if (count > 0)
            {
                Deliver(count);
            }

            Complete();
            FailWhenNothingComes();
        }

        _completion.CompleteAll(_readings.Values, CompletionReason.Stopped);
        Finish();
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

    /// <summary>Opens what was chosen, bounds what has ended, and looks now and then for topics that appear during a live session.</summary>
    private void FollowTopics()
    {
        bool pending = _opening.Count + _ending.Count + _expired.Count > 0;
        if ((!pending && _readings.Values.All(reading => reading.IsClosing)) || !_nextTry.HasPassed)
        {
            return;
        }

        try
        {
            if (pending)
            {
                // A session's topics may be younger than our last look, however short ago that was.
                _engine.Catalog.Refresh(RequestDeadline.RemainingMilliseconds);
            }
            else
            {
                _engine.Catalog.RefreshIfOlder(DiscoveryMilliseconds, RequestDeadline.RemainingMilliseconds);
            }

            if (pending || _engine.Catalog.Version != _catalogVersion)
            {
                _catalogVersion = _engine.Catalog.Version;
                Open(_readings.Values.Where(reading => !reading.IsClosing || _opening.Contains(reading) || _ending.Contains(reading)).ToArray());
                _opener.SetBounds(_ending, RequestDeadline);
                foreach (SessionReading reading in _ending)
                {
                    reading.IsBounded = true;
                }

                _opening.Clear();
                _ending.Clear();
                PassOverExpired();
            }

            _warnedOfTopics = false;
        }
        catch (StreamingException e) when (e.Code is ErrorCode.BrokerUnavailable or ErrorCode.Timeout or ErrorCode.TopicUnavailable)
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

        _lastSeenAt = now;
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
        IReadOnlyList<StreamCursor> added = _opener.Extend(readings, Expire, RequestDeadline);
        List<TopicPartitionOffset> assigned = [];
        foreach (StreamCursor cursor in added)
        {
            Position(cursor, assigned);
        }

        if (assigned.Count > 0)
        {
            Assign(assigned);
        }
    }

    private void Assign(IReadOnlyCollection<TopicPartitionOffset> positions)
    {
        _consumer.Assign(positions);
        foreach (TopicPartitionOffset position in positions)
        {
            ReadPartition partition = _opener.Partitions[new TopicPartition(position.Topic, position.Partition)];
            _byPointer[(_consumer.TopicPointer(position.Topic), position.Partition)] = partition;
        }
    }

    /// <summary>Has the partition read from the cursor's start, going back where it is further already.</summary>
    private void Position(StreamCursor cursor, List<TopicPartitionOffset> assigned)
    {
        ReadPartition partition = cursor.Partition;
        (string topic, int number) = partition.Partition;
        if (!partition.IsAssigned)
        {
            partition.IsAssigned = true;
            partition.Position = cursor.Next;
            assigned.Add(new TopicPartitionOffset(topic, number, cursor.Next));
            return;
        }

        if (cursor.Next >= partition.Position)
        {
            return;
        }

        partition.Position = cursor.Next;
        int pending = assigned.FindIndex(one => one.Topic == topic && one.Partition == number);
        if (pending >= 0)
        {
            assigned[pending] = assigned[pending] with { Offset = cursor.Next };
        }
        else
        {
            Unassign([partition]);
            assigned.Add(new TopicPartitionOffset(topic, number, cursor.Next));
        }
    }

    private void Expire(SessionReading reading, string lost)
    {
        _ring.Append(new ReaderEvent(ReaderEventKind.Failed) { Session = reading.Session, ErrorCode = ErrorCode.DataExpired, Message = lost });
        End(reading, CompletionReason.DataExpired);
    }

    /// <summary>Goes on behind records that were deleted while we read; only the sessions that still needed some of them have lost any.</summary>
    private void PassOverExpired()
    {
        ReadPartition[] partitions = _expired.Where(partition => partition.CursorCount > 0).ToArray();
        if (partitions.Length > 0)
        {
            IReadOnlyDictionary<TopicPartition, long> earliest = _engine.Admin.EarliestOffsets(
                partitions.Select(partition => partition.Partition).ToArray(), RequestDeadline.RemainingMilliseconds);
            foreach (ReadPartition partition in partitions)
            {
                PassOver(partition, earliest.TryGetValue(partition.Partition, out long low) ? low : partition.Position);
            }
        }

        _expired.Clear();
    }

    private void PassOver(ReadPartition partition, long low)
    {
        foreach (StreamCursor cursor in partition.Cursors.Where(cursor => cursor.Next < low).ToArray())
        {
            SessionReading reading = cursor.Stream.Session;
            if (partition.Position < low)
            {
                Expire(reading, $"session '{reading.Session.Key}': the broker has deleted the records from {partition.Position} to {low} of topic '{partition.Partition.Topic}' partition {partition.Partition.Partition} before they were read");
            }
        }

        if (partition.CursorCount > 0)
        {
            partition.Position = Math.Max(partition.Position, low);
            Unassign([partition]);
            Assign([new TopicPartitionOffset(partition.Partition.Topic, partition.Partition.Partition, partition.Position)]);
        }
    }

    private unsafe void Deliver(int count)
    {
        long before = Deadline.NowMilliseconds();
        _ring.Enter();
        try
        {
            for (int i = 0; i < count && !_stopping; i++)
            {
                KafkaMessage* message = _consumer.MessageAt(i);
                if (Find(message) is { } partition)
                {
                    Deliver(message, partition, before);
                }
            }
        }
        finally
        {
            _ring.Exit();
            _consumer.ReleaseBatch();
        }

        // A full ring makes appending wait; that time is the handler's, not the broker's.
        long after = Deadline.NowMilliseconds();
        _lastSeenAt += after - before;
        SessionCompletion.Progressed(_readings.Values, before, after);
    }

    /// <summary>The partition of a message, which is most often that of the message before it.</summary>
    private unsafe ReadPartition? Find(KafkaMessage* message)
    {
        (IntPtr Topic, int Number) key = (message->Topic, message->Partition);
        if (_lastPartition is null || key.Topic != _lastKey.Topic || key.Number != _lastKey.Number)
        {
            _lastKey = key;
            _lastPartition = _byPointer.GetValueOrDefault(key);
        }

        return _lastPartition;
    }

    private unsafe void Deliver(KafkaMessage* message, ReadPartition partition, long now)
    {
        if (message->Error != ResponseError.NoError)
        {
            HandleError(message, partition);
            return;
        }

        partition.Position = message->Offset + 1;
        StreamCursor? cursor = partition.Find(new ReadOnlySpan<byte>(message->Key, checked((int)message->KeyLength)));
        if (cursor is null || message->Offset < cursor.Next || message->Offset >= cursor.Limit || cursor.IsCompleted)
        {
            _statistics.CountSkipped();
            return;
        }

        cursor.Next = message->Offset + 1;
        if (!PacketView.TryParse(new ReadOnlySpan<byte>(message->Payload, checked((int)message->Length)), out PacketView packet))
        {
            CountInvalid(partition, message->Offset);
            return;
        }

        Deliver(message, cursor, in packet, now);
    }

    private unsafe void Deliver(KafkaMessage* message, StreamCursor cursor, in PacketView packet, long now)
    {
        ReadStream stream = cursor.Stream;
        if (!stream.IsStarted)
        {
            stream.IsStarted = true;
            _ring.Append(new ReaderEvent(ReaderEventKind.StreamReadingStarted) { Session = stream.Session.Session, Stream = stream.Name });
        }

        if (!_ring.Append(stream.Index, KafkaConsumer.TimestampMs(message), message->Offset, message->Payload, message->Length))
        {
            return;
        }

        _statistics.CountPacket(message->Length);
        stream.LastPacketAt = now;
        stream.Session.LastProgressAt = now;
        _lastSeenAt = now;
        if (packet.TypeIs(PacketTypes.EndOfSession))
        {
            stream.SawEnd = cursor.SawEnd = true;
        }
        else if (packet.TypeIs(PacketTypes.CoverageCursorInfo) && CoverageCursorInfo.TryParse(packet.Content, out _, out ulong time))
        {
            _ring.Append(new ReaderEvent(ReaderEventKind.CoverageCursorReceived) { Session = stream.Session.Session, Stream = stream.Name, CoverageCursorTime = time });
        }
    }

    private unsafe void HandleError(KafkaMessage* message, ReadPartition partition)
    {
        if (message->Error == ResponseError.PartitionEof)
        {
            partition.Position = Math.Max(partition.Position, message->Offset);
            return;
        }

        string text = $"topic '{partition.Partition.Topic}' partition {partition.Partition.Partition}: {KafkaConsumer.ErrorText(message)}";
        if (ErrorCodes.From(message->Error) == ErrorCode.DataExpired)
        {
            _expired.Add(partition);
        }
        else if (_warnedOf.Add(message->Error))
        {
            _engine.Logs.Add(WarningLevel, "READER", text);
        }
    }

    private void CountInvalid(ReadPartition partition, long offset)
    {
        _statistics.CountInvalid();
        if (!_warnedOfInvalid)
        {
            _warnedOfInvalid = true;
            _engine.Logs.Add(WarningLevel, "READER", $"topic '{partition.Partition.Topic}' offset {offset}: the value is not a Packet; such records are counted and passed over");
        }
    }

    private void Complete()
    {
        foreach ((SessionReading reading, string reason) in _completion.Find(_readings.Values))
        {
            End(reading, reason);
        }
    }

    private void End(SessionReading reading, string reason)
    {
        _completion.Complete(reading, reason);
        _readings.Remove(reading.Session.Key);
        _opening.Remove(reading);
        _ending.Remove(reading);
        foreach (StreamCursor cursor in reading.Cursors)
        {
            cursor.Partition.Remove(cursor);
        }

        Unassign(_opener.TakeUnused().Where(partition => partition.IsAssigned).ToArray());
    }

    private void Unassign(ReadPartition[] partitions)
    {
        if (partitions.Length == 0)
        {
            return;
        }

        foreach (ReadPartition partition in partitions)
        {
            _lastPartition = null;
            _byPointer.Remove((_consumer.TopicPointer(partition.Partition.Topic), partition.Partition.Partition));
        }

        _consumer.Unassign(partitions.Select(partition => partition.Partition).ToArray());
    }

    private string Wanted => _settings.SessionKey.Length > 0
        ? $"key '{_settings.SessionKey}'"
        : $"an identifier like '{_settings.SessionIdentifierPattern}'";

    private void FailWhenNothingComes()
    {
        if (_settings.FailAfterMilliseconds is not { } limit || Deadline.NowMilliseconds() - _lastSeenAt < limit)
        {
            return;
        }

        string what = _readings.Count == 0
            ? $"no session of data source '{_settings.DataSource}' with {Wanted} was seen"
            : $"no packet of session '{_readings.Keys.First()}' was seen";
        throw new StreamingException(ErrorCode.Timeout, $"{what} within {limit / 1000.0:0.###} s");
    }
}
