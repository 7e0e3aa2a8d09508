using System;
using System.Collections.Generic;
using System.Linq;
using MaStreaming.Protocol;
using Xunit;

namespace MaStreaming.Columns;

/// <summary>Packets made of arrays: bytes by hand from the schema's tables (wire contract 7.2), and back through the decoder.</summary>
[Collection("columns")]
public sealed unsafe class EncodeTests
{
    // Packet 1 type, 2 session_key; 4 content follows.
    private const string Periodic = "0A 0C 'PeriodicData' 12 01 'k'";
    private const string Row = "0A 07 'RowData' 12 01 'k'";

    // DoubleSample 1 value, 2 status VALID.
    private const string One = "0A 0B 09 00 00 00 00 00 00 F0 3F 10 01";
    private const string MinusZero = "0A 0B 09 00 00 00 00 00 00 00 80 10 01";
    private const string Zero = "0A 02 10 01";

    [Fact]
    public void Writes_a_periodic_packet_byte_for_byte()
    {
        // 1 data_format { 1 id 300 }, 2 start_time 1000, 3 interval 300, 4 columns { 1 double_samples }.
        string content = $"0A 03 08 AC 02 11 E8 03 00 00 00 00 00 00 18 AC 02 22 1C 0A 1A {One} {MinusZero} 22 13 0A 11 {Zero} {One}";
        Assert.Equal(Bytes.Of($"{Periodic} 22 44 {content} 28 07"), Encode(new double[] { 1, -0.0, 0, 1 }, 2, PeriodicTimes.Every(300, 1000, 0), nextId: 7).Single());
    }

    [Fact]
    public void Writes_rows_byte_for_byte()
    {
        // 1 data_format { 2 parameter_identifiers { 1 "a", 1 "b" } }, 2 timestamps packed, 3 rows { 1 double_samples }.
        string content = $"0A 08 12 06 0A 01 'a' 0A 01 'b' 12 10 05 00 00 00 00 00 00 00 07 00 00 00 00 00 00 00 1A 13 0A 11 {One} {Zero} 1A 1C 0A 1A {MinusZero} {One}";
        using PacketEncoder encoder = new("k", 0, ["a", "b"], 1000);
        double[] values = [1, -0.0, 0, 1];
        fixed (double* address = values)
        fixed (long* times = new long[] { 5, 99, 7 })
        {
            encoder.BeginRows(Matrix((byte*)address, ElementKind.Float64, 2, 2, 8), times, 16);
            Assert.Equal(Bytes.Of($"{Row} 22 4F {content}"), All(encoder).Single());
        }
    }

    [Fact]
    public void F25_writes_integers_bools_and_single_floats_in_their_lists()
    {
        // 2 int32_samples: -1 in ten bytes, 300. 3 bool_samples: true, and false left out. 1 double_samples: 1.0 and NaN.
        AssertColumn("22 18 12 16 0A 0D 08 FF FF FF FF FF FF FF FF FF 01 10 01 0A 05 08 AC 02 10 01", ElementKind.Int32, new[] { -1, 300 });
        AssertColumn("22 18 12 16 0A 0D 08 FF FF FF FF FF FF FF FF FF 01 10 01 0A 05 08 AC 02 10 01", ElementKind.Int64, new[] { -1L, 300L });
        AssertColumn("22 0C 1A 0A 0A 04 08 01 10 01 0A 02 10 01", ElementKind.Bool, new[] { true, false });
        AssertColumn($"22 1C 0A 1A {One} 0A 0B 09 00 00 00 00 00 00 F8 7F 10 01", ElementKind.Float32, new[] { 1f, BitConverter.Int32BitsToSingle(0x7FC00000) });
    }

