using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using MaStreaming.Kafka;

namespace MaStreaming.Columns;

/// <summary>The samples of one stream of one session, one column for each parameter, in unmanaged memory until it is disposed.</summary>
/// <remarks>
/// The directory has a row of <see cref="DirectoryCells"/> 64-bit integers for each column: number of the parameter, <see cref="SampleKind"/>,
/// samples, addresses of timestamps (int64), values and statuses (uint8), and of a text column's UTF-8 and how many bytes that has. The values of
/// text are offsets into it (int32, one more than samples), as Arrow has them. Columns may have the same timestamps. Columns of tables follow, with
/// <see cref="TableColumn"/> in the place of the parameter, <see cref="TableColumnKind"/>, rows, and no addresses of timestamps and statuses: bytes
/// and lists of doubles are as texts.
/// </remarks>
internal sealed unsafe class ColumnBatch : IDisposable
{
    public const int DirectoryCells = 8;

    private const int MostTableColumns = 16;

    private readonly List<IDisposable> _memory = [];
    private readonly NativeBuffer _directory = new();
    private int _disposed;

    /// <summary>Takes over the memory of builders.</summary>
    public ColumnBatch(long samples, IReadOnlyCollection<ColumnBuilder> columns, IReadOnlyCollection<TableBuilder> tables)
    {
        Samples = samples;
        LiveHandles.Add(nameof(ColumnBatch));
        int rows = columns.Count + tables.Sum(table => table.Schema.Fields.Count);
        _directory.Reserve(rows * DirectoryCells * sizeof(long), 0);
        foreach (ColumnBuilder column in columns)
        {
            column.Begin();
            _memory.Add(column);
            _memory.Add(column.Timeline);
            if (column.Count > 0)
            {
                Describe(column, Directory + (ColumnCount++ * DirectoryCells));
            }
        }

        foreach (TableBuilder table in tables)
        {
            _memory.Add(table);
            for (int i = 0; i < table.Schema.Fields.Count; i++)
            {
                table.Describe(i, Directory + (ColumnCount++ * DirectoryCells));
            }
        }
    }

    /// <summary>Samples of all columns together.</summary>
    public long Samples { get; }

    /// <summary>Rows of the directory.</summary>
    public int ColumnCount { get; }

    public long* Directory => (long*)_directory.Address;

    /// <summary>
    /// The offset up to which everything of the stream is in this batch or in one before it: from there on it comes again, if this is where
    /// somebody goes on. Packets that wait for their data format hold it back.
    /// </summary>
    public long EndOffset { get; init; }

    /// <summary>What stands in the place of a parameter's number for a column of a table.</summary>
    public static long TableColumn(int table, int column) => -1 - ((table * MostTableColumns) + column);

    /// <summary>Frees the memory, once; from any thread.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        foreach (IDisposable memory in _memory)
        {
            memory.Dispose();
        }

        _directory.Dispose();
        LiveHandles.Remove(nameof(ColumnBatch));
    }

    private static void Describe(ColumnBuilder column, long* row)
    {
        row[0] = column.Parameter;
        row[1] = (long)column.Kind;
        row[2] = column.Count;
        row[3] = (long)column.Timeline.Times;
        row[4] = (long)column.Values;
        row[5] = (long)column.Statuses;
        row[6] = (long)column.Text;
        row[7] = column.TextBytes;
    }
}
