using Xunit;

namespace MaStreaming.PacketReading;

public sealed class IdentifierPatternTests
{
    [Theory]
    [InlineData("*", "")]
    [InlineData("*", "anything at all")]
    [InlineData("Quali_*", "Quali_")]
    [InlineData("Quali_*", "Quali_1")]
    [InlineData("*_1", "a_1_1")]
    [InlineData("a*b*c", "a12b34bc")]
    [InlineData("r?n", "run")]
    [InlineData("[a].+", "[a].+")]
    [InlineData("", "")]
    public void Matches(string pattern, string identifier) => Assert.True(IdentifierPattern.Matches(pattern, identifier));

    [Theory]
    [InlineData("", "a")]
    [InlineData("?", "")]
    [InlineData("Quali_*", "quali_1")]
    [InlineData("Quali_*", "My Quali_1")]
    [InlineData("run", "run 2")]
    [InlineData("a*b*c", "a12b34bd")]
    [InlineData("r.n", "run")]
    public void Does_not_match(string pattern, string identifier) => Assert.False(IdentifierPattern.Matches(pattern, identifier));
}
