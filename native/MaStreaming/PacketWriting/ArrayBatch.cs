using System.Runtime.InteropServices;
using MaStreaming.Columns;

namespace MaStreaming.PacketWriting;

/// <summary>
/// Arrays of the caller that go to one route, and how far they got. The caller keeps it and the arrays for as long as it takes, and asks again
/// until all samples are accepted; nothing about it is kept here. It is also known to <c>ma_streaming/_native/arrays.py</c>.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ArrayBatch
{
    /// <summary>Where element (p, s) of the values is: address + p * parameter stride + s * sample stride, in bytes.</summary>
    public byte* Values;
    public long ValuesParameterStride;
    public long ValuesSampleStride;

    /// <summary>The same for the statuses, of one byte; null where all are VALID.</summary>
    public byte* Statuses;
    public long StatusesParameterStride;
    public long StatusesSampleStride;

    /// <summary>Of rows: the times, and the bytes from one to the next.</summary>
    public long* Timestamps;
    public long TimestampStride;

    /// <summary>Of columns: the time of sample 0, and which sample the first one here is.</summary>
    public long StartTimeNs;
    public long FirstSample;

    /// <summary>Of columns: the interval, or 0 where there is a rate instead.</summary>
    public long IntervalNs;
    public double RateHz;

    /// <summary>Samples of each parameter.</summary>
    public long Samples;

    /// <summary>How many of them are in the producer's queue.</summary>
    public long Accepted;
    public ulong FormatId;
    public ElementKind Kind;
    public int Parameters;
    public int Route;

    /// <summary>Not 0 for rows.</summary>
    public int AreRows;

    /// <summary>Not 0 once values and times were found to be allowed.</summary>
    public int AreChecked;

    public readonly SampleMatrix Matrix() => new()
    {
        Kind = Kind,
        Parameters = Parameters,
        Samples = Samples,
        Values = new StridedMemory(Values, ValuesParameterStride, ValuesSampleStride),
        Statuses = new StridedMemory(Statuses, StatusesParameterStride, StatusesSampleStride),
    };

    public readonly PeriodicTimes Times() =>
        IntervalNs == 0 ? PeriodicTimes.AtRate(RateHz, StartTimeNs, FirstSample) : PeriodicTimes.Every(IntervalNs, StartTimeNs, FirstSample);
}
