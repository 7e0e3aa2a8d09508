using System;
using System.Text;
using Xunit;

namespace MaStreaming.Protocol;

public sealed class PacketTests
{
    private const string Filler = "'0123456789012345678901234567890123456789012345678901234567890123' '0123456789012345678901234567890123456789012345678901234567890123' 'ab'";
    private const string Whole = "0A 05 'Event' 12 02 'k1' 18 01 22 02 FF FE 28 AC 02";

    [Fact]
    public void Reads_every_field()
    {
        Assert.True(PacketView.TryParse(Bytes.Of(Whole), out var packet));
        Assert.True(packet.TypeIs(PacketTypes.Event));
        Assert.Equal("k1", Utf8.ToText(packet.SessionKey));
        Assert.True(packet.IsEssential);
        Assert.Equal([0xFF, 0xFE], packet.Content.ToArray());
        Assert.Equal(300UL, packet.Id);
    }

    [Theory]
    [InlineData("28 AC 02 22 02 FF FE 18 01 12 02 'k1' 0A 05 'Event'")] // any order
    [InlineData("0A 03 'Old' 12 01 'k' 18 00 22 01 00 28 01 " + Whole)] // the last one wins
    [InlineData("8A 00 05 'Event' 92 80 00 82 80 00 'k1' 98 00 80 01 22 82 00 FF FE 28 AC 82 00")] // longer varints than needed
    [InlineData(Whole + " 08 01 11 00 00 00 00 00 00 00 00 1A 00 20 07 2A 01 01")] // other layouts of known fields are unknown fields
    public void Reads_the_same_packet_from_other_encodings(string bytes)
    {
        Assert.True(PacketView.TryParse(Bytes.Of(bytes), out var packet));
        Assert.Equal(Bytes.Of(Whole), Encode(packet));
    }

    [Fact]
    public void Skips_unknown_fields_before_between_and_after()
    {
        var unknown = MalformedMessages.Unknown;
        var bytes = $"{unknown} 0A 05 'Event' {unknown} 12 02 'k1' 18 01 22 02 FF FE 28 AC 02 {unknown}";
        Assert.True(PacketView.TryParse(Bytes.Of(bytes), out var packet));
        Assert.Equal(Bytes.Of(Whole), Encode(packet));
    }

    [Theory]
    [InlineData("0A 05 'Event' 12 02 'k1' 18 01 22 02 FF FE 28 AC 02")]
    [InlineData("0A 0C 'PeriodicData' 12 09 'asession1' 22 82 01 " + Filler + " 28 FF FF FF FF 0F")]
    [InlineData("0A 00 12 00 22 00")]
    public void Reads_the_usual_order_of_fields_as_any_other_whatever_is_wrong_with_it(string bytes)
    {
        var usual = Bytes.Of(bytes);
        Assert.True(PacketView.TryParse(usual, out _));
        for (var position = 0; position < usual.Length; position++)
        {
            AssertReadAsAnyOther(usual[..position]);
            for (var value = 0; value < 256; value++)
            {
                byte[] changed = [.. usual];
                changed[position] = (byte)value;
                AssertReadAsAnyOther(changed);
            }
        }
    }

    [Fact]
    public void Reads_no_bytes_as_a_packet_of_defaults()
    {
        Assert.True(PacketView.TryParse([], out var packet));
        Assert.True(packet.Type.IsEmpty && packet.SessionKey.IsEmpty && packet.Content.IsEmpty);
        Assert.False(packet.IsEssential);
        Assert.Equal(0UL, packet.Id);
    }

    [Fact]
    public void An_empty_field_wins_too_if_it_is_the_last()
    {
        Assert.True(PacketView.TryParse(Bytes.Of(Whole + " 0A 00 12 00 18 00 22 00 28 00"), out var packet));
        Assert.Empty(Encode(packet));
    }

    [Theory]
    [InlineData("18 80 80 80 80 10", true)] // bit 32 alone
    [InlineData("18 80 80 80 80 80 80 80 80 80 01", true)] // bit 63 alone
    [InlineData("18 80 00", false)]
    public void Any_number_but_zero_is_true(string bytes, bool expected)
    {
        Assert.True(PacketView.TryParse(Bytes.Of(bytes), out var packet));
        Assert.Equal(expected, packet.IsEssential);
    }

    [Theory]
    [ClassData(typeof(MalformedMessages))]
    public void Refuses_malformed_bytes(string what, string bytes)
    {
        Assert.False(PacketView.TryParse(Bytes.Of(bytes), out _), what);
        Assert.False(PacketView.TryParse(Bytes.Of(Whole + " " + bytes), out var packet), what + ", after a whole packet");
        Assert.True(packet.Content.IsEmpty);
    }

