using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;

namespace MaStreaming.Kafka;

/// <summary>What a group does with the partitions of a member.</summary>
internal interface IGroupMember
{
    /// <summary>The member may read these partitions from now on.</summary>
    public void Granted(IReadOnlyCollection<TopicPartition> partitions);

    /// <summary>The member has to stop reading these partitions and give up their assignment.</summary>
    /// <param name="partitions">The partitions; not all of them need be assigned.</param>
    /// <param name="lost">True where another member may have them already: it is too late to commit.</param>
    /// <returns>Whether any of them was assigned, and is not any more.</returns>
    public bool Revoked(IReadOnlyCollection<TopicPartition> partitions, bool lost);
}

/// <summary>
/// A consumer in a group. The group says which partitions it may read; which of them it reads, and from where, is assigned explicitly as with
/// any other consumer, whenever that is known. Offsets are committed explicitly.
/// </summary>
/// <remarks>Everything here is for the thread that consumes. The member is told of its partitions from within <c>Consume</c>.</remarks>
internal sealed unsafe class GroupConsumer : KafkaConsumer
{
    private const int SliceMilliseconds = 50;

    /// <summary>The default strategy, range, would give one member every topic that has one partition only.</summary>
    private static readonly Dictionary<string, string> RequiredOfMembers = new(Required)
    {
        ["partition.assignment.strategy"] = "cooperative-sticky",
        ["group.protocol"] = "classic",
    };

    private readonly Rebalance _rebalance;
    private readonly KafkaQueueHandle _answers;
    private int _outstanding;
    private bool _lastCommitFailed;
    private string? _unsaid;

    /// <summary>Makes a consumer that joins its group when it subscribes.</summary>
    /// <param name="properties">librdkafka properties.</param>
    /// <param name="group">The group's id.</param>
    /// <param name="logs">Gets the logs.</param>
    /// <param name="tokens">Has the token to log in with, where that comes from the program.</param>
    /// <param name="batchCapacity">Most messages that <see cref="KafkaConsumer.Consume"/> returns at once.</param>
    /// <exception cref="StreamingException">A property is refused.</exception>
    public GroupConsumer(
        IReadOnlyDictionary<string, string> properties, string group, LogQueue logs, TokenSource? tokens = null, int batchCapacity = 2000)
        : this(properties, group, logs, tokens, batchCapacity, new Rebalance())
    {
    }

    private GroupConsumer(
        IReadOnlyDictionary<string, string> properties, string group, LogQueue logs, TokenSource? tokens, int batchCapacity, Rebalance rebalance)
        : base(properties, new Dictionary<string, string>(RequiredOfMembers) { ["group.id"] = group }, logs, tokens, batchCapacity, rebalance.Callback)
    {
        _rebalance = rebalance;
        _answers = KafkaQueueHandle.Answers(Handle);
    }

    /// <summary>Commits that the broker refused, or did not answer.</summary>
    public long FailedCommits { get; private set; }

    /// <summary>Who is told of partitions that the group gives and takes.</summary>
    public IGroupMember? Member
    {
        get => _rebalance.Member;
        set => _rebalance.Member = value;
    }

    /// <summary>Joins the group, or changes the topics that the member wants to share in.</summary>
    /// <exception cref="StreamingException">A topic is refused.</exception>
    public void Subscribe(IReadOnlyCollection<string> topics)
    {
        using HandleLease client = Handle.Lease();
        using TopicPartitionListHandle list = TopicPartitionListHandle.Of(topics.Select(topic => new TopicPartition(topic, -1)).ToArray());
        ResponseErrors.ThrowIfAny(LibRdKafka.Subscribe(client.Pointer, list), "subscribing");
    }

