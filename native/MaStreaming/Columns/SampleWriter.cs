using System;

namespace MaStreaming.Columns;

/// <summary>Writes the entries of a list of samples (wire contract 7.2), leaving out what proto3 leaves out: values and statuses of 0.</summary>
internal static unsafe class SampleWriter
{
    private const byte SampleTag = 0x0A;
    private const byte DoubleTag = 0x09;
    private const byte NumberTag = 0x08;
    private const byte StatusTag = 0x10;
    private const byte Valid = 1;

    // Sample tag, length, value tag (overwritten by the value after it); sample tag, length, status tag, VALID.
    private const uint UsualDoubleStart = 0x00090B0A;
    private const uint UsualZero = 0x0110020A;
    private const ushort UsualEnd = 0x0110;
    private const int UsualDoubleBytes = 13;
    private const int UsualZeroBytes = 4;

    /// <summary>Which list elements of a kind go into.</summary>
    public static SampleKind ListOf(ElementKind kind) => kind switch
    {
        ElementKind.Float64 or ElementKind.Float32 => SampleKind.Double,
        ElementKind.Bool => SampleKind.Bool,
        _ => SampleKind.Int32,
    };

    /// <summary>How many bytes a sample takes at most.</summary>
    public static int MostBytes(in SampleMatrix samples)
    {
        int value = ListOf(samples.Kind) switch
        {
            SampleKind.Double => 9,
            SampleKind.Int32 => 11,
            _ => 2,
        };
        return 2 + value + (samples.HasStatuses ? 3 : 2);
    }

    /// <summary>Writes so many entries and returns where the next byte goes.</summary>
    public static byte* Write(byte* at, ElementKind kind, byte* values, long stride, byte* statuses, long statusStride, long count)
    {
        if (kind == ElementKind.Float64 && statuses == null)
        {
            return WriteValidDoubles(at, values, stride, count);
        }

        byte valid = Valid;
        byte* status = statuses == null ? &valid : statuses;
        long step = statuses == null ? 0 : statusStride;
        for (; count > 0; count--, values += stride, status += step)
        {
            at = kind switch
            {
                ElementKind.Float64 => WriteDouble(at, *(long*)values, *status),
                ElementKind.Float32 => WriteDouble(at, BitConverter.DoubleToInt64Bits(*(float*)values), *status),
                ElementKind.Int32 => WriteNumber(at, *(int*)values, *status),
                ElementKind.Int64 => WriteNumber(at, *(long*)values, *status),
                _ => WriteNumber(at, *values == 0 ? 0 : 1, *status),
            };
        }

        return at;
    }

    private static byte* WriteValidDoubles(byte* at, byte* values, long stride, long count)
    {
        for (; count > 0; count--, values += stride)
        {
            long bits = *(long*)values;
            if (bits != 0)
            {
                *(uint*)at = UsualDoubleStart;
                *(long*)(at + 3) = bits;
                *(ushort*)(at + 11) = UsualEnd;
                at += UsualDoubleBytes;
            }
            else
            {
                *(uint*)at = UsualZero;
                at += UsualZeroBytes;
            }
        }

        return at;
    }

    private static byte* WriteDouble(byte* at, long bits, byte status)
    {
        byte* body = at + 2;
        if (bits != 0)
        {
            *body = DoubleTag;
            *(long*)(body + 1) = bits;
            body += 1 + sizeof(long);
        }

        return Finish(at, body, status);
    }

    // An int32 is sent as its 64-bit self, so negative ones take ten bytes.
    private static byte* WriteNumber(byte* at, long value, byte status)
    {
        byte* body = at + 2;
        if (value != 0)
        {
            *body = NumberTag;
            body = Varints.Write(body + 1, unchecked((ulong)value));
        }

        return Finish(at, body, status);
    }

    private static byte* Finish(byte* at, byte* end, byte status)
    {
        if (status != 0)
        {
            *end = StatusTag;
            end = Varints.Write(end + 1, status);
        }

        at[0] = SampleTag;
        at[1] = (byte)(end - at - 2);
        return end;
    }
}
