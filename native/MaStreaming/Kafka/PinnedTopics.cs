using System;
using System.Collections.Generic;

namespace MaStreaming.Kafka;

/// <summary>
/// Topic objects of a consumer, kept while partitions of theirs are assigned: so a message's topic is known by one comparison of pointers.
/// </summary>
internal sealed class PinnedTopics(KafkaClientHandle client) : IDisposable
{
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    public void Pin(string topic)
    {
        lock (_entries)
        {
            if (!_entries.TryGetValue(topic, out Entry? entry))
            {
                entry = new Entry(new KafkaTopicHandle(client, topic));
                _entries.Add(topic, entry);
            }

            entry.Count++;
        }
    }

    public void Unpin(string topic)
    {
        lock (_entries)
        {
            if (_entries.TryGetValue(topic, out Entry? entry) && --entry.Count == 0)
            {
                entry.Handle.Dispose();
                _entries.Remove(topic);
            }
        }
    }

    public IntPtr PointerOf(string topic)
    {
        lock (_entries)
        {
            return _entries.TryGetValue(topic, out Entry? entry) ? entry.Handle.Pointer : IntPtr.Zero;
        }
    }

    public void Dispose()
    {
        lock (_entries)
        {
            foreach (Entry entry in _entries.Values)
            {
                entry.Handle.Dispose();
            }

            _entries.Clear();
        }
    }

    private sealed class Entry(KafkaTopicHandle handle)
    {
        public KafkaTopicHandle Handle { get; } = handle;

        public int Count { get; set; }
    }
}
