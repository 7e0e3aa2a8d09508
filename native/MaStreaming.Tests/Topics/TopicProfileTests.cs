using Xunit;

namespace MaStreaming.Topics;

public sealed class TopicProfileTests
{
    [Theory]
    [InlineData(TopicNaming.V1, "", "SessionInfo", "Default", "Default_essential", "Default.Stream1")]
    [InlineData(TopicNaming.V2, "", "Sys.SessionInfo", "Data.Default", "Essential.Default", "Data.Default.Stream1")]
    [InlineData(TopicNaming.V2, "F1", "F1.Sys.SessionInfo", "F1.Data.Default", "F1.Essential.Default", "F1.Data.Default.Stream1")]
    [InlineData(TopicNaming.V2Alternate, "", "System.SessionInfo", "Data.Default", "Essentials.Default", "Data.Default.Stream1")]
    [InlineData(
        TopicNaming.V2Alternate, "F1", "F1.System.SessionInfo", "F1.Data.Default", "F1.Essentials.Default", "F1.Data.Default.Stream1")]
    internal void Names_topics(TopicNaming naming, string domain, string session, string main, string essentials, string stream)
    {
        var profile = TopicProfile.For(naming, domain);
        Assert.Equal((naming, domain), (profile.Naming, profile.Domain));
        Assert.Equal(session, profile.SessionTopic);
        Assert.Equal(main, profile.MainTopic("Default"));
        Assert.Equal(main, profile.StreamTopic("Default", ""));
        Assert.Equal(essentials, profile.EssentialsTopic("Default"));
        Assert.Equal(stream, profile.StreamTopic("Default", "Stream1"));
        Assert.True(profile.TryDataSourceOfEssentials(essentials, out var dataSource));
        Assert.Equal("Default", dataSource);
    }

    [Theory]
    [InlineData(TopicNaming.V1, "F1", ErrorCode.InvalidConfiguration)]
    [InlineData(TopicNaming.V2, "a b", ErrorCode.InvalidConfiguration)]
    [InlineData(TopicNaming.V2, "a:b", ErrorCode.InvalidConfiguration)]
    [InlineData(TopicNaming.V2, "é", ErrorCode.InvalidConfiguration)]
    [InlineData(TopicNaming.Auto, "", ErrorCode.InvalidArgument)]
    [InlineData((TopicNaming)9, "", ErrorCode.InvalidArgument)]
    internal void Refuses_what_names_no_topics(TopicNaming naming, string domain, ErrorCode expected)
    {
        var error = Assert.Throws<StreamingException>(() => TopicProfile.For(naming, domain));
        Assert.Equal(expected, error.Code);
    }

    [Theory]
    [InlineData(TopicNaming.V1, "", "Default")]
    [InlineData(TopicNaming.V1, "", "_essential")]
    [InlineData(TopicNaming.V1, "", "Default_Essential")]
    [InlineData(TopicNaming.V1, "", "Essential.Default")]
    [InlineData(TopicNaming.V2, "", "Default_essential")]
    [InlineData(TopicNaming.V2, "", "Essential.")]
    [InlineData(TopicNaming.V2, "", "essential.Default")]
    [InlineData(TopicNaming.V2, "", "Essentials.Default")]
    [InlineData(TopicNaming.V2, "", "F1.Essential.Default")]
    [InlineData(TopicNaming.V2, "F1", "Essential.Default")]
    [InlineData(TopicNaming.V2, "F1", "F2.Essential.Default")]
    [InlineData(TopicNaming.V2Alternate, "", "Essential.Default")]
    internal void Takes_no_other_topic_for_essentials(TopicNaming naming, string domain, string topic)
    {
        Assert.False(TopicProfile.For(naming, domain).TryDataSourceOfEssentials(topic, out var dataSource));
        Assert.Equal("", dataSource);
    }

    [Theory]
    [InlineData("Default", 0, "Default:0")]
    [InlineData("F1.Data.Default.Stream1", 12, "F1.Data.Default.Stream1:12")]
    public void Makes_offset_keys(string topic, int partition, string expected)
    {
        Assert.Equal(expected, TopicProfile.OffsetKey(topic, partition));
        Assert.True(TopicProfile.TryParseOffsetKey(expected, out var parsedTopic, out var parsedPartition));
        Assert.Equal((topic, partition), (parsedTopic, parsedPartition));
    }

    [Theory]
    [InlineData("Default", "Default", 0)]
    [InlineData("Default:2147483647", "Default", 2147483647)]
    [InlineData("A:1:2", "A", 1)] // the second piece, wire contract 3.2
    public void Reads_offset_keys_of_other_writers(string key, string topic, int partition)
    {
        Assert.True(TopicProfile.TryParseOffsetKey(key, out var parsedTopic, out var parsedPartition));
        Assert.Equal((topic, partition), (parsedTopic, parsedPartition));
    }

    [Theory]
    [InlineData("")]
    [InlineData(":0")]
    [InlineData("Default:")]
    [InlineData("Default:x")]
    [InlineData("Default:-1")]
    [InlineData("Default: 1")]
    [InlineData("Default:2147483648")]
    [InlineData("A:B:0")]
    public void Refuses_offset_keys_that_name_no_partition(string key) => Assert.False(TopicProfile.TryParseOffsetKey(key, out _, out _));
}
