using System;
using System.Collections.Generic;
using System.Diagnostics;

namespace MaStreaming.Kafka;

/// <summary>
/// Lets a log line through once in ten seconds: while a broker is away, librdkafka says so many times a second. Lines count as the same when
/// they differ only in librdkafka's "(after 12ms in state CONNECT)" at their end. For one thread.
/// </summary>
internal sealed class LogThrottle
{
    private const int DebugLevel = 7;
    private const int QuietSeconds = 10;
    private const int MostLines = 200;
    private const string Varying = " (after ";

    private readonly Dictionary<string, Line> _lines = new(StringComparer.Ordinal);
    private readonly Func<long> _now;

    public LogThrottle()
        : this(Stopwatch.GetTimestamp)
    {
    }

    /// <summary>Makes a throttle with a clock of its own.</summary>
    /// <param name="now">Returns the time in ticks of <see cref="Stopwatch"/>.</param>
    internal LogThrottle(Func<long> now) => _now = now;

    /// <summary>Returns the text to log, with the number of its repetitions that were not; null when it is one of these.</summary>
    public string? Pass(int level, string facility, string text)
    {
        if (level >= DebugLevel)
        {
            return text;
        }

        int varying = text.LastIndexOf(Varying, StringComparison.Ordinal);
        string key = facility + (varying < 0 ? text : text[..varying]);
        long now = _now();
        if (!_lines.TryGetValue(key, out Line? line))
        {
            if (_lines.Count == MostLines)
            {
                _lines.Clear();
            }

            _lines.Add(key, new Line { QuietUntil = now + (QuietSeconds * Stopwatch.Frequency) });
            return text;
        }

        if (now < line.QuietUntil)
        {
            line.Suppressed++;
            return null;
        }

        int suppressed = line.Suppressed;
        line.Suppressed = 0;
        line.QuietUntil = now + (QuietSeconds * Stopwatch.Frequency);
        return suppressed == 0 ? text : $"{text} ({suppressed} more like it)";
    }

    private sealed class Line
    {
        public long QuietUntil { get; set; }

        public int Suppressed { get; set; }
    }
}
