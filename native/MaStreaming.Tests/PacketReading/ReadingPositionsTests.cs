using System;
using System.Collections.Generic;
using MaStreaming.Kafka;
using MaStreaming.SessionManagement;
using Xunit;

namespace MaStreaming.PacketReading;

/// <summary>From where partitions have to be read again.</summary>
public sealed unsafe class ReadingPositionsTests : IDisposable
{
    private readonly BlockRing _ring = new(3, 4096);
    private readonly ReadPartition _partition = new(new TopicPartition("Data.Car", 0)) { Position = 5 };
    private readonly ReadingPositions _positions;

    public ReadingPositionsTests() => _positions = new ReadingPositions(_ring, acknowledged: true);

    [Fact]
    public void A_partition_with_nothing_waiting_is_where_the_consumer_is()
    {
        Add(0, 5);
        Assert.Equal(5, At(_positions.HandedOut(0, 0)));
        _partition.Position = 9;
        Assert.Equal(9, At(_positions.HandedOut(0, 0)));
    }

    [Fact]
    public void A_partition_with_packets_waiting_is_at_the_first_of_them()
    {
        StreamCursor first = Add(0, 5);
        StreamCursor second = Add(1, 5);
        Deliver(first, 5);
        Deliver(second, 6);
        Deliver(first, 8);
        _partition.Position = 12;
        Assert.Equal(5, At(_positions.HandedOut(0, 0)));

        Assert.True(_ring.Next(0) >= 0);
        Assert.Equal(6, At(_positions.HandedOut(1, 1)));
        Assert.Equal(7, At(_positions.HandedOut(1, 2)));
        Assert.Equal(12, At(_positions.HandedOut(1, 3)));
        Assert.Equal(5, At(_positions.Handled()));

        _ring.MarkHandled(1, 3);
        Assert.Equal(12, At(_positions.Handled()));
    }

    [Fact]
    public void Sessions_of_one_partition_share_its_order()
    {
        StreamCursor first = Add(0, 5);
        StreamCursor second = Add(1, 5);
        Deliver(first, 5);
        Deliver(second, 6);
        Deliver(second, 7);
        Deliver(first, 8);
        _partition.Position = 9;
        Assert.True(_ring.Next(0) >= 0);
        Assert.Equal(8, At(_positions.HandedOut(1, 3)));
    }

    [Fact]
    public void A_partition_that_went_back_for_a_session_is_where_that_session_is()
    {
        StreamCursor early = Add(0, 5);
        Deliver(early, 20);
        Deliver(early, 21);
        _partition.Position = 22;
        Assert.True(_ring.Next(0) >= 0);

        _positions.GoBack(_partition);
        StreamCursor late = Add(1, 7);
        _partition.Position = 7;
        Assert.Equal(7, At(_positions.HandedOut(1, 2)));
        Deliver(late, 7);
        Deliver(late, 9);
        _partition.Position = 10;
        Assert.Equal(7, At(_positions.HandedOut(1, 2)));
        Assert.True(_ring.Next(0) >= 0);
        Assert.Equal(8, At(_positions.HandedOut(2, 1)));
        Assert.Equal(10, At(_positions.HandedOut(2, 2)));
    }

    [Fact]
    public void Nothing_is_said_of_a_partition_that_was_forgotten()
    {
        Deliver(Add(0, 5), 5);
        _positions.Forget(_partition.Partition);
        Assert.Empty(_positions.HandedOut(0, 0));
    }

    public void Dispose() => _ring.Dispose();

    private static long At(IReadOnlyDictionary<TopicPartition, long> positions) => positions[new TopicPartition("Data.Car", 0)];

    private StreamCursor Add(int index, long start)
    {
        SessionReading reading = new(new Session { Key = $"key {index}", DataSource = "Car" }, 0);
        StreamCursor cursor = new(new ReadStream(reading, ""), _partition, index, start);
        _positions.Add([cursor]);
        return cursor;
    }

    private void Deliver(StreamCursor cursor, long offset)
    {
        byte packet = 1;
        _ring.Enter();
        Assert.True(_ring.Append(cursor.Index, 0, offset, &packet, 1));
        cursor.Delivered = offset + 1;
        _ring.Exit();
    }
}
