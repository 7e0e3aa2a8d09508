using System;
using MaStreaming.Kafka;

namespace MaStreaming.Engine;

/// <summary>One partition that state is rebuilt from, and how far it has been read.</summary>
internal sealed class StatePartition(TopicPartition partition, IStateSink sink, long start, long newsFrom)
{
    public TopicPartition Partition { get; } = partition;

    public IStateSink Sink { get; } = sink;

    /// <summary>The offset to begin at; asking for "the beginning" instead would wait for half a second for the partition's leader.</summary>
    public long Start { get; set; } = start;

    /// <summary>The first offset that was written after following began.</summary>
    public long NewsFrom { get; } = newsFrom;

    /// <summary>The next offset to read; -1 until the first record or the end of the partition was seen.</summary>
    public long Position { get; set; } = -1;
}

/// <summary>What a record of a topic that holds state has beside its value.</summary>
/// <param name="HasKey">False for a record with a null key.</param>
/// <param name="TimestampMilliseconds">Since the Unix epoch; -1 where it has none.</param>
/// <param name="Offset">Its offset.</param>
/// <param name="IsNews">True where it was written after following began.</param>
internal readonly record struct StateRecord(bool HasKey, long TimestampMilliseconds, long Offset, bool IsNews);

/// <summary>Takes the records of a topic that holds state.</summary>
internal interface IStateSink
{
    /// <summary>Applies one record, on the state reader's thread.</summary>
    /// <param name="record">The record without its value.</param>
    /// <param name="value">The record's value; valid during the call.</param>
    public void Apply(in StateRecord record, ReadOnlySpan<byte> value);
}
