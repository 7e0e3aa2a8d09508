using System;
using System.Collections.Generic;
using MaStreaming.Protocol;

namespace MaStreaming.Columns;

/// <summary>Turns the packets of one stream of one session into batches of columns.</summary>
/// <remarks>
/// A packet whose data format is not defined yet waits, and what comes behind it on the stream waits too, because the order of times in a
/// column matters. That lasts until the definition comes, for <see cref="ColumnSettings.OrderMilliseconds"/> at most or until the bytes that may
/// wait are used up. Then packets with known formats go on, and those without wait alone; when the room is used up, the oldest of them are
/// given up and counted under their format's id, but not before the definitions that the broker has were read to their end while they waited
/// (<see cref="NeedsFormats"/>): those are on another topic, and may come later than the packets. Not for several threads at once.
/// </remarks>
/// <param name="name">What the stream is called in texts.</param>
/// <param name="settings">What the reader does.</param>
/// <param name="shared">What the streams of the reader have in common.</param>
internal sealed unsafe class StreamColumns(string name, ColumnSettings settings, ColumnDecoding shared) : IDisposable
{
    private readonly StreamContents _contents = new(name, settings, shared);
    private readonly WaitingPackets _waiting = new(settings, shared.Statistics);
    private readonly HashSet<(TableSchema? Table, ulong Id)> _givenUp = [];
    private long _nextOffset;

    // The packet that has no room as long as the formats have not been read, and before which packet they were when they last were.
    private long? _withoutRoom;
    private long _readFormatsBefore;

    /// <summary>Samples in the batch that is being filled, and rows of its tables.</summary>
    public long Gathered => _contents.Batch.Gathered;

    /// <summary>Whether the batch has as many as it may have.</summary>
    public bool IsFull => _contents.Batch.Gathered >= settings.MaxSamples;

    /// <summary>Whether packets wait for the definition of a data format.</summary>
    public bool HasWaiting => _waiting.First is not null;

    /// <summary>Whether the packet that was to be added last has no room before the formats are read: <see cref="NoticeFormats"/>.</summary>
    public bool NeedsFormats => _withoutRoom is not null;

    /// <summary>From where the stream would have to be read again to get what no batch has, and the one being filled has not.</summary>
    public long EndOffset => _waiting.First is { } first ? Math.Min(first.Value.Offset, _nextOffset) : _nextOffset;

    /// <summary>Adds a packet; false when the batch must be taken first, or the formats be read where it says so, and the packet added again.</summary>
    public bool TryAppend(long offset, ReadOnlySpan<byte> bytes)
    {
        _withoutRoom = null;
        if (!TryAppendWaiting())
        {
            return false;
        }

        if (!PacketView.TryParse(bytes, out PacketView packet))
        {
            _contents.Reject(new Rejection(RejectionReason.MalformedPacket), offset);
        }
        else if (!TryAppend(offset, packet))
        {
            return false;
        }

        _nextOffset = offset + 1;
        return true;
    }

    /// <summary>Takes notice that the formats that the broker has were read to their end, if they could be.</summary>
    public void NoticeFormats()
    {
        _readFormatsBefore = _withoutRoom + 1 ?? _nextOffset;
        _withoutRoom = null;
    }

    /// <summary>Adds the packets that need not wait any longer; false when the batch must be taken first.</summary>
    public bool TryAppendWaiting()
    {
        LinkedListNode<WaitingPacket>? next = _waiting.First;
        while (next is { } node)
        {
            next = node.Next;
            if (!_contents.IsDefined(node.Value.Table, node.Value.FormatId))
            {
                if (_waiting.KeepsOrder)
                {
                    break;
                }

                continue;
            }

            if (!TryDecode(node.Value.Offset, node.Value.Kind, node.Value.Table, node.Value.Content))
            {
                return false;
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
    public ColumnBatch? Take() => _contents.Batch.Take(EndOffset);

    public void Dispose() => _contents.Batch.Dispose();

    private bool TryAppend(long offset, in PacketView packet)
    {
        SamplePacketKind kind = SamplePacket.KindOf(packet.Type);
        if (kind != SamplePacketKind.None)
        {
            if (!shared.Parameters.SelectsNothing)
            {
                return TryAppend(offset, kind, null, packet.Content);
            }

            shared.Statistics.NotSelectedPackets++;
        }
        else if (TableSchema.Find(packet.Type, settings.Tables, out bool isMisspelt) is { } table)
        {
            if (!TryAppend(offset, SamplePacketKind.None, table, packet.Content))
            {
                return false;
            }

            if (isMisspelt)
            {
                shared.Statistics.CountMisspelt(packet.Type, table.Type);
            }
        }
        else
        {
            shared.Statistics.CountOther(packet.Type);
        }

        return true;
    }

    private bool TryAppend(long offset, SamplePacketKind kind, TableSchema? table, ReadOnlySpan<byte> content)
    {
        fixed (byte* start = content)
        {
            if (!_contents.TryRead(kind, table, start, content.Length))
            {
                _contents.Reject(new Rejection(RejectionReason.MalformedContent), offset);
                return true;
            }

            ulong id = _contents.FormatIdOf(table);
            bool isUnknown = !_contents.IsDefined(table, id);
            if (isUnknown && _givenUp.Contains((table, id)))
            {
                shared.Statistics.CountUnresolved(table is not null, id, content.Length);
                return true;
            }

            if (isUnknown || _waiting.KeepsOrder)
            {
                return TryWait(new WaitingPacket(kind, table, id, offset, content.ToArray()), isUnknown);
            }

            return _contents.TryAppend(offset, table);
        }
    }

    private bool TryWait(WaitingPacket packet, bool isUnknown)
    {
        if (_waiting.HasRoom(packet.Content.Length))
        {
            _waiting.Add(packet);
            return true;
        }

        if ((_waiting.First?.Value.Offset ?? packet.Offset) >= _readFormatsBefore)
        {
            _withoutRoom = packet.Offset;
            return false;
        }

        _waiting.GiveUpOrder();
        if (!TryAppendWaiting())
        {
            return false;
        }

        // Decoding what waited has used the scanned packet.
        return isUnknown ? WaitInPlaceOfOlder(packet) : TryDecode(packet.Offset, packet.Kind, packet.Table, packet.Content);
    }

    private bool WaitInPlaceOfOlder(WaitingPacket packet)
    {
        while (!_waiting.HasRoom(packet.Content.Length) && _waiting.First is { } oldest)
        {
            GiveUp(oldest);
        }

        if (_waiting.HasRoom(packet.Content.Length) && !_givenUp.Contains((packet.Table, packet.FormatId)))
        {
            _waiting.Add(packet);
            _waiting.GiveUpOrder();
        }
        else
        {
            _givenUp.Add((packet.Table, packet.FormatId));
            shared.Statistics.CountUnresolved(packet.Table is not null, packet.FormatId, packet.Content.Length);
        }

        return true;
    }

    private void GiveUp(LinkedListNode<WaitingPacket> packet)
    {
        _givenUp.Add((packet.Value.Table, packet.Value.FormatId));
        shared.Statistics.CountUnresolved(packet.Value.Table is not null, packet.Value.FormatId, packet.Value.Content.Length);
        _waiting.Remove(packet);
    }

    private bool TryDecode(long offset, SamplePacketKind kind, TableSchema? table, byte[] content)
    {
        fixed (byte* start = content)
        {
            return !_contents.TryRead(kind, table, start, content.Length) || _contents.TryAppend(offset, table);
        }
    }
}
