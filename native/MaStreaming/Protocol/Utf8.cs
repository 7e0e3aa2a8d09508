using System;
using System.Buffers.Binary;
using System.Text;

namespace MaStreaming.Protocol;

/// <summary>Text in UTF-8: checks it, and converts it both ways.</summary>
internal static class Utf8
{
    private const ulong HighBits = 0x8080808080808080;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Whether the bytes are UTF-8 as RFC 3629 defines it: shortest forms only, no surrogates, nothing above U+10FFFF.</summary>
    public static bool IsValid(ReadOnlySpan<byte> text)
    {
        while (true)
        {
            text = text[AsciiLength(text)..];
            if (text.IsEmpty)
            {
                return true;
            }

            var length = SequenceLength(text);
            if (length == 0)
            {
                return false;
            }

            text = text[length..];
        }
    }

    /// <summary>Decodes bytes that <see cref="IsValid"/> has accepted.</summary>
    public static string ToText(ReadOnlySpan<byte> text) => text.IsEmpty ? "" : Encoding.UTF8.GetString(text);

    /// <summary>Returns how many bytes a text takes.</summary>
    /// <exception cref="StreamingException">InvalidArgument: it has half a surrogate pair, which UTF-8 cannot express.</exception>
    public static int LengthOf(string text)
    {
        try
        {
            return Strict.GetByteCount(text);
        }
        catch (EncoderFallbackException e)
        {
            throw new StreamingException(ErrorCode.InvalidArgument, $"the text has half a surrogate pair at index {e.Index}", e);
        }
    }

    /// <summary>Encodes a text whose length <see cref="LengthOf"/> has given.</summary>
    public static void Write(string text, Span<byte> destination) => Strict.GetBytes(text, destination);

    private static int AsciiLength(ReadOnlySpan<byte> text)
    {
        var length = 0;
        if (text.Length >= sizeof(ulong) && IsAscii(text))
        {
            return text.Length;
        }

        while (text.Length - length >= sizeof(ulong) && (BinaryPrimitives.ReadUInt64LittleEndian(text[length..]) & HighBits) == 0)
        {
            length += sizeof(ulong);
        }

        while (length < text.Length && text[length] < 0x80)
        {
            length++;
        }

        return length;
    }

    // For eight bytes or more; the last eight are looked at together, some of them twice.
    private static bool IsAscii(ReadOnlySpan<byte> text)
    {
        var bits = BinaryPrimitives.ReadUInt64LittleEndian(text[^sizeof(ulong)..]);
        for (var rest = text; rest.Length > sizeof(ulong); rest = rest[sizeof(ulong)..])
        {
            bits |= BinaryPrimitives.ReadUInt64LittleEndian(rest);
        }

        return (bits & HighBits) == 0;
    }

    // The length of the sequence of two to four bytes at the start; 0 = not valid. Only the second byte has limits of its own.
    private static int SequenceLength(ReadOnlySpan<byte> text)
    {
        var (length, low, high) = text[0] switch
        {
            >= 0xC2 and <= 0xDF => (2, 0x80, 0xBF),
            0xE0 => (3, 0xA0, 0xBF),
            0xED => (3, 0x80, 0x9F),
            >= 0xE1 and <= 0xEF => (3, 0x80, 0xBF),
            0xF0 => (4, 0x90, 0xBF),
            >= 0xF1 and <= 0xF3 => (4, 0x80, 0xBF),
            0xF4 => (4, 0x80, 0x8F),
            _ => (0, 0, 0),
        };
        if (length == 0 || text.Length < length || text[1] < low || text[1] > high)
        {
            return 0;
        }

        for (var i = 2; i < length; i++)
        {
            if ((text[i] & 0xC0) != 0x80)
            {
                return 0;
            }
        }

        return length;
    }
}
