using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using MaStreaming.Engine;
using MaStreaming.Kafka;
using MaStreaming.Protocol;
using MaStreaming.Topics;

namespace MaStreaming.PacketWriting;

/// <summary>One writer: hands packets to the producer's queue and keeps count of what becomes of them.</summary>
internal sealed class WriterEngine : IDisposable
{
    /// <summary>The route of info packets, which go to the session topic under their own session key.</summary>
    public const int InfoRoute = 0;

    /// <summary>Answer to a packet that goes to the essentials first: it is to be written to the route after its own, then to its own (wire contract 5).</summary>
    public const ErrorCode EssentialsFirst = (ErrorCode)(-1);

    private const int MostFailures = 8;
    private const int EssentialsPartition = 0;
    private const int HealthMilliseconds = 500;

    [ThreadStatic]
    private static string? _lastError;

    private readonly StreamingEngine _engine;
    private readonly int _fullQueueMilliseconds;
    private readonly PacketSender _sender;
    private readonly ArraySender _arrays;
    private readonly object _gate = new();
    private readonly Dictionary<(string DataSource, string Stream, string SessionKey), int> _numbers = [];
    private WriteRoute?[] _routes = new WriteRoute?[16];
    private DeliveryRoute[] _deliveries = [];
    private int _count = InfoRoute + 1;
    private volatile bool _closed;

    /// <param name="engine">Has the producer.</param>
    /// <param name="fullQueueMilliseconds">How long one call waits for room; 0 not at all.</param>
    public WriterEngine(StreamingEngine engine, int fullQueueMilliseconds)
    {
        _engine = engine;
        _fullQueueMilliseconds = fullQueueMilliseconds;
        _sender = new PacketSender(engine);
        _arrays = new ArraySender(_sender, fullQueueMilliseconds);
        _engine.Tracker.RecordFailed += OnFailed;
    }

    /// <summary>Failed deliveries, a burst of one reason in one item.</summary>
    public FailureBursts Failures { get; } = new();

    /// <summary>Why the calling thread's last packet was refused, by whichever writer.</summary>
    public static string LastError => _lastError ?? "";

    /// <summary>Resolves where the packets of a session's stream go, making topics that are not there yet.</summary>
    /// <returns>The number of the route; the one after it is of the copies that go to the essentials.</returns>
    public int OpenRoute(string dataSource, string stream, string sessionKey)
    {
        lock (_gate)
        {
            RequireOpen();
            if (_numbers.TryGetValue((dataSource, stream, sessionKey), out int known))
            {
                return known;
            }

            if (sessionKey.Length == 0)
            {
                throw new StreamingException(ErrorCode.InvalidArgument, "the session key is empty: create a session first, its info has the key");
            }

            TopicProfile profile = _engine.RequireProfile();
            Deadline deadline = Deadline.After(_engine.Settings.TimeoutMilliseconds);
            (string topic, int partition) = _engine.Creation.EnsureStream(profile, dataSource, stream, deadline);
            KafkaProducer producer = _engine.Producer;
            DeliveryRoute essentials = new(dataSource, stream, sessionKey, profile.EssentialsTopic(dataSource));
            WriteRoute route = new(new DeliveryRoute(dataSource, stream, sessionKey, topic), producer, partition, copiesEssentials: true);
            int number = Add(route);

            // Always partition 0, the one that every reader of essentials reads.
            Add(new WriteRoute(essentials, producer, EssentialsPartition, copiesEssentials: false));
            _numbers.Add((dataSource, stream, sessionKey), number);
            return number;
        }
    }

    /// <summary>Puts one packet into the producer's queue without ever waiting: QueueFull where that takes <see cref="Write"/>, or <see cref="EssentialsFirst"/>.</summary>
    public unsafe ErrorCode TryWrite(int number, byte* data, long length)
    {
        if (RouteAt(number) is not { } route)
        {
            return RefuseRoute();
        }

        if (length > int.MaxValue)
        {
            return _sender.RefuseLength(length);
        }

        if (!PacketView.TryParse(new ReadOnlySpan<byte>(data, (int)length), out PacketView packet))
        {
            return RefusePacket(length);
        }

        return packet.IsEssential && route.CopiesEssentials ? EssentialsFirst : _sender.TrySend(route, data, length);
    }

