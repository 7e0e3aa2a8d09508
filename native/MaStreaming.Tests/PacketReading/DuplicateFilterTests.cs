using System;
using MaStreaming.SessionManagement;
using Xunit;

namespace MaStreaming.PacketReading;

/// <summary>Packets that come more than once.</summary>
public sealed class DuplicateFilterTests
{
    private readonly DuplicateFilter _filter = new();
    private readonly ReadStream _stream = NewStream();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(200)]
    public void A_packet_is_a_duplicate_from_its_second_time_on(int length)
    {
        byte[] packet = Packet(length, 1);
        Assert.False(_filter.IsDuplicate(_stream, packet));
        Assert.True(_filter.IsDuplicate(_stream, packet));
        Assert.True(_filter.IsDuplicate(_stream, packet));
    }

    [Fact]
    public void One_byte_makes_another_packet_wherever_it_is()
    {
        byte[] packet = Packet(100, 1);
        Assert.False(_filter.IsDuplicate(_stream, packet));
        for (int i = 0; i < packet.Length; i++)
        {
            byte[] other = (byte[])packet.Clone();
            other[i] ^= 0x80;
            Assert.False(_filter.IsDuplicate(_stream, other));
        }

        Assert.False(_filter.IsDuplicate(_stream, packet.AsSpan(..99)));
        Assert.True(_filter.IsDuplicate(_stream, packet));
    }

    [Fact]
    public void The_same_packet_of_another_stream_is_no_duplicate()
    {
        byte[] packet = Packet(10, 1);
        Assert.False(_filter.IsDuplicate(_stream, packet));
        Assert.False(_filter.IsDuplicate(NewStream(), packet));
    }

    [Fact]
    public void What_is_older_than_the_number_remembered_is_forgotten()
    {
        byte[] first = BitConverter.GetBytes(-1);
        Assert.False(_filter.IsDuplicate(_stream, first));
        for (int i = 1; i < DuplicateFilter.Capacity; i++)
        {
            Assert.False(_filter.IsDuplicate(_stream, BitConverter.GetBytes(i)));
        }

        Assert.True(_filter.IsDuplicate(_stream, first));
        Assert.False(_filter.IsDuplicate(_stream, BitConverter.GetBytes(0)));
        Assert.False(_filter.IsDuplicate(_stream, first));
    }

    private static ReadStream NewStream() => new(new SessionReading(new Session { Key = "key", DataSource = "Car" }, 0), "");

    private static byte[] Packet(int length, int seed)
    {
        byte[] packet = new byte[length];
        for (int i = 0; i < length; i++)
        {
            packet[i] = (byte)(seed + (i * 7));
        }

        return packet;
    }
}
