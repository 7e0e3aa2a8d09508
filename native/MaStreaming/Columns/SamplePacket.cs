using System;
using MaStreaming.Protocol;

namespace MaStreaming.Columns;

/// <summary>The three packets that have samples (wire contract 7.2).</summary>
internal enum SamplePacketKind
{
    None = 0,
    Periodic = 1,
    Row = 2,
    Synchro = 3,
}

/// <summary>What kind of format reference a packet has.</summary>
internal enum FormatReference
{
    None = 0,
    Id = 1,
    Parameters = 2,
}

/// <summary>
/// The fields of one PeriodicDataPacket, RowDataPacket or SynchroDataPacket, with columns and rows as extents that are not looked into.
/// Used again for the next packet.
/// </summary>
internal sealed unsafe class SamplePacket : IDisposable
{
    private const int FormatDepth = 1;
    private const byte ColumnTag = 0x22;
    private const byte RowTag = 0x1A;

    private readonly NativeBuffer _times = new();
    private readonly NativeBuffer _joinedParameters = new();
    private Extent[] _groups = new Extent[64];
    private int _parameterPieces;

    public SamplePacketKind Kind { get; private set; }

    /// <summary>Whether the data format is an id or a list; with several, the last one counts.</summary>
    public FormatReference Format { get; private set; }

    public ulong FormatId { get; private set; }

    /// <summary>The bytes of the format's ParameterList.</summary>
    public Extent Parameters { get; private set; }

    /// <summary>Time of the first sample, of periodic and synchro packets.</summary>
    public ulong StartTime { get; private set; }

    public uint Interval { get; private set; }

    /// <summary>Timestamps of the rows, or intervals of a synchro packet.</summary>
    public ulong* Times => (ulong*)_times.Address;

    public int TimeCount { get; private set; }

    /// <summary>How many columns, or rows.</summary>
    public int GroupCount { get; private set; }

    /// <summary>A column or a row.</summary>
    public ref readonly Extent Group(int index) => ref _groups[index];

    /// <summary>Which packet with samples a type names.</summary>
    public static SamplePacketKind KindOf(ReadOnlySpan<byte> type) =>
        type.SequenceEqual(PacketTypes.PeriodicData) ? SamplePacketKind.Periodic
        : type.SequenceEqual(PacketTypes.RowData) ? SamplePacketKind.Row
        : type.SequenceEqual(PacketTypes.SynchroData) ? SamplePacketKind.Synchro
        : SamplePacketKind.None;

    /// <summary>Reads a packet's content, which must stay where it is as long as this object is looked at; false if it is malformed.</summary>
    public bool TryRead(SamplePacketKind kind, byte* content, int length)
    {
        Kind = kind;
        Format = FormatReference.None;
        StartTime = 0;
        Interval = 0;
        TimeCount = 0;
        GroupCount = 0;
        byte groupTag = kind == SamplePacketKind.Row ? RowTag : ColumnTag;
        byte* at = content;
        byte* end = content + length;
        while (at < end)
        {
            byte* start = at + 1;
            if (*at == groupTag && SampleLists.TryTakeLength(ref start, end, out int bytes) && bytes <= end - start)
            {
                PushGroup(new Extent(start, bytes));
                at = start + bytes;
            }
            else if (!TryReadField(ref at, end))
            {
                return false;
            }
        }

        return true;
    }

    public void Dispose()
    {
        _times.Dispose();
        _joinedParameters.Dispose();
    }

