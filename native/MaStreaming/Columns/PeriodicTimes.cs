using System;
using System.Globalization;

namespace MaStreaming.Columns;

/// <summary>Times at equal distances, as PeriodicDataPacket can express them: a start, and whole nanoseconds in 32 bits from one sample to the next.</summary>
internal sealed class PeriodicTimes
{
    private const decimal NanosecondsPerSecond = 1_000_000_000m;

    private readonly long _start;
    private readonly decimal? _rate;
    private readonly long _firstIndex;

    private PeriodicTimes(long start, uint interval, decimal? rate, long firstIndex)
    {
        _start = start;
        Interval = interval;
        _rate = rate;
        _firstIndex = firstIndex;
    }

    /// <summary>Nanoseconds from one sample to the next within a packet.</summary>
    public uint Interval { get; }

    /// <summary>Samples at an interval.</summary>
    /// <exception cref="StreamingException">InvalidArgument: the packet cannot express it.</exception>
    public static PeriodicTimes Every(long intervalNs, long startTimeNs)
    {
        if (intervalNs is < 1 or > uint.MaxValue)
        {
            throw Refuse($"interval_ns is {intervalNs}; a periodic packet has 1 to {uint.MaxValue}. Write slower samples, or single ones, as rows");
        }

        return new PeriodicTimes(startTimeNs, (uint)intervalNs, null, 0);
    }

    /// <summary>
    /// Samples at a rate. The interval is cut off to whole nanoseconds, as other writers do (60 Hz is 16,666,666 ns), and each packet starts at the
    /// exact time of its first sample, so that the error does not add up.
    /// </summary>
    /// <param name="rateHz">Samples per second.</param>
    /// <param name="startTimeNs">Time of sample 0.</param>
    /// <param name="firstIndex">Which sample the first one here is, where earlier calls have written the ones before.</param>
    /// <exception cref="StreamingException">InvalidArgument: the packet cannot express it.</exception>
    public static PeriodicTimes AtRate(double rateHz, long startTimeNs, long firstIndex)
    {
        if (!(rateHz >= 1e9 / uint.MaxValue && rateHz <= 1e9) || firstIndex < 0)
        {
            throw Refuse($"rate_hz is {rateHz} from sample {firstIndex}; a periodic packet has 0.2329 to 1e9 Hz, from sample 0. Write slower samples as rows");
        }

        decimal rate = (decimal)rateHz;
        return new PeriodicTimes(startTimeNs, (uint)decimal.Truncate(NanosecondsPerSecond / rate), rate, firstIndex);
    }

    /// <summary>The start time of a packet that begins with this sample.</summary>
    public long At(long sample) =>
        _rate is { } rate ? _start + (long)decimal.Truncate((_firstIndex + sample) * NanosecondsPerSecond / rate) : _start + (sample * Interval);

    /// <summary>Refuses times before 1970 and after 2262.</summary>
    public void Require(long samples)
    {
        decimal last = _start + (_rate is { } rate ? (_firstIndex + samples) * NanosecondsPerSecond / rate : (decimal)(samples - 1) * Interval);
        if (_start < 0 || last > long.MaxValue)
        {
            throw Refuse($"{samples} samples from start_time_ns {_start} on; times must be from 0 to {long.MaxValue} nanoseconds since 1970 UTC");
        }
    }

    private static StreamingException Refuse(FormattableString message) =>
        new(ErrorCode.InvalidArgument, message.ToString(CultureInfo.InvariantCulture));
}
