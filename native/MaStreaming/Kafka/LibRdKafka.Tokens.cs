using System;
using System.Runtime.InteropServices;

namespace MaStreaming.Kafka;

/// <summary>Tokens to log in with (SASL OAUTHBEARER).</summary>
internal static unsafe partial class LibRdKafka
{
    public const int EventTokenRefresh = 0x100;

    [DllImport(
        Library,
        EntryPoint = "rd_kafka_oauthbearer_set_token",
        CallingConvention = CallingConvention.Cdecl,
        BestFitMapping = false,
        ThrowOnUnmappableChar = true)]
    public static extern ResponseError SetToken(
        IntPtr client,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string value,
        long expiresAtMilliseconds,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string principal,
        IntPtr* extensions,
        UIntPtr extensionCount,
        byte* reason,
        UIntPtr reasonSize);

    [DllImport(
        Library,
        EntryPoint = "rd_kafka_oauthbearer_set_token_failure",
        CallingConvention = CallingConvention.Cdecl,
        BestFitMapping = false,
        ThrowOnUnmappableChar = true)]
    public static extern ResponseError SetTokenFailure(IntPtr client, [MarshalAs(UnmanagedType.LPUTF8Str)] string reason);
}
