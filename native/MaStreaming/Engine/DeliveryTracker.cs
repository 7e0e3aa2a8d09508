using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using MaStreaming.Kafka;
using MaStreaming.Protocol;

namespace MaStreaming.Engine;

/// <summary>Receives every delivery report of the producer and settles the route or the single record that it belongs to.</summary>
internal sealed class DeliveryTracker(LogQueue logs) : IDeliverySink
{
    private const int ErrorLevel = 3;

    private readonly object _gate = new();
    private readonly Dictionary<long, PendingDelivery> _pending = [];
    private DeliveryRoute?[] _routes = new DeliveryRoute?[64];
    private int _routeCount;
    private long _lastPending;

    /// <summary>Raised on the producer's thread for each record that could not be delivered.</summary>
    public event Action<DeliveryRoute, ResponseError, long>? RecordFailed;

    public void Add(DeliveryRoute route)
    {
        lock (_gate)
        {
            if (_routeCount + 1 >= _routes.Length)
            {
                DeliveryRoute?[] larger = new DeliveryRoute?[_routes.Length * 2];
                Array.Copy(_routes, larger, _routes.Length);
                Volatile.Write(ref _routes, larger);
            }

            route.Index = ++_routeCount;
            Volatile.Write(ref _routes[route.Index], route);
        }
    }

    /// <summary>Every route of a session, of all writers of this client.</summary>
    public IReadOnlyList<DeliveryRoute> RoutesOf(string sessionKey) => Routes().Where(route => route.SessionKey == sessionKey).ToArray();

    public IReadOnlyList<DeliveryRoute> Routes()
    {
        lock (_gate)
        {
            return _routes.OfType<DeliveryRoute>().ToArray();
        }
    }

    /// <summary>A record whose acknowledgement somebody waits for; its opaque value is negative.</summary>
    public PendingDelivery Expect()
    {
        lock (_gate)
        {
            PendingDelivery pending = new(--_lastPending);
            _pending.Add(pending.Opaque, pending);
            return pending;
        }
    }

    public void Forget(PendingDelivery pending)
    {
        lock (_gate)
        {
            _pending.Remove(pending.Opaque);
        }
    }

    public unsafe void Delivered(IntPtr opaque, ResponseError error, byte* value, long length, long offset, int partition)
    {
        long number = opaque.ToInt64();
        if (number < 0)
        {
            Complete(number, error, offset, partition);
            return;
        }

        DeliveryRoute? route = Volatile.Read(ref Volatile.Read(ref _routes)[number]);
        if (route is null)
        {
            return;
        }

        long packetId = error == ResponseError.NoError ? 0 : PacketId(value, length);
        route.Settle(error, packetId, length);
        if (error != ResponseError.NoError)
        {
            RecordFailed?.Invoke(route, error, packetId);
        }
    }

    public void EndOfBatch()
    {
        lock (_gate)
        {
            Monitor.PulseAll(_gate);
        }
    }

    public void Failed(Exception e) => logs.Add(ErrorLevel, "DELIVERY", $"the delivery reports can no longer be read: {e.Message}");

    /// <summary>Waits until the condition holds, looking again after each batch of delivery reports.</summary>
    public bool WaitFor(Func<bool> condition, Deadline deadline, CancellationToken cancellation = default)
    {
        lock (_gate)
        {
            while (!condition())
            {
                if (deadline.HasPassed || cancellation.IsCancellationRequested)
                {
                    return false;
                }

                Monitor.Wait(_gate, Math.Max(1, deadline.Slice(100)));
            }

            return true;
        }
    }

    private static unsafe long PacketId(byte* value, long length) =>
        value != null && PacketView.TryParse(new ReadOnlySpan<byte>(value, checked((int)length)), out PacketView packet)
            ? (long)packet.Id
            : 0;

    private void Complete(long number, ResponseError error, long offset, int partition)
    {
        lock (_gate)
        {
            if (_pending.TryGetValue(number, out PendingDelivery? pending))
            {
                _pending.Remove(number);
                pending.Settle(error, offset, partition);
                Monitor.PulseAll(_gate);
            }
        }
    }
}
