using System.Collections.Generic;
using Xunit;

namespace MaStreaming.Kafka;

public sealed class ConnectionTroubleTests
{
    private const string BadPassword = "sasl_ssl://a:9093/bootstrap: SASL authentication error: Invalid username or password (after 3ms in state AUTH_REQ)";
    private const string Closed = "a:9093/bootstrap: Disconnected: connection closed by peer (after 3ms in state APIVERSION_QUERY)";

    [Fact]
    public void A_refusal_is_final_once_every_broker_of_the_list_has_refused()
    {
        ConnectionTrouble trouble = Of("a:9093,b");
        Assert.False(trouble.IsFinal);
        trouble.Raised(ResponseError.Authentication, BadPassword);
        Assert.False(trouble.IsFinal);
        trouble.Raised(ResponseError.Authentication, "sasl_ssl://b:9092/2: SASL authentication error: no");
        Assert.True(trouble.IsFinal);
        trouble.Raised(ResponseError.Transport, "sasl_ssl://a:9093/bootstrap: Connect to ipv4#127.0.0.1:9093 failed: Connection refused");
        Assert.False(trouble.IsFinal);
    }

    [Fact]
    public void An_answer_ends_all_trouble()
    {
        ConnectionTrouble trouble = Of("a:9093");
        trouble.Raised(ResponseError.Authentication, BadPassword);
        Assert.Equal((BadPassword, ErrorCode.Authentication), (trouble.Last, trouble.LastCode));
        trouble.Answered();
        Assert.False(trouble.IsFinal);
        Assert.Equal((null, ErrorCode.None), (trouble.Last, trouble.LastCode));
    }

    [Theory]
    [InlineData((int)ResponseError.Authentication, BadPassword, "a:9093 refused the login: ")]
    [InlineData((int)ResponseError.Transport, "ssl://a:9093/bootstrap: Receive failed: tlsv13 alert certificate required: SSL alert number 116", "a:9093 refused this client's certificate")]
    [InlineData((int)ResponseError.Ssl, "ssl://a:9093/bootstrap: SSL handshake failed: sslv3 alert handshake failure: SSL alert number 40 (after 1ms)", "a:9093 refused this client's certificate")]
    [InlineData((int)ResponseError.Ssl, "ssl://a:9093/bootstrap: SSL handshake failed: tlsv1 alert protocol version: SSL alert number 70", "could not agree on TLS")]
    [InlineData((int)ResponseError.Ssl, "ssl://a:9093/bootstrap: SSL handshake failed: certificate verify failed", "the certificate of a:9093 was refused")]
    public void Who_refused_what_is_said(int error, string text, string words)
    {
        ConnectionTrouble trouble = Of("a:9093");
        trouble.Raised((ResponseError)error, text);
        Assert.True(trouble.IsFinal);
        StreamingException exception = trouble.NoAnswer(ResponseError.TimedOut, 100);
        Assert.Equal((ErrorCode.Authentication, "a:9093"), (exception.Code, exception.Subject));
        Assert.Contains(words, exception.Message, System.StringComparison.Ordinal);
        Assert.EndsWith(text, exception.Message, System.StringComparison.Ordinal);
    }

    [Fact]
    public void A_fault_within_the_broker_is_no_refusal()
    {
        ConnectionTrouble trouble = Of("a:9093");
        trouble.Raised(ResponseError.Transport, "ssl://a:9093/bootstrap: Receive failed: alert internal error: SSL alert number 80");
        Assert.False(trouble.IsFinal);
        Assert.Equal(ErrorCode.BrokerUnavailable, trouble.NoAnswer(ResponseError.TimedOut, 100).Code);
    }

    [Fact]
    public void A_broker_that_hangs_up_on_a_stranger_gives_a_hint_at_security()
    {
        ConnectionTrouble trouble = Of("a:9093");
        trouble.Logged($"[thrd:a:9093/bootstrap]: {Closed}");
        trouble.Raised(ResponseError.AllBrokersDown, "1/1 brokers are down");
        StreamingException exception = trouble.NoAnswer(ResponseError.TimedOut, 4_000);
        Assert.Equal(
            $"no broker of a:9093 answered within 4.0 s: 1/1 brokers are down: {Closed}; a broker hangs up like this when its listener expects another protocol than 'sasl_ssl': see security",
            exception.Message);
        Assert.Equal(ErrorCode.BrokerUnavailable, exception.Code);

        trouble.Answered();
        trouble.Raised(ResponseError.AllBrokersDown, "1/1 brokers are down");
        Assert.EndsWith(Closed, trouble.NoAnswer(ResponseError.TimedOut, 4_000).Message, System.StringComparison.Ordinal);
    }

    [Fact]
    public void One_of_several_brokers_that_refuses_counts_for_more_than_others_that_are_away()
    {
        ConnectionTrouble trouble = Of("a:9093,b:9093");
        trouble.Raised(ResponseError.Authentication, BadPassword);
        trouble.Raised(ResponseError.Transport, "sasl_ssl://b:9093/bootstrap: Connect failed: Connection refused");
        StreamingException exception = trouble.NoAnswer(ResponseError.TimedOut, 4_000);
        Assert.Equal((ErrorCode.Authentication, $"a broker of a:9093,b:9093 refused the login: {BadPassword}"), (exception.Code, exception.Message));
    }

    private static ConnectionTrouble Of(string brokers) =>
        new(new Dictionary<string, string> { ["bootstrap.servers"] = brokers, ["security.protocol"] = "sasl_ssl" });
}
