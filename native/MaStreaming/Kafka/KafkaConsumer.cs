using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;

namespace MaStreaming.Kafka;

/// <summary>
/// A consumer of partitions that are assigned to it explicitly; it joins no group and commits nothing. One thread consumes and, when that
/// has ended, disposes; assignment, pause and seek may come from any thread.
/// </summary>
internal unsafe class KafkaConsumer : KafkaClient
{
    /// <summary>Nobody joins this group; without a group id librdkafka refuses to assign.</summary>
    private const string PlaceholderGroup = "ma-streaming";

    private const int MostEventsAtOnce = 100;

    /// <summary>What every consumer of ours needs.</summary>
    public static readonly IReadOnlyDictionary<string, string> Required = new Dictionary<string, string>
    {
        ["enable.auto.commit"] = "false",
        ["enable.auto.offset.store"] = "false",
        ["enable.partition.eof"] = "true",
        ["auto.offset.reset"] = "error",
    };

    private readonly PinnedTopics _topics;
    private readonly KafkaQueueHandle _queue;
    private readonly int _capacity;
    private KafkaMessage** _batch;
    private int _count;

    /// <summary>Makes a consumer; no broker is contacted yet.</summary>
    /// <param name="properties">librdkafka properties.</param>
    /// <param name="logs">Gets the logs.</param>
    /// <param name="tokens">Has the token to log in with, where that comes from the program.</param>
    /// <param name="batchCapacity">Most messages that <see cref="Consume"/> returns at once.</param>
    /// <exception cref="StreamingException">A property is refused.</exception>
    public KafkaConsumer(IReadOnlyDictionary<string, string> properties, LogQueue logs, TokenSource? tokens = null, int batchCapacity = 2000)
        : this(WithGroup(properties), Required, logs, tokens, batchCapacity)
    {
    }

    /// <summary>Makes a consumer that may be a member of a group.</summary>
    protected KafkaConsumer(
        IReadOnlyDictionary<string, string> properties,
        IReadOnlyDictionary<string, string> required,
        LogQueue logs,
        TokenSource? tokens,
        int batchCapacity,
        Rebalancing? rebalancing = null)
        : base(ClientKind.Consumer, properties, required, logs, tokens, rebalancing)
    {
        _capacity = batchCapacity;
        _batch = (KafkaMessage**)Marshal.AllocHGlobal(checked(batchCapacity * sizeof(KafkaMessage*)));
        _queue = KafkaQueueHandle.Consumer(Handle);
        _topics = new PinnedTopics(Handle);
    }

    /// <summary>Adds partitions, each read from its offset on.</summary>
    /// <exception cref="StreamingException">One of them is assigned already, or the consumer is closed.</exception>
    public void Assign(IReadOnlyCollection<TopicPartitionOffset> positions)
    {
        if (positions.Count == 0)
        {
            return;
        }

        using HandleLease client = Handle.Lease();
        using TopicPartitionListHandle list = TopicPartitionListHandle.Of(positions);
        List<string> pinned = new(positions.Count);
        try
        {
            foreach (TopicPartitionOffset position in positions)
            {
                _topics.Pin(position.Topic);
                pinned.Add(position.Topic);
            }

            ResponseErrors.ThrowIfAny(LibRdKafka.IncrementalAssign(client.Pointer, list), "assigning partitions");
        }
        catch (StreamingException)
        {
            pinned.ForEach(_topics.Unpin);
            throw;
        }
    }

    /// <summary>Removes partitions; messages of theirs that wait in librdkafka are dropped, those of the last batch stay.</summary>
    /// <exception cref="StreamingException">One of them is not assigned, or the consumer is closed.</exception>
    public void Unassign(IReadOnlyCollection<TopicPartition> partitions)
    {
        if (partitions.Count == 0)
        {
            return;
        }

        using HandleLease client = Handle.Lease();
        using TopicPartitionListHandle list = TopicPartitionListHandle.Of(partitions);
        ResponseErrors.ThrowIfAny(LibRdKafka.IncrementalUnassign(client.Pointer, list), "removing partitions");
        foreach (TopicPartition partition in partitions)
        {
            _topics.Unpin(partition.Topic);
        }
    }

    /// <summary>Goes on reading an assigned partition elsewhere.</summary>
    /// <remarks>A partition that an error ended (its position is gone) is not read any more: remove and assign it anew.</remarks>
    /// <exception cref="StreamingException">It is not assigned, or it took longer than the timeout.</exception>
    public void Seek(TopicPartitionOffset position, int timeoutMilliseconds)
    {
        using HandleLease client = Handle.Lease();
        using TopicPartitionListHandle list = TopicPartitionListHandle.Of([position]);
        ResponseErrors.ThrowIfAny(LibRdKafka.SeekPartitions(client.Pointer, list, timeoutMilliseconds), "seeking");
        list.ThrowIfAnyFailed("seeking in");
    }

