using System;

namespace MaStreaming.Columns;

/// <summary>The times of a packet's samples.</summary>
internal static unsafe class PacketTimes
{
    /// <summary>Says what is wrong with the times of a packet whose columns have so many samples.</summary>
    public static Rejection Check(SamplePacket packet, long samples) => packet.Kind switch
    {
        SamplePacketKind.Periodic => CheckPeriodic(packet, samples),
        SamplePacketKind.Row => CheckRows(packet),
        _ => CheckSynchro(packet, samples),
    };

    /// <summary>Writes the times, which have been checked.</summary>
    public static void Write(SamplePacket packet, long samples, long* times)
    {
        long time = (long)packet.StartTime;
        switch (packet.Kind)
        {
            case SamplePacketKind.Periodic:
                long interval = packet.Interval;
                for (long i = 0; i < samples; i++)
                {
                    times[i] = time + (i * interval);
                }

                break;
            case SamplePacketKind.Synchro:
                times[0] = time;
                for (long i = 1; i < samples; i++)
                {
                    times[i] = time += (long)packet.Times[i - 1];
                }

                break;
            default:
                for (long i = 0; i < samples; i++)
                {
                    times[i] = (long)packet.Times[i];
                }

                break;
        }
    }

    /// <summary>The earliest and the latest of a packet's times, at least one; only rows may have them in any order.</summary>
    public static (long Earliest, long Latest) Range(SamplePacket packet, long* times, long samples)
    {
        (long earliest, long latest) = (times[0], times[samples - 1]);
        for (long i = 0; packet.Kind == SamplePacketKind.Row && i < samples; i++)
        {
            earliest = Math.Min(earliest, times[i]);
            latest = Math.Max(latest, times[i]);
        }

        return (earliest, latest);
    }

    /// <summary>Whether a time is before one that came before it, in this packet or as the latest one so far, which is brought up to date.</summary>
    public static bool GoesBack(long* times, long samples, ref long latest)
    {
        bool back = false;
        for (long i = 0; i < samples; i++)
        {
            if (times[i] < latest)
            {
                back = true;
            }
            else
            {
                latest = times[i];
            }
        }

        return back;
    }

    private static Rejection CheckPeriodic(SamplePacket packet, long samples)
    {
        ulong steps = (ulong)(samples > 0 ? samples - 1 : 0);
        return IsInRange(packet.StartTime) && steps * packet.Interval <= long.MaxValue - packet.StartTime ? default : OutOfRange;
    }

    private static Rejection CheckRows(SamplePacket packet)
    {
        for (int i = 0; i < packet.TimeCount; i++)
        {
            if (!IsInRange(packet.Times[i]))
            {
                return OutOfRange;
            }
        }

        return default;
    }

    private static Rejection CheckSynchro(SamplePacket packet, long samples)
    {
        if (packet.TimeCount != samples - 1 && (packet.TimeCount != 0 || samples != 0))
        {
            return new Rejection(RejectionReason.IntervalCount, packet.TimeCount, samples);
        }

        if (!IsInRange(packet.StartTime))
        {
            return OutOfRange;
        }

        ulong time = packet.StartTime;
        for (int i = 0; i < packet.TimeCount && time <= long.MaxValue; i++)
        {
            time += packet.Times[i];
        }

        return IsInRange(time) ? default : OutOfRange;
    }

    private static Rejection OutOfRange => new(RejectionReason.TimestampRange);

    private static bool IsInRange(ulong time) => time <= long.MaxValue;
}
