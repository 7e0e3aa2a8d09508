namespace MaStreaming.SessionManagement;

internal enum SessionChangeKind
{
    Started = 1,
    Changed = 2,
    Ended = 3,
    Associated = 4,
}

/// <summary>One change of a session, in the order in which the session topic has it.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Session">The session after the change.</param>
/// <param name="AssociateKey">The session key that was associated; null for other kinds.</param>
/// <param name="Associate">The associated session, where it is known.</param>
internal sealed record SessionChange(SessionChangeKind Kind, Session Session, string? AssociateKey = null, Session? Associate = null);
