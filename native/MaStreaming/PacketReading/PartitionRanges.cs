using System;
using System.Collections.Generic;
using MaStreaming.Engine;
using MaStreaming.Kafka;

namespace MaStreaming.PacketReading;

/// <summary>What partitions hold at one moment: from which offset to which, and where a wanted range of time lies in it.</summary>
internal sealed class PartitionRanges
{
    private readonly IReadOnlyDictionary<TopicPartition, long> _earliest;
    private readonly IReadOnlyDictionary<TopicPartition, long> _latest;
    private readonly IReadOnlyDictionary<TopicPartition, long>? _atStartTime;
    private readonly IReadOnlyDictionary<TopicPartition, long>? _atEndTime;

    private readonly IReadOnlyDictionary<TopicPartition, long> _resumed;

    private PartitionRanges(
        KafkaAdmin admin, ReaderSettings settings, GroupReading? group, IReadOnlyCollection<TopicPartition> partitions, Deadline deadline)
    {
        _resumed = group?.Committed(partitions, deadline.RemainingMilliseconds) ?? settings.StartFrom;
        _earliest = admin.EarliestOffsets(partitions, deadline.RemainingMilliseconds);
        _latest = admin.LatestOffsets(partitions, deadline.RemainingMilliseconds);
        _atStartTime = settings.StartTimeMilliseconds is { } start ? admin.OffsetsForTime(partitions, start, deadline.RemainingMilliseconds) : null;
        _atEndTime = settings.EndTimeMilliseconds is { } end ? admin.OffsetsForTime(partitions, end, deadline.RemainingMilliseconds) : null;
    }

    /// <summary>Asks the broker.</summary>
    /// <exception cref="StreamingException">It does not answer in time, or not for each of the partitions.</exception>
    public static PartitionRanges Ask(
        KafkaAdmin admin, ReaderSettings settings, GroupReading? group, IReadOnlyCollection<TopicPartition> partitions, Deadline deadline)
    {
        PartitionRanges ranges = new(admin, settings, group, partitions, deadline);
        foreach (TopicPartition partition in partitions)
        {
            // Listed but not answered for: it is being made or deleted at this moment. To go on without it could lose packets.
            if (!ranges._earliest.ContainsKey(partition) || !ranges._latest.ContainsKey(partition))
            {
                throw new StreamingException(ErrorCode.TopicUnavailable, $"topic '{partition.Topic}' partition {partition.Partition} is listed, but the broker does not answer for it");
            }
        }

        return ranges;
    }

    public long Low(TopicPartition partition) => _earliest[partition];

    public long High(TopicPartition partition) => _latest[partition];

    /// <summary>The offset that an earlier reader, or the group, has got to; null where there is none.</summary>
    public long? Resumed(TopicPartition partition) => _resumed.TryGetValue(partition, out long offset) ? offset : null;

    /// <summary>The offset to begin at where a session begins at another one; the end where no record is as late as the start time.</summary>
    public long AtOrAfterStartTime(TopicPartition partition, long begin) =>
        _atStartTime is null ? begin : Math.Max(begin, Found(_atStartTime, partition));

    /// <summary>The first offset at or after the end time; none where there is no end time.</summary>
    public long EndTime(TopicPartition partition) => _atEndTime is null ? long.MaxValue : Found(_atEndTime, partition);

    private long Found(IReadOnlyDictionary<TopicPartition, long> offsets, TopicPartition partition) =>
        offsets.TryGetValue(partition, out long offset) && offset >= 0 ? offset : High(partition);
}
