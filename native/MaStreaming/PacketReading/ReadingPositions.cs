using System;
using System.Collections.Generic;
using System.Linq;
using MaStreaming.Kafka;

namespace MaStreaming.PacketReading;

/// <summary>
/// From where each partition has to be read again so that nothing is missed of what the other side has not got, or not dealt with, yet.
/// A partition's position is that of the consumer, unless packets of it are still waiting: then it is that of the first one.
/// </summary>
/// <remarks>Positions change while the ring is entered, so whoever enters it sees a state that belongs together.</remarks>
/// <param name="ring">Where packets wait.</param>
/// <param name="acknowledged">Whether the other side says what it has dealt with.</param>
internal sealed class ReadingPositions(BlockRing ring, bool acknowledged)
{
    private readonly Dictionary<TopicPartition, ReadPartition> _partitions = [];
    private readonly List<StreamCursor> _cursors = [];

    /// <summary>Watches these cursors until all that was delivered of them is handled.</summary>
    public void Add(IEnumerable<StreamCursor> cursors)
    {
        ring.Enter();
        foreach (StreamCursor cursor in cursors)
        {
            _cursors.Add(cursor);
            _partitions[cursor.Partition.Partition] = cursor.Partition;
        }

        ring.Exit();
    }

    /// <summary>The partition is read again from an earlier offset, for a session that was found later than others.</summary>
    public void GoBack(ReadPartition partition)
    {
        ring.Enter();
        foreach (StreamCursor cursor in _cursors.Where(cursor => cursor.Partition.Partition == partition.Partition))
        {
            cursor.DeliveredBeforeGoingBack = cursor.Delivered;
        }

        ring.Exit();
    }

    /// <summary>Says nothing of this partition any more.</summary>
    public void Forget(TopicPartition partition)
    {
        ring.Enter();
        _partitions.Remove(partition);
        _cursors.RemoveAll(cursor => cursor.Partition.Partition == partition);
        ring.Exit();
    }

    /// <summary>Positions behind what was taken from the ring.</summary>
    /// <param name="block">The block that was taken last, as <see cref="BlockRing.Next"/> counts them.</param>
    /// <param name="records">How many of its records count.</param>
    public IReadOnlyDictionary<TopicPartition, long> HandedOut(long block, int records)
    {
        ring.Enter();
        try
        {
            return Behind(ring.Offsets(block, records));
        }
        finally
        {
            ring.Exit();
        }
    }

    /// <summary>Positions behind what the other side said that it has dealt with.</summary>
    public IReadOnlyDictionary<TopicPartition, long> Handled()
    {
        ring.Enter();
        try
        {
            return Behind(ring.Handled);
        }
        finally
        {
            ring.Exit();
        }
    }

    private Dictionary<TopicPartition, long> Behind(long[] offsets)
    {
        _cursors.RemoveAll(cursor => cursor.IsCompleted && cursor.Delivered <= At(acknowledged ? ring.Handled : offsets, cursor));
        Dictionary<TopicPartition, long> positions = _partitions.ToDictionary(pair => pair.Key, pair => pair.Value.Position);
        Dictionary<TopicPartition, long> reached = [];
        foreach (StreamCursor cursor in _cursors)
        {
            // Sessions share the order of a partition: what one has got to, all have, unless each is handed out in pieces of its own.
            TopicPartition partition = cursor.Partition.Partition;
            long offset = At(offsets, cursor);
            if (offset > cursor.DeliveredBeforeGoingBack)
            {
                reached[partition] = Math.Max(reached.GetValueOrDefault(partition), offset);
            }
        }

        foreach (StreamCursor cursor in _cursors)
        {
            TopicPartition partition = cursor.Partition.Partition;
            long offset = At(offsets, cursor);
            if (offset < cursor.Delivered)
            {
                long first = Math.Max(offset, cursor.Start);
                bool isInOrder = ring.HandedOut is null && offset >= cursor.DeliveredBeforeGoingBack;
                positions[partition] = Math.Min(positions[partition], isInOrder ? Math.Max(first, reached.GetValueOrDefault(partition)) : first);
            }
        }

        return positions;
    }

    private static long At(long[] offsets, StreamCursor cursor) => cursor.Index < offsets.Length ? offsets[cursor.Index] : 0;
}
