using System;
using System.Collections.Generic;
using System.Linq;

namespace MaStreaming.Columns;

/// <summary>The data formats of one data source as columns, by id and by the bytes of inline lists.</summary>
/// <param name="parameters">The reader's parameters.</param>
/// <param name="definitions">The parameters of a defined id; null while it is not known.</param>
internal sealed class FormatCache(ParameterTable parameters, Func<ulong, IReadOnlyList<string>?> definitions)
{
    private const int MostInlineLists = 4096;

    private readonly Dictionary<ulong, FormatColumns> _byId = [];
    private readonly Dictionary<string, FormatColumns> _byIdentifiers = new(StringComparer.Ordinal);
    private readonly Dictionary<int, List<(byte[] List, FormatColumns Format)>> _byList = [];
    private (ulong Id, FormatColumns Format)? _lastId;
    private (byte[] List, FormatColumns Format)? _lastList;
    private int _inlineLists;

    /// <summary>The format with an id; null while its definition is not known.</summary>
    public FormatColumns? Find(ulong id)
    {
        if (_lastId is { } last && last.Id == id)
        {
            return last.Format;
        }

        if (!_byId.TryGetValue(id, out FormatColumns? format))
        {
            if (definitions(id) is not { } identifiers)
            {
                return null;
            }

            format = Columns(identifiers);
            _byId.Add(id, format);
        }

        _lastId = (id, format);
        return format;
    }

    /// <summary>The format of an inline ParameterList; null if its bytes are malformed.</summary>
    public FormatColumns? Find(ReadOnlySpan<byte> list)
    {
        if (_lastList is { } last && list.SequenceEqual(last.List))
        {
            return last.Format;
        }

        _lastList = Known(list) ?? Add(list);
        return _lastList?.Format;
    }

    private (byte[] List, FormatColumns Format)? Known(ReadOnlySpan<byte> list)
    {
        if (_byList.TryGetValue(HashOf(list), out List<(byte[] List, FormatColumns Format)>? same))
        {
            foreach ((byte[] List, FormatColumns Format) known in same)
            {
                if (list.SequenceEqual(known.List))
                {
                    return known;
                }
            }
        }

        return null;
    }

    private (byte[] List, FormatColumns Format)? Add(ReadOnlySpan<byte> list)
    {
        List<string> identifiers = [];
        if (!ParameterListReader.TryRead(list, identifiers))
        {
            return null;
        }

        // A writer has a handful; one that never repeats a list must not fill the memory.
        if (_inlineLists++ == MostInlineLists)
        {
            _byList.Clear();
            _byIdentifiers.Clear();
            _inlineLists = 1;
        }

        int hash = HashOf(list);
        if (!_byList.TryGetValue(hash, out List<(byte[] List, FormatColumns Format)>? same))
        {
            _byList.Add(hash, same = []);
        }

        same.Add((list.ToArray(), Columns(identifiers)));
        return same[^1];
    }

    /// <summary>One list is one format, whatever it is known as (wire contract 4.4).</summary>
    private FormatColumns Columns(IReadOnlyList<string> identifiers)
    {
        string key = string.Concat(identifiers.Select(identifier => $"{identifier.Length}:{identifier}"));
        if (!_byIdentifiers.TryGetValue(key, out FormatColumns? format))
        {
            format = new FormatColumns(identifiers, parameters);
            _byIdentifiers.Add(key, format);
        }

        return format;
    }

    private static int HashOf(ReadOnlySpan<byte> list)
    {
        uint hash = 2166136261;
        foreach (byte next in list)
        {
            hash = unchecked((hash ^ next) * 16777619);
        }

        return (int)hash;
    }
}
