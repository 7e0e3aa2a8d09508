using System.Collections.Generic;
using MaStreaming.SessionManagement;

namespace MaStreaming.PacketReading;

/// <summary>Which sessions a reader reads; each is chosen once.</summary>
internal sealed class SessionSelection(ReaderSettings settings)
{
    private readonly HashSet<string> _chosen = [];

    private bool IsKeyed => settings.SessionKey.Length > 0;

    public bool HasChosen => _chosen.Count > 0;

    /// <summary>True when the reader is done as soon as what it reads is done.</summary>
    public bool EndsByItself => IsKeyed || settings.ReadingType == ReadingType.Historic;

    /// <summary>True while a session that is not there yet may still be chosen.</summary>
    public bool AwaitsMore => settings.ReadingType != ReadingType.Historic && !(IsKeyed && _chosen.Count > 0);

    /// <summary>Whether to begin reading this session now.</summary>
    public bool Choose(Session session, bool isKnownAtStart, bool isNews)
    {
        if (session.DataSource != settings.DataSource || !Matches(session) || !Suits(session, isKnownAtStart, isNews))
        {
            return false;
        }

        return _chosen.Add(session.Key);
    }

    private bool Matches(Session session) => IsKeyed
        ? session.Key == settings.SessionKey
        : IdentifierPattern.Matches(settings.SessionIdentifierPattern, session.Identifier);

    private bool Suits(Session session, bool isKnownAtStart, bool isNews) => settings.ReadingType switch
    {
        // One that is named is read as far as it goes, ended or not: a crashed session never ends.
        ReadingType.Historic => isKnownAtStart && (IsKeyed || session.IsHistorical),

        // One that is named and was live when it was asked for may end before it is reached.
        ReadingType.Live => !session.IsHistorical || IsKeyed || isNews,
        _ => true,
    };
}
