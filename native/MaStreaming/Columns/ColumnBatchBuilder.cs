using System;
using System.Collections.Generic;
using System.Linq;

namespace MaStreaming.Columns;

/// <summary>Gathers the samples of one stream of one session, packet by packet, until somebody takes them as a batch.</summary>
/// <remarks>
/// A batch has one column for each parameter, of one kind. So it ends before a packet that has a parameter in another kind, before one that
/// would make it larger than was asked for, and at 256 MiB of text in a column or of texts, payloads and lists in tables. A packet is never
/// divided: one that is larger than a batch makes a batch by itself.
/// </remarks>
/// <param name="maxSamples">How many samples and rows of tables a batch has at most, all columns together.</param>
/// <param name="decoder">Shared by all streams of a reader.</param>
internal sealed unsafe class ColumnBatchBuilder(long maxSamples, SampleDecoder decoder) : IDisposable
{
    private const long MostTextBytes = 256L << 20;
    private const int MostBindings = 4096;

    private readonly Dictionary<FormatColumns, FormatBinding> _bindings = [];
    private readonly Dictionary<int, ColumnBuilder> _columns = [];
    private readonly TableBuilder?[] _tables = new TableBuilder?[TableSchema.All.Count];
    private FormatBinding? _last;
    private long _batch = 1;
    private long _rows;
    private long _tableBytes;

    /// <summary>Samples in the batch, all columns together.</summary>
    public long Samples { get; private set; }

    /// <summary>Samples in the batch, and rows of its tables.</summary>
    public long Gathered => Samples + _rows;

    /// <summary>The earliest time of a sample of the last packet that has any.</summary>
    public long Earliest { get; private set; }

    /// <summary>The latest one.</summary>
    public long Latest { get; private set; }

    /// <summary>Why the last packet was rejected.</summary>
    public Rejection Rejection { get; private set; }

    /// <summary>Packets with times that go back behind those of their columns before; their samples are kept in the order of arrival.</summary>
    public long LatePackets { get; private set; }

    /// <summary>Statuses that no byte can hold; 255 stands for them.</summary>
    public long WideStatuses { get; private set; }

    /// <summary>Adds a packet's samples.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="format">Its data format, of which at least one column is selected.</param>
    public AppendOutcome Append(SamplePacket packet, FormatColumns format)
    {
        if (format.RepeatsParameter)
        {
            return Reject(new Rejection(RejectionReason.RepeatedParameter));
        }

        FormatBinding binding = Bind(format);
        AppendOutcome outcome = decoder.Decode(packet, binding.Columns, out long samples);
        if (outcome != AppendOutcome.Appended)
        {
            return outcome == AppendOutcome.Rejected ? Reject(decoder.Rejection) : outcome;
        }

        Rejection wrongTimes = PacketTimes.Check(packet, samples);
        if (wrongTimes.Reason != RejectionReason.None)
        {
            return Reject(wrongTimes);
        }

        long added = samples * format.Selected;
        if (Gathered > 0 && (Gathered + added > maxSamples || HasTooMuchText(binding)))
        {
            return AppendOutcome.CutFirst;
        }

        if (added > 0)
        {
            Commit(packet, binding, samples);
            Samples += added;
        }

        return AppendOutcome.Appended;
    }

    /// <summary>Adds a row of a table; false when it belongs in the next batch.</summary>
    public bool TryAppend(TableRow row)
    {
        if (Gathered > 0 && (Gathered >= maxSamples || _tableBytes > MostTextBytes))
        {
            return false;
        }

        TableBuilder table = _tables[row.Schema.Number] ??= new TableBuilder(row.Schema);
        long before = table.DataBytes;
        table.Add(row);
        _tableBytes += table.DataBytes - before;
        _rows++;
        return true;
    }

    /// <summary>Hands over what was gathered and begins the next batch; null where there is nothing.</summary>
    public ColumnBatch? Take(long endOffset = 0)
    {
        if (Gathered == 0)
        {
            return null;
        }

        ColumnBatch batch = new(Samples, _columns.Values, _tables.OfType<TableBuilder>().ToArray()) { EndOffset = endOffset };
        Clear();
        return batch;
    }

