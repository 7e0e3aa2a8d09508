using System.Collections.Generic;
using System.Threading;

namespace MaStreaming.Kafka;

/// <summary>
/// Log records on their way to whoever shows them: bounded, the oldest go first, and those are counted. Any thread may add or take.
/// </summary>
internal sealed class LogQueue
{
    /// <summary>Most records that are kept.</summary>
    public const int Capacity = 10_000;

    private readonly Queue<LogRecord> _records = new();
    private long _dropped;
    private bool _closed;

    /// <summary>Records thrown away because nobody took them in time.</summary>
    public long Dropped
    {
        get
        {
            lock (_records)
            {
                return _dropped;
            }
        }
    }

    /// <summary>Whether <see cref="Close"/> was called; what is left can still be taken.</summary>
    public bool IsClosed
    {
        get
        {
            lock (_records)
            {
                return _closed;
            }
        }
    }

    /// <summary>Adds a record; after <see cref="Close"/> does nothing.</summary>
    public void Add(int level, string facility, string message)
    {
        lock (_records)
        {
            if (_closed)
            {
                return;
            }

            if (_records.Count == Capacity)
            {
                _records.Dequeue();
                _dropped++;
            }

            _records.Enqueue(new LogRecord(level, facility, message));
            if (_records.Count == 1)
            {
                Monitor.PulseAll(_records);
            }
        }
    }

    /// <summary>Waits until there are records, then appends all of them to a list.</summary>
    /// <param name="timeoutMilliseconds">How long to wait at most.</param>
    /// <param name="into">The list that gets the records.</param>
    /// <returns>False when none came in time, or the queue is empty and closed.</returns>
    public bool TryTake(int timeoutMilliseconds, List<LogRecord> into)
    {
        lock (_records)
        {
            // A wait that another taker's luck ended early counts as one that timed out: the caller asks again.
            if (_records.Count == 0 && (_closed || !Monitor.Wait(_records, timeoutMilliseconds) || _records.Count == 0))
            {
                return false;
            }

            into.AddRange(_records);
            _records.Clear();
            return true;
        }
    }

    /// <summary>Ends the queue and wakes everybody who waits.</summary>
    public void Close()
    {
        lock (_records)
        {
            _closed = true;
            Monitor.PulseAll(_records);
        }
    }
}
