using System;
using System.Collections.Generic;
using MaStreaming.Protocol;

namespace MaStreaming.Columns;

/// <summary>What a cell of a table is read from.</summary>
internal enum TableFieldType
{
    /// <summary>fixed64: nanoseconds since the Unix epoch.</summary>
    Time,
    UInt32,

    /// <summary>An enum, which protobuf sends as int32.</summary>
    Enum,
    Int64,
    Text,
    Bytes,

    /// <summary>repeated double.</summary>
    Doubles,

    /// <summary>EventDataFormat: the identifier of an event, or the id of a data format that has it.</summary>
    EventFormat,
}

/// <summary>What a column of a table holds; the numbers go on where those of <see cref="SampleKind"/> end.</summary>
internal enum TableColumnKind
{
    /// <summary>UTF-8 with offsets of four bytes, one more than there are rows.</summary>
    Text = SampleKind.Text,

    /// <summary>Eight bytes each.</summary>
    Int64 = 5,

    /// <summary>Bytes with offsets, as texts have them.</summary>
    Bytes = 6,

    /// <summary>Doubles with offsets that count bytes.</summary>
    Doubles = 7,
}

/// <summary>A field of a message, and so a column of a table.</summary>
internal readonly record struct TableField(int Number, TableFieldType Type)
{
    public TableColumnKind Kind => Type switch
    {
        TableFieldType.Text or TableFieldType.EventFormat => TableColumnKind.Text,
        TableFieldType.Bytes => TableColumnKind.Bytes,
        TableFieldType.Doubles => TableColumnKind.Doubles,
        _ => TableColumnKind.Int64,
    };
}

/// <summary>The packets of one type as a table, a row for each (wire contract 7.2).</summary>
/// <param name="number">Its place in <see cref="All"/>, and its bit in <see cref="ColumnSettings.Tables"/>.</param>
/// <param name="type">The type of its packets.</param>
/// <param name="misspelling">Another type that some writers use for them (wire contract 7.1); empty for none.</param>
/// <param name="fields">Its columns, the time first.</param>
internal sealed class TableSchema(int number, byte[] type, byte[] misspelling, params TableField[] fields)
{
    /// <summary>Every table that there is: events, markers, errors, CAN.</summary>
    public static readonly IReadOnlyList<TableSchema> All =
    [
        new(
            0,
            PacketTypes.Event.ToArray(),
            "EventData"u8.ToArray(),
            new(2, TableFieldType.Time),
            new(1, TableFieldType.EventFormat),
            new(3, TableFieldType.Doubles)),
        new(
            1,
            PacketTypes.Marker.ToArray(),
            "MarkerData"u8.ToArray(),
            new(1, TableFieldType.Time),
            new(2, TableFieldType.Time),
            new(3, TableFieldType.Text),
            new(4, TableFieldType.Text),
            new(5, TableFieldType.Text),
            new(6, TableFieldType.Text),
            new(7, TableFieldType.Int64)),
        new(
            2,
            PacketTypes.Error.ToArray(),
            [],
            new(2, TableFieldType.Time),
            new(1, TableFieldType.Text),
            new(3, TableFieldType.Text),
            new(4, TableFieldType.Text),
            new(5, TableFieldType.Text),
            new(6, TableFieldType.Text),
            new(7, TableFieldType.Enum),
            new(8, TableFieldType.Enum)),
        new(
            3,
            PacketTypes.RawCanData.ToArray(),
            [],
            new(1, TableFieldType.Time),
            new(2, TableFieldType.UInt32),
            new(3, TableFieldType.UInt32),
            new(4, TableFieldType.Bytes),
            new(5, TableFieldType.Enum)),
    ];

    public int Number { get; } = number;

    public ReadOnlySpan<byte> Type => type;

    public IReadOnlyList<TableField> Fields { get; } = fields;

    /// <summary>The table that packets of a type belong to, if it is wanted.</summary>
    /// <param name="type">The type.</param>
    /// <param name="wanted">A bit for each table.</param>
    /// <param name="isMisspelt">Whether it is the other spelling.</param>
    public static TableSchema? Find(ReadOnlySpan<byte> type, int wanted, out bool isMisspelt)
    {
        isMisspelt = false;
        for (int i = 0; wanted >> i != 0; i++)
        {
            if ((wanted >> i & 1) != 0)
            {
                TableSchema schema = All[i];
                isMisspelt = schema.IsMisspelling(type);
                if (isMisspelt || type.SequenceEqual(schema.Type))
                {
                    return schema;
                }
            }
        }

        return null;
    }

    private bool IsMisspelling(ReadOnlySpan<byte> other) => misspelling.Length > 0 && other.SequenceEqual(misspelling);
}
