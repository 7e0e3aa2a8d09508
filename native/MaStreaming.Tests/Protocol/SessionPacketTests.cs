using Xunit;

namespace MaStreaming.Protocol;

public sealed class SessionPacketTests
{
    private const string Info =
        "0A 07 'Default' 12 04 'Run1' 1A 07 'Session' 20 01 2A 02 'k2' 2A 00 32 0B 0A 06 'Driver' 12 01 'A' 32 07 0A 03 'Car' 12 00";

    private const string InfoTimes = "3A 04 08 D8 9A 01 42 0C 08 80 E2 CF AA 06 10 80 CA B5 EE 01 4A 00";

    private const string NewSession =
        "0A 07 'Default' 12 0D 0A 09 'Default:0' 10 00 12 18 0A 13 'Default_essential:0' 10 AC 02 1A 04 08 D8 9A 01 "
        + "22 36 " + Info + " 2A 0C 08 80 E2 CF AA 06 10 80 CA B5 EE 01";

    private const string EndOfSession =
        "0A 03 'Car' 12 12 0A 05 'Car:0' 10 FF FF FF FF FF FF FF FF FF 01 1A 06 08 80 E2 CF AA 06";

    private static readonly SessionInfoPacket InfoPacket = new()
    {
        DataSource = "Default",
        Identifier = "Run1",
        Type = "Session",
        Version = 1,
        AssociateSessionKeys = ["k2", ""],
        Details = [("Driver", "A"), ("Car", "")],
    };

    [Fact]
    public void Writes_SessionInfo()
    {
        Assert.Equal(Bytes.Of(Info), InfoPacket.ToBytes());
        var withTimes = InfoPacket with
        {
            UtcOffsetNs = 19_800_000_000_000,
            CreationTimeNs = 1_700_000_000_500_000_000,
            TerminationTimeNs = 0,
        };
        Assert.Equal(Bytes.Of(Info + " " + InfoTimes), withTimes.ToBytes());
    }

    [Fact]
    public void Reads_SessionInfo()
    {
        Assert.True(SessionInfoPacket.TryParse(Bytes.Of(InfoTimes + " " + Info), out var packet));
        AssertIsInfoPacket(packet);
        Assert.Equal(19_800_000_000_000, packet.UtcOffsetNs);
        Assert.Equal(1_700_000_000_500_000_000, packet.CreationTimeNs);
        Assert.Equal(0, packet.TerminationTimeNs);
    }

    [Fact]
    public void Reads_an_empty_SessionInfo()
    {
        Assert.True(SessionInfoPacket.TryParse([], out var packet));
        Assert.Equal(("", "", "", 0U), (packet.DataSource, packet.Identifier, packet.Type, packet.Version));
        Assert.Empty(packet.AssociateSessionKeys);
        Assert.Empty(packet.Details);
        Assert.Null(packet.UtcOffsetNs);
        Assert.Null(packet.CreationTimeNs);
        Assert.Null(packet.TerminationTimeNs);
        Assert.Empty(packet.ToBytes());
    }

    [Fact]
    public void Reads_versions_as_32_bits()
    {
        Assert.True(SessionInfoPacket.TryParse(Bytes.Of("20 FF FF FF FF 0F"), out var largest));
        Assert.Equal(uint.MaxValue, largest.Version);
        Assert.True(SessionInfoPacket.TryParse(Bytes.Of("20 81 80 80 80 10"), out var cut));
        Assert.Equal(1U, cut.Version);
    }

    [Fact]
    public void A_detail_that_comes_again_takes_the_last_value_and_keeps_its_place()
    {
        var bytes = "32 06 0A 01 'a' 12 01 '1' 32 06 0A 01 'b' 12 01 '2' 32 06 12 01 '3' 0A 01 'a' 32 03 0A 01 'c' 32 03 12 01 '4'";
        Assert.True(SessionInfoPacket.TryParse(Bytes.Of(bytes), out var packet));
        Assert.Equal([("a", "3"), ("b", "2"), ("c", ""), ("", "4")], packet.Details);
    }

    [Fact]
    public void Writes_NewSession()
    {
        var packet = new NewSessionPacket
        {
            DataSource = "Default",
            TopicPartitionOffsets = [("Default:0", 0), ("Default_essential:0", 300)],
            UtcOffsetNs = 19_800_000_000_000,
            SessionInfo = InfoPacket,
            CreationTimeNs = 1_700_000_000_500_000_000,
        };
        Assert.Equal(Bytes.Of(NewSession), packet.ToBytes());
    }

