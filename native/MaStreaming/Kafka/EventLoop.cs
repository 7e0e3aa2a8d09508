using System;
using System.Diagnostics;
using System.Threading;

namespace MaStreaming.Kafka;

/// <summary>A thread that serves a client's main queue until it is stopped.</summary>
internal sealed class EventLoop
{
    private const int IdleMilliseconds = 1000;
    private const int DrainMilliseconds = 1000;
    private const int DrainSliceMilliseconds = 5;
    private const int MostAtHand = 1000;

    private readonly KafkaQueueHandle _queue;
    private readonly Action<IntPtr> _serve;
    private readonly Func<bool>? _between;
    private readonly Func<bool> _drained;
    private readonly Action? _served;
    private readonly Thread _thread;
    private volatile bool _stopping;

    /// <summary>Starts the thread.</summary>
    /// <param name="name">Name of the thread.</param>
    /// <param name="queue">The queue; the thread keeps it alive.</param>
    /// <param name="serve">Takes an event, which is freed afterwards.</param>
    /// <param name="between">Called between events; while it returns true, the thread does not wait for the next one.</param>
    /// <param name="drained">Asked after a stop: whether nothing more needs to be served.</param>
    /// <param name="failed">Gets the exception that ended the thread.</param>
    /// <param name="served">Called after an event was freed, and with it the room that it took.</param>
    public EventLoop(
        string name, KafkaQueueHandle queue, Action<IntPtr> serve, Func<bool>? between, Func<bool> drained, Action<Exception> failed, Action? served = null)
    {
        _queue = queue;
        _serve = serve;
        _between = between;
        _drained = drained;
        _served = served;
        _thread = BackgroundThread.Start(name, Run, failed);
    }

    /// <summary>Ends the thread, which first drains the queue until nothing has come of it for a second.</summary>
    /// <param name="timeoutMilliseconds">How long to wait for its end.</param>
    /// <returns>Whether it has ended.</returns>
    public bool Stop(int timeoutMilliseconds)
    {
        _stopping = true;
        Wake();
        return Thread.CurrentThread == _thread || _thread.Join(timeoutMilliseconds);
    }

    /// <summary>Ends the thread's wait for the next event.</summary>
    public void Wake()
    {
        using HandleLease queue = _queue.Lease();
        LibRdKafka.YieldQueue(queue.Pointer);
    }

    private void Run()
    {
        using HandleLease queue = _queue.Lease();
        while (!_stopping)
        {
            if (_between is not null && _between())
            {
                ServeAtHand(queue.Pointer);
            }
            else
            {
                ServeOne(queue.Pointer, IdleMilliseconds);
            }
        }

        Stopwatch draining = Stopwatch.StartNew();
        while (!_drained() && draining.ElapsedMilliseconds < DrainMilliseconds)
        {
            if (ServeOne(queue.Pointer, DrainSliceMilliseconds))
            {
                draining.Restart();
            }
        }
    }

    private void ServeAtHand(IntPtr queue)
    {
        for (int i = 0; i < MostAtHand && ServeOne(queue, 0); i++)
        {
        }
    }

    private bool ServeOne(IntPtr queue, int timeoutMilliseconds)
    {
        IntPtr happening = LibRdKafka.PollQueue(queue, timeoutMilliseconds);
        if (happening == IntPtr.Zero)
        {
            return false;
        }

        try
        {
            _serve(happening);
        }
        finally
        {
            LibRdKafka.DestroyEvent(happening);
            _served?.Invoke();
        }

        return true;
    }
}
