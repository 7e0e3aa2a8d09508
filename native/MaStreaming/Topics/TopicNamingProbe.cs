using System;
using System.Collections.Generic;
using System.Linq;

namespace MaStreaming.Topics;

/// <summary>What a probe found.</summary>
/// <param name="Naming">The naming to use; null = no session topic is there, so the choice is open.</param>
/// <param name="Ambiguous">The namings whose session topics are there, if they are several; else empty.</param>
internal readonly record struct ProbeResult(TopicNaming? Naming, IReadOnlyList<TopicNaming> Ambiguous);

/// <summary>Chooses the topic naming by the session topics that a broker has (wire contract 1.3).</summary>
internal static class TopicNamingProbe
{
    // Where several are there, the first of these that is there wins: the newer generation, in its official spelling.
    private static readonly TopicNaming[] Preference = [TopicNaming.V2, TopicNaming.V2Alternate, TopicNaming.V1];

    /// <summary>Looks for the session topics of this domain only; V1 has no domain, so with one its topic does not count.</summary>
    /// <exception cref="StreamingException">InvalidConfiguration: the domain cannot be part of a topic's name.</exception>
    public static ProbeResult Probe(IEnumerable<string> topics, string domain)
    {
        var there = new HashSet<string>(topics, StringComparer.Ordinal);
        var found = Preference
            .Where(naming => domain.Length == 0 || naming != TopicNaming.V1)
            .Where(naming => there.Contains(TopicProfile.For(naming, domain).SessionTopic))
            .ToArray();
        return new ProbeResult(found.Length == 0 ? null : found[0], found.Length > 1 ? found : []);
    }
}
