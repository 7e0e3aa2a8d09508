using System.Collections.Generic;
using System.Linq;
using MaStreaming.Kafka;

namespace MaStreaming.Interop;

/// <summary>One line of the native log.</summary>
public sealed class LogData
{
    private LogData(LogRecord record)
    {
        Level = record.Level;
        Facility = record.Facility;
        Message = record.Message;
    }

    /// <summary>As syslog has it: 0 to 3 error, 4 warning, 5 and 6 information, 7 debug.</summary>
    public int Level { get; }

    /// <summary>Which part it comes from.</summary>
    public string Facility { get; }

    /// <summary>What it says.</summary>
    public string Message { get; }

    /// <summary>Takes what there is; null once the queue is closed and empty.</summary>
    internal static LogData[]? TakeFrom(LogQueue queue, int timeoutMs)
    {
        List<LogRecord> records = [];
        bool closed = queue.IsClosed;
        return queue.TryTake(timeoutMs, records) || !closed ? records.Select(record => new LogData(record)).ToArray() : null;
    }
}
