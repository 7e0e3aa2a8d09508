using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading;
using MaStreaming.Kafka;

namespace MaStreaming.Engine;

/// <summary>
/// Reads the topics that hold state (the session topic, essentials for their data format definitions) from their beginning and
/// follows them. What it has applied is the only source of that state: a change made here counts once it came back from the topic.
/// </summary>
internal sealed class StateReader : IDisposable
{
    private const int PollMilliseconds = 100;
    private const long Beginning = -2;
    private const int ErrorLevel = 3;
    private const int WarningLevel = 4;

    private readonly KafkaConsumer _consumer;
    private readonly ProducerSupply _producers;
    private readonly LogQueue _logs;
    private readonly object _gate = new();
    private readonly Dictionary<TopicPartition, StatePartition> _partitions = [];
    private readonly Dictionary<(IntPtr Topic, int Partition), StatePartition> _byPointer = [];
    private readonly Queue<StatePartition> _toAssign = new();
    private readonly Action _whenIdle;
    private Thread? _thread;
    private string? _failure;
    private bool _stopping;

    /// <param name="consumer">Used by this reader's thread alone, and disposed with it.</param>
    /// <param name="producers">Asked for watermarks.</param>
    /// <param name="logs">Where errors of single partitions are said.</param>
    /// <param name="whenIdle">Called on the reader's thread between polls, to look for topics that appear.</param>
    public StateReader(KafkaConsumer consumer, ProducerSupply producers, LogQueue logs, Action whenIdle)
    {
        _consumer = consumer;
        _producers = producers;
        _logs = logs;
        _whenIdle = whenIdle;
    }

    public void Start() => _thread = BackgroundThread.Start("ma_streaming state reader", Run, Fail);

    /// <summary>Begins to follow those partitions, of any topics, that are not followed yet.</summary>
    /// <param name="wanted">Each partition, with what takes its records.</param>
    /// <param name="allIsNews">Whether what they hold already counts as news, too: for topics that have appeared since.</param>
    /// <param name="deadline">How long it may take.</param>
    public void Follow(IReadOnlyCollection<(TopicPartition Partition, IStateSink Sink)> wanted, bool allIsNews, Deadline deadline)
    {
        TopicPartition[] missing = wanted.Select(each => each.Partition).Where(partition => !IsFollowing(partition)).ToArray();
        if (missing.Length == 0)
        {
            return;
        }

        IReadOnlyDictionary<TopicPartition, long> earliest = _producers.Admin.EarliestOffsets(missing, deadline.RemainingMilliseconds);
        IReadOnlyDictionary<TopicPartition, long> latest = _producers.Admin.LatestOffsets(missing, deadline.RemainingMilliseconds);
        lock (_gate)
        {
            foreach ((TopicPartition partition, IStateSink sink) in wanted)
            {
                if (!_partitions.ContainsKey(partition))
                {
                    long start = earliest.TryGetValue(partition, out long low) ? low : Beginning;
                    StatePartition added = new(partition, sink, start, allIsNews ? 0 : latest.GetValueOrDefault(partition));
                    _partitions.Add(partition, added);
                    _toAssign.Enqueue(added);
                }
            }
        }

        _consumer.Wake();
    }

    public bool IsFollowing(TopicPartition partition)
    {
        lock (_gate)
        {
            return _partitions.ContainsKey(partition);
        }
    }

    /// <summary>Waits until everything that the partitions hold at this moment has been applied.</summary>
    /// <exception cref="StreamingException">Not done by the deadline, or the reader has failed.</exception>
    public void CatchUp(IReadOnlyCollection<TopicPartition> partitions, Deadline deadline, CancellationToken cancellation)
    {
        IReadOnlyDictionary<TopicPartition, long> targets = _producers.Admin.LatestOffsets(partitions, deadline.RemainingMilliseconds);
        WaitFor(targets.Select(target => new TopicPartitionOffset(target.Key.Topic, target.Key.Partition, target.Value)), deadline, cancellation);
    }

