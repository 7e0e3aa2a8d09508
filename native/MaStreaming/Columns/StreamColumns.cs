using System;
using System.Collections.Generic;
using MaStreaming.Protocol;

namespace MaStreaming.Columns;

/// <summary>Turns the packets of one stream of one session into batches of columns.</summary>
/// <remarks>
/// A packet whose data format is not defined yet waits, and what comes behind it on the stream waits too, because the order of times in a
/// column matters. That lasts until the definition comes, for <see cref="ColumnSettings.OrderMilliseconds"/> at most or until the bytes that may
/// wait are used up. Then packets with known formats go on, and those without wait alone; when the room is used up, the oldest of them are
/// given up and counted under their format's id. Not for several threads at once.
/// </remarks>
/// <param name="name">What the stream is called in texts.</param>
/// <param name="settings">What the reader does.</param>
/// <param name="shared">What the streams of the reader have in common.</param>
internal sealed unsafe class StreamColumns(string name, ColumnSettings settings, ColumnDecoding shared) : IDisposable
{
    private readonly ColumnBatchBuilder _builder = new(settings.MaxSamples, shared.Decoder);
    private readonly WaitingPackets _waiting = new(settings, shared.Statistics);
    private readonly HashSet<ulong> _givenUp = [];
    private long _nextOffset;

    /// <summary>Samples in the batch that is being filled.</summary>
    public long Samples => _builder.Samples;

    /// <summary>Whether the batch has as many samples as it may have.</summary>
    public bool IsFull => _builder.Samples >= settings.MaxSamples;

    /// <summary>Whether packets wait for the definition of a data format.</summary>
    public bool HasWaiting => _waiting.First is not null;

    /// <summary>From where the stream would have to be read again to get what no batch has, and the one being filled has not.</summary>
    public long EndOffset => _waiting.First is { } first ? Math.Min(first.Value.Offset, _nextOffset) : _nextOffset;

    /// <summary>Adds a packet; false when the batch must be taken first, and the packet added again.</summary>
    public bool TryAppend(long offset, ReadOnlySpan<byte> bytes)
    {
        if (!TryAppendWaiting())
        {
            return false;
        }

        if (!PacketView.TryParse(bytes, out PacketView packet))
        {
            shared.Statistics.CountRejection(new Rejection(RejectionReason.MalformedPacket), name, offset);
        }
        else if (!TryAppend(offset, packet))
        {
            return false;
        }

        _nextOffset = offset + 1;
        return true;
    }

    /// <summary>Adds the packets that need not wait any longer; false when the batch must be taken first.</summary>
    public bool TryAppendWaiting()
    {
        LinkedListNode<WaitingPacket>? next = _waiting.First;
        while (next is { } node)
        {
            next = node.Next;
            if (node.Value.FormatId != 0 && shared.Formats.Find(node.Value.FormatId) is null)
            {
                if (_waiting.KeepsOrder)
                {
                    break;
                }

                continue;
            }

            fixed (byte* content = node.Value.Content)
            {
                if (!TryDecode(node.Value.Offset, node.Value.Kind, content, node.Value.Content.Length))
                {
                    return false;
                }
            }

            _waiting.Remove(node);
        }

        return true;
    }

    /// <summary>Gives up the packets whose formats are still not defined, when nothing more will be read; false when the batch must be taken first.</summary>
    public bool TryFinish()
    {
        _waiting.GiveUpOrder();
        if (!TryAppendWaiting())
        {
            return false;
        }

        while (_waiting.First is { } oldest)
        {
            GiveUp(oldest);
        }

        return true;
    }

    /// <summary>Hands over what was gathered; null where there is nothing.</summary>
    public ColumnBatch? Take() => _builder.Take(EndOffset);

    public void Dispose() => _builder.Dispose();

