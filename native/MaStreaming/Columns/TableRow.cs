using System;
using MaStreaming.Protocol;

namespace MaStreaming.Columns;

/// <summary>The fields of one packet that is a row of a table. Used again for the next packet.</summary>
internal sealed unsafe class TableRow : IDisposable
{
    private const int MostFields = 8;

    private readonly NativeBuffer _doubles = new();
    private readonly long[] _numbers = new long[MostFields];
    private readonly Extent[] _extents = new Extent[MostFields];
    private int _doublesBytes;

    public TableSchema Schema { get; private set; } = TableSchema.All[0];

    /// <summary>The id of an event's data format; 0 where there is none.</summary>
    public ulong FormatId { get; private set; }

    /// <summary>The identifier of the event with that data format, in UTF-8.</summary>
    public byte[] ResolvedIdentifier { get; set; } = [];

    public long Time => _numbers[0];

    public long Number(int column) => _numbers[column];

    /// <summary>A text, bytes or doubles; valid as long as the packet is.</summary>
    public Extent Extent(int column) => Schema.Fields[column].Type == TableFieldType.Doubles ? new Extent(_doubles.Address, _doublesBytes) : _extents[column];

    /// <summary>Reads a packet's content, which must stay where it is as long as this object is looked at; false if it is malformed.</summary>
    public bool TryRead(TableSchema schema, byte* content, int length)
    {
        Schema = schema;
        FormatId = 0;
        ResolvedIdentifier = [];
        _doublesBytes = 0;
        Array.Clear(_numbers, 0, MostFields);
        Array.Clear(_extents, 0, MostFields);
        WireReader reader = new(new ReadOnlySpan<byte>(content, length));
        while (reader.ReadTag(out int number, out WireType wire))
        {
            if (!TryReadField(ColumnOf(number), wire, content, ref reader))
            {
                return false;
            }
        }

        return !reader.IsMalformed;
    }

    /// <summary>Says what is wrong with a row whose bytes are well-formed.</summary>
    public Rejection Check()
    {
        for (int i = 0; i < Schema.Fields.Count; i++)
        {
            TableFieldType type = Schema.Fields[i].Type;
            if (type == TableFieldType.Time && _numbers[i] < 0)
            {
                return new Rejection(RejectionReason.TimestampRange);
            }

            if (type == TableFieldType.EventFormat && _extents[i].Length == 0 && ResolvedIdentifier.Length == 0)
            {
                return new Rejection(RejectionReason.NoDataFormat);
            }
        }

        return default;
    }

    public void Dispose() => _doubles.Dispose();

    private int ColumnOf(int number)
    {
        for (int i = 0; i < Schema.Fields.Count; i++)
        {
            if (Schema.Fields[i].Number == number)
            {
                return i;
            }
        }

        return -1;
    }

    // A field with another wire type than the schema's is one that is not known, as for the official parsers.
    private bool TryReadField(int column, WireType wire, byte* content, ref WireReader reader)
    {
        ReadOnlySpan<byte> bytes;
        ulong number;
        switch (column < 0 ? (TableFieldType?)null : Schema.Fields[column].Type, wire)
        {
            case (TableFieldType.Time, WireType.Fixed64) when reader.TryReadFixed64(out number):
                _numbers[column] = (long)number;
                return true;
            case (TableFieldType.UInt32, WireType.Varint) when reader.TryReadVarint(out number):
                _numbers[column] = (uint)number;
                return true;
            case (TableFieldType.Enum, WireType.Varint) when reader.TryReadVarint(out number):
                _numbers[column] = (int)number;
                return true;
            case (TableFieldType.Int64, WireType.Varint) when reader.TryReadVarint(out number):
                _numbers[column] = (long)number;
                return true;
            case (TableFieldType.Text, WireType.LengthDelimited) when reader.TryReadText(out bytes):
            case (TableFieldType.Bytes, WireType.LengthDelimited) when reader.TryReadBytes(out bytes):
                _extents[column] = new Extent(content + reader.Position - bytes.Length, bytes.Length);
                return true;
            case (TableFieldType.Doubles, WireType.Fixed64) when reader.TryReadFixed64(out number):
                return TryPushDoubles((byte*)&number, sizeof(ulong));
            case (TableFieldType.Doubles, WireType.LengthDelimited) when reader.TryReadBytes(out bytes):
                return TryPushDoubles(content + reader.Position - bytes.Length, bytes.Length);
            case (TableFieldType.EventFormat, WireType.LengthDelimited) when reader.TryReadBytes(out bytes):
                return TryReadFormat(column, new Extent(content + reader.Position - bytes.Length, bytes.Length));
            default:
                return reader.TrySkip(wire);
        }
    }

    private bool TryPushDoubles(byte* packed, int length)
    {
        if (length % sizeof(double) != 0)
        {
            return false;
        }

        _doubles.Append(packed, length, _doublesBytes);
        _doublesBytes += length;
        return true;
    }

    // A oneof of an id and an identifier: the last one holds, also over several of these messages.
    private bool TryReadFormat(int column, Extent format)
    {
        WireReader reader = new(format.Span);
        while (reader.ReadTag(out int field, out WireType type))
        {
            switch (field, type)
            {
                case (1, WireType.Varint) when reader.TryReadVarint(out ulong id):
                    FormatId = id;
                    _extents[column] = default;
                    break;
                case (2, WireType.LengthDelimited) when reader.TryReadText(out ReadOnlySpan<byte> identifier):
                    FormatId = 0;
                    _extents[column] = new Extent(format.Start + reader.Position - identifier.Length, identifier.Length);
                    break;
                default:
                    reader.TrySkip(type);
                    break;
            }
        }

        return !reader.IsMalformed;
    }
}
