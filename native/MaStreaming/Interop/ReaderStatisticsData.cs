using System.Collections.Generic;
using System.Linq;
using MaStreaming.Kafka;
using MaStreaming.PacketReading;
using MaStreaming.Topics;

namespace MaStreaming.Interop;

/// <summary>What a reader has counted.</summary>
public sealed class ReaderStatisticsData
{
    internal ReaderStatisticsData(ReaderStatistics statistics, BlockRing ring)
    {
        Packets = statistics.Packets;
        Bytes = statistics.Bytes;
        Skipped = statistics.Skipped;
        InvalidPackets = statistics.InvalidPackets;
        Duplicates = statistics.Duplicates;
        Late = statistics.Late;
        Expired = statistics.Expired;
        Failed = statistics.Failed;
        FailedCommits = statistics.FailedCommits;
        (RecordsWaiting, QueueFill) = ring.Waiting;
        Streams = statistics.Streams.Select(stream => new StreamStatisticsData(stream)).ToArray();
    }

    /// <summary>Packets handed on.</summary>
    public long Packets { get; }

    /// <summary>Bytes of those packets.</summary>
    public long Bytes { get; }

    /// <summary>Records of other sessions on the same topics.</summary>
    public long Skipped { get; }

    /// <summary>Records of the sessions read whose value is not a packet.</summary>
    public long InvalidPackets { get; }

    /// <summary>Packets passed over because they came before.</summary>
    public long Duplicates { get; }

    /// <summary>Packets whose record is older than one before it.</summary>
    public long Late { get; }

    /// <summary>Records that the broker had deleted before they were read.</summary>
    public long Expired { get; }

    /// <summary>Sessions whose reading failed.</summary>
    public long Failed { get; }

    /// <summary>Commits of offsets that did not succeed.</summary>
    public long FailedCommits { get; }

    /// <summary>Packets and events that wait in the blocks.</summary>
    public long RecordsWaiting { get; }

    /// <summary>Which share of the blocks is in use, 0 to 1.</summary>
    public double QueueFill { get; }

    /// <summary>The streams that are, or were, read.</summary>
    public StreamStatisticsData[] Streams { get; }
}

/// <summary>What was counted of one stream.</summary>
public sealed class StreamStatisticsData
{
    internal StreamStatisticsData(StreamLag stream)
    {
        DataSource = stream.Stream.Session.Session.DataSource;
        SessionKey = stream.Stream.Session.Session.Key;
        Stream = stream.Stream.Name;
        Packets = stream.Stream.Packets;
        Lag = stream.Lag;
    }

    /// <summary>The data source.</summary>
    public string DataSource { get; }

    /// <summary>The session.</summary>
    public string SessionKey { get; }

    /// <summary>The stream; empty for the main stream.</summary>
    public string Stream { get; }

    /// <summary>Its packets handed on.</summary>
    public long Packets { get; }

    /// <summary>Records between the next one to be handed out and the end, as last fetched.</summary>
    public long Lag { get; }
}

/// <summary>Offsets by partition.</summary>
public sealed class PositionsData
{
    internal PositionsData(IReadOnlyDictionary<TopicPartition, long> positions)
    {
        Partitions = positions.Keys.Select(partition => TopicProfile.OffsetKey(partition.Topic, partition.Partition)).ToArray();
        Offsets = positions.Values.ToArray();
    }

    /// <summary>Topic and partition, with a colon between them.</summary>
    public string[] Partitions { get; }

    /// <summary>The offset of each, in the same order.</summary>
    public long[] Offsets { get; }
}
