using Xunit;

namespace MaStreaming.Protocol;

public sealed class DataFormatDefinitionPacketTests
{
    private const string Parameters = "08 80 80 CC B5 EA B3 A8 ED 08 10 01 1A 0F 0A 09 'Sin:MyApp' 0A 00 0A 00";

    [Fact]
    public void Writes_a_list_of_parameters()
    {
        var packet = new DataFormatDefinitionPacket
        {
            Identifier = 638_000_000_000_000_000,
            Type = DataFormatType.Parameter,
            ParameterIdentifiers = ["Sin:MyApp", "", ""],
        };
        Assert.Equal(Bytes.Of(Parameters), packet.ToBytes());
    }

    [Fact]
    public void Reads_a_list_of_parameters()
    {
        Assert.True(DataFormatDefinitionPacket.TryParse(Bytes.Of(Parameters), out var packet));
        Assert.Equal(638_000_000_000_000_000UL, packet.Identifier);
        Assert.Equal(DataFormatType.Parameter, packet.Type);
        Assert.Equal(["Sin:MyApp", "", ""], packet.ParameterIdentifiers);
        Assert.Null(packet.EventIdentifier);
    }

    [Fact]
    public void Writes_and_reads_an_event()
    {
        var packet = new DataFormatDefinitionPacket { Identifier = 7, Type = DataFormatType.Event, EventIdentifier = "Gear" };
        Assert.Equal(Bytes.Of("08 07 10 02 22 04 'Gear'"), packet.ToBytes());
        Assert.True(DataFormatDefinitionPacket.TryParse(packet.ToBytes(), out var read));
        Assert.Equal(packet, read);
    }

    [Theory]
    [InlineData("1A 00")] // an empty list, wire contract 4.2
    [InlineData("22 00")]
    [InlineData("")]
    public void Tells_empty_from_absent(string bytes)
    {
        Assert.True(DataFormatDefinitionPacket.TryParse(Bytes.Of(bytes), out var packet));
        Assert.Equal(bytes == "1A 00", packet.ParameterIdentifiers is { Count: 0 });
        Assert.Equal(bytes == "22 00", packet.EventIdentifier is { Length: 0 });
        Assert.Equal(Bytes.Of(bytes), packet.ToBytes());
    }

    [Fact]
    public void The_last_member_of_the_oneof_wins()
    {
        Assert.True(DataFormatDefinitionPacket.TryParse(Bytes.Of("1A 03 0A 01 'a' 22 01 'e'"), out var isEvent));
        Assert.Equal("e", isEvent.EventIdentifier);
        Assert.Null(isEvent.ParameterIdentifiers);
        Assert.True(DataFormatDefinitionPacket.TryParse(Bytes.Of("1A 03 0A 01 'a' 22 01 'e' 1A 03 0A 01 'b'"), out var isList));
        Assert.Null(isList.EventIdentifier);
        Assert.Equal(["b"], isList.ParameterIdentifiers);
        Assert.True(DataFormatDefinitionPacket.TryParse(Bytes.Of("1A 03 0A 01 'a' 1A 03 0A 01 'b'"), out var merged));
        Assert.Equal(["a", "b"], merged.ParameterIdentifiers);
    }

    [Fact]
    public void Keeps_types_it_does_not_know()
    {
        Assert.True(DataFormatDefinitionPacket.TryParse(Bytes.Of("10 07"), out var newer));
        Assert.Equal(7, (int)newer.Type);
        Assert.True(DataFormatDefinitionPacket.TryParse(Bytes.Of("10 FF FF FF FF FF FF FF FF FF 01"), out var negative));
        Assert.Equal(-1, (int)negative.Type);
        Assert.Equal(Bytes.Of("10 FF FF FF FF FF FF FF FF FF 01"), negative.ToBytes());
    }

    [Theory]
    [ClassData(typeof(MalformedMessages))]
    public void Refuses_malformed_bytes(string what, string bytes)
    {
        var malformed = Bytes.Of(bytes);
        Assert.False(DataFormatDefinitionPacket.TryParse(malformed, out _), what);
        byte[] nested = [0x1A, (byte)malformed.Length, .. malformed];
        Assert.False(malformed.Length < 128 && DataFormatDefinitionPacket.TryParse(nested, out _), what + ", in the list");
        Assert.False(CoverageCursorInfo.TryParse(malformed, out _, out _), what);
    }

    [Theory]
    [InlineData("1A 03 0A 01 FF")]
    [InlineData("22 01 FF")]
    public void Refuses_text_that_is_not_UTF8(string bytes) => Assert.False(DataFormatDefinitionPacket.TryParse(Bytes.Of(bytes), out _));

    [Fact]
    public void Reads_a_coverage_cursor()
    {
        Assert.True(CoverageCursorInfo.TryParse(Bytes.Of("0A 03 'Car' 11 00 65 F7 53 FE 9C 97 17"), out var dataSource, out var time));
        Assert.Equal(("Car", 1_700_000_000_500_000_000UL), (dataSource, time));
        Assert.True(CoverageCursorInfo.TryParse([], out dataSource, out time));
        Assert.Equal(("", 0UL), (dataSource, time));
        Assert.True(CoverageCursorInfo.TryParse(Bytes.Of("10 05 0A 01 'a'"), out dataSource, out time));
        Assert.Equal(("a", 0UL), (dataSource, time));
        Assert.False(CoverageCursorInfo.TryParse(Bytes.Of("0A 01 FF"), out _, out _));
    }
}