    /// <summary>Puts one packet into the queue for one topic, essential or not. A full queue is waited for briefly; the caller tries again until its deadline.</summary>
    public unsafe ErrorCode Write(int number, byte* data, long length) => WriteWithin(number, data, length, _fullQueueMilliseconds);

    private unsafe ErrorCode WriteWithin(int number, byte* data, long length, int fullQueueMilliseconds)
    {
        if (RouteAt(number) is not { } route)
        {
            return number == InfoRoute && !_closed ? WriteInfo(data, length) : RefuseRoute();
        }

        if (length > int.MaxValue)
        {
            return _sender.RefuseLength(length);
        }

        return PacketView.TryParse(new ReadOnlySpan<byte>(data, (int)length), out _)
            ? _sender.Send(route, data, length, fullQueueMilliseconds)
            : RefusePacket(length);
    }

    /// <summary>Puts packets into the queue that lie one after the other in memory, up to the first that is refused or goes to the essentials first.</summary>
    /// <param name="routes">The number of each packet's route.</param>
    /// <param name="data">The first packet.</param>
    /// <param name="ends">Where each of them ends.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="accepted">How many of them, counted from the first, are in the queue: those to begin after, and then those of now.</param>
    public unsafe ErrorCode WriteMany(int* routes, byte* data, long* ends, int count, ref int accepted)
    {
        // One wait for all of them, so that the call is never long.
        Deadline room = Deadline.After(_fullQueueMilliseconds);
        while (accepted < count)
        {
            int number = routes[accepted];
            int last = accepted + 1;
            while (last < count && routes[last] == number)
            {
                last++;
            }

            if (RouteAt(number) is { } route)
            {
                accepted += _sender.TrySendMany(route, data, ends, accepted, last);
            }

            // What is left cannot go with others: it is essential, or large, or there is no room or something is wrong with it.
            if (accepted < last)
            {
                long start = accepted == 0 ? 0 : ends[accepted - 1];
                ErrorCode error = WriteApart(number, data + start, ends[accepted] - start, room);
                if (error != ErrorCode.None)
                {
                    return error;
                }

                accepted++;
            }
        }

        return ErrorCode.None;
    }

    /// <summary>Makes packets of arrays and puts them into the queue, for at most 100 ms. It is for the caller to go on until all samples are accepted.</summary>
    /// <exception cref="StreamingException">The arrays cannot be written; nothing of them was.</exception>
    public ErrorCode WriteArrays(ref ArrayBatch batch) => RouteAt(batch.Route) is { } route ? _arrays.Send(route, ref batch) : RefuseRoute();

    /// <summary>Waits until everything accepted so far is stored or has failed.</summary>
    public WriteReport Flush(int timeoutMilliseconds, CancellationToken cancellation)
    {
        DeliveryRoute[] deliveries = Volatile.Read(ref _deliveries);
        AcceptedRecords accepted = new(deliveries);
        _engine.Producer.BeginFlush();
        _engine.Tracker.WaitFor(() => accepted.InFlight == 0, Deadline.After(timeoutMilliseconds), cancellation);
        UnreportedFailures[] failures = deliveries.Select(route => route.TakeUnreportedFailures()).ToArray();
        return Report(deliveries) with
        {
            InFlight = accepted.InFlight,
            NewlyFailed = failures.Sum(each => each.Records),
            Failures = failures.SelectMany(each => each.First).Take(MostFailures).ToArray(),
        };
    }

    /// <summary>Whether packets can be written at this moment. All writers of a client share one producer.</summary>
    public WriterHealth Health()
    {
        ProducerSupply producers = _engine.Producers;
        if (producers.Current.Trouble.Last is not null)
        {
            AskBroker();
        }

        return producers.Failure is { } failure ? new WriterHealth(WriterState.Failed, failure.Text, producers.Failures)
            : producers.Current.Trouble.Last is { } reason ? new WriterHealth(WriterState.Degraded, reason, producers.Failures)
            : new WriterHealth(WriterState.Healthy, "", producers.Failures);
    }

