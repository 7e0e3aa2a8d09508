using System;
using System.Collections.Generic;
using System.Linq;
using Xunit;

namespace MaStreaming.Topics;

public sealed class StreamLayoutTests
{
    [Fact]
    public void Finds_streams_by_exact_names()
    {
        StreamLayout layout = Layout(
            TopicNaming.V1,
            "",
            ["Car.Zeta", "Car.Alpha", "Car", "Car_essential", "SessionInfo", "Car2", "Car2.Alpha", "Car2_essential", "car", "car.Beta", "Car.", "Car.a.b", "CarX.Gamma", "XCar.Delta", "Car.x_essential", "Data.Car", "Data.Car.Epsilon"]);
        Assert.Equal([("", "Car"), ("Alpha", "Car.Alpha"), ("Zeta", "Car.Zeta")], Streams(layout, "Car"));
        Assert.Equal([("", "car"), ("Beta", "car.Beta")], Streams(layout, "car"));
        Assert.Empty(layout.StreamsOf("SessionInfo"));
        Assert.Empty(layout.StreamsOf("Nobody"));
    }

    [Fact]
    public void Finds_streams_without_a_main_topic() => Assert.Equal([("s", "Car.s")], Streams(Layout(TopicNaming.V1, "", ["Car.s"]), "Car"));

    [Theory]
    [InlineData("A.B")]
    [InlineData("A-B")]
    [InlineData("A*")]
    [InlineData("(A")]
    public void Takes_regular_expression_characters_literally(string dataSource) =>
        Assert.Equal([("s", $"{dataSource}.s")], Streams(Layout(TopicNaming.V1, "", [$"{dataSource}.s", "AB.s", "AAB.s", "AxB.s", "A.s"]), dataSource));

    [Theory]
    [InlineData(TopicNaming.V2)]
    [InlineData(TopicNaming.V2Alternate)]
    internal void Finds_streams_of_its_own_domain_only(TopicNaming naming)
    {
        string[] topics =
        [
            "F1.Data.Car", "F1.Data.Car.Live", "F1.Data.Car2.Live", "Data.Car", "Data.Car.Other", "F2.Data.Car.Other", "f1.Data.Car.Other",
            "F1.Essential.Car", "F1.Essentials.Car", "F1.Sys.SessionInfo",
        ];
        Assert.Equal([("", "F1.Data.Car"), ("Live", "F1.Data.Car.Live")], Streams(Layout(naming, "F1", topics), "Car"));
        Assert.Equal([("", "Data.Car"), ("Other", "Data.Car.Other")], Streams(Layout(naming, "", topics), "Car"));
    }

    [Fact]
    public void The_longest_data_source_with_essentials_has_the_topic()
    {
        string[] topics = ["Data.Car", "Essential.Car", "Data.Car.1", "Data.Car.2"];
        StreamLayout streams = Layout(TopicNaming.V2, "", topics);
        Assert.Equal(["", "1", "2"], streams.StreamsOf("Car").Select(stream => stream.Name));
        Assert.Empty(streams.StreamsOf("Car.1"));
        Assert.Contains("stream '1' of data source 'Car'", streams.WhyNoDataSource("Car.1"), StringComparison.Ordinal);
        Assert.Null(streams.WhyNoStream("Car", "1"));

        StreamLayout sources = Layout(TopicNaming.V2, "", [.. topics, "Essential.Car.1"]);
        Assert.Equal(["", "2"], sources.StreamsOf("Car").Select(stream => stream.Name));
        Assert.Equal([("", "Data.Car.1")], Streams(sources, "Car.1"));
        Assert.Null(sources.WhyNoDataSource("Car.1"));
        Assert.Null(sources.WhyNoDataSource("Car.3"));
        Assert.Contains("data source 'Car.1'", sources.WhyNoStream("Car", "1"), StringComparison.Ordinal);
        Assert.Null(sources.WhyNoStream("Car", ""));
    }

    [Fact]
    public void Without_essentials_a_topic_counts_as_both()
    {
        StreamLayout layout = Layout(TopicNaming.V2, "", ["Data.Car.1"]);
        Assert.Equal([("1", "Data.Car.1")], Streams(layout, "Car"));
        Assert.Equal([("", "Data.Car.1")], Streams(layout, "Car.1"));
    }

    [Fact]
    public void Mapped_streams_are_partitions_of_the_main_topic()
    {
        Dictionary<string, int> mappings = new() { ["B"] = 1, ["A"] = 3, ["Beyond"] = 4 };
        StreamLayout layout = new(TopicProfile.For(TopicNaming.V2, ""), mappings, new Dictionary<string, int> { ["Data.Car"] = 4, ["Data.Car.1"] = 4, ["Essential.Car"] = 1 });
        Assert.Equal(["", "A", "B"], layout.StreamsOf("Car").Select(stream => stream.Name));
        Assert.Equal([[0], [3], [1]], layout.StreamsOf("Car").Select(stream => stream.Partitions));
        Assert.All(layout.StreamsOf("Car"), stream => Assert.Equal("Data.Car", stream.Topic));
        Assert.Null(layout.WhyNoDataSource("Car.1"));
        Assert.Null(layout.WhyNoStream("Car", "1"));
    }

    private static StreamLayout Layout(TopicNaming naming, string domain, string[] topics) =>
        new(TopicProfile.For(naming, domain), null, topics.ToDictionary(topic => topic, _ => 1));

    private static IEnumerable<(string Name, string Topic)> Streams(StreamLayout layout, string dataSource) =>
        layout.StreamsOf(dataSource).Select(stream => (stream.Name, stream.Topic));
}
