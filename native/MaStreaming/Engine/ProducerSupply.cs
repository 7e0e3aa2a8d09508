using System;
using System.Collections.Generic;
using System.Threading;
using MaStreaming.Kafka;

namespace MaStreaming.Engine;

/// <summary>Why the producer can never produce again, as a code and a text.</summary>
internal sealed record ProducerFailure(ErrorCode Code, string Text);

/// <summary>
/// The producer in use. One that fails for good (an idempotent producer whose sequence is broken, or that may no longer write) is replaced: its
/// records are settled first, so nothing of it can come after what its successor writes.
/// </summary>
internal sealed class ProducerSupply : IDisposable
{
    /// <summary>A producer that failed at once would be replaced again and again.</summary>
    private const int ReplacementIntervalMilliseconds = 10_000;

    private const int WarningLevel = 4;
    private const int ErrorLevel = 3;

    private readonly object _gate = new();
    private readonly IReadOnlyDictionary<string, string> _properties;
    private readonly LogQueue _logs;
    private readonly IDeliverySink _sink;
    private readonly TokenSource? _tokens;
    private KafkaProducer _current;
    private KafkaAdmin _admin;
    private ProducerFailure? _failure;
    private Deadline _nextReplacement = Deadline.After(0);
    private long _failures;
    private bool _closed;

    public ProducerSupply(IReadOnlyDictionary<string, string> properties, LogQueue logs, IDeliverySink sink, TokenSource? tokens = null)
    {
        _properties = properties;
        _logs = logs;
        _sink = sink;
        _tokens = tokens;
        _current = new KafkaProducer(properties, logs, sink, tokens);
        _admin = new KafkaAdmin(_current);
    }

    public KafkaProducer Current => Volatile.Read(ref _current);

    /// <summary>Asks the cluster through the connections of the producer in use.</summary>
    public KafkaAdmin Admin => Volatile.Read(ref _admin);

    /// <summary>How many producers have failed for good.</summary>
    public long Failures => Interlocked.Read(ref _failures) + (Volatile.Read(ref _failure) is null && Describe(Current) is not null ? 1 : 0);

    /// <summary>Why nothing can be written at present; null while that is not so.</summary>
    public ProducerFailure? Failure => Volatile.Read(ref _failure) ?? Describe(Current);

    /// <summary>Makes another producer in the place of one that failed, where that is safe and was not done a moment ago.</summary>
    /// <param name="failed">The one that failed. Where another thread has replaced it already nothing is done.</param>
    /// <returns>Whether <see cref="Current"/> is another one now.</returns>
    /// <remarks>It waits for the failed one's delivery reports, so no lock may be held that taking a report needs.</remarks>
    public bool Replace(KafkaProducer failed)
    {
        lock (_gate)
        {
            if (_closed || !ReferenceEquals(failed, _current))
            {
                return !_closed;
            }

            if (Describe(failed) is not { } failure)
            {
                return false;
            }

            if (_failure is null)
            {
                Interlocked.Increment(ref _failures);
                Volatile.Write(ref _failure, failure);
                _logs.Add(ErrorLevel, "PRODUCER", failure.Text);
            }

            if (WhyNoReplacement() is not null || !_nextReplacement.HasPassed)
            {
                return false;
            }

            _nextReplacement = Deadline.After(ReplacementIntervalMilliseconds);
            if (Successor() is not { } successor)
            {
                return false;
            }

            Volatile.Write(ref _admin, new KafkaAdmin(successor));
            Volatile.Write(ref _current, successor);

            // Settles all of its records: what is not acknowledged by now is reported as failed. Its routes move only afterwards.
            failed.Dispose();
            Volatile.Write(ref _failure, null);
            _logs.Add(WarningLevel, "PRODUCER", "another producer has taken its place: what the first had not delivered is reported as failed, what is written from now on is delivered");
            return true;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
        }

        _current.Dispose();
    }

    private KafkaProducer? Successor()
    {
        try
        {
            return new KafkaProducer(_properties, _logs, _sink, _tokens);
        }
        catch (StreamingException e)
        {
            Volatile.Write(ref _failure, _failure! with { Text = $"{_failure.Text}; no other can be made: {e.Message}" });
            return null;
        }
    }

    private ProducerFailure? Describe(KafkaProducer producer) => producer.FatalError is { } fatal
        ? new ProducerFailure(
            ErrorCodes.From(fatal.Error) == ErrorCode.Authentication ? ErrorCode.Authentication : ErrorCode.DeliveryFailed,
            $"the producer has failed for good: {fatal.Reason}{(WhyNoReplacement() is { } why ? $"; it is not replaced, because {why}" : "")}")
        : null;

    private string? WhyNoReplacement() =>
        _properties.TryGetValue("enable.gapless.guarantee", out string? gapless) && gapless == "true" ? "enable.gapless.guarantee allows no gap" : null;
}
