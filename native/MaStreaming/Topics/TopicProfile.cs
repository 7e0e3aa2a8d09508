using System;
using System.Globalization;

namespace MaStreaming.Topics;

/// <summary>The topic names of one naming and domain, both ways (wire contract 1.1, 1.3). Names match exactly, case and all.</summary>
internal sealed class TopicProfile
{
    private readonly string _dataPrefix;
    private readonly string _essentialsPrefix;
    private readonly string _essentialsSuffix;

    private TopicProfile(TopicNaming naming, string domain, string session, string data, string essentialsPrefix, string essentialsSuffix)
    {
        var prefix = domain.Length == 0 ? "" : domain + ".";
        Naming = naming;
        Domain = domain;
        SessionTopic = prefix + session;
        _dataPrefix = prefix + data;
        _essentialsPrefix = prefix + essentialsPrefix;
        _essentialsSuffix = essentialsSuffix;
    }

    public TopicNaming Naming { get; }

    /// <summary>The first word of every topic, without its dot; empty = none.</summary>
    public string Domain { get; }

    /// <summary>The topic of the session records of all data sources.</summary>
    public string SessionTopic { get; }

    /// <summary>Returns the profile of a naming and a domain.</summary>
    /// <exception cref="StreamingException">InvalidConfiguration: V1 with a domain, a domain that cannot be part of a topic's name.
    /// InvalidArgument: Auto, which is no naming yet.</exception>
    public static TopicProfile For(TopicNaming naming, string domain)
    {
        if (Names.WhyInvalidDomain(domain) is { } reason)
        {
            throw new StreamingException(ErrorCode.InvalidConfiguration, reason);
        }

        return naming switch
        {
            TopicNaming.V1 when domain.Length != 0 => throw new StreamingException(
                ErrorCode.InvalidConfiguration,
                $"topic naming V1 has no domain, but the domain is '{domain}'; use V2 or an empty domain"),
            TopicNaming.V1 => new TopicProfile(naming, domain, "SessionInfo", "", "", Names.EssentialsSuffix),
            TopicNaming.V2 => new TopicProfile(naming, domain, "Sys.SessionInfo", "Data.", "Essential.", ""),
            TopicNaming.V2Alternate => new TopicProfile(naming, domain, "System.SessionInfo", "Data.", "Essentials.", ""),
            _ => throw new StreamingException(ErrorCode.InvalidArgument, $"no topics follow from the topic naming {naming}"),
        };
    }

    /// <summary>Returns the topic of the data source's main stream.</summary>
    public string MainTopic(string dataSource) => _dataPrefix + dataSource;

    public string EssentialsTopic(string dataSource) => _essentialsPrefix + dataSource + _essentialsSuffix;

    /// <summary>Returns the topic of a stream; the empty name is the main stream.</summary>
    public string StreamTopic(string dataSource, string stream) =>
        stream.Length == 0 ? MainTopic(dataSource) : MainTopic(dataSource) + "." + stream;

    /// <summary>Tells the data source whose essentials a topic holds; false for every other topic.</summary>
    public bool TryDataSourceOfEssentials(string topic, out string dataSource)
    {
        var rest = topic.Length - _essentialsPrefix.Length - _essentialsSuffix.Length;
        var matches = rest > 0
            && topic.StartsWith(_essentialsPrefix, StringComparison.Ordinal)
            && topic.EndsWith(_essentialsSuffix, StringComparison.Ordinal);
        dataSource = matches ? topic.Substring(_essentialsPrefix.Length, rest) : "";
        return matches;
    }

    /// <summary>
    /// Tells what follows the prefix of data topics: a data source, or a data source and a stream with a dot between them. False for every other
    /// topic; V1, which has no prefix, knows its session topic and the essentials topics as such.
    /// </summary>
    public bool TryMain(string topic, out string name)
    {
        name = topic.StartsWith(_dataPrefix, StringComparison.Ordinal) ? topic[_dataPrefix.Length..] : "";
        return name.Length > 0
            && topic != SessionTopic
            && !(Naming == TopicNaming.V1 && name.EndsWith(Names.EssentialsSuffix, StringComparison.Ordinal));
    }

    /// <summary>Returns the key of a partition in the maps of offsets of session records (wire contract 3.2).</summary>
    public static string OffsetKey(string topic, int partition) => topic + ":" + partition.ToString(CultureInfo.InvariantCulture);

    /// <summary>Takes such a key apart: no ':' means partition 0, else the second of the pieces is the partition.</summary>
    public static bool TryParseOffsetKey(string key, out string topic, out int partition)
    {
        var colon = key.IndexOf(':', StringComparison.Ordinal);
        topic = colon < 0 ? key : key[..colon];
        partition = 0;
        if (colon < 0)
        {
            return topic.Length != 0;
        }

        var rest = key.AsSpan(colon + 1);
        var end = rest.IndexOf(':');
        var number = end < 0 ? rest : rest[..end];
        return topic.Length != 0 && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out partition);
    }
}