    [Theory]
    [InlineData("0A 01 FF")]
    [InlineData("12 02 C0 80")]
    [InlineData("0A 01 FF 0A 01 'a'")] // although a valid one follows
    public void Refuses_text_that_is_not_UTF8(string bytes) => Assert.False(PacketView.TryParse(Bytes.Of(bytes), out _));

    [Fact]
    public void Refuses_every_packet_that_is_cut_off_inside_a_field()
    {
        var bytes = Bytes.Of(Whole);
        int[] ends = [0, 7, 11, 13, 17, 20];
        for (var length = 0; length <= bytes.Length; length++)
        {
            Assert.Equal(ends.AsSpan().Contains(length), PacketView.TryParse(bytes.AsSpan(0, length), out _));
        }
    }

    [Fact]
    public void Does_not_check_the_content()
    {
        Assert.True(PacketView.TryParse(Bytes.Of("22 03 FF FF FF"), out var packet));
        Assert.Equal(3, packet.Content.Length);
    }

    [Fact]
    public void Allocates_nothing()
    {
        var bytes = Bytes.Of(Whole + " " + MalformedMessages.Unknown);
        var events = PacketView.TryParse(bytes, out var first) && first.TypeIs(PacketTypes.Event) ? 1 : 0;
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            events += PacketView.TryParse(bytes, out var packet) && packet.TypeIs(PacketTypes.Event) ? 1 : 0;
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal(1001, events);
    }

    [Theory]
    [InlineData("NewSession", "k1", false, 0UL, "0A 0A 'NewSession' 12 02 'k1' 22 02 FF FE")]
    [InlineData("DataFormatDefinition", "", true, 0UL, "0A 14 'DataFormatDefinition' 18 01 22 02 FF FE")]
    [InlineData("Event", "ключ", false, ulong.MaxValue, "0A 05 'Event' 12 08 'ключ' 22 02 FF FE 28 FF FF FF FF FF FF FF FF FF 01")]
    public void Writes_a_packet(string type, string sessionKey, bool essential, ulong id, string expected)
    {
        Assert.Equal(Bytes.Of(expected), Packet.Encode(type, sessionKey, essential, id, [0xFF, 0xFE]));
        Assert.Equal(Bytes.Of(expected), Packet.Encode(Encoding.UTF8.GetBytes(type), sessionKey, essential, id, [0xFF, 0xFE]));
    }

    [Fact]
    public void Names_the_types_as_the_contract_does()
    {
        string[] names =
        [
            Utf8.ToText(PacketTypes.NewSession), Utf8.ToText(PacketTypes.EndOfSession), Utf8.ToText(PacketTypes.SessionInfo),
            Utf8.ToText(PacketTypes.DataFormatDefinition), Utf8.ToText(PacketTypes.Configuration), Utf8.ToText(PacketTypes.Metadata),
            Utf8.ToText(PacketTypes.PeriodicData), Utf8.ToText(PacketTypes.RowData), Utf8.ToText(PacketTypes.SynchroData),
            Utf8.ToText(PacketTypes.Event), Utf8.ToText(PacketTypes.Marker), Utf8.ToText(PacketTypes.Error),
            Utf8.ToText(PacketTypes.RawCanData), Utf8.ToText(PacketTypes.CoverageCursorInfo), Utf8.ToText(PacketTypes.StreamStarted),
            Utf8.ToText(PacketTypes.StreamStopped), Utf8.ToText(PacketTypes.AxisData), Utf8.ToText(PacketTypes.MapData),
            Utf8.ToText(PacketTypes.DataFormatConfiguration), Utf8.ToText(PacketTypes.SystemStatus),
        ];
        var expected = "NewSession EndOfSession SessionInfo DataFormatDefinition Configuration Metadata PeriodicData RowData SynchroData "
            + "Event Marker Error RawCANData CoverageCursorInfo StreamStarted StreamStopped AxisData MapData DataFormatConfiguration SystemStatus";
        Assert.Equal(expected, string.Join(' ', names));
    }

    // An unknown field in front, which changes nothing but that the order is not the usual one.
    private static void AssertReadAsAnyOther(byte[] bytes)
    {
        var expected = PacketView.TryParse([0xF8, 0x07, 0x01, .. bytes], out var other);
        Assert.Equal(expected, PacketView.TryParse(bytes, out var packet));
        Assert.Equal(Encode(other), Encode(packet));
    }

    private static byte[] Encode(PacketView packet) =>
        Packet.Encode(packet.Type, Utf8.ToText(packet.SessionKey), packet.IsEssential, packet.Id, packet.Content);
}
