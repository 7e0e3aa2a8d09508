using System;
using System.Linq;

namespace MaStreaming.Topics;

/// <summary>Says which names cannot be used, as they become parts of topic names without any escaping (wire contract 1.1).</summary>
/// <remarks>Each answer is null for a usable name, else a sentence for the error that refuses it.</remarks>
internal static class Names
{
    /// <summary>What ends the name of an essentials topic in V1.</summary>
    public const string EssentialsSuffix = "_essential";

    private const int LongestTopic = 249;
    private const string EssentialsStreamOfTheServer = "@stream@::_essential";

    // Topics of V1 that belong to no data source, and the names that its servers use inside for them.
    private static readonly string[] Reserved =
        ["SessionInfo", "SystemStatus", "dead-Letter", "SessionInfo_Route", "SystemStatus_Route", "Session_Info_Route"];

    public static string? WhyInvalidDomain(string domain) =>
        domain.Length == 0 ? null : WhyIllegal("domain", domain);

    /// <summary>Checks a data source; with a profile also that its topics' names are not too long.</summary>
    public static string? WhyInvalidDataSource(string dataSource, TopicProfile? profile = null)
    {
        if (dataSource.Length == 0)
        {
            return "the data source is empty";
        }

        if (Reserved.Contains(dataSource, StringComparer.Ordinal))
        {
            return $"data source '{dataSource}': the name is reserved";
        }

        var essentialsLength = profile?.EssentialsTopic(dataSource).Length ?? dataSource.Length + EssentialsSuffix.Length;
        return WhyIllegal("data source", dataSource)
            ?? WhyEssential("data source", dataSource)
            ?? WhyTooLong("data source", dataSource, essentialsLength);
    }

    /// <summary>Checks a stream; the empty name is the main stream. With a data source and a profile also the length of its topic's name.</summary>
    public static string? WhyInvalidStream(string stream, string dataSource = "", TopicProfile? profile = null)
    {
        if (stream.Length == 0)
        {
            return null;
        }

        if (stream == EssentialsStreamOfTheServer)
        {
            return $"stream '{stream}': the name is reserved for the essentials";
        }

        if (stream.Contains('.', StringComparison.Ordinal))
        {
            return $"stream '{stream}': readers do not find the topics of streams that have a '.' in their names";
        }

        var topicLength = profile?.StreamTopic(dataSource, stream).Length ?? dataSource.Length + 1 + stream.Length;
        return WhyIllegal("stream", stream) ?? WhyEssential("stream", stream) ?? WhyTooLong("stream", stream, topicLength);
    }

    private static string? WhyIllegal(string what, string name)
    {
        if (name is "." or "..")
        {
            return $"{what} '{name}': the name cannot be part of a topic's name";
        }

        for (var i = 0; i < name.Length; i++)
        {
            if (name[i] is not ((>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9') or '.' or '_' or '-'))
            {
                return $"{what} '{name}': Kafka allows only letters, digits, '.', '_' and '-' (ASCII) in topic names, not '{Character(name, i)}'";
            }
        }

        return null;
    }

    // Half of a surrogate pair is no text.
    private static string Character(string name, int index) =>
        char.IsSurrogatePair(name, index) ? name.Substring(index, 2) : name.Substring(index, 1);

    // Servers of V1 find data sources by this suffix, whatever its case.
    private static string? WhyEssential(string what, string name) =>
        name.EndsWith(EssentialsSuffix, StringComparison.OrdinalIgnoreCase)
            ? $"{what} '{name}': names that end in '{EssentialsSuffix}' are those of essentials topics"
            : null;

    private static string? WhyTooLong(string what, string name, int topicLength) =>
        topicLength > LongestTopic
            ? $"{what} '{name}': a topic's name would have {topicLength} characters, Kafka allows {LongestTopic}"
            : null;
}
