using System;
using System.Globalization;

namespace MaStreaming.Columns;

/// <summary>What may be wrong with packets that are made columns of all the same; and that packets before them were left out.</summary>
[Flags]
internal enum Trouble
{
    None = 0,

    /// <summary>Packets were left out, and that was told.</summary>
    LeftOut = 1,

    /// <summary>Times before 1971: a clock that was not set, or times that do not count from 1970.</summary>
    Early = 2,

    /// <summary>Times more than an hour after now.</summary>
    Future = 4,

    /// <summary>Times before those of earlier packets.</summary>
    Back = 8,

    /// <summary>An interval of 0.</summary>
    NoInterval = 16,
}

/// <summary>Tells what is wrong with a stream, and that it is over; each once.</summary>
/// <param name="name">What the stream is called in texts.</param>
/// <param name="log">Where it is told.</param>
internal sealed class StreamTrouble(string name, ColumnLog log)
{
    private const long FirstPlausibleNs = 365L * 86_400 * 1_000_000_000;
    private const long NanosecondsPerTick = 100;

    private Trouble _now;
    private Trouble _told;
    private Trouble _over;
    private long _latestPlausibleNs;

    /// <summary>What is wrong with times.</summary>
    public Trouble OfTimes(long earliestNs, long latestNs)
    {
        Trouble found = earliestNs < FirstPlausibleNs ? Trouble.Early : Trouble.None;
        if (latestNs > _latestPlausibleNs)
        {
            _latestPlausibleNs = (DateTime.UtcNow.AddHours(1).Ticks - DateTime.UnixEpoch.Ticks) * NanosecondsPerTick;
            found |= latestNs > _latestPlausibleNs ? Trouble.Future : Trouble.None;
        }

        return found;
    }

    /// <summary>A packet of the stream was left out, and that was told.</summary>
    public void LeftOut()
    {
        _now |= Trouble.LeftOut;
        _told |= Trouble.LeftOut;
    }

    /// <summary>A packet was added, with this trouble.</summary>
    public void Added(Trouble found, long offset)
    {
        if (found != _now)
        {
            Tell(found & ~_told, offset, isOver: false);
            Tell(_now & ~found & _told & ~_over, offset, isOver: true);
            _told |= found;
            _over |= _now & ~found;
            _now = found;
        }
    }

    private void Tell(Trouble changed, long offset, bool isOver)
    {
        for (Trouble each = Trouble.LeftOut; each <= Trouble.NoInterval; each = (Trouble)((int)each << 1))
        {
            if ((changed & each) == Trouble.None)
            {
                continue;
            }

            string text = string.Format(CultureInfo.InvariantCulture, isOver ? "{0} from the packet at offset {1} of {2} on" : "{0}, first in the packet at offset {1} of {2}; further ones like it are only counted", isOver ? Over(each) : Begun(each), offset, name);
            (isOver ? log.Tell : log.Warn)(text);
        }
    }

    private static string Begun(Trouble trouble) => trouble switch
    {
        Trouble.Early => "columns have times before 1971",
        Trouble.Future => "columns have times more than an hour after now",
        Trouble.Back => "columns have times before those of earlier packets, in the order of arrival",
        _ => "columns have the same time for all samples of packets whose interval is 0",
    };

    private static string Over(Trouble trouble) => trouble switch
    {
        Trouble.LeftOut => "columns go on",
        Trouble.Early => "columns have times after 1970",
        Trouble.Future => "columns have times that are not after now",
        Trouble.Back => "columns have times that go forward",
        _ => "columns have times with an interval",
    };
}
