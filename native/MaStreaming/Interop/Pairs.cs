using System.Collections.Generic;

namespace MaStreaming.Interop;

/// <summary>Pairs of strings, which cross the boundary as one flat array.</summary>
internal static class Pairs
{
    public static List<(string Key, string Value)> From(string[] flat)
    {
        if (flat.Length % 2 != 0)
        {
            throw new StreamingException(ErrorCode.InvalidArgument, $"{flat.Length} strings are not pairs");
        }

        List<(string Key, string Value)> pairs = [];
        for (int i = 0; i < flat.Length; i += 2)
        {
            pairs.Add((flat[i], flat[i + 1]));
        }

        return pairs;
    }

    public static string[] Flatten(IReadOnlyList<(string Key, string Value)> pairs)
    {
        string[] flat = new string[pairs.Count * 2];
        for (int i = 0; i < pairs.Count; i++)
        {
            flat[2 * i] = pairs[i].Key;
            flat[(2 * i) + 1] = pairs[i].Value;
        }

        return flat;
    }
}