    /// <summary>Trouble is over when a broker answers, and nobody might ask one for long.</summary>
    private void AskBroker()
    {
        try
        {
            _engine.Catalog.RefreshIfOlder(HealthMilliseconds, HealthMilliseconds);
        }
        catch (StreamingException)
        {
            // Then the trouble is not over, which is what health says.
        }
    }

    public WriteReport Statistics() => Report(Volatile.Read(ref _deliveries));

    public void Dispose()
    {
        lock (_gate)
        {
            if (_closed)
            {
                return;
            }

            _closed = true;
            _engine.Tracker.RecordFailed -= OnFailed;
            Failures.Close();
        }
    }

    private static WriteReport Report(DeliveryRoute[] deliveries)
    {
        long failed = deliveries.Sum(route => route.Failed);
        long delivered = deliveries.Sum(route => route.Delivered);
        long accepted = deliveries.Sum(route => route.Accepted);
        return new WriteReport(accepted, delivered, failed, accepted - delivered - failed, 0, [])
        {
            FailedByReason = deliveries.SelectMany(route => route.FailedByReason())
                .GroupBy(reason => reason.Key, reason => reason.Value)
                .ToDictionary(reason => ResponseErrors.Describe(reason.Key), reason => reason.Sum()),
        };
    }

    private unsafe ErrorCode WriteApart(int number, byte* data, long length, Deadline room)
    {
        ErrorCode error = TryWrite(number, data, length);
        return error == ErrorCode.QueueFull ? WriteWithin(number, data, length, room.RemainingMilliseconds) : error;
    }

    private void RequireOpen()
    {
        if (_closed)
        {
            throw new StreamingException(ErrorCode.Closed, "the writer has been stopped");
        }
    }

    private WriteRoute? RouteAt(int number)
    {
        WriteRoute?[] routes = Volatile.Read(ref _routes);
        return !_closed && number > InfoRoute && number < routes.Length ? Volatile.Read(ref routes[number]) : null;
    }

    private int Add(WriteRoute route)
    {
        route.Delivery.Owner = this;
        _engine.Tracker.Add(route.Delivery);
        Volatile.Write(ref _deliveries, [.. _deliveries, route.Delivery]);
        if (_count == _routes.Length)
        {
            WriteRoute?[] larger = new WriteRoute?[_routes.Length * 2];
            Array.Copy(_routes, larger, _routes.Length);
            Volatile.Write(ref _routes, larger);
        }

        Volatile.Write(ref _routes[_count], route);
        return _count++;
    }

    private unsafe ErrorCode WriteInfo(byte* data, long length)
    {
        ReadOnlySpan<byte> value = new(data, checked((int)length));
        if (!PacketView.TryParse(value, out PacketView packet) || packet.SessionKey.IsEmpty)
        {
            return Refuse(ErrorCode.InvalidPacket, $"the {length} bytes are not a Packet with a session key");
        }

        string key = System.Text.Encoding.UTF8.GetString(packet.SessionKey);
        try
        {
            return Write(OpenInfoRoute(key), data, length);
        }
        catch (StreamingException e)
        {
            return Refuse(e.Code, e.Message);
        }
    }

    private int OpenInfoRoute(string sessionKey)
    {
        lock (_gate)
        {
            RequireOpen();
            if (_numbers.TryGetValue(("", "", sessionKey), out int known))
            {
                return known;
            }

            string topic = _engine.RequireProfile().SessionTopic;
            int number = Add(new WriteRoute(new DeliveryRoute("", "", sessionKey, topic), _engine.Producer, RecordPublisher.ByKey, copiesEssentials: false));
            _numbers.Add(("", "", sessionKey), number);
            return number;
        }
    }

    private static ErrorCode RefuseRoute() => Refuse(ErrorCode.Closed, "the writer has been stopped, or the route was never opened");

    private static ErrorCode RefusePacket(long length) => Refuse(ErrorCode.InvalidPacket, $"the {length} bytes are not a Packet of the Open Data Protocol");

    /// <summary>Keeps the reason for the calling thread and answers with the code.</summary>
    public static ErrorCode Refuse(ErrorCode code, string reason)
    {
        _lastError = reason;
        return code;
    }

    private void OnFailed(DeliveryRoute route, ResponseError error, long packetId)
    {
        if (ReferenceEquals(route.Owner, this))
        {
            Failures.Add(route, error, packetId);
        }
    }
}
