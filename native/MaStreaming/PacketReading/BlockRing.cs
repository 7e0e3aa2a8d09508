using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Threading;
using MaStreaming.Engine;

namespace MaStreaming.PacketReading;

/// <summary>
/// Packets and events in one order, in a fixed number of unmanaged blocks, from one producing thread to one consumer in another
/// language. A full ring makes the producer wait, so memory is bounded whatever the consumer does.
/// </summary>
/// <remarks>
/// A block starts with <see cref="ColumnCount"/> columns of <see cref="RecordCapacity"/> 64-bit integers (stream index, or -1 less an
/// event's index; record timestamp in ms; first and last+1 byte of the packet, counted from the block's address; offset in Kafka),
/// then the packets. The directory has a row for each block: address, capacity in bytes, records, generation.
/// </remarks>
internal sealed unsafe class BlockRing : IDisposable
{
    public const int RecordCapacity = 4096;
    public const int ColumnCount = 5;
    public const int DirectoryColumns = 4;
    private const int TableBytes = RecordCapacity * ColumnCount * sizeof(long);
    private const int None = -1;
    private const int TimedOut = -1;
    private const int Completed = -2;
    private const long NoRoom = -1;
    private const int FullSliceMilliseconds = 100;

    private readonly object _gate = new();
    private readonly Queue<int> _free = new();
    private readonly Queue<int> _sealed = new();
    private readonly Dictionary<int, ReaderEvent> _events = [];
    private readonly int _blockBytes;
    private readonly int _recordLimit;
    private long* _directory;
    private int _open = None;
    private int _taken = None;

    // Of the open block, so that appending needs no look at the directory; without one, there is room for nothing.
    private byte* _block;
    private long _limit = NoRoom;
    private int _count;
    private long _end;
    private int _lastEvent = -1;
    private int _depth;
    private Deadline _nextAttendance = Deadline.After(0);
    private long _blocksTaken;
    private long _recordsWaiting;

    // By the index of a packet's stream: the offset after the last one that was taken, in whole blocks, and that was dealt with.
    private long[] _offsets = [];
    private bool _completed;
    private bool _closed;

    /// <param name="blocks">How many blocks; at least two.</param>
    /// <param name="payloadBytes">Room for packets in each block; a larger packet gets a block that is as large.</param>
    /// <param name="recordLimit">How many packets a block takes at most.</param>
    public BlockRing(int blocks, int payloadBytes, int recordLimit = RecordCapacity)
    {
        BlockCount = blocks;
        _recordLimit = recordLimit;
        _blockBytes = TableBytes + payloadBytes;
        _directory = (long*)Marshal.AllocHGlobal(blocks * DirectoryColumns * sizeof(long));
        for (int block = 0; block < blocks; block++)
        {
            Row(block)[0] = Row(block)[3] = 0;
            Allocate(block, _blockBytes);
            _free.Enqueue(block);
        }
    }

    public int BlockCount { get; }

    /// <summary>Who hands out the records in another form than blocks; null when nobody does.</summary>
    public IHandedOut? HandedOut { get; private set; }

    public long DirectoryAddress => (long)_directory;

    /// <summary>True after <see cref="Close"/>: nothing is accepted and nothing more is handed out.</summary>
    public bool IsClosed => Volatile.Read(ref _closed);

    /// <summary>True when nothing more will be appended.</summary>
    public bool IsCompleted => Volatile.Read(ref _completed);

    /// <summary>What went wrong while the next block was taken; null where nothing did.</summary>
    public string? Failure { get; set; }

    /// <summary>Is called now and then on the producing thread, outside the ring, while it waits for room. It must not append.</summary>
    public Action? WhileFull { get; set; }

    /// <summary>The offset after the last packet that the other side has dealt with, by the index of its stream.</summary>
    public long[] Handled { get; private set; } = [];

    /// <summary>Records that were not taken yet, and which share of the blocks they fill.</summary>
    public (long Records, double Fill) Waiting
    {
        get
        {
            lock (_gate)
            {
                int used = _sealed.Count + (_taken != None ? 1 : 0) + (_open != None && _count > 0 ? 1 : 0);
                return (_recordsWaiting, (double)used / BlockCount);
            }
        }
    }

