using System;
using System.Runtime.CompilerServices;
using MaStreaming.Protocol;

namespace MaStreaming.Columns;

/// <summary>One sample, whatever its kind.</summary>
internal unsafe struct Sample
{
    /// <summary>The bits of a double, an int32, or 0 or 1.</summary>
    public long Bits;

    /// <summary>The UTF-8 of a text.</summary>
    public Extent Text;

    public byte Status;
}

/// <summary>What came of reading one field of a list of samples.</summary>
internal enum SampleOutcome
{
    Malformed,
    Skipped,
    Sample,
}

/// <summary>Reads the samples of a DoubleSampleList, Int32SampleList, BoolSampleList or StringSampleList (wire contract 7.2), one at a time.</summary>
/// <remarks>
/// Writers put a sample's value first and its status second, with the shortest lengths; that is read directly. Everything else that is legal
/// (any order, repeated and unknown fields, long varints) goes through <see cref="WireReader"/>, one sample at a time, so the two ways mix freely.
/// Numbers are read as they lie in memory, so the host must be little-endian, as every platform of .NET with a Kafka client is.
/// </remarks>
internal sealed unsafe class SampleReader
{
    /// <summary>What an 11-byte DoubleSample with a status takes in its list: tag, length, tag, value, tag, status.</summary>
    public const int UsualDoubleBytes = 13;

    /// <summary>Stands for a status that no byte can hold.</summary>
    public const byte WideStatus = byte.MaxValue;

    private const int ListDepth = 2;
    private const int SampleDepth = 3;
    private const byte SampleTag = 0x0A;
    private const byte DoubleTag = 0x09;
    private const byte NumberTag = 0x08;
    private const byte TextTag = 0x0A;
    private const byte StatusTag = 0x10;
    private const uint UsualDoubleStart = 0x090B0A;
    private const uint UsualZero = 0x10020A;
    private const int UsualZeroBytes = 4;
    private const int MaximumVarintBits = 70;

    /// <summary>Statuses that did not fit a byte, since the last time this was set to 0.</summary>
    public long WideStatuses { get; set; }

    /// <summary>Reads samples as most of them are, 13 bytes or 4 for a value of 0, up to the first that is not, or is near the end.</summary>
    /// <returns>How many were read.</returns>
    public static long ReadUsualDoubles(ref byte* at, byte* end, long most, long* values, byte* statuses)
    {
        byte* next = at;
        long i = 0;
        while (i < most && end - next >= UsualDoubleBytes)
        {
            // Four at a time: what is written for one that turns out unusual is written again below.
            while (i + 4 <= most && end - next >= 4 * UsualDoubleBytes && TryReadFourUsualDoubles(next, values + i, (uint*)(statuses + i)))
            {
                i += 4;
                next += 4 * UsualDoubleBytes;
            }

            if (i == most || end - next < UsualDoubleBytes)
            {
                break;
            }

            if (ReadUsualDouble(next, values + i, statuses + i) == 0)
            {
                next += UsualDoubleBytes;
            }
            else if ((*(uint*)next & 0x80FFFFFF) == UsualZero)
            {
                values[i] = 0;
                statuses[i] = next[3];
                next += UsualZeroBytes;
            }
            else
            {
                break;
            }

            i++;
        }

        at = next;
        return i;
    }

