using System.Collections.Generic;

namespace MaStreaming.Kafka;

/// <summary>Counts the native objects that exist, so that a leak can be seen and named.</summary>
internal static class LiveHandles
{
    private static readonly SortedDictionary<string, int> CountByType = new(System.StringComparer.Ordinal);
    private static int _count;

    /// <summary>Native objects that exist now.</summary>
    public static int Count
    {
        get
        {
            lock (CountByType)
            {
                return _count;
            }
        }
    }

    /// <summary>Returns the types that exist now and how many of each, empty for none: <c>KafkaClientHandle 1, KafkaQueueHandle 2</c>.</summary>
    public static string Describe()
    {
        List<string> parts = [];
        lock (CountByType)
        {
            foreach (KeyValuePair<string, int> type in CountByType)
            {
                if (type.Value != 0)
                {
                    parts.Add($"{type.Key} {type.Value}");
                }
            }
        }

        return string.Join(", ", parts);
    }

    internal static void Add(string type) => Change(type, 1);

    internal static void Remove(string type) => Change(type, -1);

    private static void Change(string type, int by)
    {
        lock (CountByType)
        {
            CountByType.TryGetValue(type, out int count);
            CountByType[type] = count + by;
            _count += by;
        }
    }
}