    [Fact]
    public void Writes_statuses_and_leaves_out_unspecified()
    {
        // The statuses run backwards: 200, 2, 0.
        double[] values = [1, 0, 1];
        byte[] statuses = [0, 2, 200];
        fixed (double* address = values)
        fixed (byte* status = statuses)
        {
            using PacketEncoder encoder = new("k", 300, [], 1000);
            SampleMatrix matrix = Matrix((byte*)address, ElementKind.Float64, 1, 3, 8);
            encoder.BeginColumns(
                new SampleMatrix { Kind = matrix.Kind, Parameters = 1, Samples = 3, Values = matrix.Values, Statuses = new StridedMemory(status + 2, 0, -1) },
                PeriodicTimes.Every(1, 1000, 0));
            string list = "0A 0C 09 00 00 00 00 00 00 F0 3F 10 C8 01 0A 02 10 02 0A 09 09 00 00 00 00 00 00 F0 3F";
            Assert.Equal(Bytes.Of($"{Periodic} 22 31 0A 03 08 AC 02 11 E8 03 00 00 00 00 00 00 18 01 22 1F 0A 1D {list}"), All(encoder).Single());
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(4_294_967_296)]
    public void F30_refuses_intervals_that_32_bits_of_nanoseconds_cannot_express(long interval)
    {
        StreamingException error = Assert.Throws<StreamingException>(() => PeriodicTimes.Every(interval, 0, 0));
        Assert.Contains($"interval_ns is {interval}", error.Message, StringComparison.Ordinal);
        Assert.Equal(4_294_967_295, PeriodicTimes.Every(4_294_967_295, 0, 0).Interval);
    }

    [Theory]
    [InlineData(0.2328)]
    [InlineData(1.1e9)]
    [InlineData(double.NaN)]
    [InlineData(0)]
    public void F30_refuses_rates_that_an_interval_cannot_express(double rate) =>
        Assert.Throws<StreamingException>(() => PeriodicTimes.AtRate(rate, 0, 0));

    [Fact]
    public void F30_packets_at_a_rate_start_at_the_exact_times()
    {
        PeriodicTimes times = PeriodicTimes.AtRate(60, 1000, 0);
        Assert.Equal(16_666_666u, times.Interval);
        Assert.Equal(1000 + 1_000_000_000L, times.At(60));
        Assert.Equal(1000 + 3_600_000_000_000L + 16_666_666, PeriodicTimes.AtRate(60, 1000, 216_000).At(1));
    }

    [Fact]
    public void F30_a_rate_that_is_not_exact_has_the_interval_that_was_meant()
    {
        PeriodicTimes times = PeriodicTimes.AtRate(1 / 0.007, 1000, 0);
        Assert.Equal(7_000_000u, times.Interval);
        Assert.Equal(1000 + 7_000_000_000L, times.At(1000));
    }

    [Fact]
    public void F30_packets_at_a_rate_end_before_a_microsecond_was_left_off()
    {
        // 60 Hz leaves off two thirds of a nanosecond: below 1,000 ns there are fewer than 1,500.
        List<byte[]> packets = Encode(new double[4000], 1, PeriodicTimes.AtRate(60, 1000, 0), maxBytes: 100_000);
        Assert.Equal(3, packets.Count);
        Assert.Equal(1499, PeriodicTimes.AtRate(60, 1000, 0).MostSamples);
        Assert.Equal(long.MaxValue, PeriodicTimes.AtRate(50, 1000, 0).MostSamples);
    }

    [Fact]
    public void V27_samples_may_follow_those_of_earlier_calls()
    {
        byte[] whole = Encode(new double[1], 1, PeriodicTimes.Every(300, 1000 + (300 * 7), 0)).Single();
        Assert.Equal(whole, Encode(new double[1], 1, PeriodicTimes.Every(300, 1000, 7)).Single());
    }

    [Fact]
    public void Goes_on_at_the_packet_that_was_not_taken()
    {
        double[] values = [.. Enumerable.Range(0, 500).Select(i => (double)i)];
        long[] times = [.. Enumerable.Range(0, 500).Select(i => 1000L + i)];
        fixed (double* address = values)
        fixed (long* time = times)
        {
            SampleMatrix matrix = Matrix((byte*)address, ElementKind.Float64, 1, 500, sizeof(double));
            foreach (bool isRows in new[] { false, true })
            {
                using PacketEncoder whole = new("k", 300, [], 1000);
                Begin(whole, matrix, time, isRows, null);
                List<byte[]> packets = [];
                long taken = 0;
                while (whole.TryNext(out byte* packet, out int length))
                {
                    packets.Add(new Span<byte>(packet, length).ToArray());
                    using PacketEncoder other = new("k", 300, [], 1000);
                    Begin(other, matrix, time, isRows, taken);
                    Assert.True(other.TryNext(out byte* again, out length));
                    Assert.Equal(packets[^1], new Span<byte>(again, length).ToArray());
                    taken = whole.Encoded;
                    Assert.Equal(taken, other.Encoded);
                }

                Assert.InRange(packets.Count, 5, 20);
            }
        }
    }

    [Fact]
    public void F29_refuses_times_outside_of_what_can_be_read()
    {
        Assert.Throws<StreamingException>(() => Encode(new double[2], 1, PeriodicTimes.Every(1, long.MaxValue, 0)));
        Assert.Throws<StreamingException>(() => Encode(new double[1], 1, PeriodicTimes.Every(1, -1, 0)));
        Assert.Single(Encode(new double[1], 1, PeriodicTimes.Every(1, long.MaxValue, 0)));
    }

    [Fact]
    public void Refuses_integers_that_do_not_fit_and_names_them()
    {
        StreamingException error = Assert.Throws<StreamingException>(() => AssertColumn("", ElementKind.Int64, new[] { 1L, 1L << 31 }));
        Assert.Contains("values has 2147483648 for parameter 0 at sample 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_a_sample_that_is_larger_than_a_packet()
    {
        StreamingException error = Assert.Throws<StreamingException>(() => Encode(new double[100], 100, PeriodicTimes.Every(1, 0, 0), maxBytes: 1000));
        Assert.Equal(ErrorCode.MessageTooLarge, error.Code);
    }

    [Fact]
    public void Round_trips_whatever_the_strides_sizes_and_kinds_are()
    {
        Random random = new(20240101);
        for (int i = 0; i < 300; i++)
        {
            RoundTrip(random, (ElementKind)random.Next(1, 6), random.Next(1, 6), random.Next(1, 200), random.Next(300, 5000), isRows: random.Next(2) == 0);
        }
    }

    private static void RoundTrip(Random random, ElementKind kind, int parameters, int samples, int maxBytes, bool isRows)
    {
        byte[] memory = new byte[parameters * samples * 8];
        byte[] statuses = new byte[parameters * samples];
        random.NextBytes(memory);
        random.NextBytes(statuses);
        for (int i = 0; i < memory.Length; i += 8)
        {
            long value = random.Next(4) == 0 ? 0 : random.Next(-1000, 1000);
            BitConverter.TryWriteBytes(memory.AsSpan(i), kind == ElementKind.Int64 ? value : value == 0 ? 0 : BitConverter.ToInt64(memory, i));
        }

        string[] names = [.. Enumerable.Range(0, parameters).Select(i => $"p{i}")];
        using PacketEncoder encoder = new("k", 0, names, maxBytes);
        using ReadColumns reading = new();
        long[] times = [.. Enumerable.Range(0, samples).Select(i => 1000L + (i * 10))];
        fixed (byte* values = memory)
        fixed (byte* status = statuses)
        fixed (long* time = times)
        {
            // Samples run backwards through memory, parameters lie side by side.
            SampleMatrix matrix = new()
            {
                Kind = kind,
                Parameters = parameters,
                Samples = samples,
                Values = new StridedMemory(values + ((samples - 1) * parameters * 8), 8, -8 * parameters),
                Statuses = random.Next(2) == 0 ? default : new StridedMemory(status, samples, 1),
            };
            if (isRows)
            {
                encoder.BeginRows(matrix, time, 8);
            }
            else
            {
                encoder.BeginColumns(matrix, PeriodicTimes.Every(10, 1000, 0));
            }

            foreach (byte[] packet in All(encoder))
            {
                Assert.InRange(packet.Length, 1, maxBytes);
                reading.AddPacket(packet);
            }

            reading.Take();
            Assert.Equal("", reading.Rejected);
            for (int p = 0; p < parameters; p++)
            {
                ReadColumn column = reading.Batches.Single()[names[p]];
                Assert.Equal(times, column.Times);
                Assert.Equal(Enumerable.Range(0, samples).Select(s => Expected(kind, matrix.Values.At(p, s))), column.Values);
                Assert.Equal(Enumerable.Range(0, samples).Select(s => matrix.HasStatuses ? *matrix.Statuses.At(p, s) : (byte)1), column.Statuses);
            }
        }
    }

    private static void Begin(PacketEncoder encoder, in SampleMatrix samples, long* times, bool isRows, long? goOnAt)
    {
        if (isRows)
        {
            encoder.BeginRows(samples, times, sizeof(long), goOnAt);
        }
        else
        {
            encoder.BeginColumns(samples, PeriodicTimes.AtRate(60, 1000, 0), goOnAt);
        }
    }

    private static object Expected(ElementKind kind, byte* at) => kind switch
    {
        ElementKind.Float64 => (object)*(long*)at,
        ElementKind.Float32 => BitConverter.DoubleToInt64Bits(*(float*)at),
        ElementKind.Int32 => *(int*)at,
        ElementKind.Int64 => (int)*(long*)at,
        _ => (byte)(*at == 0 ? 0 : 1),
    };

    // One parameter of two samples, at 1000 and 1001.
    private static void AssertColumn<T>(string column, ElementKind kind, T[] values)
        where T : unmanaged
    {
        using PacketEncoder encoder = new("k", 300, [], 1000);
        fixed (T* address = values)
        {
            encoder.BeginColumns(Matrix((byte*)address, kind, 1, values.Length, sizeof(T)), PeriodicTimes.Every(1, 1000, 0));
            byte[] content = Bytes.Of($"0A 03 08 AC 02 11 E8 03 00 00 00 00 00 00 18 01 {column}");
            Assert.Equal([.. Bytes.Of($"{Periodic} 22"), (byte)content.Length, .. content], All(encoder).Single());
        }
    }

    private static List<byte[]> Encode(double[] values, int parameters, PeriodicTimes times, ulong nextId = 0, int maxBytes = 1000)
    {
        using PacketEncoder encoder = new("k", 300, [], maxBytes) { NextId = nextId };
        fixed (double* address = values)
        {
            SampleMatrix samples = new()
            {
                Kind = ElementKind.Float64,
                Parameters = parameters,
                Samples = values.Length / parameters,
                Values = new StridedMemory((byte*)address, values.Length / parameters * sizeof(double), sizeof(double)),
            };
            encoder.BeginColumns(samples, times);
            return All(encoder);
        }
    }

    private static List<byte[]> All(PacketEncoder encoder)
    {
        List<byte[]> packets = [];
        while (encoder.TryNext(out byte* packet, out int length))
        {
            packets.Add(new Span<byte>(packet, length).ToArray());
        }

        return packets;
    }

    private static SampleMatrix Matrix(byte* address, ElementKind kind, int parameters, int samples, int size) => new()
    {
        Kind = kind,
        Parameters = parameters,
        Samples = samples,
        Values = new StridedMemory(address, samples * size, size),
    };
}
