using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace MaStreaming.Columns;

/// <summary>Contents of packets with samples, mostly of the usual shape, with everything else that is legal mixed in, and some that are not.</summary>
internal sealed class RandomPackets(Random random)
{
    private static readonly double[] Doubles =
    [
        0.0, -0.0, 1.5, double.NaN, BitConverter.Int64BitsToDouble(0x7FF4000000000001), BitConverter.Int64BitsToDouble(-1), double.PositiveInfinity,
        double.NegativeInfinity, double.Epsilon, double.MaxValue, -1e-310,
    ];

    private static readonly long[] Integers = [0, 1, -1, 127, 128, int.MaxValue, int.MinValue, 1L << 40];
    private static readonly string[] Texts = ["", "a", "Zwölf", "𝄞", new string('x', 130)];

    // How often something is unusual, one in so many.
    private int _oddity;

    public byte[] Next(string type)
    {
        _oddity = random.Next(3) switch { 0 => int.MaxValue, 1 => 40, _ => 6 };
        int parameters = random.Next(0, 4);
        int samples = random.Next(0, 12);
        List<byte[]> fields = [Format(parameters)];
        if (type == "RowData")
        {
            fields.AddRange(Numbers(2, Enumerable.Range(0, Off(samples)).Select(i => Odd() ? ulong.MaxValue - (ulong)random.NextInt64() : 1_700_000_000_000_000_000UL + (ulong)i), isFixed: true));
            int kind = random.Next(1, 5);
            fields.AddRange(Enumerable.Range(0, samples).Select(_ => Bytes(3, Group(Odd() ? random.Next(0, 5) : kind, Off(parameters)))));
        }
        else
        {
            fields.Add(Fixed(2, Odd() ? (ulong)random.NextInt64() * 2 : 1_700_000_000_000_000_000));
            fields.AddRange(type == "SynchroData"
                ? Numbers(3, Enumerable.Range(0, Off(Math.Max(samples - 1, 0))).Select(i => Odd() ? uint.MaxValue : (ulong)i * 100), isFixed: false)
                : [Number(3, Odd() ? 0UL : Odd() ? uint.MaxValue : 10_000_000UL)]);
            fields.AddRange(Enumerable.Range(0, Off(parameters)).Select(_ => Bytes(4, Group(random.Next(1, 5), Off(samples)))));
        }

        byte[] content = Join(fields);
        if (Odd() && content.Length > 0)
        {
            content[random.Next(content.Length)] = (byte)random.Next(256);
        }

        return Odd() ? content[..random.Next(content.Length + 1)] : content;
    }

    private bool Odd() => random.Next(_oddity) == 0;

    private int Off(int count) => Odd() ? Math.Max(0, count + random.Next(-1, 2)) : count;

    private byte[] Format(int parameters)
    {
        List<byte[]> names = [.. Enumerable.Range(0, parameters).Select(i => Bytes(1, Encoding.UTF8.GetBytes(Odd() ? "p0" : $"p{i}")))];
        List<byte[]> choices = Split(names).Select(list => Bytes(2, list)).ToList();
        if (Odd())
        {
            choices.Insert(random.Next(choices.Count + 1), Number(1, 7));
        }

        return [.. Split(choices).SelectMany(format => Bytes(1, format))];
    }

    private byte[] Group(int kind, int samples)
    {
        List<byte[]> lists = [.. Split([.. Enumerable.Range(0, samples).Select(_ => Bytes(1, Sample(kind)))]).Select(list => Bytes(kind, list))];
        if (Odd())
        {
            lists.Insert(0, Bytes(random.Next(1, 5), Bytes(1, Sample(1))));
        }

        return kind == 0 ? [] : Join(lists);
    }

    private byte[] Sample(int kind)
    {
        List<byte[]> fields = [];
        do
        {
            switch (kind)
            {
                case 1:
                    ulong bits = (ulong)BitConverter.DoubleToInt64Bits(random.Next(3) == 0 ? Doubles[random.Next(Doubles.Length)] : random.NextDouble());
                    fields.AddRange(bits == 0 && !Odd() ? [] : [Fixed(1, bits)]);
                    break;
                case 4:
                    fields.Add(Bytes(1, Odd() ? [0xFF] : Encoding.UTF8.GetBytes(Texts[random.Next(Texts.Length)])));
                    break;
                default:
                    fields.Add(Number(1, (ulong)(kind == 3 ? random.Next(2) : Integers[random.Next(Integers.Length)])));
                    break;
            }

            fields.Add(Number(2, Odd() ? (ulong)random.NextInt64(-300, 300) : 1));
        }
        while (Odd());
        return Join(fields);
    }

    // Numbers packed, one by one, or some of each.
    private List<byte[]> Numbers(int field, IEnumerable<ulong> numbers, bool isFixed)
    {
        List<byte[]> singles = [.. numbers.Select(number => isFixed ? BitConverter.GetBytes(number) : Varint(number))];
        if (Odd())
        {
            return [.. singles.Select(single => (byte[])[(byte)((field << 3) | (isFixed ? 1 : 0)), .. single])];
        }

        return [.. Split(singles).Select(packed => Bytes(field, packed))];
    }

    private List<byte[]> Split(List<byte[]> items)
    {
        if (!Odd())
        {
            return [[.. items.SelectMany(item => item)]];
        }

        int at = random.Next(items.Count + 1);
        return [[.. items.Take(at).SelectMany(item => item)], [.. items.Skip(at).SelectMany(item => item)]];
    }

    // Unknown fields, and another order.
    private byte[] Join(List<byte[]> fields)
    {
        if (Odd())
        {
            fields.Insert(random.Next(fields.Count + 1), random.Next(3) switch { 0 => Number(9, 3), 1 => Bytes(15, [1, 2]), _ => [0x4B, 0x08, 0x01, 0x4C] });
        }

        if (Odd())
        {
            fields.Reverse();
        }

        return [.. fields.SelectMany(field => field)];
    }

    private byte[] Fixed(int field, ulong value) => [.. Varint((ulong)((field << 3) | 1)), .. BitConverter.GetBytes(value)];

    private byte[] Number(int field, ulong value) => [.. Varint((ulong)(field << 3)), .. Varint(value)];

    private byte[] Bytes(int field, byte[] value) => [.. Varint((ulong)((field << 3) | 2)), .. Varint((ulong)value.Length), .. value];

    private byte[] Varint(ulong value)
    {
        List<byte> bytes = [];
        while (value >= 0x80)
        {
            bytes.Add((byte)(value | 0x80));
            value >>= 7;
        }

        bytes.Add((byte)value);
        if (bytes.Count < 4 && Odd())
        {
            bytes[^1] |= 0x80;
            bytes.Add(0);
        }

        return [.. bytes];
    }
}
