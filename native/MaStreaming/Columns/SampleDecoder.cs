using System;

namespace MaStreaming.Columns;

/// <summary>What a batch did with a packet.</summary>
internal enum AppendOutcome
{
    /// <summary>Its samples are in the batch.</summary>
    Appended,

    /// <summary>It belongs in the next batch: take this one first and try again.</summary>
    CutFirst,

    /// <summary>It is left out as a whole.</summary>
    Rejected,
}

/// <summary>Reads the samples of a packet into the builders of its columns, where they are pending until somebody commits them.</summary>
internal sealed unsafe class SampleDecoder
{
    private const int SmallestSampleBytes = 4;

    private readonly SampleReader _reader = new();
    private readonly SampleLists _lists;
    private long*[] _values = new long*[16];
    private byte*[] _statuses = new byte*[16];
    private SampleKind[] _rowKinds = new SampleKind[64];
    private int[] _rowLists = new int[64];

    public SampleDecoder() => _lists = new SampleLists(_reader);

    /// <summary>Why the last packet was rejected.</summary>
    public Rejection Rejection { get; private set; }

    /// <summary>Statuses of the last packet that no byte can hold.</summary>
    public long WideStatuses => _reader.WideStatuses;

    /// <summary>Reads a packet's samples.</summary>
    /// <param name="packet">The packet, as many columns or rows as it has.</param>
    /// <param name="columns">The builder of each column; null for those to skip, one at least is not.</param>
    /// <param name="samples">How many samples each column got.</param>
    public AppendOutcome Decode(SamplePacket packet, ColumnBuilder?[] columns, out long samples)
    {
        _reader.WideStatuses = 0;
        _lists.Clear();
        foreach (ColumnBuilder? column in columns)
        {
            column?.Begin();
        }

        return packet.Kind == SamplePacketKind.Row ? DecodeRows(packet, columns, out samples) : DecodeColumns(packet, columns, out samples);
    }

    private AppendOutcome DecodeColumns(SamplePacket packet, ColumnBuilder?[] columns, out long samples)
    {
        samples = -1;
        if (packet.GroupCount != columns.Length)
        {
            return Reject(RejectionReason.ColumnCount, packet.GroupCount, columns.Length);
        }

        for (int i = 0; i < columns.Length; i++)
        {
            if (columns[i] is not { } column)
            {
                continue;
            }

            int first = _lists.Count;
            if (!_lists.TryAdd(packet.Group(i), out SampleKind kind))
            {
                return Reject(RejectionReason.MalformedContent);
            }

            if (!column.Accepts(kind))
            {
                return AppendOutcome.CutFirst;
            }

            for (int list = first; list < _lists.Count; list++)
            {
                if (!TryReadColumn(column, kind, _lists[list]))
                {
                    return Reject(RejectionReason.MalformedContent);
                }
            }

            if (samples >= 0 && column.Pending != samples)
            {
                return Reject(RejectionReason.ColumnLength, column.Pending, samples);
            }

            samples = column.Pending;
        }

        samples = Math.Max(samples, 0);
        return AppendOutcome.Appended;
    }

    private bool TryReadColumn(ColumnBuilder column, SampleKind kind, Extent list)
    {
        byte* at = list.Start;
        byte* end = list.End;
        column.Reserve(list.Length / SampleReader.UsualDoubleBytes);
        while (at < end)
        {
            if (kind == SampleKind.Double)
            {
                long index = column.Count + column.Pending;
                column.Pending += SampleReader.ReadUsualDoubles(ref at, end, column.Room, (long*)column.Values + index, column.Statuses + index);
                if (at == end)
                {
                    break;
                }
            }

            switch (_reader.Read(kind, ref at, end, out Sample sample))
            {
                case SampleOutcome.Malformed:
                    return false;
                case SampleOutcome.Sample:
                    if (column.Room == 0)
                    {
                        column.Reserve(1 + ((end - at) / SmallestSampleBytes));
                    }

                    column.Put(sample);
                    break;
            }
        }

        return true;
    }

