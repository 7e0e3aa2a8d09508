using System;

namespace MaStreaming.Engine;

/// <summary>The wall clock in the units of the wire: nanoseconds since the Unix epoch, UTC.</summary>
internal static class UtcClock
{
    private const long NanosecondsPerTick = 100;

    public static long NowNanoseconds() => (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * NanosecondsPerTick;
}
