using System;
using System.Collections.Generic;
using Xunit;

namespace MaStreaming.Kafka;

public sealed class ConfigurationTests : KafkaTestCase
{
    [Fact]
    public void An_unknown_property_is_named()
    {
        StreamingException refused = Refused(("no.such.property", "42"));
        Assert.Contains("no.such.property = '42'", refused.Message, StringComparison.Ordinal);
        Assert.Contains("No such configuration property", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_value_is_named_with_librdkafkas_reason()
    {
        StreamingException refused = Refused(("compression.type", "best"));
        Assert.Contains("compression.type = 'best'", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Invalid value", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sasl.password")]
    [InlineData("ssl.key.password")]
    [InlineData("ssl.keystore.password")]
    [InlineData("ssl.key.pem")]
    [InlineData("sasl.oauthbearer.client.secret")]
    [InlineData("sasl.oauthbearer.assertion.private.key.passphrase")]
    [InlineData("some.unknown.secret")]
    public void A_secret_is_never_shown(string property)
    {
        Assert.Equal("***", SecretProperties.Mask(property, "hunter2"));

        // Refused for being unknown, so that the message about it can be looked at.
        StreamingException refused = Refused(("x." + property, "hunter2"));
        Assert.Contains($"x.{property} = '***'", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_contradicts_itself_is_refused_when_the_client_is_made()
    {
        StreamingException refused = Refused(("enable.idempotence", "true"), ("acks", "1"));
        Assert.Contains("producer", refused.Message, StringComparison.Ordinal);
        Assert.Contains("acks", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_consumer_needs_cannot_be_changed_but_repeated()
    {
        StreamingException refused = Assert.Throws<StreamingException>(() => Consumer(("auto.offset.reset", "latest")));
        Assert.Equal(ErrorCode.InvalidConfiguration, refused.Code);
        Assert.Contains("auto.offset.reset = 'latest'", refused.Message, StringComparison.Ordinal);
        Consumer(("enable.partition.eof", "true"));
    }

    [Fact]
    public void What_the_producer_needs_cannot_be_changed()
    {
        StreamingException refused = Refused(("delivery.report.only.error", "true"));
        Assert.Contains("needs it to be 'false'", refused.Message, StringComparison.Ordinal);
    }

    private StreamingException Refused(params (string Name, string Value)[] properties)
    {
        Dictionary<string, string> all = Properties(properties);
        StreamingException refused = Assert.Throws<StreamingException>(() => new KafkaProducer(all, Logs, new Reports()));
        Assert.Equal(ErrorCode.InvalidConfiguration, refused.Code);
        return refused;
    }
}
