using System;

namespace MaStreaming.Kafka;

/// <summary>Knows which property values must never be shown.</summary>
internal static class SecretProperties
{
    private const string Hidden = "***";

    /// <summary>Returns the value, or asterisks where the property holds a password, a secret or a key.</summary>
    public static string Mask(string name, string value) => IsSecret(name) ? Hidden : value;

    private static bool IsSecret(string name) =>
        name.Contains("password", StringComparison.OrdinalIgnoreCase)
        || name.Contains("passphrase", StringComparison.OrdinalIgnoreCase)
        || name.Contains("secret", StringComparison.OrdinalIgnoreCase)
        || name.EndsWith(".pem", StringComparison.OrdinalIgnoreCase)
        || name.Equals("sasl.oauthbearer.config", StringComparison.OrdinalIgnoreCase);
}
