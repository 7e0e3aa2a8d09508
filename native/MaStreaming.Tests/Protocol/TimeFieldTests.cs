using Xunit;

namespace MaStreaming.Protocol;

public sealed class TimeFieldTests
{
    [Theory]
    [InlineData(0L, "0A 00")]
    [InlineData(1L, "0A 02 10 01")]
    [InlineData(19_800_000_000_000L, "0A 04 08 D8 9A 01")]
    [InlineData(-1_500_000_000L, "0A 16 08 FF FF FF FF FF FF FF FF FF 01 10 80 B6 CA 91 FE FF FF FF FF 01")]
    [InlineData(long.MaxValue, "0A 0C 08 84 FA 85 AE 22 10 FF AF CB 97 03")]
    public void Writes_and_reads_durations(long nanoseconds, string bytes)
    {
        var writer = new WireWriter();
        TimeField.WriteDuration(writer, 1, nanoseconds);
        Assert.Equal(Bytes.Of(bytes), writer.ToBytes());
        Assert.Equal(nanoseconds, Read(Bytes.Of(bytes)[2..]));
    }

    [Theory]
    [InlineData(0L, "0A 00")]
    [InlineData(1_700_000_000_500_000_000L, "0A 0C 08 80 E2 CF AA 06 10 80 CA B5 EE 01")]
    [InlineData(-1_500_000_000L, "0A 11 08 FE FF FF FF FF FF FF FF FF 01 10 80 CA B5 EE 01")]
    [InlineData(long.MinValue, "0A 10 08 FB 85 FA D1 DD FF FF FF FF 01 10 80 E4 9F 45")]
    public void Writes_and_reads_timestamps(long nanoseconds, string bytes)
    {
        var writer = new WireWriter();
        TimeField.WriteTimestamp(writer, 1, nanoseconds);
        Assert.Equal(Bytes.Of(bytes), writer.ToBytes());
        Assert.Equal(nanoseconds, Read(Bytes.Of(bytes)[2..]));
    }

    [Theory]
    [InlineData("08 84 FA 85 AE 22 10 80 B0 CB 97 03", long.MaxValue)] // one nanosecond too many
    [InlineData("08 FF FF FF FF FF FF FF FF 7F", long.MaxValue)] // 2^63 - 1 seconds
    [InlineData("08 80 80 80 80 80 80 80 80 80 01 10 81 EC 94 A3 FC FF FF FF FF 01", long.MinValue)] // -2^63 seconds
    public void Takes_the_nearest_number_for_what_64_bits_cannot_hold(string bytes, long expected) =>
        Assert.Equal(expected, Read(Bytes.Of(bytes)));

    [Fact]
    public void Writes_nothing_for_an_absent_value()
    {
        var writer = new WireWriter();
        TimeField.WriteDuration(writer, 1, null);
        TimeField.WriteTimestamp(writer, 2, null);
        Assert.Equal(0, writer.Length);
        Assert.Null(default(TimeField).Nanoseconds);
    }

    private static long? Read(byte[] bytes)
    {
        var time = default(TimeField);
        Assert.True(time.Merge(bytes));
        return time.Nanoseconds;
    }
}
