using System;
using Xunit;

namespace MaStreaming.Topics;

public sealed class NamesTests
{
    [Theory]
    [InlineData("Default")]
    [InlineData("Car2")]
    [InlineData("car-2_B.x")]
    [InlineData("Info")]
    [InlineData("_essentials")]
    public void Accepts_data_sources(string dataSource) => Assert.Null(Names.WhyInvalidDataSource(dataSource));

    [Theory]
    [InlineData("", "empty")]
    [InlineData(".", "cannot be part")]
    [InlineData("..", "cannot be part")]
    [InlineData("A:B", "':'")]
    [InlineData("A+B", "'+'")]
    [InlineData("A B", "' '")]
    [InlineData("A/B", "'/'")]
    [InlineData("Größe", "'ö'")]
    [InlineData("A\n", "Kafka allows")]
    [InlineData("Car_essential", "_essential")]
    [InlineData("Car_ESSENTIAL", "_essential")]
    [InlineData("_essential", "_essential")]
    [InlineData("SessionInfo", "reserved")]
    [InlineData("SystemStatus", "reserved")]
    [InlineData("dead-Letter", "reserved")]
    [InlineData("SessionInfo_Route", "reserved")]
    public void Says_why_a_data_source_is_refused(string dataSource, string expected)
    {
        var reason = Names.WhyInvalidDataSource(dataSource);
        Assert.NotNull(reason);
        Assert.Contains(expected, reason, StringComparison.Ordinal);
        Assert.Contains(dataSource, reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Stream1")]
    [InlineData("Main")]
    [InlineData("a-b_c")]
    public void Accepts_streams(string stream) => Assert.Null(Names.WhyInvalidStream(stream));

    [Theory]
    [InlineData("a.b", "'.'")]
    [InlineData("@stream@::_essential", "reserved")]
    [InlineData("x_essential", "_essential")]
    [InlineData("_Essential", "_essential")]
    [InlineData("a b", "' '")]
    [InlineData("a:b", "':'")]
    [InlineData("straße", "'ß'")]
    public void Says_why_a_stream_is_refused(string stream, string expected)
    {
        var reason = Names.WhyInvalidStream(stream);
        Assert.NotNull(reason);
        Assert.Contains(expected, reason, StringComparison.Ordinal);
        Assert.Contains(stream, reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Counts_249_characters_with_all_that_stands_around_a_data_source()
    {
        Assert.Null(Names.WhyInvalidDataSource(new string('a', 239)));
        Assert.NotNull(Names.WhyInvalidDataSource(new string('a', 240)));
        var profile = TopicProfile.For(TopicNaming.V2Alternate, "F1");
        Assert.Null(Names.WhyInvalidDataSource(new string('a', 235), profile));
        Assert.Contains("250", Names.WhyInvalidDataSource(new string('a', 236), profile), StringComparison.Ordinal);
    }

    [Fact]
    public void Counts_249_characters_with_all_that_stands_before_a_stream()
    {
        Assert.Null(Names.WhyInvalidStream(new string('a', 245), "Car"));
        Assert.NotNull(Names.WhyInvalidStream(new string('a', 246), "Car"));
        var profile = TopicProfile.For(TopicNaming.V2, "F1");
        Assert.Null(Names.WhyInvalidStream(new string('a', 237), "Car", profile));
        Assert.Contains("250", Names.WhyInvalidStream(new string('a', 238), "Car", profile), StringComparison.Ordinal);
    }
}
