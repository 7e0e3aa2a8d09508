using System;
using System.Collections.Generic;
using System.Linq;
using MaStreaming.Kafka;

namespace MaStreaming.PacketReading;

/// <summary>Which partitions the consumer reads, from where, and which of them a message belongs to. For the reading thread.</summary>
internal sealed class PartitionAssignment(KafkaConsumer consumer)
{
    private readonly Dictionary<(IntPtr Topic, int Number), ReadPartition> _byPointer = [];
    private ReadPartition? _last;
    private (IntPtr Topic, int Number) _lastKey;

    public IReadOnlyCollection<ReadPartition> Partitions => _byPointer.Values;

    /// <summary>Has the partitions of these cursors read from where the cursors are, going back where they are further already.</summary>
    public void Read(IEnumerable<StreamCursor> cursors)
    {
        Dictionary<ReadPartition, long> begins = [];
        foreach (StreamCursor cursor in cursors)
        {
            ReadPartition partition = cursor.Partition;
            bool isNew = !partition.IsAssigned && !begins.ContainsKey(partition);
            if (isNew || cursor.Next < (begins.TryGetValue(partition, out long begin) ? begin : partition.Position))
            {
                begins[partition] = cursor.Next;
            }
        }

        foreach ((ReadPartition partition, long begin) in begins)
        {
            partition.Position = begin;
        }

        ReadAgain(begins.Keys);
    }

    /// <summary>Has these partitions read from their positions on, whatever librdkafka made of them before.</summary>
    public void ReadAgain(IReadOnlyCollection<ReadPartition> partitions)
    {
        if (partitions.Count == 0)
        {
            return;
        }

        Drop(partitions);
        consumer.Assign(partitions.Select(partition => new TopicPartitionOffset(partition.Partition.Topic, partition.Partition.Partition, partition.Position)).ToArray());
        foreach (ReadPartition partition in partitions)
        {
            partition.IsAssigned = true;
            partition.IsForeign = false;
            _byPointer[Key(partition)] = partition;
        }
    }

    /// <summary>Reads these partitions no longer; messages of theirs that come all the same belong to none.</summary>
    /// <returns>Whether any of them was read.</returns>
    public bool Drop(IEnumerable<ReadPartition> partitions)
    {
        ReadPartition[] assigned = partitions.Where(partition => partition.IsAssigned).ToArray();
        if (assigned.Length == 0)
        {
            return false;
        }

        foreach (ReadPartition partition in assigned)
        {
            _byPointer.Remove(Key(partition));
            partition.IsAssigned = false;
        }

        _last = null;
        consumer.Unassign(assigned.Select(partition => partition.Partition).ToArray());
        return true;
    }

    /// <summary>The partition of a message, which is most often that of the message before it; null for one that is not read.</summary>
    public unsafe ReadPartition? Find(KafkaMessage* message)
    {
        (IntPtr Topic, int Number) key = (message->Topic, message->Partition);
        if (_last is null || key.Topic != _lastKey.Topic || key.Number != _lastKey.Number)
        {
            _lastKey = key;
            _last = _byPointer.GetValueOrDefault(key);
        }

        return _last;
    }

    private (IntPtr Topic, int Number) Key(ReadPartition partition) =>
        (consumer.TopicPointer(partition.Partition.Topic), partition.Partition.Partition);
}