    /// <summary>Waits until each partition has been applied up to, not including, the given offset.</summary>
    public void WaitFor(IEnumerable<TopicPartitionOffset> targets, Deadline deadline, CancellationToken cancellation)
    {
        lock (_gate)
        {
            foreach (TopicPartitionOffset target in targets)
            {
                TopicPartition partition = new(target.Topic, target.Partition);
                while (_failure is null && !(_partitions.TryGetValue(partition, out StatePartition? state) && state.Position >= target.Offset))
                {
                    if (cancellation.IsCancellationRequested)
                    {
                        throw new StreamingException(ErrorCode.Cancelled, $"cancelled while reading topic '{target.Topic}'");
                    }

                    if (deadline.HasPassed)
                    {
                        throw new StreamingException(ErrorCode.Timeout, Behind(target, state: _partitions.GetValueOrDefault(partition)));
                    }

                    Monitor.Wait(_gate, Math.Max(1, deadline.Slice(PollMilliseconds)));
                }
            }

            if (_failure is not null)
            {
                throw new StreamingException(_stopping ? ErrorCode.Closed : ErrorCode.Internal, _failure);
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _stopping = true;
            _failure ??= "the client has been stopped";
            Monitor.PulseAll(_gate);
        }

        _consumer.Wake();
        _thread?.Join();
        _consumer.Dispose();
    }

    private static string Behind(TopicPartitionOffset target, StatePartition? state) => string.Format(
        CultureInfo.InvariantCulture,
        "topic '{0}' partition {1} was read up to offset {2} of {3} in the time allowed",
        target.Topic,
        target.Partition,
        Math.Max(0, state?.Position ?? 0),
        target.Offset);

    private void Run()
    {
        while (!Volatile.Read(ref _stopping))
        {
            AssignAdded();
            _whenIdle();
            int count = _consumer.Consume(PollMilliseconds);
            if (count > 0)
            {
                Apply(count);
            }
        }
    }

    private void Fail(Exception e)
    {
        lock (_gate)
        {
            _failure ??= $"reading session and data format state failed: {e.Message}";
            _logs.Add(ErrorLevel, "STATE", _failure);
            Monitor.PulseAll(_gate);
        }
    }

    private void AssignAdded()
    {
        List<TopicPartitionOffset> added = [];
        lock (_gate)
        {
            while (_toAssign.Count > 0)
            {
                StatePartition state = _toAssign.Dequeue();
                added.Add(new TopicPartitionOffset(state.Partition.Topic, state.Partition.Partition, state.Start));
            }
        }

        if (added.Count == 0)
        {
            return;
        }

        _consumer.Assign(added);
        foreach (TopicPartitionOffset assigned in added)
        {
            StatePartition state = _partitions[new TopicPartition(assigned.Topic, assigned.Partition)];
            _byPointer[(_consumer.TopicPointer(assigned.Topic), assigned.Partition)] = state;
        }
    }

    private unsafe void Apply(int count)
    {
        for (int i = 0; i < count; i++)
        {
            KafkaMessage* message = _consumer.MessageAt(i);
            if (_byPointer.TryGetValue((message->Topic, message->Partition), out StatePartition? state))
            {
                ApplyOne(state, message);
            }
        }

        _consumer.ReleaseBatch();
        lock (_gate)
        {
            Monitor.PulseAll(_gate);
        }
    }

    private unsafe void ApplyOne(StatePartition state, KafkaMessage* message)
    {
        if (message->Error == ResponseError.NoError)
        {
            ReadOnlySpan<byte> value = new(message->Payload, checked((int)message->Length));
            state.Sink.Apply(new StateRecord(message->Key != null, KafkaConsumer.TimestampMs(message), message->Offset, message->Offset >= state.NewsFrom), value);
            Advance(state, message->Offset + 1);
        }
        else if (message->Error == ResponseError.PartitionEof)
        {
            Advance(state, message->Offset);
        }
        else
        {
            _logs.Add(WarningLevel, "STATE", $"topic '{state.Partition.Topic}' partition {state.Partition.Partition}: {KafkaConsumer.ErrorText(message)}");
            if (ErrorCodes.From(message->Error) == ErrorCode.DataExpired)
            {
                Restart(state);
            }
        }
    }

    /// <summary>Positions are read by waiters under the gate, so they are written under it.</summary>
    private void Advance(StatePartition state, long position)
    {
        lock (_gate)
        {
            state.Position = position;
        }
    }

    /// <summary>The oldest records went away while we were reading them: go on from what is left.</summary>
    private void Restart(StatePartition state)
    {
        _consumer.Unassign([state.Partition]);
        state.Start = Beginning;
        lock (_gate)
        {
            _toAssign.Enqueue(state);
        }
    }
}
