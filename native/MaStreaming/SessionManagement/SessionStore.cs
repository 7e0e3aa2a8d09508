using System;
using System.Collections.Generic;
using System.Linq;
using MaStreaming.Engine;
using MaStreaming.Kafka;
using MaStreaming.Protocol;

namespace MaStreaming.SessionManagement;

/// <summary>The sessions of every data source, as the session topic tells them (wire contract 3.4).</summary>
internal sealed class SessionStore(LogQueue logs) : IStateSink
{
    private const int WarningLevel = 4;
    private const int MostEarlyUpdates = 10_000;

    private readonly object _gate = new();
    private readonly Dictionary<string, Session> _sessions = new(StringComparer.Ordinal);
    private readonly List<string> _order = [];
    private readonly Dictionary<string, List<SessionUpdate>> _early = new(StringComparer.Ordinal);
    private readonly List<ObserverQueue<SessionChange>> _observers = [];
    private readonly Queue<(string Key, SessionUpdate Record)> _earlyOrder = new();
    private readonly List<SessionJournal> _journals = [];
    private int _earlyCount;
    private long _revision;
    private bool _warnedOfSkipped;

    /// <summary>Records of the session topic that were passed over: null key, not a packet, not about a session.</summary>
    public long Skipped { get; private set; }

    /// <summary>Updates that were given up because too many were waiting for their session.</summary>
    public long Dropped { get; private set; }

