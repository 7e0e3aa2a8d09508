using System;
using System.Collections.Generic;
using System.Text;
using MaStreaming.Kafka;

namespace MaStreaming.PacketReading;

/// <summary>One assigned partition, and the sessions that are read on it, found by record key without an allocation.</summary>
internal sealed class ReadPartition(TopicPartition partition)
{
    private readonly Dictionary<ulong, Entry> _byHash = [];
    private Entry? _last;

    public TopicPartition Partition { get; } = partition;

    /// <summary>The next offset that the consumer will deliver.</summary>
    public long Position { get; set; }

    public bool IsAssigned { get; set; }

    /// <summary>Another member of the group may be reading it; the position is then what the group has committed.</summary>
    public bool IsForeign { get; set; }

    public int CursorCount { get; private set; }

    public IEnumerable<StreamCursor> Cursors
    {
        get
        {
            foreach (Entry first in _byHash.Values)
            {
                for (Entry? entry = first; entry is not null; entry = entry.Next)
                {
                    yield return entry.Cursor;
                }
            }
        }
    }

    public void Add(StreamCursor cursor)
    {
        byte[] key = Encoding.UTF8.GetBytes(cursor.Stream.Session.Session.Key);
        ulong hash = Hash(key);
        _byHash.TryGetValue(hash, out Entry? first);
        _byHash[hash] = new Entry(key, cursor, first);
        CursorCount++;
    }

    public void Remove(StreamCursor cursor)
    {
        ulong hash = Hash(Encoding.UTF8.GetBytes(cursor.Stream.Session.Session.Key));
        Entry? kept = null;
        for (Entry? entry = _byHash.GetValueOrDefault(hash); entry is not null; entry = entry.Next)
        {
            if (entry.Cursor == cursor)
            {
                CursorCount--;
            }
            else
            {
                kept = new Entry(entry.Key, entry.Cursor, kept);
            }
        }

        _last = null;
        if (kept is null)
        {
            _byHash.Remove(hash);
        }
        else
        {
            _byHash[hash] = kept;
        }
    }

    public StreamCursor? Find(ReadOnlySpan<byte> key)
    {
        if (_last is { } last && key.SequenceEqual(last.Key))
        {
            return last.Cursor;
        }

        _byHash.TryGetValue(Hash(key), out Entry? entry);
        while (entry is not null && !key.SequenceEqual(entry.Key))
        {
            entry = entry.Next;
        }

        _last = entry ?? _last;
        return entry?.Cursor;
    }

    /// <summary>FNV-1a, 64 bits.</summary>
    private static ulong Hash(ReadOnlySpan<byte> key)
    {
        ulong hash = 14695981039346656037;
        foreach (byte value in key)
        {
            hash = unchecked((hash ^ value) * 1099511628211);
        }

        return hash;
    }

    private sealed record Entry(byte[] Key, StreamCursor Cursor, Entry? Next);
}
