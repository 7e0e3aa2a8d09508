using System;
using System.Diagnostics;
using System.IO;
using System.Runtime.InteropServices;
using MaStreaming.Columns;

namespace MaStreaming.Benchmarks;

/// <summary>Measures columns in memory, on one thread: <c>dotnet exec --runtimeconfig FILE MaStreaming.Benchmarks.dll</c>.</summary>
internal static unsafe class Program
{
    private const int Parameters = 10;
    private const int Samples = 100;
    private const int SamplesPerRound = 64_000_000;
    private const int PacketsPerRoundAtMost = 1_000_000;
    private const int BytesOfPackets = 1_000_000;
    private const int Rounds = 8;

    // Not the clock: what else runs on the machine should not count.
    private static TimeSpan CpuTime
    {
        get
        {
            using Process process = Process.GetCurrentProcess();
            return process.TotalProcessorTime;
        }
    }

    private static void Main()
    {
        Console.WriteLine($"{RuntimeInformation.FrameworkDescription}, by CPU time, best of {Rounds}");
        foreach ((int parameters, int samples) in new[] { (Parameters, Samples), (10, 1000), (1, 1), (1000, 10) })
        {
            Measure($"periodic {parameters} x {samples}", SamplePacketKind.Periodic, PacketBytes.Periodic(parameters, samples, zeroEvery: 0), parameters * samples);
        }

        Measure($"periodic {Parameters} x {Samples}, one of eight is 0", SamplePacketKind.Periodic, PacketBytes.Periodic(Parameters, Samples, zeroEvery: 8), Parameters * Samples);
        Measure($"rows {Parameters} x {Samples}", SamplePacketKind.Row, PacketBytes.Rows(Parameters, Samples), Parameters * Samples);
        MeasureEncoding("columns", isRows: false);
        MeasureEncoding("rows", isRows: true);
    }

    private static void Measure(string what, SamplePacketKind kind, byte[] content, int samples)
    {
        double best = double.MaxValue;
        int distinct = Math.Max(8, BytesOfPackets / content.Length);
        int perRound = Math.Min(SamplesPerRound / samples, PacketsPerRoundAtMost);
        byte* packets = (byte*)Marshal.AllocHGlobal(content.Length * distinct);
        for (int i = 0; i < distinct; i++)
        {
            Marshal.Copy(content, 0, (IntPtr)(packets + (i * content.Length)), content.Length);
        }

        ParameterTable parameters = new(null);
        FormatCache formats = new(parameters, _ => null);
        using ColumnBatchBuilder builder = new(1_000_000, new SampleDecoder());
        using SamplePacket packet = new();
        for (int round = 0; round < Rounds; round++)
        {
            TimeSpan start = CpuTime;
            for (int i = 0; i < perRound; i++)
            {
                if (!packet.TryRead(kind, packets + (i % distinct * content.Length), content.Length) || formats.Find(packet.Parameters.Span) is not { } format)
                {
                    throw new InvalidDataException("malformed");
                }

                AppendOutcome outcome = builder.Append(packet, format);
                if (outcome == AppendOutcome.CutFirst)
                {
                    builder.Take()?.Dispose();
                    outcome = builder.Append(packet, format);
                }

                if (outcome != AppendOutcome.Appended)
                {
                    throw new InvalidDataException(builder.Rejection.ToString());
                }
            }

            best = Math.Min(best, (CpuTime - start).TotalSeconds);
        }

        Marshal.FreeHGlobal((IntPtr)packets);
        Console.WriteLine($"decode {what}: {(double)perRound * samples / best / 1e6:F1} M samples/s");
    }

    private static void MeasureEncoding(string what, bool isRows)
    {
        const int Count = 100_000;
        const int Repeats = 20;
        double best = double.MaxValue;
        double[] values = new double[Parameters * Count];
        long[] times = new long[Count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Math.Sqrt(i + 1);
        }

        using PacketEncoder encoder = new("session", 638_000_000_000_000_000, [], 1 << 20);
        fixed (double* address = values)
        fixed (long* time = times)
        {
            SampleMatrix matrix = new()
            {
                Kind = ElementKind.Float64,
                Parameters = Parameters,
                Samples = Count,
                Values = new StridedMemory((byte*)address, Count * sizeof(double), sizeof(double)),
            };
            for (int round = 0; round < Rounds; round++)
            {
                TimeSpan start = CpuTime;
                for (int i = 0; i < Repeats; i++)
                {
                    if (isRows)
                    {
                        encoder.BeginRows(matrix, time, sizeof(long));
                    }
                    else
                    {
                        encoder.BeginColumns(matrix, PeriodicTimes.Every(1_000_000, 0, 0));
                    }

                    while (encoder.TryNext(out _, out _))
                    {
                    }
                }

                best = Math.Min(best, (CpuTime - start).TotalSeconds);
            }
        }

        Console.WriteLine($"encode {what}, doubles: {(double)values.Length * Repeats / best / 1e6:F1} M samples/s");
    }
}
