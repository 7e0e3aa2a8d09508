using System;
using System.Collections.Generic;
using System.Threading;

namespace MaStreaming.Kafka;

/// <summary>A producer. One thread takes its delivery reports, logs and errors; any thread may produce.</summary>
internal sealed unsafe class KafkaProducer : KafkaClient
{
    private const int ReportBatch = 1000;
    /// <summary>A full queue of records that are given up takes a few seconds to report.</summary>
    private const int StopMilliseconds = 20_000;

    /// <summary>How long a flush is announced to librdkafka at a time; reports wait that long at most.</summary>
    private const int FlushMilliseconds = 1;

    /// <summary>What every producer of ours needs: a report of each record.</summary>
    public static readonly IReadOnlyDictionary<string, string> Required = new Dictionary<string, string>
    {
        ["delivery.report.only.error"] = "false",
    };

    private readonly IDeliverySink _sink;
    private readonly EventLoop _loop;
    private readonly Dictionary<string, KafkaTopicHandle> _topics = new(StringComparer.Ordinal);
    private readonly KafkaMessage*[] _reports = new KafkaMessage*[ReportBatch];
    private long _produced;
    private long _reported;
    private long _flushTo;
    private volatile bool _closed;

    /// <summary>Makes a producer; no broker is contacted yet.</summary>
    /// <param name="properties">librdkafka properties.</param>
    /// <param name="logs">Gets the logs.</param>
    /// <param name="sink">Gets the delivery reports.</param>
    /// <param name="tokens">Has the token to log in with, where that comes from the program.</param>
    /// <exception cref="StreamingException">A property is refused.</exception>
    public KafkaProducer(IReadOnlyDictionary<string, string> properties, LogQueue logs, IDeliverySink sink, TokenSource? tokens = null)
        : base(ClientKind.Producer, properties, Required, logs, tokens)
    {
        _sink = sink;
        _loop = new EventLoop("ma-streaming producer", MainQueue, Serve, Flush, IsDrained, sink.Failed, () => Guard(sink.EndOfBatch));
    }

    /// <summary>Records and events that wait to be sent, acknowledged or reported.</summary>
    public int QueueLength
    {
        get
        {
            using HandleLease client = Handle.Lease();
            return LibRdKafka.OutQueueLength(client.Pointer);
        }
    }

    /// <summary>True once it takes no more records.</summary>
    public bool IsClosed => _closed;

    /// <summary>Why this producer can never produce again; null while it can, and once it is closed.</summary>
    public (ResponseError Error, string Reason)? FatalError
    {
        get
        {
            if (_closed)
            {
                return null;
            }

            using HandleLease client = Handle.Lease();
            byte* reason = stackalloc byte[LibRdKafka.ErrorTextSize];
            ResponseError error = LibRdKafka.FatalError(client.Pointer, reason, (UIntPtr)LibRdKafka.ErrorTextSize);
            return error == ResponseError.NoError ? null : (error, LibRdKafka.Text(reason));
        }
    }

    /// <summary>Returns the handle of a topic, the same for the same name; it is disposed with the producer.</summary>
    /// <exception cref="StreamingException">The name is not legal, or the producer is closed.</exception>
    public KafkaTopicHandle Topic(string name)
    {
        lock (_topics)
        {
            if (_closed)
            {
                throw new StreamingException(ErrorCode.Closed, "the producer is closed");
            }

            if (!_topics.TryGetValue(name, out KafkaTopicHandle? topic))
            {
                topic = new KafkaTopicHandle(Handle, name);
                _topics.Add(name, topic);
            }

            return topic;
        }
    }

    /// <summary>Queues a record, copying value and key. Never waits; the fate of an accepted record is reported to the sink exactly once.</summary>
    /// <param name="topic">From <see cref="Topic"/>.</param>
    /// <param name="partition">The partition, or -1 to let the key decide.</param>
    /// <param name="value">The value; null makes a tombstone.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="key">The key; null makes a record without one, not null with length 0 one with an empty key.</param>
    /// <param name="keyLength">Its length in bytes.</param>
    /// <param name="opaque">Comes back with the report.</param>
    /// <returns>None when the record was accepted.</returns>
    public ResponseError Produce(KafkaTopicHandle topic, int partition, byte* value, long length, byte* key, long keyLength, IntPtr opaque)
    {
        // Counted before it is known to be accepted, so that a producer that closes meanwhile waits for its report.
        Interlocked.Increment(ref _produced);
        ResponseError error = _closed
            ? ResponseError.Destroyed
            : Queue(topic, partition, value, (UIntPtr)length, key, (UIntPtr)keyLength, opaque);
        if (error != ResponseError.NoError)
        {
            Interlocked.Decrement(ref _produced);
        }

        return error;
    }

