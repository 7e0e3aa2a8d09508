using System;
using System.Globalization;

namespace MaStreaming.Columns;

/// <summary>Times at equal distances, as PeriodicDataPacket can express them: a start, and whole nanoseconds in 32 bits from one sample to the next.</summary>
internal sealed class PeriodicTimes
{
    private const decimal NanosecondsPerSecond = 1_000_000_000m;

    /// <summary>How far the last sample of a packet may be from its exact time.</summary>
    private const decimal MostErrorNs = 1000;

    private readonly long _start;
    private readonly decimal? _rate;
    private readonly long _firstIndex;

    private PeriodicTimes(long start, uint interval, decimal? rate, long firstIndex)
    {
        _start = start;
        Interval = interval;
        _rate = rate;
        _firstIndex = firstIndex;
        decimal error = rate is { } given ? (NanosecondsPerSecond / given) - interval : 0;
        MostSamples = error == 0 ? long.MaxValue : (long)Math.Min(MostErrorNs / Math.Abs(error), long.MaxValue);
    }

    /// <summary>How many samples a packet may have, so that what the interval leaves off stays below a microsecond.</summary>
    public long MostSamples { get; }

    /// <summary>Nanoseconds from one sample to the next within a packet.</summary>
    public uint Interval { get; }

    /// <summary>Samples at an interval.</summary>
    /// <param name="intervalNs">Nanoseconds from one sample to the next.</param>
    /// <param name="startTimeNs">Time of sample 0.</param>
    /// <param name="firstIndex">Which sample the first one here is, where earlier calls have written the ones before.</param>
    /// <exception cref="StreamingException">InvalidArgument: the packet cannot express it.</exception>
    public static PeriodicTimes Every(long intervalNs, long startTimeNs, long firstIndex)
    {
        if (intervalNs is < 1 or > uint.MaxValue)
        {
            throw Refuse($"interval_ns is {intervalNs}; a periodic packet has 1 to {uint.MaxValue}. Write slower samples with write_rows");
        }

        return new PeriodicTimes(startTimeNs, (uint)intervalNs, null, firstIndex);
    }

    /// <summary>
    /// Samples at a rate. The interval is cut off to whole nanoseconds, as other writers do (60 Hz is 16,666,666 ns), and each packet starts at the
    /// exact time of its first sample, so that the error does not add up; in a packet it stays below a microsecond.
    /// </summary>
    /// <param name="rateHz">Samples per second.</param>
    /// <param name="startTimeNs">Time of sample 0.</param>
    /// <param name="firstIndex">Which sample the first one here is, where earlier calls have written the ones before.</param>
    /// <exception cref="StreamingException">InvalidArgument: the packet cannot express it.</exception>
    public static PeriodicTimes AtRate(double rateHz, long startTimeNs, long firstIndex)
    {
        if (!(rateHz >= 1e9 / uint.MaxValue && rateHz <= 1e9) || firstIndex < 0)
        {
            throw Refuse($"rate_hz is {rateHz} from sample {firstIndex}; a periodic packet has 0.2329 to 1e9 Hz, from sample 0. Write slower samples with write_rows");
        }

        decimal rate = (decimal)rateHz;
        return new PeriodicTimes(startTimeNs, (uint)Whole(NanosecondsPerSecond / rate), rate, firstIndex);
    }

    /// <summary>The start time of a packet that begins with this sample.</summary>
    public long At(long sample) =>
        _rate is { } rate ? _start + Whole((_firstIndex + sample) * NanosecondsPerSecond / rate) : _start + ((_firstIndex + sample) * Interval);

    /// <summary>Refuses times before 1970 and after 2262.</summary>
    public void Require(long samples)
    {
        decimal last = _start + (_rate is { } rate ? (_firstIndex + samples) * NanosecondsPerSecond / rate : ((decimal)_firstIndex + samples - 1) * Interval);
        if (_start < 0 || last > long.MaxValue)
        {
            throw Refuse($"{samples} samples from start_time_ns {_start} on; times must be from 0 to {long.MaxValue} nanoseconds since 1970 UTC");
        }
    }

    // A rate such as 1 / 0.007 is not exact, and must not make 6,999,999 of 7,000,000.
    private static long Whole(decimal nanoseconds) => (long)decimal.Truncate(nanoseconds + 0.01m);

    private static StreamingException Refuse(FormattableString message) =>
        new(ErrorCode.InvalidArgument, message.ToString(CultureInfo.InvariantCulture));
}