    public void Dispose()
    {
        foreach (ColumnBuilder column in _columns.Values)
        {
            column.Dispose();
            column.Timeline.Dispose();
        }

        foreach (TableBuilder? table in _tables)
        {
            table?.Dispose();
        }

        Clear();
    }

    private static bool HasTooMuchText(FormatBinding binding)
    {
        foreach (ColumnBuilder? column in binding.Columns)
        {
            if (column is { Kind: SampleKind.Text, TextBytes: > MostTextBytes })
            {
                return true;
            }
        }

        return false;
    }

    private void Clear()
    {
        _columns.Clear();
        Array.Clear(_tables, 0, _tables.Length);
        Samples = 0;
        _rows = 0;
        _tableBytes = 0;
        _batch++;
        if (_bindings.Count > MostBindings)
        {
            _bindings.Clear();
            _last = null;
        }
    }

    private AppendOutcome Reject(Rejection rejection)
    {
        Rejection = rejection;
        return AppendOutcome.Rejected;
    }

    private void Commit(SamplePacket packet, FormatBinding binding, long samples)
    {
        long* written = null;
        foreach (Timeline timeline in binding.Timelines)
        {
            timeline.Reserve(samples);
            written = timeline.Times + timeline.Count;
            PacketTimes.Write(packet, samples, written);
            timeline.Commit(samples);
        }

        foreach (ColumnBuilder? column in binding.Columns)
        {
            column?.Commit();
        }

        (Earliest, Latest) = PacketTimes.Range(packet, written, samples);
        long latest = binding.LatestTimestamp;
        LatePackets += PacketTimes.GoesBack(written, samples, ref latest) ? 1 : 0;
        binding.LatestTimestamp = latest;
        binding.Samples += samples;
        binding.LongestPacket = Math.Max(binding.LongestPacket, samples);
        WideStatuses += decoder.WideStatuses;
    }

    private FormatBinding Bind(FormatColumns format)
    {
        if (_last is { } last && last.Format == format && last.Batch == _batch)
        {
            return last;
        }

        if (!_bindings.TryGetValue(format, out FormatBinding? binding))
        {
            binding = new FormatBinding(format);
            _bindings.Add(format, binding);
        }

        if (binding.Batch != _batch)
        {
            Enter(binding);
        }

        return _last = binding;
    }

    /// <summary>Gives a format its columns in the batch.</summary>
    private void Enter(FormatBinding binding)
    {
        binding.Batch = _batch;
        long expected = binding.Samples + binding.LongestPacket;
        binding.Samples = 0;
        ShareTimelines(binding.Format);
        Timeline? added = null;
        for (int i = 0; i < binding.Columns.Length; i++)
        {
            int parameter = binding.Format.Parameters[i];
            ColumnBuilder? column = null;
            if (parameter != ParameterTable.NotSelected && !_columns.TryGetValue(parameter, out column))
            {
                added ??= new Timeline();
                added.Columns++;
                column = new ColumnBuilder(parameter, added, expected);
                _columns.Add(parameter, column);
            }

            binding.Columns[i] = column;
        }

        added?.Reserve(expected);
        FindTimelines(binding);
    }

    /// <summary>Where only some columns of a timeline are in the format, those get a timeline of their own: from now on they have other times.</summary>
    private void ShareTimelines(FormatColumns format)
    {
        IGrouping<Timeline, ColumnBuilder>[] known = format.Parameters
            .Where(_columns.ContainsKey)
            .Select(parameter => _columns[parameter])
            .GroupBy(column => column.Timeline)
            .Where(group => group.Count() < group.Key.Columns)
            .ToArray();
        foreach (IGrouping<Timeline, ColumnBuilder> group in known)
        {
            Timeline own = group.Key.Split();
            foreach (ColumnBuilder column in group)
            {
                column.Timeline = own;
                own.Columns++;
                group.Key.Columns--;
            }
        }

        if (known.Length > 0)
        {
            foreach (FormatBinding binding in _bindings.Values.Where(binding => binding.Batch == _batch))
            {
                FindTimelines(binding);
            }
        }
    }

    private static void FindTimelines(FormatBinding binding) =>
        binding.Timelines = binding.Columns.OfType<ColumnBuilder>().Select(column => column.Timeline).Distinct().ToArray();
}
