using System;
using System.Linq;
using MaStreaming.Columns;
using MaStreaming.Engine;
using MaStreaming.PacketReading;
using MaStreaming.SessionManagement;

namespace MaStreaming.Interop;

/// <summary>One reader. Its packets are taken block by block through <see cref="StreamingRuntime.NextBlockPointer"/>.</summary>
public sealed class PacketReader
{
    private readonly ReaderEngine _engine;
    private readonly Func<Session, SessionData> _describe;
    private readonly Action<PacketReader> _forget;
    private readonly int _id;
    private ColumnReader? _columns;
    private int _columnsId;

    internal PacketReader(StreamingEngine engine, ReaderSettings settings, Func<Session, SessionData> describe, Action<PacketReader> forget)
    {
        _engine = new ReaderEngine(engine, settings);
        _describe = describe;
        _forget = forget;
        _id = HotCalls.Readers.Add(_engine.Ring);
    }

    /// <summary>The number that names this reader in hot calls.</summary>
    /// <returns>A number that is not used again.</returns>
    public int Id() => _id;

    /// <summary>Begins to read.</summary>
    /// <returns>Its result is null.</returns>
    public Operation Start() => Operation.Run(
        "start reader",
        cancellation =>
        {
            _engine.Start(cancellation);
            return null;
        });

    /// <summary>Asks the reader to end, without waiting.</summary>
    internal void BeginStop() => _engine.BeginStop();

    /// <summary>Ends reading; what is in the blocks can still be taken.</summary>
    /// <param name="timeoutMs">How long to wait for the reader's thread at most, in milliseconds.</param>
    public void Stop(int timeoutMs) => _engine.Stop(timeoutMs);

    /// <summary>Stops, and frees the blocks: nobody may look at one any more.</summary>
    public void Close()
    {
        HotCalls.Readers.Remove(_id);
        if (_columns is { } columns)
        {
            HotCalls.ColumnReaders.Remove(_columnsId);
            columns.Dispose();
        }

        _engine.Dispose();
        _forget(this);
    }

    /// <summary>Address of the directory of blocks: a row of four 64-bit integers each (address, capacity in bytes, records, generation).</summary>
    /// <returns>The address.</returns>
    public long DirectoryAddress() => _engine.Ring.DirectoryAddress;

    /// <summary>How many blocks there are.</summary>
    /// <returns>The number of rows of the directory.</returns>
    public int BlockCount() => _engine.Ring.BlockCount;

    /// <summary>How many records a block holds at most, which is the length of its columns.</summary>
    /// <returns>The number of records.</returns>
    public int RecordCapacity() => BlockRing.RecordCapacity;

    /// <summary>The stream that a record's index names.</summary>
    /// <param name="index">The first column of a packet's record.</param>
    /// <returns>The stream.</returns>
    public StreamData StreamAt(int index) => new(_engine.Streams.At(index));

    /// <summary>The event that a record's index names; each can be taken once.</summary>
    /// <param name="index">-1 less the first column of an event's record.</param>
    /// <returns>The event.</returns>
    public ReaderEventData EventAt(int index) => new(_engine.Ring.TakeEvent(index), _describe);

    /// <summary>Why the next block could not be taken.</summary>
    /// <returns>The reason; empty where nothing went wrong.</returns>
    public string LastError() => _columns?.Failure ?? _engine.Ring.Failure ?? "";

    /// <summary>Gives columns from now on; once. Then <see cref="Positions"/> and <see cref="MarkHandled"/> count batches, of one record each.</summary>
    /// <param name="parameters">Identifiers or patterns of the parameters; null for all, empty for no samples.</param>
    /// <param name="tables">A bit for each small table that is wanted: 1 events, 2 markers, 4 errors, 8 CAN.</param>
    /// <param name="maxSamples">How many samples and rows of tables a batch has at most.</param>
    /// <param name="latencyMs">How long after its first sample a batch is handed out, in milliseconds.</param>
    /// <param name="block">Which block was taken last, the first one being 1; 0 for none.</param>
    /// <param name="records">How many of its records were handed out.</param>
    /// <returns>The number that names these columns in <see cref="StreamingRuntime.NextColumnsPointer"/>.</returns>
    public int OpenColumns(string[]? parameters, int tables, long maxSamples, int latencyMs, long block, int records)
    {
        ColumnSettings settings = new() { Parameters = parameters, Tables = tables, MaxSamples = maxSamples };
        _columns = _engine.OpenColumns(settings, latencyMs, block, records);
        _columnsId = HotCalls.ColumnReaders.Add(_columns);
        return _columnsId;
    }

    /// <summary>The identifiers of the parameters that columns have been made of.</summary>
    /// <param name="first">The number to begin at.</param>
    /// <returns>Those from there on, by their numbers.</returns>
    public string[] ParameterNames(int first) => _columns is { Decoding.Parameters: var known }
        ? Enumerable.Range(first, known.Count - first).Select(number => known[number]).ToArray()
        : [];

    /// <summary>What became of the packets that columns are made of.</summary>
    /// <returns>The counts of this moment; null where no columns were asked for.</returns>
    public ColumnStatisticsData? ColumnStatistics() => _columns is { } columns ? new ColumnStatisticsData(columns.Decoding.Statistics) : null;

    /// <summary>From where each partition would have to be read so that everything comes that was not handed out yet.</summary>
    /// <param name="block">Which block was taken last, the first one being 1.</param>
    /// <param name="records">How many records of that block were handed out.</param>
    /// <returns>Offsets by partition.</returns>
    public PositionsData Positions(long block, int records) => new(_engine.Positions.HandedOut(block, records));

    /// <summary>Says that everything up to here was dealt with; a member of a group commits it.</summary>
    /// <param name="block">Which block was taken last, the first one being 1.</param>
    /// <param name="records">How many records of that block were dealt with.</param>
    public void MarkHandled(long block, int records) => _engine.Ring.MarkHandled(block, records);

    /// <summary>What was counted so far.</summary>
    /// <returns>The counts of this moment.</returns>
    public ReaderStatisticsData Statistics() => new(_engine.Statistics, _engine.Ring);
}

/// <summary>One stream of one session.</summary>
public sealed class StreamData
{
    internal StreamData(ReadStream stream)
    {
        DataSource = stream.Session.Session.DataSource;
        SessionKey = stream.Session.Session.Key;
        Stream = stream.Name;
    }

    /// <summary>The data source.</summary>
    public string DataSource { get; }

    /// <summary>The session.</summary>
    public string SessionKey { get; }

    /// <summary>The stream; empty for the main stream.</summary>
    public string Stream { get; }
}
