using System;
using System.Diagnostics;

namespace MaStreaming.Engine;

/// <summary>A point in monotonic time; never moved by a change of the host's clock.</summary>
internal readonly struct Deadline
{
    private readonly long _ticks;

    private Deadline(long ticks) => _ticks = ticks;

    public bool HasPassed => Stopwatch.GetTimestamp() >= _ticks;

    /// <summary>Milliseconds left, at least 0, rounded up so that a wait of this length reaches the deadline.</summary>
    public int RemainingMilliseconds
    {
        get
        {
            long left = _ticks - Stopwatch.GetTimestamp();
            return left <= 0 ? 0 : (int)Math.Min(int.MaxValue, ((left * 1000) + Stopwatch.Frequency - 1) / Stopwatch.Frequency);
        }
    }

    public static Deadline After(int milliseconds) =>
        new(Stopwatch.GetTimestamp() + (Math.Max(0L, milliseconds) * Stopwatch.Frequency / 1000));

    /// <summary>The shorter of the time left and <paramref name="milliseconds"/>, for waits in slices.</summary>
    public int Slice(int milliseconds) => Math.Min(milliseconds, RemainingMilliseconds);

    /// <summary>Monotonic milliseconds, for measuring how long something has been quiet.</summary>
    public static long NowMilliseconds() => (long)(Stopwatch.GetTimestamp() * (1000.0 / Stopwatch.Frequency));
}
