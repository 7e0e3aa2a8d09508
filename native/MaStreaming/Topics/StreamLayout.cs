using System;
using System.Collections.Generic;
using System.Linq;
using MaStreaming.Kafka;

namespace MaStreaming.Topics;

/// <summary>Where a stream's records are.</summary>
/// <param name="Name">The stream; empty for the main stream.</param>
/// <param name="Topic">Its topic.</param>
/// <param name="Partitions">The partitions of the topic that hold it.</param>
internal sealed record DataStream(string Name, string Topic, IReadOnlyList<int> Partitions);

/// <summary>
/// The streams of every data source that a broker's topics show at one moment (wire contract 1.2). Names match exactly, case and all:
/// <c>Car2.x</c> is no stream of <c>Car</c>.
/// </summary>
/// <remarks>
/// <c>Data.Car.1</c> can be the main stream of <c>Car.1</c> or the stream <c>1</c> of <c>Car</c>. The longest name that has an essentials
/// topic decides; where neither has one it counts as both.
/// </remarks>
internal sealed class StreamLayout
{
    private readonly TopicProfile _profile;
    private readonly IReadOnlyDictionary<string, int> _topics;
    private readonly IReadOnlyDictionary<string, int>? _mappings;
    private readonly Dictionary<string, List<DataStream>> _streams = new(StringComparer.Ordinal);

    /// <param name="profile">How topics are named.</param>
    /// <param name="mappings">Partition of the main topic by stream; null where each stream has a topic of its own.</param>
    /// <param name="topics">Partition count by topic.</param>
    public StreamLayout(TopicProfile profile, IReadOnlyDictionary<string, int>? mappings, IReadOnlyDictionary<string, int> topics)
    {
        _profile = profile;
        _topics = topics;
        _mappings = mappings;
        foreach (KeyValuePair<string, int> topic in topics)
        {
            if (profile.TryMain(topic.Key, out string name))
            {
                Add(topic.Key, topic.Value, name);
            }
        }

        foreach (List<DataStream> streams in _streams.Values)
        {
            streams.Sort((left, right) => string.CompareOrdinal(left.Name, right.Name));
        }
    }

    /// <summary>The topics that it was made of.</summary>
    public IReadOnlyDictionary<string, int> Topics => _topics;

    /// <summary>The streams of a data source: the main stream first, if its topic is there, then the others by name.</summary>
    public IReadOnlyList<DataStream> StreamsOf(string dataSource) =>
        _streams.TryGetValue(dataSource, out List<DataStream>? streams) ? streams : [];

    /// <summary>The named streams of a data source.</summary>
    public string[] NamesOf(string dataSource) => StreamsOf(dataSource).Where(stream => stream.Name.Length > 0).Select(stream => stream.Name).ToArray();

    /// <summary>Every partition of a data source's streams.</summary>
    public IEnumerable<TopicPartition> PartitionsOf(string dataSource) =>
        StreamsOf(dataSource).SelectMany(stream => stream.Partitions.Select(partition => new TopicPartition(stream.Topic, partition)));

    /// <summary>Says why a data source cannot be made beside what is there; null where it can.</summary>
    public string? WhyNoDataSource(string dataSource) =>
        _mappings is null && !HasEssentials(dataSource) && _topics.ContainsKey(_profile.MainTopic(dataSource)) && Split(dataSource) is var (owner, stream) && HasEssentials(owner)
            ? $"data source '{dataSource}' would have topic '{_profile.MainTopic(dataSource)}', which is that of stream '{stream}' of data source '{owner}'"
            : null;

    /// <summary>Says why a stream cannot be made beside what is there; null where it can.</summary>
    public string? WhyNoStream(string dataSource, string stream)
    {
        string other = $"{dataSource}.{stream}";
        return _mappings is null && stream.Length > 0 && HasEssentials(other)
            ? $"stream '{stream}' of data source '{dataSource}' would have topic '{_profile.MainTopic(other)}', which is that of data source '{other}'"
            : null;
    }

    private static (string Owner, string Stream)? Split(string name)
    {
        int dot = name.LastIndexOf('.');
        return dot > 0 && dot < name.Length - 1 ? (name[..dot], name[(dot + 1)..]) : null;
    }

    private void Add(string topic, int partitions, string name)
    {
        if (_mappings is not null)
        {
            AddMapped(topic, partitions, name);
            return;
        }

        int[] all = Enumerable.Range(0, partitions).ToArray();
        if (!HasEssentials(name) && Split(name) is var (owner, stream))
        {
            AddStream(owner, new DataStream(stream, topic, all));
            if (HasEssentials(owner))
            {
                return;
            }
        }

        AddStream(name, new DataStream("", topic, all));
    }

    private void AddMapped(string topic, int partitions, string name)
    {
        AddStream(name, new DataStream("", topic, [0]));
        foreach (KeyValuePair<string, int> mapping in _mappings!)
        {
            if (mapping.Value < partitions)
            {
                AddStream(name, new DataStream(mapping.Key, topic, [mapping.Value]));
            }
        }
    }

    private void AddStream(string dataSource, DataStream stream)
    {
        if (!_streams.TryGetValue(dataSource, out List<DataStream>? streams))
        {
            _streams.Add(dataSource, streams = []);
        }

        streams.Add(stream);
    }

    private bool HasEssentials(string dataSource) => _topics.ContainsKey(_profile.EssentialsTopic(dataSource));
}
