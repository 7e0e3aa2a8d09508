using System;
using Xunit;

namespace MaStreaming.Kafka;

public sealed class TokenSourceTests : KafkaTestCase
{
    private const string Secret = "a-secret-token";

    private readonly TokenSource _tokens = new();

    [Fact]
    public void The_first_client_asks_and_the_others_get_what_came()
    {
        Assert.Equal(TokenNeed.None, _tokens.Await(0));
        KafkaClient first = Client();
        Assert.Equal("oauth_token_callback has not given a token yet", first.Trouble.Last);
        Assert.Equal(TokenNeed.Wanted, _tokens.Await(0));
        _tokens.Request();
        Assert.Equal(TokenNeed.None, _tokens.Await(0));

        Assert.Null(_tokens.Provide(Token(TimeSpan.FromHours(1))));
        Assert.All([first, Client()], client => Assert.DoesNotContain("oauth", client.Trouble.Last ?? "", StringComparison.Ordinal));
        _tokens.Request();
        Assert.Equal(TokenNeed.None, _tokens.Await(0));
    }

    [Fact]
    public void An_old_token_serves_until_the_next_one_that_is_asked_for_once()
    {
        Client();
        Assert.Equal(TokenNeed.Wanted, _tokens.Await(0));
        Assert.Null(_tokens.Provide(Token(TimeSpan.FromSeconds(1))));
        WaitUntil(AsksAgain, "the token is old");
        Assert.Equal(TokenNeed.None, _tokens.Await(0));
    }

    [Fact]
    public void A_failure_is_everybodys_and_not_asked_about_again_at_once()
    {
        KafkaClient[] clients = [Client(), Client()];
        Assert.Equal(TokenNeed.Wanted, _tokens.Await(0));
        _tokens.Fail("the reason");
        Assert.All(clients, client => Assert.Equal(("the reason", true), (client.Trouble.Last, client.Trouble.IsFinal)));
        _tokens.Request();
        Assert.Equal(TokenNeed.None, _tokens.Await(0));

        clients[0].Dispose();
        Assert.Null(_tokens.Provide(Token(TimeSpan.FromHours(1))));
        Assert.DoesNotContain("the reason", clients[1].Trouble.Last ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void A_token_that_librdkafka_refuses_is_a_failure_and_not_shown()
    {
        KafkaClient client = Client();
        string? expired = _tokens.Provide(Token(TimeSpan.FromSeconds(-1)));
        string? extended = _tokens.Provide(Token(TimeSpan.FromHours(1), "name1", "value"));
        Assert.Contains("unexpired", expired, StringComparison.Ordinal);
        Assert.Contains("name1", extended, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, expired + extended + client.Trouble.Last, StringComparison.Ordinal);
        Assert.True(client.Trouble.IsFinal);
        Assert.Null(_tokens.Provide(Token(TimeSpan.FromHours(1), "name", "value")));
    }

    [Fact]
    public void Closing_ends_the_wait()
    {
        Client();
        _tokens.Close();
        Assert.Equal(TokenNeed.Closed, _tokens.Await(Patience));
    }

    private static LoginToken Token(TimeSpan life, params string[] extensions) =>
        new(Secret, (DateTimeOffset.UtcNow + life).ToUnixTimeMilliseconds(), "me", extensions);

    private bool AsksAgain()
    {
        _tokens.Request();
        return _tokens.Await(0) == TokenNeed.Wanted;
    }

    private KafkaProducer Client() => Track(
        new KafkaProducer(
            Properties(("security.protocol", "sasl_plaintext"), ("sasl.mechanisms", "OAUTHBEARER")), Logs, new Reports(), _tokens));
}
