using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Xunit;

namespace MaStreaming.Columns;

/// <summary>The decoder against one that is written from the schema alone. MA_STREAMING_TEST_SEED and MA_STREAMING_TEST_FUZZ_CASES repeat a run and lengthen it.</summary>
[Collection("columns")]
public sealed class DecodeFuzzTests
{
    private static readonly int Cases = Setting("MA_STREAMING_TEST_FUZZ_CASES", 20_000);
    private static readonly int Seed = Setting("MA_STREAMING_TEST_SEED", 20240101);

    [Theory]
    [InlineData("PeriodicData")]
    [InlineData("RowData")]
    [InlineData("SynchroData")]
    public void F25_every_legal_form_is_decoded_as_the_schema_says_and_others_are_rejected(string type)
    {
        RandomPackets packets = new(new Random(Seed));
        int accepted = 0;
        for (int i = 0; i < Cases; i++)
        {
            byte[] content = packets.Next(type);
            Dictionary<string, ReadColumn>? expected = SlowSampleReader.Decode(type, content);
            Dictionary<string, ReadColumn>? decoded = ReadColumns.Decode(type, content, out string rejected);
            string what = $"seed {Seed}, case {i}, {Convert.ToHexString(content)}: {rejected}";
            Assert.True(expected is null == decoded is null, what);
            Assert.True(Describe(expected) == Describe(decoded), $"{what}\n{Describe(expected)}\n{Describe(decoded)}");
            accepted += decoded?.Count > 0 ? 1 : 0;
        }

        Assert.InRange(accepted, Cases / 4, Cases - 1);
    }

    [Theory]
    [InlineData("PeriodicData")]
    [InlineData("RowData")]
    [InlineData("SynchroData")]
    public void F21_random_bytes_do_no_harm(string type)
    {
        Random random = new(Seed);
        for (int i = 0; i < Cases / 10; i++)
        {
            byte[] content = new byte[random.Next(64)];
            random.NextBytes(content);
            Assert.Equal(SlowSampleReader.Decode(type, content) is null, ReadColumns.Decode(type, content, out _) is null);
        }
    }

    private static string Describe(Dictionary<string, ReadColumn>? columns) =>
        columns is null ? "rejected" : string.Join("\n", columns.OrderBy(column => column.Key, StringComparer.Ordinal).Select(column => $"{column.Key} {column.Value}"));

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : otherwise;
}