    /// <summary>Updates that wait for their session.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
            {
                return _earlyCount;
            }
        }
    }

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _order.Count;
            }
        }
    }

    /// <summary>Every known session, in the order in which they were created.</summary>
    public IReadOnlyList<Session> All()
    {
        lock (_gate)
        {
            return _order.Select(key => _sessions[key]).ToArray();
        }
    }

    public Session? Find(string sessionKey)
    {
        lock (_gate)
        {
            return _sessions.GetValueOrDefault(sessionKey);
        }
    }

    /// <summary>The session of that data source.</summary>
    /// <exception cref="StreamingException">There is none.</exception>
    public Session Require(string dataSource, string sessionKey)
    {
        Session? session = Find(sessionKey);
        if (session is null)
        {
            throw new StreamingException(ErrorCode.UnknownSession, $"no session with key '{sessionKey}' is known for data source '{dataSource}'");
        }

        return session.DataSource == dataSource
            ? session
            : throw new StreamingException(ErrorCode.UnknownSession, $"session '{sessionKey}' belongs to data source '{session.DataSource}', not to '{dataSource}'");
    }

    /// <summary>Observes every change from now on.</summary>
    /// <param name="known">The sessions that were known at that moment: together with the changes nothing is missed or seen twice.</param>
    /// <param name="onAdded">Called on the state reader's thread for each change, for observers that wait elsewhere.</param>
    public ObserverQueue<SessionChange> Observe(out IReadOnlyList<Session> known, Action? onAdded = null)
    {
        lock (_gate)
        {
            ObserverQueue<SessionChange> queue = new(Forget, onAdded);
            _observers.Add(queue);
            known = All();
            return queue;
        }
    }

    /// <summary>Begins to keep what other records say of a session; to be disposed.</summary>
    public SessionJournal KeepJournal(string dataSource, string sessionKey)
    {
        lock (_gate)
        {
            SessionJournal journal = new(Require(dataSource, sessionKey), Forget);
            _journals.Add(journal);
            return journal;
        }
    }

    public void Apply(in StateRecord record, ReadOnlySpan<byte> value)
    {
        lock (_gate)
        {
            if (!record.HasKey || !PacketView.TryParse(value, out PacketView packet) || packet.SessionKey.IsEmpty || !TryApply(packet, in record))
            {
                Skip();
            }
        }
    }

    /// <summary>Notes what a look at the streams of a live session's data source has shown.</summary>
    /// <param name="sessionKey">The session.</param>
    /// <param name="timestampMilliseconds">The newest timestamp that counts for it; null where that is not known.</param>
    public void NoteActivity(string sessionKey, long? timestampMilliseconds)
    {
        lock (_gate)
        {
            if (!_sessions.TryGetValue(sessionKey, out Session? session) || session.IsHistorical)
            {
                return;
            }

            long newest = Math.Max(session.LastActivityMilliseconds, timestampMilliseconds ?? 0);
            bool isKnown = timestampMilliseconds is not null;
            if (newest != session.LastActivityMilliseconds || isKnown != session.IsActivityKnown)
            {
                Put(session with { LastActivityMilliseconds = newest, IsActivityKnown = isKnown });
            }
        }
    }

    private static string Text(ReadOnlySpan<byte> utf8) => System.Text.Encoding.UTF8.GetString(utf8);

    private bool TryApply(PacketView packet, in StateRecord record)
    {
        long timestamp = record.TimestampMilliseconds;
        string key = Text(packet.SessionKey);
        if (packet.TypeIs(PacketTypes.NewSession))
        {
            return NewSessionPacket.TryParse(packet.Content, out NewSessionPacket? created) && Create(key, created, timestamp);
        }

        if (packet.TypeIs(PacketTypes.SessionInfo))
        {
            if (!SessionInfoPacket.TryParse(packet.Content, out SessionInfoPacket? info))
            {
                return false;
            }

            foreach (SessionJournal journal in _journals)
            {
                journal.Note(key, record.Offset, info);
            }

            return UpdateOrKeep(key, new SessionUpdate(info, null, timestamp));
        }

        return packet.TypeIs(PacketTypes.EndOfSession)
            && EndOfSessionPacket.TryParse(packet.Content, out EndOfSessionPacket? end)
            && UpdateOrKeep(key, new SessionUpdate(null, end, timestamp));
    }

    private bool Create(string key, NewSessionPacket packet, long timestamp)
    {
        if (_sessions.ContainsKey(key))
        {
            return true;
        }

        Session session = SessionMerge.Created(key, packet, timestamp);
        bool early = _early.Remove(key, out List<SessionUpdate>? kept);
        foreach (SessionUpdate record in kept ?? [])
        {
            session = SessionMerge.Apply(session, record);
        }

        _earlyCount -= early ? kept!.Count : 0;
        if (_earlyCount == 0)
        {
            _earlyOrder.Clear();
        }

        session = Put(session);
        _order.Add(key);
        Announce(new SessionChange(SessionChangeKind.Started, session));
        foreach (string associate in session.AssociateSessionKeys)
        {
            Announce(Association(session, associate));
        }

        if (session.IsHistorical)
        {
            Announce(new SessionChange(SessionChangeKind.Ended, session));
        }

        return true;
    }

    private bool UpdateOrKeep(string key, SessionUpdate record)
    {
        if (!_sessions.TryGetValue(key, out Session? before))
        {
            return Keep(key, record);
        }

        Session after = Put(SessionMerge.Apply(before, record));
        if (record.End is not null)
        {
            if (!before.IsHistorical)
            {
                Announce(new SessionChange(SessionChangeKind.Ended, after));
            }

            return true;
        }

        if (SessionMerge.Differs(before, after))
        {
            Announce(new SessionChange(SessionChangeKind.Changed, after));
            foreach (string associate in after.AssociateSessionKeys.Except(before.AssociateSessionKeys))
            {
                Announce(Association(after, associate));
            }
        }

        return true;
    }

    /// <summary>An update may come before its session does; it waits for it, within a bound.</summary>
    private bool Keep(string key, SessionUpdate record)
    {
        if (_earlyCount >= MostEarlyUpdates)
        {
            DropOldest();
        }

        if (!_early.TryGetValue(key, out List<SessionUpdate>? kept))
        {
            _early.Add(key, kept = []);
        }

        kept.Add(record);
        if (_earlyOrder.Count >= 2 * MostEarlyUpdates)
        {
            Compact();
        }

        _earlyOrder.Enqueue((key, record));
        _earlyCount++;
        return true;
    }

    private Session Put(Session session) => _sessions[session.Key] = session with { Revision = ++_revision };

    private SessionChange Association(Session session, string associateKey) =>
        new(SessionChangeKind.Associated, session, associateKey, _sessions.GetValueOrDefault(associateKey));

    private void Announce(SessionChange change)
    {
        foreach (ObserverQueue<SessionChange> observer in _observers)
        {
            observer.Add(change);
        }
    }

    private void Forget(SessionJournal journal)
    {
        lock (_gate)
        {
            _journals.Remove(journal);
        }
    }

    private void Forget(ObserverQueue<SessionChange> queue)
    {
        lock (_gate)
        {
            _observers.Remove(queue);
        }
    }

    /// <summary>Leaves those out whose session has come meanwhile.</summary>
    private void Compact()
    {
        (string Key, SessionUpdate Record)[] waiting = _earlyOrder.Where(each => _early.TryGetValue(each.Key, out List<SessionUpdate>? kept) && kept.Contains(each.Record)).ToArray();
        _earlyOrder.Clear();
        foreach ((string Key, SessionUpdate Record) each in waiting)
        {
            _earlyOrder.Enqueue(each);
        }
    }

    /// <summary>Gives up the update that has waited longest: its session has most likely expired.</summary>
    private void DropOldest()
    {
        while (_earlyOrder.Count > 0)
        {
            (string key, SessionUpdate record) = _earlyOrder.Dequeue();
            if (_early.TryGetValue(key, out List<SessionUpdate>? kept) && kept.Remove(record))
            {
                _earlyCount--;
                if (kept.Count == 0)
                {
                    _early.Remove(key);
                }

                break;
            }
        }

        if (Dropped++ == 0)
        {
            logs.Add(WarningLevel, "SESSIONS", $"{MostEarlyUpdates} updates wait for sessions that the session topic does not have; the oldest ones are counted and dropped");
        }
    }

    private void Skip()
    {
        Skipped++;
        if (!_warnedOfSkipped)
        {
            _warnedOfSkipped = true;
            logs.Add(WarningLevel, "SESSIONS", "the session topic has records that are not about sessions; they are counted and passed over");
        }
    }
}

/// <summary>A session record other than the first: either further information or the end.</summary>
internal sealed record SessionUpdate(SessionInfoPacket? Info, EndOfSessionPacket? End, long TimestampMilliseconds);
