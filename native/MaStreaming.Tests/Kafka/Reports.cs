using System;
using System.Collections.Generic;
using System.Text;
using System.Threading;
using Xunit;

namespace MaStreaming.Kafka;

/// <summary>Keeps delivery reports.</summary>
internal sealed class Reports : IDeliverySink
{
    private readonly List<Report> _reports = [];
    private readonly List<Exception> _failures = [];

    public int FailureCount
    {
        get
        {
            lock (_reports)
            {
                return _failures.Count;
            }
        }
    }

    /// <summary>Thrown by each report while it is set.</summary>
    public Exception? Trouble { get; set; }

    public unsafe void Delivered(IntPtr opaque, ResponseError error, byte* value, long length, long offset, int partition)
    {
        lock (_reports)
        {
            string text = value == null ? string.Empty : Encoding.UTF8.GetString(value, (int)length);
            _reports.Add(new Report(opaque.ToInt64(), error, text, offset, partition));
        }

        if (Trouble is not null)
        {
            throw Trouble;
        }
    }

    public void EndOfBatch()
    {
        lock (_reports)
        {
            Monitor.PulseAll(_reports);
        }
    }

    public void Failed(Exception e)
    {
        lock (_reports)
        {
            _failures.Add(e);
        }
    }

    /// <summary>Waits until there are so many reports, and returns all.</summary>
    public List<Report> Await(int count, int timeoutMilliseconds = 10_000)
    {
        long deadline = Environment.TickCount64 + timeoutMilliseconds;
        lock (_reports)
        {
            while (_reports.Count < count)
            {
                int left = (int)(deadline - Environment.TickCount64);
                Assert.True(left > 0 && Monitor.Wait(_reports, left), $"{_reports.Count} of {count} records were reported");
            }

            return [.. _reports];
        }
    }

    internal readonly record struct Report(long Opaque, ResponseError Error, string Value, long Offset, int Partition);
}
