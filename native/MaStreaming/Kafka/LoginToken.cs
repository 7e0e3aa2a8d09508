using System;
using System.Runtime.InteropServices;

namespace MaStreaming.Kafka;

/// <summary>A token to log in with.</summary>
internal sealed class LoginToken
{
    /// <summary>As librdkafka has it: so much of a token's life goes by before it is refreshed.</summary>
    private const double FreshPart = 0.8;

    private readonly string _value;
    private readonly long _expiresAtMilliseconds;
    private readonly string _principal;
    private readonly string[] _extensions;
    private readonly long _refreshAtMilliseconds;

    /// <param name="value">The token, which is secret and not empty.</param>
    /// <param name="expiresAtMilliseconds">When it expires, since the Unix epoch.</param>
    /// <param name="principal">Whom it is for; may be empty.</param>
    /// <param name="extensions">SASL extensions: name, value, name, value ...</param>
    public LoginToken(string value, long expiresAtMilliseconds, string principal, string[] extensions)
    {
        _value = value;
        _expiresAtMilliseconds = expiresAtMilliseconds;
        _principal = principal;
        _extensions = extensions;
        long now = Now();
        _refreshAtMilliseconds = now + (long)((expiresAtMilliseconds - now) * FreshPart);
    }

    /// <summary>Whether it is too early to ask for the next one.</summary>
    public bool IsFresh => Now() < _refreshAtMilliseconds;

    /// <summary>Has a librdkafka client log in with it from now on.</summary>
    /// <param name="client">The client (rd_kafka_t).</param>
    /// <returns>Why librdkafka does not take it, without the token; null when it does.</returns>
    public unsafe string? SetOn(IntPtr client)
    {
        // .NET Core 3.1 does not marshal arrays of UTF-8 texts.
        IntPtr[] extensions = Array.ConvertAll(_extensions, Marshal.StringToCoTaskMemUTF8);
        try
        {
            fixed (IntPtr* first = extensions)
            {
                byte* reason = stackalloc byte[LibRdKafka.ErrorTextSize];
                ResponseError error = LibRdKafka.SetToken(
                    client,
                    _value,
                    _expiresAtMilliseconds,
                    _principal,
                    first,
                    (UIntPtr)extensions.Length,
                    reason,
                    (UIntPtr)LibRdKafka.ErrorTextSize);
                return error == ResponseError.NoError ? null : LibRdKafka.Text(reason).Replace(_value, "***", StringComparison.Ordinal);
            }
        }
        finally
        {
            Array.ForEach(extensions, Marshal.FreeCoTaskMem);
        }
    }

    /// <summary>Tokens expire by the clock of the host, not by a monotonic one.</summary>
    private static long Now() => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
}
