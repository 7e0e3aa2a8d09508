using System;
using System.Collections.Generic;

namespace MaStreaming.Columns;

/// <summary>Gathers the rows of one table of a batch.</summary>
internal sealed unsafe class TableBuilder(TableSchema schema) : IDisposable
{
    private readonly Column[] _columns = MakeColumns(schema.Fields);

    public TableSchema Schema { get; } = schema;

    public long Rows { get; private set; }

    /// <summary>Bytes of all texts, payloads and lists.</summary>
    public long DataBytes { get; private set; }

    public void Add(TableRow row)
    {
        for (int i = 0; i < _columns.Length; i++)
        {
            Column column = _columns[i];
            if (Schema.Fields[i].Kind == TableColumnKind.Int64)
            {
                column.Put(Rows, row.Number(i));
                continue;
            }

            long before = column.DataBytes;
            if (Schema.Fields[i].Type == TableFieldType.EventFormat && row.FormatId != 0)
            {
                fixed (byte* identifier = row.ResolvedIdentifier)
                {
                    column.Put(Rows, new Extent(identifier, row.ResolvedIdentifier.Length));
                }
            }
            else
            {
                column.Put(Rows, row.Extent(i));
            }

            DataBytes += column.DataBytes - before;
        }

        Rows++;
    }

    /// <summary>Writes a column's row of a batch's directory, see <see cref="ColumnBatch"/>.</summary>
    public void Describe(int column, long* row)
    {
        row[0] = ColumnBatch.TableColumn(Schema.Number, column);
        row[1] = (long)Schema.Fields[column].Kind;
        row[2] = Rows;
        row[3] = 0;
        row[4] = (long)_columns[column].Cells.Address;
        row[5] = 0;
        row[6] = (long)_columns[column].Data.Address;
        row[7] = _columns[column].DataBytes;
    }

    public void Dispose()
    {
        foreach (Column column in _columns)
        {
            column.Cells.Dispose();
            column.Data.Dispose();
        }
    }

    private static Column[] MakeColumns(IReadOnlyList<TableField> fields)
    {
        Column[] columns = new Column[fields.Count];
        for (int i = 0; i < columns.Length; i++)
        {
            columns[i] = new Column();
        }

        return columns;
    }

    /// <summary>Numbers; or offsets, and the data that they point into.</summary>
    private sealed class Column
    {
        public NativeBuffer Cells { get; } = new();

        public NativeBuffer Data { get; } = new();

        public long DataBytes { get; private set; }

        public void Put(long row, long number)
        {
            Cells.Reserve((row + 1) * sizeof(long), row * sizeof(long));
            ((long*)Cells.Address)[row] = number;
        }

        public void Put(long row, Extent data)
        {
            Cells.Reserve((row + 2) * sizeof(int), row == 0 ? 0 : (row + 1) * sizeof(int));
            int* offsets = (int*)Cells.Address;
            offsets[0] = 0;
            if (data.Length > 0)
            {
                Data.Append(data.Start, data.Length, DataBytes);
                DataBytes += data.Length;
            }

            offsets[row + 1] = (int)DataBytes;
        }
    }
}