    /// <summary>Asks for what the group has committed.</summary>
    /// <returns>The offset to go on from, by partition; those without a commit are absent.</returns>
    /// <exception cref="StreamingException">The broker did not answer in time, or refused.</exception>
    public IReadOnlyDictionary<TopicPartition, long> Committed(IReadOnlyCollection<TopicPartition> partitions, int timeoutMilliseconds)
    {
        Dictionary<TopicPartition, long> committed = [];
        if (partitions.Count > 0)
        {
            using HandleLease client = Handle.Lease();
            using TopicPartitionListHandle list = TopicPartitionListHandle.Of(partitions);
            ResponseErrors.ThrowIfAny(LibRdKafka.Committed(client.Pointer, list, timeoutMilliseconds), "asking for committed offsets");
            list.ThrowIfAnyFailed("asking for the committed offset of");
            foreach (ref readonly NativeTopicPartition element in list.Elements)
            {
                if (element.Offset >= 0)
                {
                    committed[new TopicPartition(LibRdKafka.Text(element.Topic), element.Partition)] = element.Offset;
                }
            }
        }

        return committed;
    }

    /// <summary>Begins to commit; an answer that is a failure is counted and logged when it comes.</summary>
    public void Commit(IReadOnlyCollection<TopicPartitionOffset> offsets)
    {
        using HandleLease client = Handle.Lease();
        using TopicPartitionListHandle list = TopicPartitionListHandle.Of(offsets);
        ResponseError error = LibRdKafka.CommitQueue(client.Pointer, list, _answers, IntPtr.Zero, IntPtr.Zero);
        if (error == ResponseError.NoError)
        {
            _outstanding++;
        }
        else
        {
            Answered(error);
        }
    }

    /// <summary>Waits for the answers to all commits, which are not going to be repeated; those that do not come in time count as failures.</summary>
    /// <returns>Whether all of them came.</returns>
    public bool AwaitCommits(int timeoutMilliseconds)
    {
        Stopwatch watch = Stopwatch.StartNew();
        while (_outstanding > 0 && watch.ElapsedMilliseconds < timeoutMilliseconds)
        {
            TakeAnswers(SliceMilliseconds);
        }

        if (_outstanding == 0)
        {
            SayUnsaid();
            return true;
        }

        FailedCommits += _outstanding;
        Log("COMMIT", $"{_outstanding} commits of offsets were not answered within {timeoutMilliseconds} ms: what they stand for may be read again");
        _outstanding = 0;
        return false;
    }

    /// <summary>Takes part in the group while nothing may be delivered: everything assigned is paused.</summary>
    /// <exception cref="StreamingException">A message came although its partition is paused.</exception>
    public void Attend()
    {
        ServeEvents();
        using HandleLease queue = MessageQueue.Lease();
        KafkaMessage* message = LibRdKafka.ConsumeQueue(queue.Pointer, 0);
        if (message == null)
        {
            return;
        }

        bool isRecord = message->Error == ResponseError.NoError;
        LibRdKafka.DestroyMessage(message);
        if (isRecord)
        {
            throw new StreamingException(ErrorCode.Internal, "librdkafka handed out a record of a partition that is paused");
        }
    }

    /// <summary>Leaves the group, so that the others need not wait for a time-out. Nothing is consumed afterwards.</summary>
    /// <remarks>Without a broker there is nobody to tell, and librdkafka would keep its threads to try.</remarks>
    public void Leave(int timeoutMilliseconds)
    {
        if (!AwaitCommits(timeoutMilliseconds) || !IsReachable(timeoutMilliseconds))
        {
            return;
        }

        Stopwatch watch = Stopwatch.StartNew();
        using HandleLease client = Handle.Lease();
        using HandleLease queue = MessageQueue.Lease();
        ResponseErrors.ThrowIfAny(LibRdKafka.CloseConsumer(client.Pointer, MessageQueue), "leaving the group");
        while (LibRdKafka.IsConsumerClosed(client.Pointer) == 0 && watch.ElapsedMilliseconds < timeoutMilliseconds)
        {
            KafkaMessage* message = LibRdKafka.ConsumeQueue(queue.Pointer, SliceMilliseconds);
            if (message != null)
            {
                LibRdKafka.DestroyMessage(message);
            }
        }
    }

