using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace MaStreaming.Columns;

/// <summary>
/// Decodes packets with samples the plain way, message by message as the schema says (wire contract 7.2), to compare with. Shares no code with what is tested.
/// </summary>
internal static class SlowSampleReader
{
    private sealed record Field(int Number, int Wire, ulong Value, byte[] Bytes);

    private sealed record SlowSample(object Value, byte Status);

    /// <summary>The columns by parameter; null if the packet is to be rejected.</summary>
    public static Dictionary<string, ReadColumn>? Decode(string type, byte[] content)
    {
        try
        {
            return type == "RowData" ? DecodeRows(content) : DecodeColumns(content, type == "SynchroData");
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static Dictionary<string, ReadColumn> DecodeColumns(byte[] content, bool isSynchro)
    {
        List<Field> fields = Parse(content);
        string[] names = Names(fields);
        ulong start = fields.LastOrDefault(field => field is { Number: 2, Wire: 1 })?.Value ?? 0;
        List<(int Kind, List<SlowSample> Samples)> columns = fields.Where(field => field is { Number: 4, Wire: 2 }).Select(field => Samples(field.Bytes)).ToList();
        Require(columns.Count == names.Length && columns.Select(column => column.Samples.Count).Distinct().Count() <= 1);
        int count = columns.Count == 0 ? 0 : columns[0].Samples.Count;
        List<Int128> times = [];
        if (isSynchro)
        {
            List<uint> intervals = Repeated(fields, 3, 0).Select(value => (uint)value).ToList();
            Require(intervals.Count == Math.Max(count - 1, 0) && (count > 0 || intervals.Count == 0));
            Int128 time = start;
            times.Add(time);
            times.AddRange(intervals.Select(interval => time += interval));
        }
        else
        {
            uint interval = (uint)(fields.LastOrDefault(field => field is { Number: 3, Wire: 0 })?.Value ?? 0);
            times.AddRange(Enumerable.Range(0, Math.Max(count, 1)).Select(i => (Int128)start + ((Int128)i * interval)));
        }

        return Build(names, times, [.. columns.Select(column => column.Kind)], i => columns[i].Samples);
    }

    private static Dictionary<string, ReadColumn> DecodeRows(byte[] content)
    {
        List<Field> fields = Parse(content);
        string[] names = Names(fields);
        List<ulong> times = Repeated(fields, 2, 1);
        List<(int Kind, List<SlowSample> Samples)> rows = fields.Where(field => field is { Number: 3, Wire: 2 }).Select(field => Samples(field.Bytes)).ToList();
        Require(times.Count == rows.Count && rows.All(row => row.Samples.Count == names.Length));
        int[] kinds = rows.Select(row => row.Kind).Where(kind => kind != 0).Distinct().ToArray();
        Require(kinds.Length <= 1 || !kinds.Contains(4));
        int common = kinds.Length switch { 0 => 0, 1 => kinds[0], _ => 1 };
        SlowSample Convert((int Kind, List<SlowSample> Samples) row, int i) =>
            row.Kind == common ? row.Samples[i] : row.Samples[i] with { Value = BitConverter.DoubleToInt64Bits(System.Convert.ToDouble(row.Samples[i].Value, null)) };
        return Build(names, [.. times.Select(time => (Int128)time)], [.. names.Select(_ => common)], i => [.. rows.Select(row => Convert(row, i))]);
    }

    private static Dictionary<string, ReadColumn> Build(string[] names, List<Int128> times, int[] kinds, Func<int, List<SlowSample>> samples)
    {
        Require(names.Distinct().Count() == names.Length && times.All(time => time <= long.MaxValue));
        Dictionary<string, ReadColumn> columns = [];
        for (int i = 0; i < names.Length; i++)
        {
            List<SlowSample> column = samples(i);
            if (column.Count > 0)
            {
                columns.Add(names[i], new ReadColumn((SampleKind)kinds[i], [.. times.Select(time => (long)time)], [.. column.Select(s => s.Value)], [.. column.Select(s => s.Status)]));
            }
        }

        return columns;
    }

    // SampleDataFormat, joined: its fields together are one message.
    private static string[] Names(List<Field> fields)
    {
        List<Field> format = Parse([.. fields.Where(field => field is { Number: 1, Wire: 2 }).SelectMany(field => Parsed(field.Bytes))]);
        List<Field> choices = [.. format.Where(field => field is { Number: 1, Wire: 0 } or { Number: 2, Wire: 2 })];
        List<string> names = [];
        foreach (Field choice in choices)
        {
            if (choice.Number == 1)
            {
                names.Clear();
            }
            else
            {
                names.AddRange(Parse(choice.Bytes).Where(field => field is { Number: 1, Wire: 2 }).Select(field => Text(field.Bytes)));
            }
        }

        Require(choices.Count > 0 && choices[^1].Number == 2);
        return [.. names];
    }

    // SampleColumn and SampleRow: a oneof of four lists; one of another kind replaces, one of the same kind adds.
    private static (int Kind, List<SlowSample> Samples) Samples(byte[] group)
    {
        int kind = 0;
        List<SlowSample> samples = [];
        foreach (Field list in Parse(group).Where(field => field is { Number: >= 1 and <= 4, Wire: 2 }))
        {
            if (list.Number != kind)
            {
                samples = [];
            }

            kind = list.Number;
            samples.AddRange(Parse(list.Bytes).Where(field => field is { Number: 1, Wire: 2 }).Select(field => One(kind, Parse(field.Bytes))));
        }

        return (kind, samples);
    }

    private static SlowSample One(int kind, List<Field> sample)
    {
        int wire = kind switch { 1 => 1, 4 => 2, _ => 0 };
        List<Field> values = [.. sample.Where(field => field.Number == 1 && field.Wire == wire)];
        List<string> texts = kind == 4 ? [.. values.Select(field => Text(field.Bytes))] : [];
        ulong value = values.LastOrDefault()?.Value ?? 0;
        uint status = (uint)(sample.LastOrDefault(field => field is { Number: 2, Wire: 0 })?.Value ?? 0);
        object converted = kind switch
        {
            1 => (long)value,
            2 => (int)value,
            3 => (byte)(value == 0 ? 0 : 1),
            _ => texts.LastOrDefault() ?? "",
        };
        return new SlowSample(converted, (byte)Math.Min(status, 255));
    }

    private static List<ulong> Repeated(List<Field> fields, int number, int wire)
    {
        List<ulong> values = [];
        foreach (Field field in fields.Where(field => field.Number == number))
        {
            if (field.Wire == wire)
            {
                values.Add(field.Value);
            }
            else if (field.Wire == 2)
            {
                int at = 0;
                while (at < field.Bytes.Length)
                {
                    values.Add(wire == 0 ? Varint(field.Bytes, ref at) : Fixed(field.Bytes, ref at, 8));
                }
            }
        }

        return values;
    }

    private static byte[] Parsed(byte[] message)
    {
        Parse(message);
        return message;
    }

    private static List<Field> Parse(byte[] message)
    {
        int at = 0;
        List<Field> fields = [];
        while (at < message.Length)
        {
            fields.Add(Next(message, ref at, 0));
        }

        return fields;
    }

    private static Field Next(byte[] message, ref int at, int depth)
    {
        int start = at;
        ulong tag = Varint(message, ref at);
        int number = (int)(tag >> 3);
        Require(at - start <= 5 && tag <= uint.MaxValue && number != 0 && depth <= 100);
        switch ((int)tag & 7)
        {
            case 0:
                return new Field(number, 0, Varint(message, ref at), []);
            case 1:
                return new Field(number, 1, Fixed(message, ref at, 8), []);
            case 2:
                int before = at;
                ulong length = Varint(message, ref at);
                Require(at - before <= 5 && length <= (ulong)(message.Length - at));
                at += (int)length;
                return new Field(number, 2, 0, message[(at - (int)length)..at]);
            case 3:
                Field inner;
                do
                {
                    Require(at < message.Length);
                    inner = Next(message, ref at, depth + 1);
                }
                while (inner.Wire != 4);
                Require(inner.Number == number);
                return new Field(number, 3, 0, []);
            case 4:
                Require(depth > 0);
                return new Field(number, 4, 0, []);
            case 5:
                return new Field(number, 5, Fixed(message, ref at, 4), []);
            default:
                throw new FormatException();
        }
    }

    private static ulong Varint(byte[] message, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            Require(at < message.Length);
            byte next = message[at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new FormatException();
    }

    private static ulong Fixed(byte[] message, ref int at, int bytes)
    {
        Require(at + bytes <= message.Length);
        ulong value = 0;
        for (int i = 0; i < bytes; i++)
        {
            value |= (ulong)message[at++] << (8 * i);
        }

        return value;
    }

    private static string Text(byte[] utf8)
    {
        try
        {
            return new UTF8Encoding(false, true).GetString(utf8);
        }
        catch (ArgumentException)
        {
            throw new FormatException();
        }
    }

    private static void Require(bool holds)
    {
        if (!holds)
        {
            throw new FormatException();
        }
    }
}
