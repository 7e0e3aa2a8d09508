using System;
using MaStreaming.Engine;
using MaStreaming.SessionManagement;

namespace MaStreaming.Interop;

/// <summary>One change of a session.</summary>
public sealed class SessionEventData
{
    internal SessionEventData(SessionChange change, Func<Session, SessionData> describe)
    {
        Kind = (int)change.Kind;
        Session = describe(change.Session);
        Associate = change.Associate is { } associate ? describe(associate) : null;
        AssociateKey = change.AssociateKey ?? "";
    }

    /// <summary>1 started, 2 state change, 3 ended, 4 association.</summary>
    public int Kind { get; }

    /// <summary>The session after the change.</summary>
    public SessionData Session { get; }

    /// <summary>The associated session; null where it is not known.</summary>
    public SessionData? Associate { get; }

    /// <summary>The key of the associated session; empty for other kinds.</summary>
    public string AssociateKey { get; }

    /// <summary>Empty: the wire has no such thing (wire contract 13.11).</summary>
    public string Group => "";
}

/// <summary>The changes of sessions from the moment it was opened.</summary>
public sealed class SessionEventQueue
{
    private readonly ObserverQueue<SessionChange> _changes;
    private readonly Func<Session, SessionData> _describe;

    internal SessionEventQueue(ObserverQueue<SessionChange> changes, Func<Session, SessionData> describe)
    {
        _changes = changes;
        _describe = describe;
    }

    /// <summary>The next change.</summary>
    /// <param name="timeoutMs">How long to wait at most, in milliseconds.</param>
    /// <returns>Null when none came, or the queue was closed.</returns>
    public SessionEventData? Next(int timeoutMs) => _changes.Take(timeoutMs) is { } change ? new SessionEventData(change, _describe) : null;

    /// <summary>True once nothing more will come.</summary>
    /// <returns>Whether the queue was closed.</returns>
    public bool IsClosed() => _changes.IsClosed;

    /// <summary>Ends the observation.</summary>
    public void Close() => _changes.Close();
}