    [Fact]
    public void Reads_NewSession()
    {
        Assert.True(NewSessionPacket.TryParse(Bytes.Of(NewSession), out var packet));
        Assert.Equal("Default", packet.DataSource);
        Assert.Equal([("Default:0", 0), ("Default_essential:0", 300)], packet.TopicPartitionOffsets);
        Assert.Equal(19_800_000_000_000, packet.UtcOffsetNs);
        Assert.Equal(1_700_000_000_500_000_000, packet.CreationTimeNs);
        Assert.NotNull(packet.SessionInfo);
        AssertIsInfoPacket(packet.SessionInfo);
    }

    [Fact]
    public void Tells_an_empty_SessionInfo_from_an_absent_one()
    {
        Assert.True(NewSessionPacket.TryParse([], out var absent));
        Assert.Null(absent.SessionInfo);
        Assert.Empty(absent.ToBytes());
        Assert.True(NewSessionPacket.TryParse(Bytes.Of("22 00"), out var empty));
        Assert.NotNull(empty.SessionInfo);
        Assert.Equal(Bytes.Of("22 00"), empty.ToBytes());
    }

    [Fact]
    public void Merges_a_message_that_comes_in_parts()
    {
        var bytes = "22 08 12 03 'one' 2A 01 'a' 22 0A 12 03 'two' 1A 00 2A 01 'b' 1A 02 08 01 1A 02 10 05 1A 02 08 02";
        Assert.True(NewSessionPacket.TryParse(Bytes.Of(bytes), out var packet));
        Assert.Equal("two", packet.SessionInfo?.Identifier);
        Assert.Equal(["a", "b"], packet.SessionInfo?.AssociateSessionKeys);
        Assert.Equal(2_000_000_005, packet.UtcOffsetNs);
    }

    [Fact]
    public void Writes_EndOfSession()
    {
        var packet = new EndOfSessionPacket
        {
            DataSource = "Car",
            TopicPartitionOffsets = [("Car:0", -1)],
            TerminationTimeNs = 1_700_000_000_000_000_000,
        };
        Assert.Equal(Bytes.Of(EndOfSession), packet.ToBytes());
    }

    [Fact]
    public void Reads_EndOfSession()
    {
        Assert.True(EndOfSessionPacket.TryParse(Bytes.Of(EndOfSession), out var packet));
        Assert.Equal("Car", packet.DataSource);
        Assert.Equal([("Car:0", -1)], packet.TopicPartitionOffsets);
        Assert.Equal(1_700_000_000_000_000_000, packet.TerminationTimeNs);
    }

    [Fact]
    public void Skips_what_newer_writers_may_add()
    {
        var unknown = MalformedMessages.Unknown;
        Assert.True(SessionInfoPacket.TryParse(Bytes.Of(unknown + " " + Info), out var info));
        AssertIsInfoPacket(info);
        Assert.True(NewSessionPacket.TryParse(Bytes.Of(unknown + " " + NewSession), out var begin));
        Assert.Equal("Default", begin.DataSource);
        Assert.True(EndOfSessionPacket.TryParse(Bytes.Of(unknown + " " + EndOfSession), out var end));
        Assert.Equal("Car", end.DataSource);
    }

    [Theory]
    [ClassData(typeof(MalformedMessages))]
    public void Refuses_malformed_bytes(string what, string bytes)
    {
        var malformed = Bytes.Of(bytes);
        Assert.False(SessionInfoPacket.TryParse(malformed, out _), what);
        Assert.False(NewSessionPacket.TryParse(malformed, out _), what);
        Assert.False(EndOfSessionPacket.TryParse(malformed, out _), what);
        for (var field = 2; field <= 5; field++)
        {
            byte[] nested = [(byte)((field << 3) | 2), (byte)malformed.Length, .. malformed];
            var isMessage = malformed.Length < 128;
            Assert.False(isMessage && NewSessionPacket.TryParse(nested, out _), $"{what}, in field {field}");
        }
    }

    [Theory]
    [InlineData("0A 01 FF")]
    [InlineData("12 01 FF")]
    [InlineData("1A 01 FF")]
    [InlineData("2A 01 FF")]
    [InlineData("32 03 0A 01 FF")]
    [InlineData("32 03 12 01 FF")]
    public void Refuses_text_that_is_not_UTF8(string bytes) => Assert.False(SessionInfoPacket.TryParse(Bytes.Of(bytes), out _));

    private static void AssertIsInfoPacket(SessionInfoPacket packet)
    {
        Assert.Equal(("Default", "Run1", "Session", 1U), (packet.DataSource, packet.Identifier, packet.Type, packet.Version));
        Assert.Equal(["k2", ""], packet.AssociateSessionKeys);
        Assert.Equal([("Driver", "A"), ("Car", "")], packet.Details);
    }
}
