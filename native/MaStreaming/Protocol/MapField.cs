using System;
using System.Collections.Generic;

namespace MaStreaming.Protocol;

/// <summary>Collects a map field: a key that comes again takes the last value and keeps its place.</summary>
internal sealed class MapField<TValue>
{
    private readonly List<(string Key, TValue Value)> _entries = [];
    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);

    /// <summary>The entries in the order in which their keys came first.</summary>
    public IReadOnlyList<(string Key, TValue Value)> Entries => _entries;

    public void Set(string key, TValue value)
    {
        if (_places.TryGetValue(key, out var place))
        {
            _entries[place] = (key, value);
            return;
        }

        _places.Add(key, _entries.Count);
        _entries.Add((key, value));
    }
}

/// <summary>Reads and writes single map entries: messages of a key, field 1, and a value, field 2.</summary>
internal static class MapEntry
{
    public static bool TryAdd(MapField<string> map, ReadOnlySpan<byte> entry)
    {
        var (key, value) = ("", "");
        var reader = new WireReader(entry);
        while (reader.ReadTag(out var field, out var type))
        {
            switch (field, type)
            {
                case (1, WireType.LengthDelimited):
                    reader.TryReadString(out key);
                    break;
                case (2, WireType.LengthDelimited):
                    reader.TryReadString(out value);
                    break;
                default:
                    reader.TrySkip(type);
                    break;
            }
        }

        map.Set(key, value);
        return !reader.IsMalformed;
    }

    public static bool TryAdd(MapField<long> map, ReadOnlySpan<byte> entry)
    {
        var (key, value) = ("", 0UL);
        var reader = new WireReader(entry);
        while (reader.ReadTag(out var field, out var type))
        {
            switch (field, type)
            {
                case (1, WireType.LengthDelimited):
                    reader.TryReadString(out key);
                    break;
                case (2, WireType.Varint):
                    reader.TryReadVarint(out value);
                    break;
                default:
                    reader.TrySkip(type);
                    break;
            }
        }

        map.Set(key, unchecked((long)value));
        return !reader.IsMalformed;
    }

    public static void WriteAll(WireWriter writer, int field, IReadOnlyList<(string Key, string Value)> entries)
    {
        foreach (var (key, value) in entries)
        {
            var entry = writer.BeginMessage(field);
            writer.WriteStringAlways(1, key);
            writer.WriteStringAlways(2, value);
            writer.EndMessage(entry);
        }
    }

    public static void WriteAll(WireWriter writer, int field, IReadOnlyList<(string Key, long Value)> entries)
    {
        foreach (var (key, value) in entries)
        {
            var entry = writer.BeginMessage(field);
            writer.WriteStringAlways(1, key);
            writer.WriteVarintAlways(2, unchecked((ulong)value));
            writer.EndMessage(entry);
        }
    }
}
