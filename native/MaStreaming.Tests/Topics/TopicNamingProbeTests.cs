using System.Linq;
using Xunit;

namespace MaStreaming.Topics;

public sealed class TopicNamingProbeTests
{
    [Theory]
    [InlineData("", "SessionInfo", TopicNaming.V1)]
    [InlineData("", "Sys.SessionInfo", TopicNaming.V2)]
    [InlineData("", "System.SessionInfo", TopicNaming.V2Alternate)]
    [InlineData("F1", "F1.Sys.SessionInfo", TopicNaming.V2)]
    [InlineData("F1", "F1.System.SessionInfo", TopicNaming.V2Alternate)]
    [InlineData("F1", "F1.Sys.SessionInfo F2.System.SessionInfo SessionInfo Sys.SessionInfo", TopicNaming.V2)]
    internal void Finds_the_naming_of_a_session_topic(string domain, string topics, TopicNaming expected)
    {
        var result = TopicNamingProbe.Probe(topics.Split(' ').Append("Default").Append("Default_essential"), domain);
        Assert.Equal(expected, result.Naming);
        Assert.Empty(result.Ambiguous);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("", "Default Default_essential Data.Default Essential.Default SystemStatus Sys.Status dead-Letter")]
    [InlineData("", "F1.Sys.SessionInfo F1.System.SessionInfo")]
    [InlineData("", "sessioninfo SYS.SessionInfo MySessionInfo SessionInfo2 Sys.SessionInfo.x")]
    [InlineData("F1", "SessionInfo Sys.SessionInfo System.SessionInfo")]
    [InlineData("F1", "F2.Sys.SessionInfo F11.Sys.SessionInfo f1.Sys.SessionInfo F1.SessionInfo XF1.Sys.SessionInfo")]
    public void Leaves_the_choice_open_where_no_session_topic_of_the_domain_is(string domain, string topics)
    {
        var result = TopicNamingProbe.Probe(topics.Split(' '), domain);
        Assert.Null(result.Naming);
        Assert.Empty(result.Ambiguous);
    }

    [Theory]
    [InlineData("", "SessionInfo Sys.SessionInfo", TopicNaming.V2, "V2 V1")]
    [InlineData("", "SessionInfo System.SessionInfo", TopicNaming.V2Alternate, "V2Alternate V1")]
    [InlineData("", "System.SessionInfo Sys.SessionInfo", TopicNaming.V2, "V2 V2Alternate")]
    [InlineData("", "SessionInfo System.SessionInfo Sys.SessionInfo", TopicNaming.V2, "V2 V2Alternate V1")]
    [InlineData("F1", "F1.System.SessionInfo F1.Sys.SessionInfo SessionInfo", TopicNaming.V2, "V2 V2Alternate")]
    internal void Takes_the_newer_generation_where_several_are(string domain, string topics, TopicNaming expected, string ambiguous)
    {
        var result = TopicNamingProbe.Probe(topics.Split(' '), domain);
        Assert.Equal(expected, result.Naming);
        Assert.Equal(ambiguous, string.Join(' ', result.Ambiguous));
    }

    [Fact]
    public void Refuses_a_domain_that_no_topic_can_have()
    {
        var error = Assert.Throws<StreamingException>(() => TopicNamingProbe.Probe([], "F 1"));
        Assert.Equal(ErrorCode.InvalidConfiguration, error.Code);
    }
}
