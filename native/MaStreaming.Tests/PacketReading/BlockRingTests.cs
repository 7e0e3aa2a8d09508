using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Xunit;

namespace MaStreaming.PacketReading;

/// <summary>The ring between the reading thread and the other side of the boundary.</summary>
public sealed unsafe class BlockRingTests : IDisposable
{
    private const int Payload = 4096;
    private const int Patience = 10_000;

    private readonly BlockRing _ring = new(3, Payload);

    [Fact]
    public void Packets_and_events_come_out_in_the_order_in_which_they_went_in()
    {
        Append(0, 100, 7, [1, 2, 3]);
        _ring.Append(new ReaderEvent(ReaderEventKind.StreamReadingStarted) { Stream = "S" });
        Append(1, 200, 8, []);

        List<Record> records = Take();
        Assert.Equal([0, -1, 1], records.Select(record => record.Index));
        Assert.Equal((100, 7), (records[0].Timestamp, records[0].Offset));
        Assert.Equal([1, 2, 3], records[0].Packet);
        Assert.Equal((200, 8, 0), (records[2].Timestamp, records[2].Offset, records[2].Packet.Length));
        Assert.Equal("S", _ring.TakeEvent(0).Stream);
        Assert.Throws<StreamingException>(() => _ring.TakeEvent(0));
    }

    [Fact]
    public void Nothing_there_is_told_from_nothing_more()
    {
        Assert.Equal(-1, _ring.Next(0));
        Append(0, 1, 1, [1]);
        _ring.Complete();

        Assert.Single(Take());
        Assert.Equal(-2, _ring.Next(0));
    }

    [Fact]
    public void A_full_ring_makes_the_producer_wait_and_loses_nothing()
    {
        const int Count = 5_000;
        Thread producer = Run(() =>
        {
            for (int i = 0; i < Count; i++)
            {
                Append(0, i, i, new byte[100]);
            }

            _ring.Complete();
        });
        Assert.False(producer.Join(100), "5,000 packets of 100 bytes do not fit into three blocks of 4 kB");

        List<long> offsets = [];
        int block;
        while ((block = _ring.Next(Patience)) >= 0)
        {
            offsets.AddRange(Read(block).Select(record => record.Offset));
        }

        Assert.Equal(-2, block);
        Assert.Equal(Enumerable.Range(0, Count).Select(i => (long)i), offsets);
        Assert.True(producer.Join(Patience));
    }

    [Fact]
    public void A_packet_larger_than_a_block_gets_one_and_its_room_is_given_back()
    {
        byte[] large = new byte[Payload * 5];
        large[0] = 1;
        large[^1] = 2;
        for (int round = 0; round < 4; round++)
        {
            Append(0, 1, round, large);
            Assert.Equal(large, Assert.Single(Take()).Packet);
        }

        Assert.Equal(-1, _ring.Next(0));
        Assert.All(Enumerable.Range(0, _ring.BlockCount), block => Assert.True(Directory(block)[1] < Payload + (BlockRing.RecordCapacity * 40) + 1));
    }

    [Fact]
    public void A_block_that_moved_has_another_generation()
    {
        Append(0, 1, 1, [1]);
        int block = _ring.Next(0);
        long generation = Directory(block)[3];
        for (int i = 0; i < _ring.BlockCount; i++)
        {
            Append(0, 1, 1, new byte[Payload * 2]);
            Take();
        }

        Assert.NotEqual(generation, Directory(block)[3]);
    }

    [Fact]
    public void A_block_holds_no_more_records_than_its_table()
    {
        BlockRing ring = new(3, 1 << 20);
        ring.Enter();
        for (int i = 0; i < BlockRing.RecordCapacity + 1; i++)
        {
            byte one = 1;
            Assert.True(ring.Append(0, 0, i, &one, 1));
        }

        ring.Exit();
        long* directory = (long*)ring.DirectoryAddress;
        Assert.Equal(BlockRing.RecordCapacity, directory[(4 * ring.Next(0)) + 2]);
        Assert.Equal(1, directory[(4 * ring.Next(0)) + 2]);
        ring.Dispose();
    }

