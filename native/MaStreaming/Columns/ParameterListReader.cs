using System;
using System.Collections.Generic;
using MaStreaming.Protocol;

namespace MaStreaming.Columns;

/// <summary>Reads the identifiers of a ParameterList (wire contract 7.2).</summary>
internal static class ParameterListReader
{
    // In the packet's data format.
    private const int Depth = 2;

    /// <summary>Adds the identifiers in their order; false if the bytes are malformed.</summary>
    public static bool TryRead(ReadOnlySpan<byte> list, List<string> identifiers)
    {
        WireReader reader = new(list, Depth);
        while (reader.ReadTag(out int field, out WireType type))
        {
            if (field != 1 || type != WireType.LengthDelimited)
            {
                reader.TrySkip(type);
            }
            else if (reader.TryReadString(out string identifier))
            {
                identifiers.Add(identifier);
            }
        }

        return !reader.IsMalformed;
    }
}
