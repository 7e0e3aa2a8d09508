using System;
using MaStreaming.Kafka;

namespace MaStreaming.Engine;

/// <summary>One partition that state is rebuilt from, and how far it has been read.</summary>
internal sealed class StatePartition(TopicPartition partition, IStateSink sink, long start)
{
    public TopicPartition Partition { get; } = partition;

    public IStateSink Sink { get; } = sink;

    /// <summary>The offset to begin at; asking for "the beginning" instead would wait for half a second for the partition's leader.</summary>
    public long Start { get; set; } = start;

    /// <summary>The next offset to read; -1 until the first record or the end of the partition was seen.</summary>
    public long Position { get; set; } = -1;
}

/// <summary>Takes the records of a topic that holds state.</summary>
internal interface IStateSink
{
    /// <summary>Applies one record, on the state reader's thread.</summary>
    /// <param name="hasKey">False for a record with a null key.</param>
    /// <param name="value">The record's value; valid during the call.</param>
    /// <param name="timestampMilliseconds">The record's timestamp since the Unix epoch; -1 where it has none.</param>
    public void Apply(bool hasKey, ReadOnlySpan<byte> value, long timestampMilliseconds);
}