    /// <summary>Stops fetching partitions; those that wait in librdkafka are fetched again after <see cref="Resume"/>.</summary>
    public void Pause(IReadOnlyCollection<TopicPartition> partitions)
    {
        using HandleLease client = Handle.Lease();
        using TopicPartitionListHandle list = TopicPartitionListHandle.Of(partitions);
        ResponseErrors.ThrowIfAny(LibRdKafka.PausePartitions(client.Pointer, list), "pausing");
        list.ThrowIfAnyFailed("pausing");
    }

    /// <summary>Goes on fetching paused partitions where they were paused.</summary>
    public void Resume(IReadOnlyCollection<TopicPartition> partitions)
    {
        using HandleLease client = Handle.Lease();
        using TopicPartitionListHandle list = TopicPartitionListHandle.Of(partitions);
        ResponseErrors.ThrowIfAny(LibRdKafka.ResumePartitions(client.Pointer, list), "resuming");
        list.ThrowIfAnyFailed("resuming");
    }

    /// <summary>Ends the wait of a <see cref="Consume"/> on another thread early, or that of the next one; any thread.</summary>
    public void Wake()
    {
        try
        {
            using HandleLease queue = _queue.Lease();
            LibRdKafka.YieldQueue(queue.Pointer);
        }
        catch (StreamingException closed) when (closed.Code == ErrorCode.Closed)
        {
            // Nobody waits on a consumer that is gone.
        }
    }

    /// <summary>Takes messages: what is at hand, or else the first that comes within the timeout and what came with it.</summary>
    /// <param name="timeoutMilliseconds">How long to wait for a first message.</param>
    /// <returns>How many there are; read them with <see cref="MessageAt"/> until the next call.</returns>
    public int Consume(int timeoutMilliseconds)
    {
        ReleaseBatch();
        ServeEvents();
        using HandleLease queue = _queue.Lease();

        // A batch with a timeout waits until it is full, so the batches here never wait; a single message does.
        int count = Take(queue.Pointer, 0);
        if (count == 0 && timeoutMilliseconds > 0)
        {
            KafkaMessage* first = LibRdKafka.ConsumeQueue(queue.Pointer, timeoutMilliseconds);
            if (first != null)
            {
                _batch[0] = first;
                count = 1 + Take(queue.Pointer, 1);
            }
        }

        _count = count;
        return count;
    }

    /// <summary>Returns a message of the last batch.</summary>
    public KafkaMessage* MessageAt(int index) => _batch[index];

    /// <summary>Returns a record's timestamp in ms since the epoch, -1 for none.</summary>
    public static long TimestampMs(KafkaMessage* message)
    {
        int kind;
        long timestamp = LibRdKafka.MessageTimestamp(message, &kind);
        return kind == 0 ? -1 : timestamp;
    }

    /// <summary>Returns what a message with an error says.</summary>
    public static string ErrorText(KafkaMessage* message) => LibRdKafka.Text(LibRdKafka.MessageErrorText(message));

    /// <summary>The end of a partition as the last fetch of it told; null where there was none yet.</summary>
    public long? KnownEnd(TopicPartition partition)
    {
        using HandleLease client = Handle.Lease();
        long low;
        long high;
        ResponseError error = LibRdKafka.KnownWatermarks(client.Pointer, partition.Topic, partition.Partition, &low, &high);
        return error == ResponseError.NoError && high >= 0 ? high : null;
    }

    /// <summary>Frees the messages of the last batch; the next <see cref="Consume"/> does it too.</summary>
    public void ReleaseBatch()
    {
        for (int i = 0; i < _count; i++)
        {
            LibRdKafka.DestroyMessage(_batch[i]);
        }

        _count = 0;
    }

    /// <summary>Returns the pointer by which messages name a topic that has partitions assigned; zero for another topic.</summary>
    public IntPtr TopicPointer(string topic) => _topics.PointerOf(topic);

    /// <summary>Frees the client, without waiting for a broker.</summary>
    protected override void Dispose(bool disposing)
    {
        if (_batch == null)
        {
            return;
        }

        ReleaseBatch();
        Marshal.FreeHGlobal((IntPtr)_batch);
        _batch = null;
        _topics.Dispose();
        _queue.Dispose();
        base.Dispose(disposing);
    }

    private static Dictionary<string, string> WithGroup(IReadOnlyDictionary<string, string> properties)
    {
        Dictionary<string, string> all = new(properties);
        all.TryAdd("group.id", PlaceholderGroup);
        return all;
    }

    private int Take(IntPtr queue, int from) =>
        Math.Max(0, (int)LibRdKafka.ConsumeBatchQueue(queue, 0, _batch + from, (UIntPtr)(_capacity - from)));

    /// <summary>The queue that the messages come from.</summary>
    protected KafkaQueueHandle MessageQueue => _queue;

    /// <summary>Takes what librdkafka has to say beside messages.</summary>
    protected virtual void ServeEvents()
    {
        using HandleLease queue = MainQueue.Lease();
        for (int i = 0; i < MostEventsAtOnce; i++)
        {
            IntPtr happening = LibRdKafka.PollQueue(queue.Pointer, 0);
            if (happening == IntPtr.Zero)
            {
                return;
            }

            ServeEvent(happening);
            LibRdKafka.DestroyEvent(happening);
        }
    }
}
