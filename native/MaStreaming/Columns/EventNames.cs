using System;
using System.Collections.Generic;
using System.Text;

namespace MaStreaming.Columns;

/// <summary>The identifiers of events by the ids of their data formats, in UTF-8.</summary>
/// <param name="definitions">The event of a defined id; null while it is not known.</param>
internal sealed class EventNames(Func<ulong, string?> definitions)
{
    private readonly Dictionary<ulong, byte[]> _byId = [];

    /// <summary>The event with an id; null while its definition is not known.</summary>
    public byte[]? Find(ulong id)
    {
        if (!_byId.TryGetValue(id, out byte[]? identifier) && definitions(id) is { } defined)
        {
            _byId.Add(id, identifier = Encoding.UTF8.GetBytes(defined));
        }

        return identifier;
    }
}