    /// <summary>Begins a run of appends; nothing is handed out in between, except while an append waits for room.</summary>
    public void Enter()
    {
        Monitor.Enter(_gate);
        _depth++;
    }

    public void Exit()
    {
        _depth--;
        Monitor.PulseAll(_gate);
        Monitor.Exit(_gate);
    }

    /// <summary>Appends a packet, waiting for room; false when the ring was closed meanwhile.</summary>
    public bool Append(int stream, long timestamp, long offset, byte* packet, long length)
    {
        if (!HasRoom(length) && !Reserve(length))
        {
            return false;
        }

        Write(stream, timestamp, offset, length);
        Buffer.MemoryCopy(packet, _block + _end, length, length);
        _end += length;
        return true;
    }

    /// <summary>Appends an event in its place among the packets, waiting for room; false when the ring was closed meanwhile.</summary>
    public bool Append(ReaderEvent readerEvent)
    {
        Enter();
        try
        {
            if (!Reserve(0))
            {
                return false;
            }

            _events.Add(++_lastEvent, readerEvent);
            Write(-1 - _lastEvent, 0, 0, 0);
            return true;
        }
        finally
        {
            Exit();
        }
    }

    /// <summary>The next block with records, or a negative number: -1 none within the time, -2 nothing more will come. The block taken before is free again.</summary>
    public int Next(int timeoutMilliseconds)
    {
        lock (_gate)
        {
            ReleaseTaken();
            if (!HasRecords && !_completed && !_closed && timeoutMilliseconds > 0)
            {
                Monitor.Wait(_gate, timeoutMilliseconds);
            }

            if (_closed)
            {
                return Completed;
            }

            if (!HasRecords)
            {
                return _completed ? Completed : TimedOut;
            }

            if (_sealed.Count == 0)
            {
                Seal();
            }

            _taken = _sealed.Dequeue();
            _blocksTaken++;
            _recordsWaiting -= Row(_taken)[2];
            return _taken;
        }
    }

    /// <summary>The offset after the last packet that was taken, by the index of its stream.</summary>
    /// <param name="block">Which block was taken last, the first one being 1. One before it counts as a whole.</param>
    /// <param name="records">How many records of that block count.</param>
    public long[] Offsets(long block, int records)
    {
        lock (_gate)
        {
            if (HandedOut is { } other)
            {
                return other.Offsets(block, records);
            }

            long[] offsets = (long[])_offsets.Clone();
            if (block == _blocksTaken && _taken != None && _directory != null)
            {
                CountIn(ref offsets, (long*)Row(_taken)[0], (int)Math.Min(records, Row(_taken)[2]));
            }

            return offsets;
        }
    }

    /// <summary>From now on <paramref name="other"/> takes the blocks and knows how far they were handed out. Gives the block that was taken last, -1 for none.</summary>
    public int HandOver(IHandedOut other)
    {
        lock (_gate)
        {
            HandedOut = other;
            return _taken;
        }
    }

    /// <summary>The other side has dealt with everything up to here; for the arguments see <see cref="Offsets"/>.</summary>
    public void MarkHandled(long block, int records)
    {
        lock (_gate)
        {
            Handled = Offsets(block, records);
        }
    }

    /// <summary>An event of a block that was handed out, and was not taken yet.</summary>
    public ReaderEvent EventAt(int index)
    {
        lock (_gate)
        {
            return _events[index];
        }
    }

    /// <summary>An event of a block that was handed out; each can be taken once.</summary>
    public ReaderEvent TakeEvent(int index)
    {
        lock (_gate)
        {
            return _events.Remove(index, out ReaderEvent? readerEvent)
                ? readerEvent
                : throw new StreamingException(ErrorCode.InvalidArgument, $"event {index} is not in the ring");
        }
    }

    /// <summary>Nothing more will be appended; what is there can still be taken.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _completed = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Ends both sides at once; what is there is dropped.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Frees the blocks. Neither side may be inside the ring, and nobody may look at a block any more.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            if (_directory == null)
            {
                return;
            }