    /// <summary>Queues records of one topic in their order, copying values and keys, up to the first for which there is no room. Never waits.</summary>
    /// <param name="topic">From <see cref="Topic"/>.</param>
    /// <param name="partition">The partition, or -1 to let the keys decide.</param>
    /// <param name="records">The records, see <see cref="KafkaMessage.Record"/>; none may be longer than message.max.bytes allows.</param>
    /// <param name="count">How many.</param>
    /// <returns>How many were accepted, counted from the first.</returns>
    public int ProduceMany(KafkaTopicHandle topic, int partition, KafkaMessage* records, int count)
    {
        Interlocked.Add(ref _produced, count);
        int accepted = _closed ? 0 : QueueMany(topic, partition, records, count);
        if (accepted < count)
        {
            Interlocked.Add(ref _produced, accepted - count);
        }

        return accepted;
    }

    /// <summary>Makes librdkafka send what is queued now instead of lingering for more. Does not wait.</summary>
    public void BeginFlush()
    {
        Volatile.Write(ref _flushTo, Interlocked.Read(ref _produced));
        try
        {
            _loop.Wake();
        }
        catch (StreamingException closed) when (closed.Code == ErrorCode.Closed)
        {
            // Its records are settled as it closes.
        }
    }

    /// <summary>Reports every record not yet acknowledged as purged, stops the thread and frees the client.</summary>
    protected override void Dispose(bool disposing)
    {
        lock (_topics)
        {
            if (_closed)
            {
                return;
            }

            _closed = true;
        }

        Interlocked.MemoryBarrier();
        if (!_loop.Stop(StopMilliseconds))
        {
            Log("CLOSE", "the producer's thread did not end in time; its client is freed when it does");
        }

        foreach (KafkaTopicHandle topic in _topics.Values)
        {
            topic.Dispose();
        }

        base.Dispose(disposing);
    }

    private static ResponseError Queue(
        KafkaTopicHandle topic, int partition, byte* value, UIntPtr length, byte* key, UIntPtr keyLength, IntPtr opaque)
    {
        bool held = false;
        try
        {
            topic.DangerousAddRef(ref held);
            return LibRdKafka.Produce(topic.Pointer, partition, LibRdKafka.MessageCopy, value, length, key, keyLength, opaque) == 0
                ? ResponseError.NoError
                : LibRdKafka.LastError();
        }
        catch (ObjectDisposedException)
        {
            return ResponseError.Destroyed;
        }
        finally
        {
            if (held)
            {
                topic.DangerousRelease();
            }
        }
    }

    private static int QueueMany(KafkaTopicHandle topic, int partition, KafkaMessage* records, int count)
    {
        bool held = false;
        try
        {
            topic.DangerousAddRef(ref held);
            return LibRdKafka.ProduceBatch(topic.Pointer, partition, LibRdKafka.MessageCopy, records, count);
        }
        catch (ObjectDisposedException)
        {
            return 0;
        }
        finally
        {
            if (held)
            {
                topic.DangerousRelease();
            }
        }
    }

    /// <summary>
    /// Announces a flush for as long as records from before it are not reported: librdkafka lingers again once a flush has ended, and a record
    /// may still wait for its topic's leader.
    /// </summary>
    private bool Flush()
    {
        if (_reported >= Math.Min(Volatile.Read(ref _flushTo), Interlocked.Read(ref _produced)))
        {
            return false;
        }

        LibRdKafka.Flush(Handle.Pointer, FlushMilliseconds);
        return true;
    }

    private bool IsDrained()
    {
        if (_reported >= Interlocked.Read(ref _produced))
        {
            return true;
        }

        // Without waiting for each broker's thread: one that asks a slow resolver answers only after seconds.
        LibRdKafka.Purge(Handle.Pointer, LibRdKafka.PurgeQueue | LibRdKafka.PurgeInFlight | LibRdKafka.PurgeNonBlocking);
        return false;
    }

    private void Serve(IntPtr happening)
    {
        if (LibRdKafka.EventType(happening) == LibRdKafka.EventDeliveryReport)
        {
            ServeReports(happening);
        }
        else
        {
            ServeEvent(happening);
        }
    }

    private void ServeReports(IntPtr happening)
    {
        fixed (KafkaMessage** reports = _reports)
        {
            int count;
            while ((count = (int)LibRdKafka.EventMessages(happening, reports, (UIntPtr)ReportBatch)) > 0)
            {
                bool answered = false;
                for (int i = 0; i < count; i++)
                {
                    answered |= reports[i]->Error == ResponseError.NoError;
                    Report(reports[i]);
                }

                if (answered)
                {
                    Trouble.Answered();
                }

                _reported += count;
            }
        }

    }

    private void Report(KafkaMessage* message)
    {
        try
        {
            _sink.Delivered(message->Opaque, message->Error, message->Payload, message->Length, message->Offset, message->Partition);
        }
#pragma warning disable CA1031 // One report that the sink chokes on must not lose the others.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _sink.Failed(failure);
        }
    }

    private void Guard(Action call)
    {
        try
        {
            call();
        }
#pragma warning disable CA1031 // As above.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _sink.Failed(failure);
        }
    }
}
