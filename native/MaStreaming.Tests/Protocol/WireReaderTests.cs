using Xunit;

namespace MaStreaming.Protocol;

public sealed class WireReaderTests
{
    [Theory]
    [InlineData("00", 0UL)]
    [InlineData("01", 1UL)]
    [InlineData("7F", 127UL)]
    [InlineData("80 01", 128UL)]
    [InlineData("AC 02", 300UL)]
    [InlineData("81 80 80 00", 1UL)]
    [InlineData("FF FF FF FF 0F", 4294967295UL)]
    [InlineData("FF FF FF FF FF FF FF FF 7F", 9223372036854775807UL)]
    [InlineData("FF FF FF FF FF FF FF FF FF 01", 18446744073709551615UL)]
    [InlineData("FF FF FF FF FF FF FF FF FF 7F", 18446744073709551615UL)]
    public void Reads_varints(string bytes, ulong expected)
    {
        var reader = new WireReader(Bytes.Of(bytes));
        Assert.True(reader.TryReadVarint(out var value));
        Assert.Equal(expected, value);
        Assert.False(reader.ReadTag(out _, out _));
        Assert.False(reader.IsMalformed);
    }

    [Fact]
    public void Reads_a_field_of_each_layout()
    {
        var reader = new WireReader(Bytes.Of("08 96 01 11 01 02 03 04 05 06 07 08 1A 02 'hi' 25 01 02 03 04 2A 00"));
        Assert.True(reader.ReadTag(out var field, out var type));
        Assert.Equal((1, WireType.Varint), (field, type));
        Assert.True(reader.TryReadVarint(out var number));
        Assert.Equal(150UL, number);
        Assert.True(reader.ReadTag(out field, out type));
        Assert.Equal((2, WireType.Fixed64), (field, type));
        Assert.True(reader.TryReadFixed64(out var wide));
        Assert.Equal(0x0807060504030201UL, wide);
        Assert.True(reader.ReadTag(out field, out type));
        Assert.Equal((3, WireType.LengthDelimited), (field, type));
        Assert.True(reader.TryReadString(out var text));
        Assert.Equal("hi", text);
        Assert.True(reader.ReadTag(out field, out type));
        Assert.Equal((4, WireType.Fixed32), (field, type));
        Assert.True(reader.TrySkip(type));
        Assert.True(reader.ReadTag(out _, out _));
        Assert.True(reader.TryReadBytes(out var empty));
        Assert.True(empty.IsEmpty);
        Assert.False(reader.ReadTag(out _, out _));
        Assert.False(reader.IsMalformed);
    }

    [Theory]
    [ClassData(typeof(MalformedMessages))]
    public void Says_that_a_message_is_malformed(string what, string bytes)
    {
        var reader = new WireReader(Bytes.Of(bytes));
        SkipAll(ref reader);
        Assert.True(reader.IsMalformed, what);
    }

    [Fact]
    public void Skips_fields_of_every_layout()
    {
        var reader = new WireReader(Bytes.Of(MalformedMessages.Unknown));
        Assert.Equal(6, SkipAll(ref reader));
        Assert.False(reader.IsMalformed);
    }

    [Theory]
    [InlineData("23 00 05 24", false)]
    [InlineData("23 02 01 FF 24", false)]
    [InlineData("23 03 04 24", false)]
    [InlineData("23 04", true)]
    [InlineData("00 05", true)]
    public void Takes_a_field_0_in_an_unknown_group_alone(string bytes, bool isMalformed)
    {
        var reader = new WireReader(Bytes.Of(bytes));
        SkipAll(ref reader);
        Assert.Equal(isMalformed, reader.IsMalformed);
    }

    [Fact]
    public void Skips_groups_of_up_to_100_levels()
    {
        var reader = new WireReader(Bytes.Of(Bytes.Times("F3 01", 100) + " " + Bytes.Times("F4 01", 100)));
        Assert.Equal(1, SkipAll(ref reader));
        Assert.False(reader.IsMalformed);
    }

    [Theory]
    [InlineData(97, false)]
    [InlineData(98, true)]
    public void Counts_the_messages_around_a_group_among_its_levels(int levels, bool isMalformed)
    {
        var reader = new WireReader(Bytes.Of(Bytes.Times("F3 01", levels) + " " + Bytes.Times("F4 01", levels)), depth: 3);
        SkipAll(ref reader);
        Assert.Equal(isMalformed, reader.IsMalformed);
    }

    [Fact]
    public void Reads_nothing_more_once_something_was_malformed()
    {
        var reader = new WireReader(Bytes.Of("80 80 80 80 80 80 80 80 80 80 00 00 00 00 00 00 00 00 00"));
        Assert.False(reader.TryReadVarint(out var number));
        Assert.Equal(0UL, number);
        Assert.False(reader.TryReadVarint(out _));
        Assert.False(reader.TryReadFixed64(out _));
        Assert.False(reader.TryReadBytes(out _));
        Assert.False(reader.TryReadString(out var text));
        Assert.Equal("", text);
        Assert.False(reader.TrySkip(WireType.Varint));
        Assert.False(reader.ReadTag(out _, out _));
    }

    private static int SkipAll(ref WireReader reader)
    {
        var count = 0;
        while (reader.ReadTag(out _, out var type))
        {
            count += reader.TrySkip(type) ? 1 : 0;
        }

        return count;
    }
}