    private bool IsReachable(int timeoutMilliseconds)
    {
        if (Trouble.Last is null)
        {
            return true;
        }

        try
        {
            Committed([new TopicPartition("ma-streaming", 0)], timeoutMilliseconds);
            return true;
        }
        catch (StreamingException e) when (e.Code is ErrorCode.BrokerUnavailable or ErrorCode.Timeout)
        {
            return false;
        }
        catch (StreamingException)
        {
            // An answer, whatever it says.
            return true;
        }
    }

    protected override void ServeEvents()
    {
        if (_rebalance.Failure is { } failure)
        {
            throw new StreamingException(ErrorCode.Internal, $"a rebalance of the group failed: {failure.Message}", failure);
        }

        base.ServeEvents();
        TakeAnswers(0);
    }

    protected override void Dispose(bool disposing)
    {
        _answers.Dispose();
        base.Dispose(disposing);
    }

    private void TakeAnswers(int timeoutMilliseconds)
    {
        using HandleLease queue = _answers.Lease();
        for (IntPtr answer; (answer = LibRdKafka.PollQueue(queue.Pointer, timeoutMilliseconds)) != IntPtr.Zero; timeoutMilliseconds = 0)
        {
            if (LibRdKafka.EventType(answer) == LibRdKafka.EventOffsetCommit)
            {
                _outstanding = Math.Max(0, _outstanding - 1);
                Answered(LibRdKafka.EventErrorCode(answer));
            }

            LibRdKafka.DestroyEvent(answer);
        }
    }

    private void Answered(ResponseError error)
    {
        if (error is ResponseError.NoError or ResponseError.NoOffset)
        {
            Trouble.Answered();
            _lastCommitFailed = false;
            _unsaid = null;
            return;
        }

        FailedCommits++;
        SayUnsaid();
        if (!_lastCommitFailed)
        {
            _lastCommitFailed = true;
            _unsaid = $"offsets were not committed, so what they stand for may be read again: {ResponseErrors.Describe(error)}";

            // A commit that met a rebalance is repeated when that is over: only if it then fails, too, is there something to say.
            if (error is not (ResponseError.IllegalGeneration or ResponseError.RebalanceInProgress))
            {
                SayUnsaid();
            }
        }
    }

    private void SayUnsaid()
    {
        if (_unsaid is not null)
        {
            Log("COMMIT", _unsaid);
            _unsaid = null;
        }
    }

    /// <summary>What librdkafka calls; made before the client, which it has to outlive.</summary>
    private sealed class Rebalance
    {
        public Rebalance() => Callback = Take;

        public Rebalancing Callback { get; }

        public IGroupMember? Member { get; set; }

#pragma warning disable CA1031 // An exception that left a callback of librdkafka would end the process.
        private void Take(IntPtr client, ResponseError what, IntPtr partitions, IntPtr opaque)
        {
            bool assigned = what == ResponseError.AssignPartitions;
            bool unassigned = false;
            try
            {
                TopicPartition[] given = Read(partitions);
                if (assigned)
                {
                    Member?.Granted(given);
                }
                else
                {
                    unassigned = Member?.Revoked(given, LibRdKafka.AssignmentLost(client) != 0) ?? false;
                }
            }
            catch (Exception e)
            {
                Failure = e;
            }

            if (!unassigned)
            {
                // librdkafka waits for an answer; what is assigned changes elsewhere.
                using TopicPartitionListHandle none = TopicPartitionListHandle.Of(Array.Empty<TopicPartition>());
                IntPtr error = assigned ? LibRdKafka.IncrementalAssign(client, none) : LibRdKafka.IncrementalUnassign(client, none);
                if (error != IntPtr.Zero)
                {
                    LibRdKafka.DestroyErrorObject(error);
                }
            }
        }
#pragma warning restore CA1031

        /// <summary>What went wrong in a callback.</summary>
        public Exception? Failure { get; private set; }

        private static TopicPartition[] Read(IntPtr partitions)
        {
            NativeTopicPartitionList* list = (NativeTopicPartitionList*)partitions;
            TopicPartition[] given = new TopicPartition[list->Count];
            for (int i = 0; i < given.Length; i++)
            {
                given[i] = new TopicPartition(LibRdKafka.Text(list->Elements[i].Topic), list->Elements[i].Partition);
            }

            return given;
        }
    }
}
