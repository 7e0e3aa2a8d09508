using System;
using System.Linq;
using System.Text;

namespace MaStreaming.Protocol;

/// <summary>Bytes for tests: written out in hexadecimal with spaces, or as 'text' in quotes.</summary>
internal static class Bytes
{
    /// <summary>Makes bytes of items such as <c>0A 03 'Car'</c>; a text has no space inside.</summary>
    public static byte[] Of(string items) => [.. items.Split(' ', StringSplitOptions.RemoveEmptyEntries).SelectMany(ItemOf)];

    /// <summary>Repeats items.</summary>
    public static string Times(string items, int count) => string.Join(' ', Enumerable.Repeat(items, count));

    private static byte[] ItemOf(string item) =>
        item.StartsWith('\'') ? Encoding.UTF8.GetBytes(item.Trim('\'')) : Convert.FromHexString(item);
}
