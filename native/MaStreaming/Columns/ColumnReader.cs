using System;
using System.Threading;
using MaStreaming.Engine;
using MaStreaming.PacketReading;

namespace MaStreaming.Columns;

/// <summary>What <see cref="ColumnReader.Take"/> found; negative numbers as <see cref="BlockRing.Next"/> has them.</summary>
internal enum ColumnsTaken
{
    Completed = -2,
    TimedOut = -1,
    Batch = 0,
    Event = 1,
}

/// <summary>Takes the blocks of a reader and hands out batches of columns, with the reader's events in between.</summary>
/// <remarks>
/// A batch is handed out when it is full, when its first sample is as old as was asked for, and before the event that ends its stream or session.
/// Other events come when they are next among the packets, which may be before samples of earlier packets are handed out. For one thread
/// at a time, except <see cref="Offsets"/>.
/// </remarks>
internal sealed unsafe class ColumnReader : IHandedOut, IDisposable
{
    private readonly object _gate = new();
    private readonly BlockRing _ring;
    private readonly StreamTable _streams;
    private readonly ColumnSettings _settings;
    private readonly Action<CancellationToken> _loadFormats;
    private readonly ColumnLog _log;
    private readonly int _latencyMilliseconds;
    private ColumnStream?[] _open = [];
    private FormatCatchUp? _catchUp;
    private bool _hasMissedFormats;

    // The block that was taken last.
    private long* _cells;
    private int _record;
    private int _count;

    // By the index of a stream: from where it would have to be read again to get what is in no batch that was made.
    private long[] _offsets;
    private long _batches;
    private long _offsetBeforeLast;

    /// <param name="ring">Where packets and events come from.</param>
    /// <param name="streams">The streams that their indexes mean.</param>
    /// <param name="settings">What to read.</param>
    /// <param name="latencyMilliseconds">How long after its first sample a batch is handed out, full or not.</param>
    /// <param name="source">Data formats.</param>
    /// <param name="log">Is told what is wrong.</param>
    /// <param name="block">The block that was taken from the ring last.</param>
    /// <param name="records">How many of its records somebody else has handed out.</param>
    public ColumnReader(BlockRing ring, StreamTable streams, ColumnSettings settings, int latencyMilliseconds, FormatSource source, ColumnLog log, long block, int records)
    {
        (_ring, _streams, _settings, _latencyMilliseconds) = (ring, streams, settings, latencyMilliseconds);
        (_loadFormats, _log) = (source.Load, log);
        Decoding = new ColumnDecoding(settings, source, log);
        _offsets = ring.Offsets(block, records);
        int taken = ring.HandOver(this);
        if (taken >= 0)
        {
            Enter(taken);
            _record = Math.Min(records, _count);
        }
    }

    public ColumnDecoding Decoding { get; }

    /// <summary>The batch that was taken last; the caller is to dispose it.</summary>
    public ColumnBatch? Batch { get; private set; }

    /// <summary>The index of the stream that <see cref="Batch"/> is of.</summary>
    public int Stream { get; private set; }

    /// <summary>The index of the event that was taken last.</summary>
    public int Event { get; private set; }

    /// <summary>What went wrong while the next one was taken; null where nothing did.</summary>
    public string? Failure { get; set; }

    /// <summary>Takes the next batch or event, waiting for it.</summary>
    public ColumnsTaken Take(int timeoutMilliseconds)
    {
        Deadline deadline = Deadline.After(timeoutMilliseconds);
        bool tookBlock = false;
        while (true)
        {
            ColumnsTaken? found = TakeFromBlock(deadline) ?? TakeDue();
            if (found is { } taken)
            {
                return taken;
            }

            // Blocks may come without end and without a sample that was asked for.
            if (tookBlock && deadline.HasPassed)
            {
                return ColumnsTaken.TimedOut;
            }

            int next = _ring.Next(WaitMilliseconds(deadline));
            if (next >= 0)
            {
                Enter(next);
                tookBlock = true;
            }
            else if (next == (int)ColumnsTaken.Completed)
            {
                _count = _record = 0;
                return Finish(null, deadline) ?? ColumnsTaken.Completed;
            }
            else if (deadline.HasPassed)
            {
                return TakeDue() ?? ColumnsTaken.TimedOut;
            }
        }
    }

    public long[] Offsets(long piece, int isHandedOut)
    {
        lock (_gate)
        {
            long[] offsets = (long[])_offsets.Clone();
            if (_batches > 0 && (piece < _batches || isHandedOut == 0))
            {
                offsets[Stream] = _offsetBeforeLast;
            }

            return offsets;
        }
    }

    public void Dispose()
    {
        _catchUp?.Dispose();
        foreach (ColumnStream? stream in _open)
        {
            stream?.Dispose();
        }

        _open = [];
        Decoding.Dispose();
    }

    private void Enter(int block)
    {
        long* row = (long*)_ring.DirectoryAddress + (block * BlockRing.DirectoryColumns);
        _cells = (long*)row[0];
        _count = (int)row[2];
        _record = 0;
    }

