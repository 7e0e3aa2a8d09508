using System;
using System.Threading;
using MaStreaming.Kafka;

namespace MaStreaming.Columns;

/// <summary>Reads the data formats up to the end that the broker has now, on a thread of its own, so that whoever waits can do so in slices.</summary>
internal sealed class FormatCatchUp : IDisposable
{
    private readonly CancellationTokenSource _cancellation = new();
    private readonly Thread _thread;

    public FormatCatchUp(Action<CancellationToken> load, Action<string> warn) => _thread = BackgroundThread.Start(
        "ma_streaming data formats",
        () => load(_cancellation.Token),
        failure => Tell(failure, warn));

    /// <summary>Whether the formats could not be read; known once it is done.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>True once it is done, or has failed: then there is nothing more to wait for.</summary>
    public bool IsDone(int timeoutMilliseconds) => _thread.Join(timeoutMilliseconds);

    public void Dispose()
    {
        // The thread may be at a call that cannot be cancelled; nobody waits for that.
        _cancellation.Cancel();
        if (_thread.Join(0))
        {
            _cancellation.Dispose();
        }
    }

    private void Tell(Exception failure, Action<string> warn)
    {
        if (!_cancellation.IsCancellationRequested)
        {
            HasFailed = true;
            warn($"the data formats could not be read to their end: {failure.Message}");
        }
    }
}
