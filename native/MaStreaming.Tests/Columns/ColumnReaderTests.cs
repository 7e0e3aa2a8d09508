using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using MaStreaming.PacketReading;
using MaStreaming.Protocol;
using MaStreaming.SessionManagement;
using Xunit;

namespace MaStreaming.Columns;

/// <summary>The blocks of a reader as batches: when they are handed out, with which events, and from where everything else would come again.</summary>
[Collection("columns")]
public sealed unsafe class ColumnReaderTests : IDisposable
{
    private const int Patience = 10_000;
    private const int Long = 600_000;

    private readonly BlockRing _ring = new(3, 1 << 16);
    private readonly StreamTable _streams = new();
    private readonly Dictionary<ulong, string[]> _definitions = [];
    private readonly List<string> _warnings = [];
    private readonly List<string> _news = [];
    private readonly ManualResetEventSlim _mayLoad = new(true);
    private Exception? _failure;
    private ColumnReader? _reader;

    public ColumnReaderTests()
    {
        foreach (string key in new[] { "k0", "k1" })
        {
            _streams.Add(new ReadStream(new SessionReading(new Session { Key = key, DataSource = "Car" }, 0), "S"));
        }
    }

    [Fact]
    public void A_batch_is_handed_out_when_it_is_full_and_when_nothing_more_comes()
    {
        ColumnReader reader = Open(maxSamples: 3);
        Append(0, 10, 2);
        Append(0, 11, 2);
        Append(0, 12, 1);
        Append(1, 13, 1);
        _ring.Complete();

        Assert.Equal([(0, 2), (0, 3), (1, 1)], [TakeBatch(reader), TakeBatch(reader), TakeBatch(reader)]);
        Assert.Equal(ColumnsTaken.Completed, reader.Take(0));
        Assert.Equal(ColumnsTaken.Completed, reader.Take(0));
    }

    [Fact]
    public void A_batch_is_handed_out_when_its_latency_has_passed()
    {
        ColumnReader reader = Open(latency: 1);
        Append(0, 10, 2);
        Assert.Equal((0, 2), TakeBatch(reader));
        Assert.Equal(ColumnsTaken.TimedOut, reader.Take(1));

        ColumnReader patient = Open(latency: Long);
        Append(0, 11, 2);
        Assert.Equal(ColumnsTaken.TimedOut, patient.Take(1));
    }

    [Fact]
    public void Blocks_without_a_batch_do_not_hold_up_the_caller()
    {
        ColumnReader reader = Open(latency: Long);
        Append(0, 10, 1);
        Assert.Equal(ColumnsTaken.TimedOut, reader.Take(0));
        Append(0, 11, 1);
        using ManualResetEventSlim stop = new();
        Thread producer = new(() =>
        {
            for (int offset = 12; !stop.IsSet; offset = 12 + ((offset + 1) % 100))
            {
                Append(0, offset, 1);
            }
        });
        producer.Start();
        try
        {
            Assert.Equal(ColumnsTaken.TimedOut, reader.Take(50));
        }
        finally
        {
            stop.Set();
            _ring.Close();
            producer.Join();
        }
    }

    [Fact]
    public void What_a_stream_has_comes_before_the_event_that_ends_it_and_that_of_others_stays()
    {
        ColumnReader reader = Open(latency: Long);
        Append(0, 10, 1);
        Append(1, 11, 1);
        _ring.Append(Event(ReaderEventKind.SessionInfoUpdated, "k0"));
        _ring.Append(Event(ReaderEventKind.StreamReadingCompleted, "k0"));
        _ring.Append(Event(ReaderEventKind.SessionReadingCompleted, "k1"));

        Assert.Equal(ColumnsTaken.Event, reader.Take(Patience));
        Assert.Equal(ReaderEventKind.SessionInfoUpdated, _ring.TakeEvent(reader.Event).Kind);
        Assert.Equal((0, 1), TakeBatch(reader));
        Assert.Equal(ColumnsTaken.Event, reader.Take(Patience));
        Assert.Equal(ReaderEventKind.StreamReadingCompleted, _ring.TakeEvent(reader.Event).Kind);
        Assert.Equal((1, 1), TakeBatch(reader));
        Assert.Equal(ColumnsTaken.Event, reader.Take(Patience));
        Assert.Equal(ReaderEventKind.SessionReadingCompleted, _ring.TakeEvent(reader.Event).Kind);
    }

