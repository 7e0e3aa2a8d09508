using System.Collections.Generic;
using System.Linq;
using System.Threading;
using MaStreaming.Engine;
using MaStreaming.Kafka;

namespace MaStreaming.PacketWriting;

/// <summary>Some records of one stream that could not be delivered for one reason.</summary>
internal sealed record DeliveryFailure(DeliveryRoute Route, string Reason, ulong FirstPacketId)
{
    /// <summary>How many; it grows until the failure is taken.</summary>
    public long Records { get; set; } = 1;
}

/// <summary>Failed deliveries that nobody has taken yet, gathered by stream and reason, so that a million of them is one report.</summary>
internal sealed class FailureBursts
{
    private readonly Dictionary<(DeliveryRoute Route, ResponseError Error), DeliveryFailure> _bursts = [];
    private bool _closed;

    public bool IsClosed
    {
        get
        {
            lock (_bursts)
            {
                return _closed;
            }
        }
    }

    public void Add(DeliveryRoute route, ResponseError error, long packetId)
    {
        lock (_bursts)
        {
            if (_bursts.TryGetValue((route, error), out DeliveryFailure? burst))
            {
                burst.Records++;
                return;
            }

            _bursts.Add((route, error), new DeliveryFailure(route, ResponseErrors.Describe(error), (ulong)packetId));
            Monitor.PulseAll(_bursts);
        }
    }

    /// <summary>One burst, or null when none comes within the time or the writer was closed.</summary>
    public DeliveryFailure? Take(int timeoutMilliseconds)
    {
        lock (_bursts)
        {
            if (_bursts.Count == 0 && !_closed && timeoutMilliseconds > 0)
            {
                Monitor.Wait(_bursts, timeoutMilliseconds);
            }

            if (_bursts.Count == 0)
            {
                return null;
            }

            KeyValuePair<(DeliveryRoute Route, ResponseError Error), DeliveryFailure> first = _bursts.First();
            _bursts.Remove(first.Key);
            return first.Value;
        }
    }

    public void Close()
    {
        lock (_bursts)
        {
            _closed = true;
            Monitor.PulseAll(_bursts);
        }
    }
}