    /// <summary>Reads a sample of 13 bytes; anything but 0 says that it is not one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint ReadUsualDouble(byte* at, long* value, byte* status)
    {
        uint end = *(ushort*)(at + UsualDoubleBytes - 2);
        *value = *(long*)(at + 3);
        *status = (byte)(end >> 8);
        return ((*(uint*)at & 0xFFFFFF) ^ UsualDoubleStart) | ((end & 0x80FF) ^ StatusTag);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryReadFourUsualDoubles(byte* at, long* values, uint* statuses)
    {
        uint starts = (*(uint*)at ^ UsualDoubleStart)
            | (*(uint*)(at + UsualDoubleBytes) ^ UsualDoubleStart)
            | (*(uint*)(at + (2 * UsualDoubleBytes)) ^ UsualDoubleStart)
            | (*(uint*)(at + (3 * UsualDoubleBytes)) ^ UsualDoubleStart);
        uint first = *(ushort*)(at + UsualDoubleBytes - 2);
        uint second = *(ushort*)(at + (2 * UsualDoubleBytes) - 2);
        uint third = *(ushort*)(at + (3 * UsualDoubleBytes) - 2);
        uint fourth = *(ushort*)(at + (4 * UsualDoubleBytes) - 2);
        values[0] = *(long*)(at + 3);
        values[1] = *(long*)(at + UsualDoubleBytes + 3);
        values[2] = *(long*)(at + (2 * UsualDoubleBytes) + 3);
        values[3] = *(long*)(at + (3 * UsualDoubleBytes) + 3);
        *statuses = (first >> 8) | (second & 0xFF00) | ((third & 0xFF00) << 8) | ((fourth & 0xFF00) << 16);

        // The fourth byte of a start is the value's.
        return ((starts << 8) | (((first ^ StatusTag) | (second ^ StatusTag) | (third ^ StatusTag) | (fourth ^ StatusTag)) & 0x80FF)) == 0;
    }

    /// <summary>Reads the next field of a list and moves behind it.</summary>
    public SampleOutcome Read(SampleKind kind, ref byte* at, byte* end, out Sample sample)
    {
        if (end - at >= 2 && at[0] == SampleTag && at[1] < 0x80 && at[1] <= end - at - 2)
        {
            byte* body = at + 2;
            byte* bodyEnd = body + at[1];
            if (TryReadUsual(kind, body, bodyEnd, out sample))
            {
                at = bodyEnd;
                return SampleOutcome.Sample;
            }
        }

        return ReadAny(kind, ref at, end, out sample);
    }

    /// <summary>Whether a list can be read; for one that a later list of another kind replaces.</summary>
    public bool IsWellFormed(SampleKind kind, Extent list)
    {
        long before = WideStatuses;
        byte* at = list.Start;
        while (at < list.End)
        {
            if (Read(kind, ref at, list.End, out _) == SampleOutcome.Malformed)
            {
                return false;
            }
        }

        WideStatuses = before;
        return true;
    }

    private static bool TryReadUsual(SampleKind kind, byte* at, byte* end, out Sample sample)
    {
        sample = default;
        bool valid = kind switch
        {
            SampleKind.Double => TryTakeDouble(ref at, end, ref sample),
            SampleKind.Text => TryTakeText(ref at, end, ref sample),
            _ => TryTakeNumber(kind, ref at, end, ref sample),
        };
        if (valid && end - at == 2 && at[0] == StatusTag && at[1] < 0x80)
        {
            sample.Status = at[1];
            return true;
        }

        return valid && at == end;
    }

    private static bool TryTakeDouble(ref byte* at, byte* end, ref Sample sample)
    {
        if (end - at >= 1 + sizeof(long) && *at == DoubleTag)
        {
            sample.Bits = *(long*)(at + 1);
            at += 1 + sizeof(long);
        }

        return true;
    }

    private static bool TryTakeNumber(SampleKind kind, ref byte* at, byte* end, ref Sample sample)
    {
        if (at == end || *at != NumberTag)
        {
            return true;
        }

        ulong number = 0;
        at++;
        for (int shift = 0; at < end && shift < MaximumVarintBits; shift += 7)
        {
            byte next = *at++;
            number |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                sample.Bits = ToBits(kind, number);
                return true;
            }
        }

        return false;
    }

    private static bool TryTakeText(ref byte* at, byte* end, ref Sample sample)
    {
        if (end - at < 2 || *at != TextTag)
        {
            return true;
        }

        if (at[1] >= 0x80 || at[1] > end - at - 2)
        {
            return false;
        }

        sample.Text = new Extent(at + 2, at[1]);
        at = sample.Text.End;
        return Utf8.IsValid(sample.Text.Span);
    }

    private static long ToBits(SampleKind kind, ulong number) => kind == SampleKind.Bool ? (number == 0 ? 0 : 1) : unchecked((int)number);

    private SampleOutcome ReadAny(SampleKind kind, ref byte* at, byte* end, out Sample sample)
    {
        sample = default;
        WireReader list = new(new ReadOnlySpan<byte>(at, (int)(end - at)), ListDepth);
        if (!list.ReadTag(out int field, out WireType type))
        {
            return SampleOutcome.Malformed;
        }

        bool isSample = field == 1 && type == WireType.LengthDelimited;
        bool read = isSample
            ? list.TryReadBytes(out ReadOnlySpan<byte> body) && TryReadFields(kind, body, ref sample)
            : list.TrySkip(type);
        at += list.Position;
        return !read ? SampleOutcome.Malformed : isSample ? SampleOutcome.Sample : SampleOutcome.Skipped;
    }

    private bool TryReadFields(SampleKind kind, ReadOnlySpan<byte> body, ref Sample sample)
    {
        WireReader reader = new(body, SampleDepth);
        ulong status = 0;
        while (reader.ReadTag(out int field, out WireType type))
        {
            switch (field, type)
            {
                case (1, WireType.Fixed64) when kind == SampleKind.Double:
                    reader.TryReadFixed64(out ulong bits);
                    sample.Bits = unchecked((long)bits);
                    break;
                case (1, WireType.Varint) when kind is SampleKind.Int32 or SampleKind.Bool:
                    reader.TryReadVarint(out ulong number);
                    sample.Bits = ToBits(kind, number);
                    break;
                case (1, WireType.LengthDelimited) when kind == SampleKind.Text:
                    reader.TryReadText(out ReadOnlySpan<byte> text);
                    sample.Text = ExtentOf(text);
                    break;
                case (2, WireType.Varint):
                    reader.TryReadVarint(out status);
                    break;
                default:
                    reader.TrySkip(type);
                    break;
            }
        }

        sample.Status = ToStatus(unchecked((uint)status));
        return !reader.IsMalformed;
    }

    private byte ToStatus(uint status)
    {
        if (status <= byte.MaxValue)
        {
            return (byte)status;
        }

        WideStatuses++;
        return WideStatus;
    }

    // The bytes are unmanaged or pinned: they are part of the packet that is being read.
    private static Extent ExtentOf(ReadOnlySpan<byte> text)
    {
        fixed (byte* start = text)
        {
            return new Extent(start, text.Length);
        }
    }
}
