using System;
using System.Collections.Generic;
using System.Linq;
using MaStreaming.Protocol;

namespace MaStreaming.SessionManagement;

/// <summary>
/// What other processes write of a session while it is changed here. An update holds the complete state (wire contract 3.1), so one that was
/// made before another one was seen takes that one's changes back; they are put right by writing both together.
/// </summary>
internal sealed class SessionJournal(Session begin, Action<SessionJournal> forget) : IDisposable
{
    private readonly object _gate = new();
    private readonly List<(long Offset, SessionInfoPacket Info)> _others = [];
    private readonly HashSet<long> _own = [];
    private long _considered = -1;

    /// <summary>Notes a record of any session, on the state reader's thread.</summary>
    public void Note(string sessionKey, long offset, SessionInfoPacket info)
    {
        if (sessionKey == begin.Key)
        {
            lock (_gate)
            {
                _others.Add((offset, info));
            }
        }
    }

    /// <summary>The complete state as the beginning and everything that others have changed since make it.</summary>
    public SessionInfoPacket Merge()
    {
        lock (_gate)
        {
            SessionInfoPacket merged = Complete(begin);
            foreach ((long offset, SessionInfoPacket info) in _others.Where(other => !_own.Contains(other.Offset)))
            {
                _considered = Math.Max(_considered, offset);
                merged = Merge(merged, info);
            }

            return merged;
        }
    }

    /// <summary>Tells whether the record that was just written here was made without another one that came before it.</summary>
    public bool HasOverlooked(long ownOffset)
    {
        lock (_gate)
        {
            _own.Add(ownOffset);
            return _others.Exists(other => other.Offset > _considered && other.Offset < ownOffset && !_own.Contains(other.Offset));
        }
    }

    public void Dispose() => forget(this);

    private static SessionInfoPacket Complete(Session session) => new()
    {
        DataSource = session.DataSource,
        Identifier = session.Identifier,
        Type = session.Type,
        Version = session.Version,
        AssociateSessionKeys = session.AssociateSessionKeys,
        Details = session.Details,
        UtcOffsetNs = session.UtcOffsetNanoseconds,
        CreationTimeNs = session.CreationTimeNanoseconds,
        TerminationTimeNs = session.IsHistorical ? session.TerminationTimeNanoseconds : null,
    };

    /// <summary>What differs from the beginning was changed; what does not was only written along.</summary>
    private SessionInfoPacket Merge(SessionInfoPacket merged, SessionInfoPacket info) => merged with
    {
        Identifier = info.Identifier.Length > 0 && info.Identifier != begin.Identifier ? info.Identifier : merged.Identifier,
        Type = info.Type.Length > 0 && info.Type != begin.Type ? info.Type : merged.Type,
        Version = info.Version != 0 && info.Version != begin.Version ? info.Version : merged.Version,
        Details = SessionMerge.Upsert(merged.Details, info.Details.Where(detail => !begin.Details.Contains(detail))),
        AssociateSessionKeys = SessionMerge.Distinct(merged.AssociateSessionKeys.Concat(info.AssociateSessionKeys)),
    };
}
