using System.Collections.Generic;
using MaStreaming.Engine;

namespace MaStreaming.Columns;

/// <summary>A packet that waits for the definition of its data format, or behind one that does.</summary>
/// <param name="Kind">What its content is.</param>
/// <param name="Table">The table that it is a row of; null where it has samples.</param>
/// <param name="FormatId">Its data format; 0 for none, or one that is in the packet itself.</param>
/// <param name="Offset">Its place in Kafka.</param>
/// <param name="Content">A copy.</param>
internal sealed record WaitingPacket(SamplePacketKind Kind, TableSchema? Table, ulong FormatId, long Offset, byte[] Content);

/// <summary>The packets of one stream that wait, in their order, within what all streams of the reader may hold.</summary>
internal sealed class WaitingPackets(ColumnSettings settings, ColumnStatistics statistics)
{
    private readonly LinkedList<WaitingPacket> _packets = new();
    private Deadline _orderUntil;

    public LinkedListNode<WaitingPacket>? First => _packets.First;

    /// <summary>Whether later packets wait behind the first one. They do for a limited time: one definition that never comes must not hold up the rest.</summary>
    public bool KeepsOrder => _packets.Count > 0 && !_orderUntil.HasPassed;

    public bool HasRoom(int bytes) => statistics.WaitingBytes + bytes <= settings.MaxWaitingBytes;

    public void Add(WaitingPacket packet)
    {
        if (_packets.Count == 0)
        {
            _orderUntil = Deadline.After(settings.OrderMilliseconds);
        }

        _packets.AddLast(packet);
        statistics.WaitingPackets++;
        statistics.WaitingBytes += packet.Content.Length;
    }

    public void Remove(LinkedListNode<WaitingPacket> packet)
    {
        _packets.Remove(packet);
        statistics.WaitingPackets--;
        statistics.WaitingBytes -= packet.Value.Content.Length;
    }

    /// <summary>From now on later packets do not wait behind these.</summary>
    public void GiveUpOrder() => _orderUntil = Deadline.After(0);
}