    [Fact]
    public void A_consumer_that_waits_is_woken_by_a_packet()
    {
        using ManualResetEventSlim waiting = new();
        int block = -3;
        Thread consumer = Run(() =>
        {
            waiting.Set();
            block = _ring.Next(Patience);
        });
        waiting.Wait(Patience);
        Append(0, 1, 1, [1]);

        Assert.True(consumer.Join(Patience));
        Assert.True(block >= 0);
    }

    [Fact]
    public void The_offsets_behind_a_part_of_a_block_are_those_of_its_last_records()
    {
        Append(0, 1, 10, [1]);
        Append(1, 1, 20, [1]);
        Append(0, 1, 11, [1]);
        Take();
        Append(0, 1, 12, [1]);

        Assert.Equal([0L, 0L], Behind(1, 0));
        Assert.Equal([11L, 21L], Behind(1, 2));
        Assert.Equal([12L, 21L], Behind(1, 3));
        Take();
        Assert.Equal([12L, 21L], Behind(1, 1));
        Assert.Equal([13L, 21L], Behind(2, 1));
    }

    [Fact]
    public void What_was_dealt_with_stays_behind_what_was_taken()
    {
        Append(0, 1, 10, [1]);
        Append(0, 1, 11, [1]);
        Take();
        _ring.MarkHandled(1, 1);
        Append(0, 1, 12, [1]);
        Take();

        Assert.Equal(11, _ring.Handled[0]);
        _ring.MarkHandled(2, 0);
        Assert.Equal(12, _ring.Handled[0]);
    }

    [Fact]
    public void A_producer_that_waits_for_room_has_something_else_done_outside_the_ring()
    {
        using ManualResetEventSlim attended = new();
        _ring.WhileFull = () =>
        {
            if (_ring.Waiting.Records > 0)
            {
                attended.Set();
            }
        };
        Thread producer = Run(() =>
        {
            for (int i = 0; i < 10; i++)
            {
                Append(0, 1, i, new byte[Payload]);
            }

            _ring.Complete();
        });
        Assert.True(attended.Wait(Patience));
        Assert.Equal((3, 1.0), _ring.Waiting);

        List<long> offsets = [];
        while (_ring.Next(Patience) is var block and >= 0)
        {
            offsets.AddRange(Read(block).Select(record => record.Offset));
        }

        Assert.True(producer.Join(Patience));
        Assert.Equal(Enumerable.Range(0, 10).Select(i => (long)i), offsets);
    }

    [Fact]
    public void Closing_ends_both_sides_while_they_wait()
    {
        Thread producer = Run(() =>
        {
            while (Append(0, 1, 1, new byte[1000]))
            {
            }
        });
        Assert.False(producer.Join(100), "a full ring makes the producer wait");
        _ring.Close();

        Assert.True(producer.Join(Patience));
        Assert.Equal(-2, _ring.Next(0));
    }

    public void Dispose() => _ring.Dispose();

    private static Thread Run(ThreadStart body)
    {
        Thread thread = new(body) { IsBackground = true };
        thread.Start();
        return thread;
    }

    private bool Append(int stream, long timestamp, long offset, byte[] packet)
    {
        _ring.Enter();
        try
        {
            fixed (byte* start = packet)
            {
                return _ring.Append(stream, timestamp, offset, start, packet.Length);
            }
        }
        finally
        {
            _ring.Exit();
        }
    }

    private long[] Behind(long block, int records)
    {
        long[] offsets = _ring.Offsets(block, records);
        return [offsets.ElementAtOrDefault(0), offsets.ElementAtOrDefault(1)];
    }

    private long* Directory(int block) => (long*)_ring.DirectoryAddress + (4 * block);

    private List<Record> Take()
    {
        int block = _ring.Next(0);
        Assert.True(block >= 0);
        return Read(block);
    }

    private List<Record> Read(int block)
    {
        byte* address = (byte*)Directory(block)[0];
        long* table = (long*)address;
        List<Record> records = [];
        for (int i = 0; i < Directory(block)[2]; i++)
        {
            long start = table[i + (2 * BlockRing.RecordCapacity)];
            long end = table[i + (3 * BlockRing.RecordCapacity)];
            records.Add(new Record(
                table[i],
                table[i + BlockRing.RecordCapacity],
                new ReadOnlySpan<byte>(address + start, (int)(end - start)).ToArray(),
                table[i + (4 * BlockRing.RecordCapacity)]));
        }

        return records;
    }

    private sealed record Record(long Index, long Timestamp, byte[] Packet, long Offset);
}
