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
    private const int Packets = 64;
    private const int PacketsPerRound = 32000;
    private const int Rounds = 12;

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
        Console.WriteLine($"{RuntimeInformation.FrameworkDescription}, packets of {Parameters} parameters x {Samples} samples, by CPU time, best of {Rounds}");
        Measure("periodic, doubles", SamplePacketKind.Periodic, PacketBytes.Periodic(Parameters, Samples, zeroEvery: 0));
        Measure("periodic, doubles, one of eight is 0", SamplePacketKind.Periodic, PacketBytes.Periodic(Parameters, Samples, zeroEvery: 8));
        Measure("rows, doubles", SamplePacketKind.Row, PacketBytes.Rows(Parameters, Samples));
        MeasureEncoding("columns", isRows: false);
        MeasureEncoding("rows", isRows: true);
    }

    private static void Measure(string what, SamplePacketKind kind, byte[] content)
    {
        double best = double.MaxValue;
        byte* packets = (byte*)Marshal.AllocHGlobal(content.Length * Packets);
        for (int i = 0; i < Packets; i++)
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
            for (int i = 0; i < PacketsPerRound; i++)
            {
                if (!packet.TryRead(kind, packets + (i % Packets * content.Length), content.Length) || formats.Find(packet.Parameters.Span) is not { } format)
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
        Console.WriteLine($"decode {what}: {PacketsPerRound * (double)Parameters * Samples / best / 1e6:F0} M samples/s");
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

        Console.WriteLine($"encode {what}, doubles: {(double)values.Length * Repeats / best / 1e6:F0} M samples/s");
    }
}