    private bool TryAppend(long offset, in PacketView packet)
    {
        SamplePacketKind kind = SamplePacket.KindOf(packet.Type);
        if (kind == SamplePacketKind.None)
        {
            shared.Statistics.OtherPackets++;
            return true;
        }

        fixed (byte* content = packet.Content)
        {
            SamplePacket scanned = shared.Packet;
            if (!scanned.TryRead(kind, content, packet.Content.Length))
            {
                Reject(new Rejection(RejectionReason.MalformedContent), offset);
                return true;
            }

            bool isUnknown = scanned.Format == FormatReference.Id && scanned.FormatId != 0 && shared.Formats.Find(scanned.FormatId) is null;
            if (isUnknown || _waiting.KeepsOrder)
            {
                return TryWait(offset, kind, scanned, isUnknown, packet.Content);
            }

            return TryAppend(offset, scanned);
        }
    }

    private bool TryWait(long offset, SamplePacketKind kind, SamplePacket packet, bool isUnknown, ReadOnlySpan<byte> content)
    {
        ulong id = packet.Format == FormatReference.Id ? packet.FormatId : 0;
        if (isUnknown && _givenUp.Contains(id))
        {
            shared.Statistics.CountUnresolved(id, content.Length);
            return true;
        }

        if (!_waiting.HasRoom(content.Length))
        {
            _waiting.GiveUpOrder();
            if (!TryAppendWaiting())
            {
                return false;
            }

            // Decoding what waited has used the scanned packet.
            return isUnknown ? WaitInPlaceOfOlder(offset, kind, id, content) : TryDecode(offset, kind, content);
        }

        _waiting.Add(new WaitingPacket(kind, id, offset, content.ToArray()));
        return true;
    }

    private bool WaitInPlaceOfOlder(long offset, SamplePacketKind kind, ulong id, ReadOnlySpan<byte> content)
    {
        while (!_waiting.HasRoom(content.Length) && _waiting.First is { } oldest)
        {
            GiveUp(oldest);
        }

        if (_waiting.HasRoom(content.Length) && !_givenUp.Contains(id))
        {
            _waiting.Add(new WaitingPacket(kind, id, offset, content.ToArray()));
            _waiting.GiveUpOrder();
        }
        else
        {
            shared.Statistics.CountUnresolved(id, content.Length);
        }

        return true;
    }

    private void GiveUp(LinkedListNode<WaitingPacket> packet)
    {
        _givenUp.Add(packet.Value.FormatId);
        shared.Statistics.CountUnresolved(packet.Value.FormatId, packet.Value.Content.Length);
        _waiting.Remove(packet);
    }

    private bool TryDecode(long offset, SamplePacketKind kind, ReadOnlySpan<byte> content)
    {
        fixed (byte* start = content)
        {
            return TryDecode(offset, kind, start, content.Length);
        }
    }

    private bool TryDecode(long offset, SamplePacketKind kind, byte* content, int length) =>
        !shared.Packet.TryRead(kind, content, length) || TryAppend(offset, shared.Packet);

    private bool TryAppend(long offset, SamplePacket packet)
    {
        FormatColumns? format = packet.Format switch
        {
            FormatReference.Parameters => shared.Formats.Find(packet.Parameters.Span),
            FormatReference.Id when packet.FormatId != 0 => shared.Formats.Find(packet.FormatId),
            _ => null,
        };
        if (format is null)
        {
            Reject(new Rejection(packet.Format == FormatReference.Parameters ? RejectionReason.MalformedContent : RejectionReason.NoDataFormat), offset);
            return true;
        }

        ColumnStatistics statistics = shared.Statistics;
        if (format.Selected == 0 && format.Parameters.Length > 0)
        {
            statistics.NotSelectedPackets++;
            return true;
        }

        long before = _builder.Samples;
        long late = _builder.LatePackets;
        long wide = _builder.WideStatuses;
        switch (_builder.Append(packet, format))
        {
            case AppendOutcome.CutFirst:
                return false;
            case AppendOutcome.Rejected:
                Reject(_builder.Rejection, offset);
                return true;
        }

        statistics.Packets++;
        statistics.Samples += _builder.Samples - before;
        statistics.LatePackets += _builder.LatePackets - late;
        statistics.WideStatuses += _builder.WideStatuses - wide;
        statistics.ZeroIntervalPackets += packet.Kind == SamplePacketKind.Periodic && packet.Interval == 0 ? 1 : 0;
        return true;
    }

    private void Reject(Rejection rejection, long offset) => shared.Statistics.CountRejection(rejection, name, offset);
}