    [Fact]
    public void Offsets_count_what_was_handed_out_and_nothing_else()
    {
        ColumnReader reader = Open(maxSamples: 2);
        Append(1, 5, 0);
        Append(0, 10, 1);
        Append(1, 11, 1);
        Append(0, 12, 1);
        Append(0, 13, 1);
        Assert.Equal((0, 2), TakeBatch(reader));

        Assert.Equal([0, 6], reader.Offsets(1, 0));
        Assert.Equal([13, 6], reader.Offsets(1, 1));
        Assert.Equal(ColumnsTaken.TimedOut, reader.Take(1));
        Assert.Equal([13, 6], reader.Offsets(1, 1));

        Append(1, 14, 1);
        Assert.Equal((1, 2), TakeBatch(reader));
        Assert.Equal([13, 6], reader.Offsets(1, 1));
        Assert.Equal([13, 6], reader.Offsets(2, 0));
        _ring.MarkHandled(2, 1);
        Assert.Equal([13, 15], _ring.Handled);
    }

    [Fact]
    public void Packets_that_wait_hold_back_the_offset_of_their_stream()
    {
        ColumnReader reader = Open(latency: 1);
        Append(0, 10, 1);
        AppendPacket(0, 11, "08 07", 1);
        Assert.Equal((0, 1), TakeBatch(reader));
        Assert.Equal(11, reader.Offsets(1, 1)[0]);

        _definitions[7] = ["late"];
        Assert.Equal((0, 1), TakeBatch(reader));
        Assert.Equal(12, reader.Offsets(2, 1)[0]);
        Assert.Equal("late", reader.Decoding.Parameters[1]);
    }

    [Fact]
    public void A_stream_ends_only_after_the_definitions_on_the_broker_were_read()
    {
        _mayLoad.Reset();
        ColumnReader reader = Open();
        AppendPacket(0, 10, "08 07", 1);
        _ring.Append(Event(ReaderEventKind.StreamReadingCompleted, "k0"));
        Assert.Equal(ColumnsTaken.TimedOut, reader.Take(1));

        _definitions[7] = ["late"];
        _mayLoad.Set();
        Assert.Equal((0, 1), TakeBatch(reader));
        Assert.Equal(ColumnsTaken.Event, reader.Take(Patience));
        Assert.Empty(reader.Decoding.Statistics.Unresolved());
    }

    [Fact]
    public void F26_packets_without_room_wait_for_the_definitions_on_the_broker_and_no_stream_loses_any()
    {
        _mayLoad.Reset();
        ColumnReader reader = Open(maxWaitingBytes: 1, latency: 1);
        Append(1, 5, 1);
        AppendPacket(0, 10, "08 07", 1);
        AppendPacket(1, 11, "08 07", 1);
        _ring.Complete();
        Assert.Equal(ColumnsTaken.TimedOut, reader.Take(1));
        Assert.Equal(ColumnsTaken.TimedOut, reader.Take(1));

        _definitions[7] = ["late"];
        _mayLoad.Set();
        Assert.Equal([(0, 1L), (1, 2L)], new[] { TakeBatch(reader), TakeBatch(reader) }.OrderBy(batch => batch.Stream));
        Assert.Equal(ColumnsTaken.Completed, reader.Take(Patience));
        Assert.Empty(reader.Decoding.Statistics.Unresolved());
    }

