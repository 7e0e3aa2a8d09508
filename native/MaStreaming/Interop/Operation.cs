using System;
using System.Threading;
using MaStreaming.Kafka;

namespace MaStreaming.Interop;

/// <summary>A call that may take long. The caller waits for it in short slices, so that it can be interrupted.</summary>
public sealed class Operation
{
    private readonly ManualResetEventSlim _done = new();
    private readonly CancellationTokenSource _cancellation = new();
    private object? _result;
    private StreamingException? _error;

    private Operation()
    {
    }

    /// <summary>Waits for the end of the call.</summary>
    /// <param name="milliseconds">How long at most.</param>
    /// <returns>True once the call has ended, well or not.</returns>
    public bool Wait(int milliseconds) => _done.Wait(milliseconds);

    /// <summary>Asks the call to end early; it ends by itself within its next wait.</summary>
    public void Cancel() => _cancellation.Cancel();

    /// <summary>The result of a call that has ended.</summary>
    /// <returns>What the call was made for; null where that is nothing.</returns>
    /// <exception cref="StreamingException">The call failed, or has not ended.</exception>
    public object? Result()
    {
        if (!_done.IsSet)
        {
            throw new StreamingException(ErrorCode.Lifecycle, "the operation has not ended");
        }

        return _error is null ? _result : throw new StreamingException(_error.Code, _error.Message, _error) { Subject = _error.Subject };
    }

    internal static Operation Run(string name, Func<CancellationToken, object?> body)
    {
        Operation operation = new();
        BackgroundThread.Start(
            $"ma_streaming {name}",
            () =>
            {
                operation._result = body(operation._cancellation.Token);
                operation._done.Set();
            },
            operation.Fail);
        return operation;
    }

    internal static Operation Completed(object? result)
    {
        Operation operation = new() { _result = result };
        operation._done.Set();
        return operation;
    }

    private void Fail(Exception e)
    {
        _error = e as StreamingException ?? new StreamingException(ErrorCode.Internal, $"{e.GetType().Name}: {e.Message}", e);
        _done.Set();
    }
}