            for (int block = 0; block < BlockCount; block++)
            {
                Marshal.FreeHGlobal((IntPtr)Row(block)[0]);
            }

            Marshal.FreeHGlobal((IntPtr)_directory);
            _directory = null;
        }
    }

    private bool HasRecords => _sealed.Count > 0 || (_open != None && _count > 0);

    private long* Row(int block) => _directory + (block * DirectoryColumns);

    private bool HasRoom(long length) => _count < _recordLimit && _end + length <= _limit && !_closed && !_completed;

    private void Write(long first, long timestamp, long offset, long length)
    {
        long* cell = (long*)_block + _count;
        cell[0] = first;
        cell[RecordCapacity] = timestamp;
        cell[2 * RecordCapacity] = _end;
        cell[3 * RecordCapacity] = _end + length;
        cell[4 * RecordCapacity] = offset;
        _count++;
        _recordsWaiting++;
    }

    /// <summary>Makes the open block one that has room for a packet of this length.</summary>
    private bool Reserve(long length)
    {
        while (true)
        {
            if (_closed || _completed)
            {
                return false;
            }

            if (HasRoom(length))
            {
                return true;
            }

            if (_open != None && _count > 0)
            {
                Seal();
            }

            if (_open == None && !Open())
            {
                AwaitRoom();
                continue;
            }

            if (_end + length > _limit)
            {
                Allocate(_open, TableBytes + length);
                Use(_open);
            }
        }
    }

    private void AwaitRoom()
    {
        Monitor.PulseAll(_gate);
        Monitor.Wait(_gate, FullSliceMilliseconds);
        if (WhileFull is not { } attend || !_nextAttendance.HasPassed)
        {
            return;
        }

        _nextAttendance = Deadline.After(FullSliceMilliseconds);

        int depth = _depth;
        _depth = 0;
        for (int i = 0; i < depth; i++)
        {
            Monitor.Exit(_gate);
        }

        try
        {
            attend();
        }
        finally
        {
            for (int i = 0; i < depth; i++)
            {
                Monitor.Enter(_gate);
            }

            _depth = depth;
        }
    }

    private bool Open()
    {
        if (_free.Count == 0)
        {
            return false;
        }

        _open = _free.Dequeue();
        Use(_open);
        return true;
    }

    private void Use(int block)
    {
        _block = (byte*)Row(block)[0];
        _limit = Row(block)[1];
        _count = 0;
        _end = TableBytes;
    }

    private void Seal()
    {
        Row(_open)[2] = _count;
        _sealed.Enqueue(_open);
        _open = None;
        _limit = NoRoom;
    }

    private void ReleaseTaken()
    {
        if (_taken == None || _directory == null)
        {
            return;
        }

        CountIn(ref _offsets, (long*)Row(_taken)[0], (int)Row(_taken)[2]);

        // A block that grew for one large packet goes back to its size, so that many large packets do not stay.
        if (Row(_taken)[1] > _blockBytes)
        {
            Allocate(_taken, _blockBytes);
        }

        _free.Enqueue(_taken);
        _taken = None;
        Monitor.PulseAll(_gate);
    }

    private static void CountIn(ref long[] offsets, long* cells, int records)
    {
        for (int record = 0; record < records; record++)
        {
            long index = cells[record];
            if (index < 0)
            {
                continue;
            }

            if (index >= offsets.Length)
            {
                Array.Resize(ref offsets, Math.Max(16, (int)index * 2));
            }

            offsets[index] = cells[(4 * RecordCapacity) + record] + 1;
        }
    }

    private void Allocate(int block, long bytes)
    {
        // The old memory is in use until there is other.
        long memory = (long)Marshal.AllocHGlobal((IntPtr)bytes);
        long* row = Row(block);
        if (row[0] != 0)
        {
            Marshal.FreeHGlobal((IntPtr)row[0]);
        }

        row[0] = memory;
        row[1] = bytes;
        row[2] = 0;
        row[3]++;
    }
}