    private bool TryReadField(ref byte* at, byte* end)
    {
        WireReader reader = new(new ReadOnlySpan<byte>(at, (int)(end - at)));
        if (!reader.ReadTag(out int field, out WireType type))
        {
            return false;
        }

        bool isRow = Kind == SamplePacketKind.Row;
        bool read = (field, type) switch
        {
            (1, WireType.LengthDelimited) => reader.TryReadBytes(out ReadOnlySpan<byte> format) && TryReadFormat(new Extent(at + reader.Position - format.Length, format.Length)),
            (2, WireType.Fixed64) => reader.TryReadFixed64(out ulong time) && (isRow ? PushTime(time) : SetStart(time)),
            (2, WireType.LengthDelimited) when isRow => reader.TryReadBytes(out ReadOnlySpan<byte> times) && TryPushTimestamps(times),
            (3, WireType.Varint) when Kind == SamplePacketKind.Periodic => reader.TryReadVarint(out ulong interval) && SetInterval(interval),
            (3, WireType.Varint) when Kind == SamplePacketKind.Synchro => reader.TryReadVarint(out ulong interval) && PushTime((uint)interval),
            (3, WireType.LengthDelimited) when Kind == SamplePacketKind.Synchro => reader.TryReadBytes(out ReadOnlySpan<byte> intervals) && TryPushIntervals(intervals),
            (3, WireType.LengthDelimited) when isRow => reader.TryReadBytes(out ReadOnlySpan<byte> row) && PushGroup(new Extent(at + reader.Position - row.Length, row.Length)),
            (4, WireType.LengthDelimited) when !isRow => reader.TryReadBytes(out ReadOnlySpan<byte> column) && PushGroup(new Extent(at + reader.Position - column.Length, column.Length)),
            _ => reader.TrySkip(type),
        };
        at += reader.Position;
        return read;
    }

    // SampleDataFormat: a oneof of an id and a list. Several of them are one message: the last kind holds, lists in a row are joined.
    private bool TryReadFormat(Extent format)
    {
        WireReader reader = new(format.Span, FormatDepth);
        while (reader.ReadTag(out int field, out WireType type))
        {
            switch (field, type)
            {
                case (1, WireType.Varint):
                    reader.TryReadVarint(out ulong id);
                    if (Format == FormatReference.Parameters && !IsWellFormed(Parameters))
                    {
                        return false;
                    }

                    FormatId = id;
                    Format = FormatReference.Id;
                    break;
                case (2, WireType.LengthDelimited):
                    if (reader.TryReadBytes(out ReadOnlySpan<byte> list) && !TryAddParameters(new Extent(format.Start + reader.Position - list.Length, list.Length)))
                    {
                        return false;
                    }

                    break;
                default:
                    reader.TrySkip(type);
                    break;
            }
        }

        return !reader.IsMalformed;
    }

    private static bool IsWellFormed(Extent list) => ParameterListReader.TryRead(list.Span, []);

    private bool TryAddParameters(Extent list)
    {
        if (Format != FormatReference.Parameters)
        {
            Format = FormatReference.Parameters;
            Parameters = list;
            _parameterPieces = 1;
            return true;
        }

        // Each by itself, because one that is cut off would go on in the next one.
        if ((_parameterPieces == 1 && !IsWellFormed(Parameters)) || !IsWellFormed(list))
        {
            return false;
        }

        if (_parameterPieces++ == 1)
        {
            _joinedParameters.Append(Parameters.Start, Parameters.Length, 0);
        }

        _joinedParameters.Append(list.Start, list.Length, Parameters.Length);
        Parameters = new Extent(_joinedParameters.Address, Parameters.Length + list.Length);
        return true;
    }

    private bool TryPushTimestamps(ReadOnlySpan<byte> packed)
    {
        if (packed.Length % sizeof(ulong) != 0)
        {
            return false;
        }

        int count = packed.Length / sizeof(ulong);
        _times.Reserve((long)(TimeCount + count) * sizeof(ulong), (long)TimeCount * sizeof(ulong));
        packed.CopyTo(new Span<byte>(Times + TimeCount, packed.Length));
        TimeCount += count;
        return true;
    }

    private bool TryPushIntervals(ReadOnlySpan<byte> packed)
    {
        WireReader reader = new(packed);
        while (reader.Position < packed.Length)
        {
            if (!reader.TryReadVarint(out ulong interval))
            {
                return false;
            }

            PushTime((uint)interval);
        }

        return true;
    }

    private bool PushTime(ulong time)
    {
        _times.Reserve((TimeCount + 1L) * sizeof(ulong), (long)TimeCount * sizeof(ulong));
        Times[TimeCount++] = time;
        return true;
    }

    private bool SetStart(ulong time)
    {
        StartTime = time;
        return true;
    }

    private bool SetInterval(ulong interval)
    {
        Interval = (uint)interval;
        return true;
    }

    private bool PushGroup(Extent group)
    {
        if (GroupCount == _groups.Length)
        {
            Array.Resize(ref _groups, GroupCount * 2);
        }

        _groups[GroupCount++] = group;
        return true;
    }
}
