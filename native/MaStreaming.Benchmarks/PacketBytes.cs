using System;
using System.Collections.Generic;
using System.Globalization;

namespace MaStreaming.Benchmarks;

/// <summary>Contents of packets as official writers send them.</summary>
internal static class PacketBytes
{
    public static byte[] Periodic(int parameters, int samples, int zeroEvery)
    {
        List<byte> content = Start(parameters);
        content.Add(0x11);
        content.AddRange(BitConverter.GetBytes(1_700_000_000_000_000_000));
        content.AddRange(new byte[] { 0x18, 0x80, 0xAD, 0xE2, 0x04 });
        for (int i = 0; i < parameters; i++)
        {
            Add(content, 0x22, Field(0x0A, List(samples, zeroEvery)));
        }

        return content.ToArray();
    }

    public static byte[] Rows(int parameters, int samples)
    {
        List<byte> content = Start(parameters);
        List<byte> times = [];
        for (int i = 0; i < samples; i++)
        {
            times.AddRange(BitConverter.GetBytes(1_700_000_000_000_000_000 + (i * 10_000_000L)));
        }

        Add(content, 0x12, times);
        for (int i = 0; i < samples; i++)
        {
            Add(content, 0x1A, Field(0x0A, List(parameters, 0)));
        }

        return content.ToArray();
    }

    private static List<byte> Start(int parameters)
    {
        List<byte> list = [];
        for (int i = 0; i < parameters; i++)
        {
            Add(list, 0x0A, System.Text.Encoding.UTF8.GetBytes("vCar" + i.ToString(CultureInfo.InvariantCulture) + ":Chassis"));
        }

        return Field(0x0A, Field(0x12, list));
    }

    private static List<byte> List(int samples, int zeroEvery)
    {
        List<byte> list = [];
        for (int i = 0; i < samples; i++)
        {
            List<byte> sample = [0x10, 0x01];
            if (zeroEvery == 0 || i % zeroEvery != 0)
            {
                sample = [0x09, .. BitConverter.GetBytes(Math.Sqrt(i + 1)), 0x10, 0x01];
            }

            Add(list, 0x0A, sample);
        }

        return list;
    }

    private static List<byte> Field(byte tag, IReadOnlyCollection<byte> value)
    {
        List<byte> field = [];
        Add(field, tag, value);
        return field;
    }

    private static void Add(List<byte> bytes, byte tag, IReadOnlyCollection<byte> value)
    {
        bytes.Add(tag);
        int length = value.Count;
        for (; length >= 0x80; length >>= 7)
        {
            bytes.Add((byte)(length | 0x80));
        }

        bytes.Add((byte)length);
        bytes.AddRange(value);
    }
}
