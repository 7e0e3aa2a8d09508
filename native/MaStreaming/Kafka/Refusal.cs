using System;
using System.Globalization;

namespace MaStreaming.Kafka;

/// <summary>In which way a client and a broker did not come to terms.</summary>
internal enum Refusal
{
    /// <summary>In none that is known.</summary>
    None,

    /// <summary>The broker refused the login, or the way of logging in.</summary>
    Login,

    /// <summary>The broker refused the client's certificate, or that it has none.</summary>
    ClientCertificate,

    /// <summary>The client refused the broker's certificate.</summary>
    BrokerCertificate,

    /// <summary>They could not agree on TLS.</summary>
    Tls,

    /// <summary>The client has no token to log in with.</summary>
    Token,
}

/// <summary>Tells refusals from other troubles with a connection.</summary>
internal static class Refusals
{
    private const string NoToken = "Failed to acquire SASL OAUTHBEARER token";

    /// <summary>How OpenSSL names the reason that the other side gave for ending TLS.</summary>
    private const string Alert = "SSL alert number ";

    /// <summary>The other side has a fault of its own (RFC 8446, section 6.2).</summary>
    private const int InternalError = 80;

    /// <summary>Classifies what librdkafka says of a connection.</summary>
    public static Refusal Of(ResponseError error, string text) => error switch
    {
        ResponseError.Authentication when IsOfToken(text) => Refusal.Token,
        ResponseError.Authentication or ResponseError.SaslAuthenticationFailed or ResponseError.UnsupportedSaslMechanism
            or ResponseError.IllegalSaslState => Refusal.Login,
        _ when text.Contains("certificate verify failed", StringComparison.Ordinal) => Refusal.BrokerCertificate,
        _ when AlertIn(text) is { } alert => OfAlert(alert),
        ResponseError.Ssl => Refusal.Tls,
        _ => Refusal.None,
    };

    /// <summary>Whether librdkafka speaks of a token that it did not get, rather than of a broker.</summary>
    public static bool IsOfToken(string text) => text.StartsWith(NoToken, StringComparison.Ordinal);

    /// <summary>Says who refused what, as the beginning of a sentence.</summary>
    /// <param name="refusal">Not none.</param>
    /// <param name="broker">The broker.</param>
    public static string Describe(Refusal refusal, string broker) => refusal switch
    {
        Refusal.Login => $"{broker} refused the login",
        Refusal.ClientCertificate => $"{broker} refused this client's certificate, or that it has none (ssl_certificate_location)",
        Refusal.BrokerCertificate => $"the certificate of {broker} was refused: it has expired, is for another host, or is not from an authority of ssl_ca_location",
        Refusal.Token => $"there is no token to log in to {broker} with",
        _ => $"{broker} and this client could not agree on TLS",
    };

    /// <summary>TLS 1.3 lets a broker look at the certificate after the handshake, so that its refusal looks like a connection that was lost.</summary>
    private static int? AlertIn(string text)
    {
        int begin = text.IndexOf(Alert, StringComparison.Ordinal);
        if (begin < 0)
        {
            return null;
        }

        begin += Alert.Length;
        int end = begin;
        while (end < text.Length && char.IsDigit(text[end]))
        {
            end++;
        }

        return int.TryParse(text[begin..end], NumberStyles.None, CultureInfo.InvariantCulture, out int alert) ? alert : null;
    }

    /// <summary>RFC 8446, section 6.2: 40 handshake_failure and 42 to 49 speak of certificates, 47 apart, and so does 116 certificate_required.</summary>
    private static Refusal OfAlert(int alert) => alert switch
    {
        InternalError => Refusal.None,
        40 or 42 or 43 or 44 or 45 or 46 or 48 or 49 or 116 => Refusal.ClientCertificate,
        _ => Refusal.Tls,
    };
}
