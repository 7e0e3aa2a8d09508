using System;

namespace MaStreaming.Engine;

/// <summary>The wall clock in the units of the wire: nanoseconds since the Unix epoch, UTC.</summary>
internal static class UtcClock
{
    private const long NanosecondsPerTick = 100;
    private const long TicksPerMillisecond = 10_000;
    private const long DayMilliseconds = 86_400_000;

    /// <summary>Whether a record's timestamp, in milliseconds since the Unix epoch, can be a time: some writers give another unit.</summary>
    public static bool IsPlausible(long milliseconds) =>
        milliseconds > 0 && milliseconds <= ((DateTime.UtcNow - DateTime.UnixEpoch).Ticks / TicksPerMillisecond) + DayMilliseconds;

    public static long NowNanoseconds() => (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * NanosecondsPerTick;
}