    private ColumnsTaken? TakeFromBlock(Deadline deadline)
    {
        while (_record < _count)
        {
            long* cell = _cells + _record;
            if (cell[0] < 0)
            {
                return TakeEvent((int)(-1 - cell[0]), deadline);
            }

            ColumnStream stream = Opened((int)cell[0]);
            byte* start = (byte*)_cells + cell[2 * BlockRing.RecordCapacity];
            byte* end = (byte*)_cells + cell[3 * BlockRing.RecordCapacity];
            if (!stream.Columns.TryAppend(cell[4 * BlockRing.RecordCapacity], new ReadOnlySpan<byte>(start, (int)(end - start))))
            {
                if (!stream.Columns.NeedsFormats)
                {
                    return HandOut(stream);
                }

                if (!HasReadFormats(deadline))
                {
                    return ColumnsTaken.TimedOut;
                }

                continue;
            }

            _record++;
            Notice(stream);
            if (stream.Columns.IsFull)
            {
                return HandOut(stream);
            }
        }

        return null;
    }

    private ColumnsTaken TakeEvent(int index, Deadline deadline)
    {
        ColumnsTaken? before = Finish(_ring.EventAt(index), deadline);
        if (before is { } other)
        {
            return other;
        }

        _record++;
        Event = index;
        return ColumnsTaken.Event;
    }

    /// <summary>Hands out the batches that are due, and decodes packets whose data formats have come.</summary>
    private ColumnsTaken? TakeDue()
    {
        foreach (ColumnStream? open in _open)
        {
            if (open is not { } stream)
            {
                continue;
            }

            if (stream.Columns.HasWaiting)
            {
                if (!stream.Columns.TryAppendWaiting())
                {
                    return HandOut(stream);
                }

                Notice(stream);
            }

            if (stream.DueInMilliseconds == 0)
            {
                return HandOut(stream);
            }
        }

        return null;
    }

    private int WaitMilliseconds(Deadline deadline)
    {
        int wait = deadline.RemainingMilliseconds;
        foreach (ColumnStream? stream in _open)
        {
            wait = Math.Min(wait, stream?.DueInMilliseconds ?? wait);
        }

        return wait;
    }

    /// <summary>Hands out what there is of the streams that an event ends, or of all where there is none; null when nothing of them is left.</summary>
    private ColumnsTaken? Finish(ReaderEvent? cause, Deadline deadline)
    {
        foreach (ColumnStream? open in _open)
        {
            if (open is not { } stream || (cause is not null && !stream.EndsWith(cause)))
            {
                continue;
            }

            if (stream.Columns.HasWaiting && !HasCaughtUp(deadline))
            {
                return ColumnsTaken.TimedOut;
            }

            if (!stream.Columns.TryFinish() || stream.Columns.Gathered > 0)
            {
                return HandOut(stream);
            }

            Notice(stream);
            stream.Dispose();
            _open[stream.Index] = null;
        }

        ForgetCatchUp();
        return null;
    }

    /// <summary>Waits for the formats that the broker has, before packets are given up for want of room; false when the time is over.</summary>
    private bool HasReadFormats(Deadline deadline)
    {
        if (!HasCaughtUp(deadline))
        {
            return false;
        }

        ForgetCatchUp();
        foreach (ColumnStream? stream in _open)
        {
            stream?.Columns.NoticeFormats();
        }

        return true;
    }

    private void ForgetCatchUp()
    {
        _catchUp?.Dispose();
        _catchUp = null;
    }

    /// <summary>A definition may be on the broker and not here yet, as it is on another topic than the packets.</summary>
    private bool HasCaughtUp(Deadline deadline)
    {
        _catchUp ??= new FormatCatchUp(_loadFormats, _log.Warn);
        if (!_catchUp.IsDone(deadline.RemainingMilliseconds))
        {
            return false;
        }

        if (_hasMissedFormats && !_catchUp.HasFailed)
        {
            _log.Tell("the data formats were read to their end again");
        }

        _hasMissedFormats = _catchUp.HasFailed;
        return true;
    }

    private ColumnStream Opened(int index)
    {
        if (index < _open.Length && _open[index] is { } open)
        {
            return open;
        }

        ReadStream stream = _streams.At(index);
        string name = $"stream '{stream.Name}' of session {stream.Session.Session.Key}";
        ColumnStream opened = new(index, stream, new StreamColumns(name, _settings, Decoding), _latencyMilliseconds);
        lock (_gate)
        {
            int length = Math.Max(index + 1, Math.Max(_open.Length, _offsets.Length));
            Array.Resize(ref _open, length);
            Array.Resize(ref _offsets, length);
        }

        return _open[index] = opened;
    }

    private void Notice(ColumnStream stream)
    {
        if (stream.Notice())
        {
            Volatile.Write(ref _offsets[stream.Index], stream.Columns.EndOffset);
        }
    }

    private ColumnsTaken HandOut(ColumnStream stream)
    {
        ColumnBatch batch = stream.Columns.Take() ?? throw new InvalidOperationException("a batch with nothing in it is never full");
        lock (_gate)
        {
            _offsetBeforeLast = _offsets[stream.Index];
            _offsets[stream.Index] = batch.EndOffset;
            _batches++;
            Stream = stream.Index;
        }

        stream.Notice();
        Batch = batch;
        return ColumnsTaken.Batch;
    }
}
