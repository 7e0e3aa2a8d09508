using System.Linq;
using Xunit;

namespace MaStreaming.Protocol;

public sealed class WireWriterTests
{
    [Fact]
    public void Leaves_out_defaults_of_single_values()
    {
        var writer = new WireWriter();
        writer.WriteBool(1, false);
        writer.WriteInt64(2, 0);
        writer.WriteUInt64(3, 0);
        writer.WriteFixed64(4, 0);
        writer.WriteString(5, "");
        writer.WriteBytes(6, []);
        Assert.Equal(0, writer.Length);
    }

    [Fact]
    public void Writes_values_of_each_layout()
    {
        var writer = new WireWriter(capacity: 1);
        writer.WriteBool(1, true);
        writer.WriteInt64(2, -1);
        writer.WriteUInt64(3, 300);
        writer.WriteFixed64(4, 0x0807060504030201);
        writer.WriteString(5, "é");
        writer.WriteBytes(6, [0xFF]);
        writer.WriteVarintAlways(16, 0);
        writer.WriteStringAlways(17, "");
        var expected = "08 01 10 FF FF FF FF FF FF FF FF FF 01 18 AC 02 21 01 02 03 04 05 06 07 08 2A 02 C3 A9 32 01 FF 80 01 00 8A 01 00";
        Assert.Equal(Bytes.Of(expected), writer.ToBytes());
    }

    [Theory]
    [InlineData(0, "0A 00")]
    [InlineData(1, "0A 03 12 01")]
    [InlineData(125, "0A 7F 12 7D")]
    [InlineData(126, "0A 80 01 12 7E")]
    [InlineData(127, "0A 81 01 12 7F")]
    [InlineData(16380, "0A FF 7F 12 FC 7F")]
    [InlineData(16381, "0A 80 80 01 12 FD 7F")]
    [InlineData(2097148, "0A 80 80 80 01 12 FC FF 7F")]
    public void Puts_the_length_before_a_nested_message(int size, string start)
    {
        var contents = Enumerable.Range(0, size).Select(i => (byte)i).ToArray();
        var writer = new WireWriter(capacity: 4);
        var message = writer.BeginMessage(1);
        writer.WriteBytes(2, contents);
        writer.EndMessage(message);
        writer.WriteBool(3, true);
        Assert.Equal([.. Bytes.Of(start), .. contents, 0x18, 0x01], writer.ToBytes());
    }

    [Fact]
    public void Nests_messages_in_messages()
    {
        var writer = new WireWriter();
        var outer = writer.BeginMessage(1);
        var inner = writer.BeginMessage(2);
        writer.WriteString(3, new string('x', 128));
        writer.EndMessage(inner);
        writer.EndMessage(outer);
        byte[] expected = [.. Bytes.Of("0A 86 01 12 83 01 1A 80 01"), .. Enumerable.Repeat((byte)'x', 128)];
        Assert.Equal(expected, writer.ToBytes());
    }

    [Fact]
    public void Starts_again_after_it_was_cleared()
    {
        var writer = new WireWriter();
        writer.WriteString(1, "first");
        writer.Clear();
        writer.WriteString(1, "2");
        Assert.Equal(Bytes.Of("0A 01 '2'"), writer.Written.ToArray());
        Assert.Equal(3, writer.Length);
    }
}