    private AppendOutcome DecodeRows(SamplePacket packet, ColumnBuilder?[] columns, out long samples)
    {
        samples = packet.GroupCount;
        if (packet.TimeCount != packet.GroupCount)
        {
            return Reject(RejectionReason.TimestampCount, packet.TimeCount, packet.GroupCount);
        }

        if (!TryFindKind(packet, out SampleKind kind))
        {
            return AppendOutcome.Rejected;
        }

        if (!TryPrepare(columns, kind, packet.GroupCount))
        {
            return AppendOutcome.CutFirst;
        }

        for (int row = 0; row < packet.GroupCount; row++)
        {
            int first = _rowLists[row];
            int end = row + 1 < packet.GroupCount ? _rowLists[row + 1] : _lists.Count;
            bool usual = _rowKinds[row] == SampleKind.Double
                && end - first == 1
                && _lists[first].Length == columns.Length * SampleReader.UsualDoubleBytes
                && TryReadUsualRow(columns.Length, row, _lists[first].Start);
            if (!usual && !TryReadRow(columns, kind, row, first, end))
            {
                return AppendOutcome.Rejected;
            }
        }

        foreach (ColumnBuilder? column in columns)
        {
            if (column is not null)
            {
                column.Pending = packet.GroupCount;
            }
        }

        return AppendOutcome.Appended;
    }

    /// <summary>Finds the lists of every row and their common kind: numbers of several kinds are doubles together, which loses nothing.</summary>
    private bool TryFindKind(SamplePacket packet, out SampleKind common)
    {
        common = SampleKind.None;
        EnsureRows(packet.GroupCount);
        for (int row = 0; row < packet.GroupCount; row++)
        {
            _rowLists[row] = _lists.Count;
            if (!_lists.TryAdd(packet.Group(row), out SampleKind kind))
            {
                Reject(RejectionReason.MalformedContent);
                return false;
            }

            _rowKinds[row] = kind;
            if (common == SampleKind.None)
            {
                common = kind;
            }
            else if (kind != common && kind != SampleKind.None)
            {
                if (kind == SampleKind.Text || common == SampleKind.Text)
                {
                    Reject(RejectionReason.MixedRows);
                    return false;
                }

                common = SampleKind.Double;
            }
        }

        return true;
    }

    /// <summary>Makes room for the rows and notes where the values of each column go; false when a column has another kind.</summary>
    private bool TryPrepare(ColumnBuilder?[] columns, SampleKind kind, int rows)
    {
        if (columns.Length > _values.Length)
        {
            _values = new long*[columns.Length * 2];
            _statuses = new byte*[columns.Length * 2];
        }

        for (int i = 0; i < columns.Length; i++)
        {
            _values[i] = null;
            if (columns[i] is not { } column)
            {
                continue;
            }

            if (!column.Accepts(kind))
            {
                return false;
            }

            if (kind != SampleKind.None)
            {
                column.Reserve(rows);
                _values[i] = (long*)column.Values + column.Count;
                _statuses[i] = column.Statuses + column.Count;
            }
        }

        return true;
    }

    /// <summary>Reads a row of doubles that are all of the usual form; false says nothing about what is there.</summary>
    private bool TryReadUsualRow(int columns, int row, byte* at)
    {
        long skippedValue;
        byte skippedStatus;
        uint wrong = 0;
        fixed (long** values = _values)
        fixed (byte** statuses = _statuses)
        {
            for (int i = 0; i < columns; i++, at += SampleReader.UsualDoubleBytes)
            {
                long* value = values[i];
                wrong |= value == null
                    ? SampleReader.ReadUsualDouble(at, &skippedValue, &skippedStatus)
                    : SampleReader.ReadUsualDouble(at, value + row, statuses[i] + row);
            }
        }

        return wrong == 0;
    }

    private bool TryReadRow(ColumnBuilder?[] columns, SampleKind kind, int row, int firstList, int endList)
    {
        SampleKind rowKind = _rowKinds[row];
        int index = 0;
        for (int list = firstList; list < endList; list++)
        {
            byte* at = _lists[list].Start;
            byte* end = _lists[list].End;
            while (at < end)
            {
                SampleOutcome outcome = _reader.Read(rowKind, ref at, end, out Sample sample);
                if (outcome == SampleOutcome.Malformed)
                {
                    Reject(RejectionReason.MalformedContent);
                    return false;
                }

                if (outcome == SampleOutcome.Skipped || index++ >= columns.Length || columns[index - 1] is not { } column)
                {
                    continue;
                }

                if (rowKind != kind)
                {
                    sample.Bits = BitConverter.DoubleToInt64Bits((double)sample.Bits);
                }

                column.Pending = row;
                column.Put(sample);
            }
        }

        if (index != columns.Length)
        {
            Reject(RejectionReason.ColumnCount, index, columns.Length);
            return false;
        }

        return true;
    }

    private void EnsureRows(int rows)
    {
        if (rows > _rowKinds.Length)
        {
            _rowKinds = new SampleKind[rows * 2];
            _rowLists = new int[rows * 2];
        }
    }

    private AppendOutcome Reject(RejectionReason reason, long found = 0, long expected = 0)
    {
        Rejection = new Rejection(reason, found, expected);
        return AppendOutcome.Rejected;
    }
}
