using System;
using System.Collections.Generic;
using MaStreaming.Kafka;
using MaStreaming.Topics;

namespace MaStreaming.SessionManagement;

/// <summary>What is known of one session at one moment; never changed, only replaced.</summary>
internal sealed record Session
{
    public required string Key { get; init; }

    public required string DataSource { get; init; }

    public string Identifier { get; init; } = "";

    public string Type { get; init; } = "";

    public uint Version { get; init; }

    /// <summary>True once an end of session record was seen (wire contract 3.5).</summary>
    public bool IsHistorical { get; init; }

    public long? UtcOffsetNanoseconds { get; init; }

    /// <summary>As recorded; the timestamp of the session's first record where the writer recorded none.</summary>
    public long? CreationTimeNanoseconds { get; init; }

    /// <summary>As recorded; the timestamp of the end of session record where the writer recorded none.</summary>
    public long? TerminationTimeNanoseconds { get; init; }

    public IReadOnlyList<(string Key, string Value)> Details { get; init; } = [];

    public IReadOnlyList<string> AssociateSessionKeys { get; init; } = [];

    /// <summary>High watermarks when the session was created, by "topic:partition" (wire contract 3.2).</summary>
    public IReadOnlyDictionary<string, long> StartOffsets { get; init; } = new Dictionary<string, long>();

    /// <summary>High watermarks when the session was ended; advisory (wire contract 3.8).</summary>
    public IReadOnlyDictionary<string, long> EndOffsets { get; init; } = new Dictionary<string, long>();

    /// <summary>Timestamp of the newest record that is known to count for the session, in milliseconds since the Unix epoch; 0 where none has one.</summary>
    public long LastActivityMilliseconds { get; init; }

    /// <summary>Whether the data source's streams were looked at, too; without that, silence on the session topic means nothing for a live session.</summary>
    public bool IsActivityKnown { get; init; }

    /// <summary>Differs between any two states of any sessions of one store.</summary>
    public long Revision { get; init; }

    /// <summary>The recorded start of a stream, under each of the spellings that writers use (wire contract 3.2); null where there is none.</summary>
    public long? StartOf(string stream, TopicPartition partition)
    {
        // As V1 names the topic: a stream's own, or the main one where streams are its partitions.
        string own = $"{DataSource}.{stream}";
        string plain = stream.Length > 0 && partition.Topic.EndsWith(own, StringComparison.Ordinal) ? own : DataSource;
        bool found = StartOffsets.TryGetValue(TopicProfile.OffsetKey(partition.Topic, partition.Partition), out long start)
            || (partition.Partition == 0 && StartOffsets.TryGetValue(partition.Topic, out start))
            || StartOffsets.TryGetValue(TopicProfile.OffsetKey(plain, partition.Partition), out start);
        return found ? start : null;
    }

    /// <summary>The recorded start of the essentials, by their topic's name or as V1 names it; null where there is none.</summary>
    public long? StartOfEssentials(TopicPartition partition)
    {
        bool found = StartOffsets.TryGetValue(TopicProfile.OffsetKey(partition.Topic, partition.Partition), out long start)
            || StartOffsets.TryGetValue(TopicProfile.OffsetKey(DataSource + Names.EssentialsSuffix, partition.Partition), out start);
        return found ? start : null;
    }
}