    [Fact]
    public void Packets_whose_definition_is_not_on_the_broker_are_given_up_at_the_end_and_told()
    {
        ColumnReader reader = Open();
        AppendPacket(0, 10, "08 07", 1);
        _ring.Complete();
        Assert.Equal(ColumnsTaken.Completed, reader.Take(Patience));
        Assert.Equal([7UL], reader.Decoding.Statistics.Unresolved().Keys);
        Assert.Contains("data format 7", Assert.Single(_warnings, warning => !warning.Contains("times", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public void V22_a_definition_that_comes_when_packets_were_given_up_is_told_once()
    {
        ColumnReader reader = Open(latency: 1);
        AppendPacket(0, 10, "08 07", 1);
        _ring.Append(Event(ReaderEventKind.SessionReadingCompleted, "k0"));
        ColumnsTaken taken;
        while ((taken = reader.Take(100)) == ColumnsTaken.TimedOut)
        {
        }

        Assert.Equal(ColumnsTaken.Event, taken);
        Assert.Empty(_news);

        _definitions[7] = ["late"];
        AppendPacket(1, 11, "08 07", 1);
        AppendPacket(1, 12, "08 07", 1);
        Assert.Equal((1, 2), TakeBatch(reader));
        Assert.Contains("data format 7", Assert.Single(_news, news => news.Contains("definition", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public void V22_formats_that_could_not_be_read_and_can_again_are_told()
    {
        _failure = new InvalidOperationException("no broker");
        ColumnReader reader = Open(latency: 1);
        AppendPacket(0, 10, "08 07", 1);
        _ring.Append(Event(ReaderEventKind.SessionReadingCompleted, "k0"));
        while (reader.Take(100) == ColumnsTaken.TimedOut)
        {
        }

        Assert.Single(_warnings, warning => warning.Contains("no broker", StringComparison.Ordinal));
        _failure = null;
        AppendPacket(1, 11, "08 08", 1);
        _ring.Complete();
        while (reader.Take(100) == ColumnsTaken.TimedOut)
        {
        }

        Assert.Single(_news, news => news.Contains("read to their end again", StringComparison.Ordinal));
    }

    [Fact]
    public void Columns_begin_in_the_middle_of_a_block()
    {
        for (int offset = 0; offset < 4; offset++)
        {
            Append(0, offset, 1);
        }

        Assert.True(_ring.Next(0) >= 0);
        ColumnReader reader = Open(block: 1, records: 3);
        Assert.Equal(3, reader.Offsets(0, 0)[0]);
        _ring.Complete();
        Assert.Equal((0, 1), TakeBatch(reader));
        Assert.Equal(4, _ring.Offsets(1, 1)[0]);
    }

    public void Dispose()
    {
        _mayLoad.Set();
        _reader?.Dispose();
        _ring.Dispose();
        _mayLoad.Dispose();
    }

    private static ReaderEvent Event(ReaderEventKind kind, string key) =>
        new(kind) { Session = new Session { Key = key, DataSource = "Car" }, Stream = "S" };

    private static (int Stream, long Samples) TakeBatch(ColumnReader reader)
    {
        ColumnsTaken taken = ColumnsTaken.TimedOut;
        for (int i = 0; i < Patience && taken == ColumnsTaken.TimedOut; i++)
        {
            taken = reader.Take(100);
        }

        Assert.Equal(ColumnsTaken.Batch, taken);
        using ColumnBatch batch = reader.Batch!;
        return (reader.Stream, batch.Samples);
    }

    private ColumnReader Open(long maxSamples = 1_000_000, int latency = Long, long block = 0, int records = 0, long maxWaitingBytes = 1 << 20)
    {
        _reader?.Dispose();
        FormatSource source = new(id => _definitions.GetValueOrDefault(id), _ => null, Load);
        ColumnSettings settings = new() { MaxSamples = maxSamples, MaxWaitingBytes = maxWaitingBytes };
        return _reader = new ColumnReader(_ring, _streams, settings, latency, source, new ColumnLog(_warnings.Add, _news.Add), block, records);
    }

    private void Load(CancellationToken cancellation)
    {
        _mayLoad.Wait(cancellation);
        if (_failure is not null)
        {
            throw _failure;
        }
    }

    private void Append(int stream, long offset, int samples) => AppendPacket(stream, offset, "12 03 0A 01 'a'", samples);

    // PeriodicData: 1 data_format, 2 start_time, 3 interval 1, 4 a column of doubles, all 0 and VALID.
    private void AppendPacket(int stream, long offset, string format, int samples)
    {
        string lists = $"0A {4 * samples:X2} {Bytes.Times("0A 02 10 01", samples)}";
        byte[] content = Bytes.Of($"0A {Bytes.Of(format).Length:X2} {format} 11 {offset:X2} 00 00 00 00 00 00 00 18 01 22 {Bytes.Of(lists).Length:X2} {lists}");
        byte[] packet = Packet.Encode("PeriodicData", "k", false, 0, content);
        _ring.Enter();
        fixed (byte* start = packet)
        {
            _ring.Append(stream, 0, offset, start, packet.Length);
        }

        _ring.Exit();
    }
}
