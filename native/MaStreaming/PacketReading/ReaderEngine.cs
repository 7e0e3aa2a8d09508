using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using MaStreaming.Columns;
using MaStreaming.Engine;
using MaStreaming.Kafka;
using MaStreaming.Protocol;

namespace MaStreaming.PacketReading;

/// <summary>One reader: its ring, its consumer and the thread that fills the one from the other.</summary>
internal sealed class ReaderEngine : IDisposable
{
    private const int Blocks = 6;

    /// <summary>One that is filled while the other one is emptied.</summary>
    private const int FewestBlocks = 2;
    private const int BlockPayloadBytes = 1 << 20;
    private const int QueueKilobytes = 16_384;

    /// <summary>A member of a group gives this up, and fetches it again, to take part in the group while its handler is slow.</summary>
    private const int MemberQueueKilobytes = 4_096;
    private const int GraceMilliseconds = 500;
    private const int WarningLevel = 4;
    private const int InformationLevel = 6;

    private readonly StreamingEngine _engine;
    private readonly ReaderSettings _settings;
    private readonly object _gate = new();
    private ReadingLoop? _loop;
    private Thread? _thread;
    private bool _stopped;

    public ReaderEngine(StreamingEngine engine, ReaderSettings settings)
    {
        _engine = engine;
        _settings = settings;
        int blocks = settings.BufferLength > 0 ? Math.Clamp(settings.BufferLength, FewestBlocks, Blocks) : Blocks;
        int records = settings.BufferLength > 0 ? Math.Min((settings.BufferLength + blocks - 1) / blocks, BlockRing.RecordCapacity) : BlockRing.RecordCapacity;
        Ring = new BlockRing(blocks, BlockPayloadBytes, records);
        Positions = new ReadingPositions(Ring, acknowledged: settings.Group.Length > 0);
    }

    public BlockRing Ring { get; }

    public StreamTable Streams { get; } = new();

    public ReadingPositions Positions { get; }

    public ReaderStatistics Statistics { get; } = new();

    /// <summary>Begins to read, with every session that the broker has at this moment known.</summary>
    /// <exception cref="StreamingException">A historic reader names a session that is not there, or the broker cannot be asked.</exception>
    public void Start(CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (_stopped || _thread is not null)
            {
                throw new StreamingException(ErrorCode.Lifecycle, "a reader can be started once");
            }

            Deadline deadline = Deadline.After(_engine.Settings.TimeoutMilliseconds);
            _engine.State.CatchUp(_engine.FindSessionTopic(deadline), deadline, cancellation);
            if (_settings.ReadingType == ReadingType.Historic && _settings.SessionKey.Length > 0)
            {
                _engine.Sessions.Require(_settings.DataSource, _settings.SessionKey);
            }

            RequireTimeIndex(deadline);

            // Most handlers ask for the formats of the first packet's id.
            _engine.FollowDataFormats(_settings.DataSource, deadline);
            int queueKilobytes = _settings.Group.Length > 0 ? MemberQueueKilobytes : QueueKilobytes;
            int partitions = _engine.Layout?.PartitionsOf(_settings.DataSource).Count() ?? 0;
            Dictionary<string, string> properties = ClientProperties.Consumer(_engine.Settings, queueKilobytes, partitions);
            KafkaConsumer consumer = _settings.Group.Length > 0
                ? new GroupConsumer(properties, _settings.Group, _engine.Logs, _engine.Tokens)
                : new KafkaConsumer(properties, _engine.Logs, _engine.Tokens);
            _loop = new ReadingLoop(_engine, _settings, consumer, Ring, Streams, Positions, Statistics);
            ReadingLoop loop = _loop;
            _thread = BackgroundThread.Start("ma_streaming reader", () => Run(loop, consumer), loop.Fail);
        }
    }

    /// <summary>A broker without an index by time answers that nothing is as late as any time at all.</summary>
    private void RequireTimeIndex(Deadline deadline)
    {
        if (!_settings.HasTimeRange || _engine.Profile is not { } profile)
        {
            return;
        }

        TopicPartition[] partitions = _engine.Catalog.PartitionsOf(profile.SessionTopic).ToArray();
        if (_engine.Admin.OffsetsForTime(partitions, 0, deadline.RemainingMilliseconds).Values.All(offset => offset < 0))
        {
            throw new StreamingException(ErrorCode.NotSupported, "this broker has no index by time, so start_time and end_time cannot be used with it");
        }
    }

    /// <summary>The consumer is the thread's alone, and ends with it however long that takes.</summary>
    private static void Run(ReadingLoop loop, KafkaConsumer consumer)
    {
        using (consumer)
        {
            loop.Run();
        }
    }

    /// <summary>Hands out columns from now on, instead of packets.</summary>
    /// <param name="settings">Which, and how many samples at once.</param>
    /// <param name="latencyMilliseconds">How long samples may be gathered.</param>
    /// <param name="block">The block that was taken last, as <see cref="BlockRing.Next"/> counts them.</param>
    /// <param name="records">How many of its records were handed out.</param>
    public ColumnReader OpenColumns(ColumnSettings settings, int latencyMilliseconds, long block, int records)
    {
        FormatSource formats = new(
            id => _engine.DataFormats.Find(_settings.DataSource, DataFormatType.Parameter, id)?.Identifiers,
            id => _engine.DataFormats.Find(_settings.DataSource, DataFormatType.Event, id)?.Identifiers[0],
            cancellation => _engine.LoadDataFormats(_settings.DataSource, Deadline.After(_engine.Settings.TimeoutMilliseconds), cancellation));
        ColumnLog log = new(
            warning => _engine.Logs.Add(WarningLevel, "COLUMNS", warning),
            news => _engine.Logs.Add(InformationLevel, "COLUMNS", news));
        return new ColumnReader(Ring, Streams, settings, latencyMilliseconds, formats, log, block, records);
    }

    /// <summary>Asks the thread to end, without waiting for it.</summary>
    public void BeginStop() => Volatile.Read(ref _loop)?.Stop();

    /// <summary>Ends reading. What is in the ring can still be taken if there was room for it all.</summary>
    public void Stop(int timeoutMilliseconds)
    {
        lock (_gate)
        {
            if (_stopped)
            {
                return;
            }

            _stopped = true;
            _loop?.Stop();
            if (_thread is not null && !_thread.Join(Math.Min(GraceMilliseconds, timeoutMilliseconds)))
            {
                if (!Ring.IsCompleted)
                {
                    Ring.Close();
                }

                if (!_thread.Join(Math.Max(GraceMilliseconds, timeoutMilliseconds)))
                {
                    throw new StreamingException(ErrorCode.Timeout, $"the reader's thread did not end within {timeoutMilliseconds} ms");
                }
            }

            Ring.Complete();
        }
    }

    /// <summary>Frees the ring's memory; nobody may look at a block any more.</summary>
    public void Dispose()
    {
        Stop(int.MaxValue);
        Ring.Dispose();
    }
}
