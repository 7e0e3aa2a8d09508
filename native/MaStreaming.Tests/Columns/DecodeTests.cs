using System;
using System.Collections.Generic;
using System.Linq;
using MaStreaming.Protocol;
using Xunit;

namespace MaStreaming.Columns;

/// <summary>Packets written out by hand from the schema's tables (wire contract 7.2).</summary>
[Collection("columns")]
public sealed class DecodeTests
{
    // 1 data_format { 2 parameter_identifiers { 1 "a", 1 "b" } }, or with "a" alone.
    private const string FormatAB = "0A 08 12 06 0A 01 'a' 0A 01 'b'";
    private const string FormatA = "0A 05 12 03 0A 01 'a'";

    // 2 start_time 1000 (fixed64), 3 interval 10.
    private const string Times = "11 E8 03 00 00 00 00 00 00 18 0A";

    // DoubleSampleList 1 samples: DoubleSample 1 value (1.0, then -0.0), 2 status VALID; 0.0 with status MISSING has no value.
    private const string One = "0A 0B 09 00 00 00 00 00 00 F0 3F 10 01";
    private const string MinusZero = "0A 0B 09 00 00 00 00 00 00 00 80 10 01";
    private const string Missing = "0A 02 10 02";

    private const string TimeOne = "01 00 00 00 00 00 00 00";
    private const long OneBits = 0x3FF0000000000000;

    [Fact]
    public void Periodic_columns_have_times_from_start_and_interval()
    {
        // Two SampleColumns (4), each with 1 double_samples.
        Dictionary<string, ReadColumn> columns = Decode("PeriodicData", $"{FormatAB} {Times} 22 20 0A 1E {One} {MinusZero} {Missing} 22 20 0A 1E {One} {One} {Missing}");
        Assert.Equal([1000, 1010, 1020], columns["a"].Times);
        Assert.Equal([OneBits, long.MinValue, 0L], columns["a"].Values);
        Assert.Equal([1, 1, 2], columns["a"].Statuses);
        Assert.Equal([OneBits, OneBits, 0L], columns["b"].Values);
    }

    [Fact]
    public void Rows_become_columns_with_the_times_of_the_rows()
    {
        // 2 timestamps, packed: 5 and 7; 3 rows, each with 1 double_samples.
        Dictionary<string, ReadColumn> columns = Decode(
            "RowData", $"{FormatAB} 12 10 05 00 00 00 00 00 00 00 07 00 00 00 00 00 00 00 1A 1C 0A 1A {One} {MinusZero} 1A 13 0A 11 {Missing} {One}");
        Assert.Equal([5, 7], columns["a"].Times);
        Assert.Equal([OneBits, 0L], columns["a"].Values);
        Assert.Equal([1, 2], columns["a"].Statuses);
        Assert.Equal([long.MinValue, OneBits], columns["b"].Values);
        Assert.Equal([5, 7], columns["b"].Times);
    }

    [Fact]
    public void Synchro_columns_have_times_from_start_and_intervals()
    {
        // 3 intervals, packed: 300 and 5.
        Dictionary<string, ReadColumn> columns = Decode("SynchroData", $"{FormatA} 11 E8 03 00 00 00 00 00 00 1A 03 AC 02 05 22 29 0A 27 {One} {One} {One}");
        Assert.Equal([1000, 1300, 1305], columns["a"].Times);
    }

    [Fact]
    public void F25_int32_samples_keep_their_extremes_and_statuses()
    {
        // SampleColumn 2 int32_samples: -2147483648 in ten bytes, 2147483647 with ERROR, 0 left out with UNSPECIFIED.
        string least = "0A 0D 08 80 80 80 80 F8 FF FF FF FF 01 10 01";
        string most = "0A 08 08 FF FF FF FF 07 10 03";
        ReadColumn column = Decode("PeriodicData", $"{FormatA} {Times} 22 1D 12 1B {least} {most} 0A 00")["a"];
        Assert.Equal(SampleKind.Int32, column.Kind);
        Assert.Equal([int.MinValue, int.MaxValue, 0], column.Values);
        Assert.Equal([1, 3, 0], column.Statuses);
    }

    [Fact]
    public void F25_bools_and_texts_have_columns_of_their_kind()
    {
        // SampleColumn 3 bool_samples: true, and false left out. 4 string_samples: "é", and "" left out.
        Dictionary<string, ReadColumn> columns = Decode("PeriodicData", $"{FormatAB} {Times} 22 0C 1A 0A 0A 04 08 01 10 01 0A 02 10 01 22 0E 22 0C 0A 06 0A 02 'é' 10 01 0A 02 10 01");
        Assert.Equal([(byte)1, (byte)0], columns["a"].Values);
        Assert.Equal(SampleKind.Bool, columns["a"].Kind);
        Assert.Equal(["é", ""], columns["b"].Values);
        Assert.Equal(SampleKind.Text, columns["b"].Kind);
    }

    [Fact]
    public void F25_a_status_that_no_byte_holds_becomes_255_and_is_counted()
    {
        using ReadColumns reading = new();
        reading.Add("PeriodicData", Bytes.Of($"{FormatA} {Times} 22 07 0A 05 0A 03 10 AC 02"));
        reading.Take();
        Assert.Equal([255], reading.Batches[0]["a"].Statuses);
        Assert.Equal(1, reading.Statistics.WideStatuses);
    }

    [Fact]
    public void Rows_of_several_kinds_of_numbers_are_doubles()
    {
        // 2 int32_samples 1, then 3 bool_samples true, then 1 double_samples -0.0.
        ReadColumn column = Decode(
            "RowData", $"{FormatA} 12 18 {TimeOne} {TimeOne} {TimeOne} 1A 08 12 06 0A 04 08 01 10 01 1A 08 1A 06 0A 04 08 01 10 01 1A 0F 0A 0D {MinusZero}")["a"];
        Assert.Equal(SampleKind.Double, column.Kind);
        Assert.Equal([OneBits, OneBits, long.MinValue], column.Values);
    }

    [Theory]
    [InlineData("PeriodicData", FormatAB + " " + Times + " 22 0F 0A 0D " + One, "it has 1 values for the 2 parameters")]
    [InlineData("PeriodicData", FormatAB + " " + Times + " 22 0F 0A 0D " + One + " 22 02 0A 00", "a column has 0 samples where the ones before have 1")]
    [InlineData("PeriodicData", Times + " 22 0F 0A 0D " + One, "names no data format")]
    [InlineData("PeriodicData", "0A 02 08 00 " + Times + " 22 0F 0A 0D " + One, "names no data format")]
    [InlineData("PeriodicData", "0A 08 12 06 0A 01 'a' 0A 01 'a' " + Times + " 22 0F 0A 0D " + One + " 22 0F 0A 0D " + One, "names a parameter twice")]
    [InlineData("PeriodicData", FormatA + " " + Times + " 22 0F 0A 0C " + One, "cut off")]
    [InlineData("PeriodicData", FormatA + " " + Times + " 22 FF FF FF 07 0A 0D " + One, "cut off")]
    [InlineData("PeriodicData", FormatA + " " + Times + " 22 07 22 05 0A 03 0A 01 FF", "cut off")]
    [InlineData("PeriodicData", FormatA + " 11 FE FF FF FF FF FF FF 7F 18 01 22 29 0A 27 " + One + " " + One + " " + One, "after 2262-04-11")]
    [InlineData("PeriodicData", FormatA + " 11 FF FF FF FF FF FF FF FF 18 01 22 0F 0A 0D " + One, "after 2262-04-11")]
    [InlineData("RowData", "0A 08 12 06 0A 01 'a' 0A 08 'b' 0A 09 12 07 0A 05 'cdefg'", "cut off")]
    [InlineData("RowData", "0A 05 12 03 0A 01 'a' 0A 08 12 06 0A 01 'b' 0A 08 'c' 0A 09 12 07 0A 05 'defgh'", "cut off")]
    [InlineData("RowData", FormatA + " 12 08 FF FF FF FF FF FF FF FF 1A 0F 0A 0D " + One, "after 2262-04-11")]
    [InlineData("RowData", FormatA + " 12 08 05 00 00 00 00 00 00 00 1A 0F 0A 0D " + One + " 1A 0F 0A 0D " + One, "it has 1 timestamps for 2 rows")]
    [InlineData("RowData", FormatA + " 12 08 05 00 00 00 00 00 00 00 1A 1C 0A 1A " + One + " " + One, "it has 2 values for the 1 parameters")]
    [InlineData("RowData", FormatA + " 12 07 05 00 00 00 00 00 00 1A 0F 0A 0D " + One, "cut off")]
    [InlineData("RowData", FormatA + " 12 10 05 00 00 00 00 00 00 00 06 00 00 00 00 00 00 00 1A 0F 0A 0D " + One + " 1A 06 22 04 0A 02 10 01", "rows of texts and rows of numbers")]
    [InlineData("SynchroData", FormatA + " 11 E8 03 00 00 00 00 00 00 1A 02 05 05 22 1C 0A 1A " + One + " " + One, "it has 2 intervals for 2 samples")]
    [InlineData("SynchroData", FormatA + " 11 FE FF FF FF FF FF FF 7F 1A 01 05 22 1C 0A 1A " + One + " " + One, "after 2262-04-11")]
    public void F24_F29_a_packet_that_does_not_fit_together_is_left_out_whole_with_the_reason(string type, string content, string reason)
    {
        using ReadColumns reading = new();
        byte[] good = Bytes.Of($"{FormatAB} {Times} 22 0F 0A 0D {One} 22 0F 0A 0D {One}");
        reading.Add("PeriodicData", good);
        reading.Add(type, Bytes.Of(content));
        reading.Add("PeriodicData", good);
        reading.Take();
        Assert.Contains(reason, reading.Rejected, StringComparison.Ordinal);
        Assert.StartsWith("packet at offset 101 of stream 's': ", reading.Rejected, StringComparison.Ordinal);
        Assert.Equal(1, reading.Statistics.Rejected().Sum());
        Assert.Equal([1000, 1000], reading.Batches.SelectMany(batch => batch["a"].Times));
        Assert.Equal([1000, 1000], reading.Batches.SelectMany(batch => batch["b"].Times));
        Assert.Equal([OneBits, OneBits], reading.Batches.SelectMany(batch => batch["a"].Values));
    }

    [Fact]
    public void F21_bytes_that_are_no_packet_are_counted()
    {
        using ReadColumns reading = new();
        reading.AddPacket([0xFF]);
        reading.Add("Marker", []);
        Assert.Equal(1, reading.Statistics.Rejected()[(int)RejectionReason.MalformedPacket]);
        Assert.Equal(1, reading.Statistics.OtherPackets);
    }

    [Fact]
    public void F29_the_last_time_there_is_is_read()
    {
        ReadColumn column = Decode("PeriodicData", $"{FormatA} 11 FE FF FF FF FF FF FF 7F 18 01 22 1C 0A 1A {One} {One}")["a"];
        Assert.Equal([long.MaxValue - 1, long.MaxValue], column.Times);
    }

    [Fact]
    public void F30_interval_0_is_read_and_counted()
    {
        using ReadColumns reading = new();
        reading.Add("PeriodicData", Bytes.Of($"{FormatA} 11 E8 03 00 00 00 00 00 00 22 1C 0A 1A {One} {One}"));
        reading.Take();
        Assert.Equal([1000, 1000], reading.Batches[0]["a"].Times);
        Assert.Equal(1, reading.Statistics.ZeroIntervalPackets);
    }

    private static Dictionary<string, ReadColumn> Decode(string type, string content)
    {
        Dictionary<string, ReadColumn>? columns = ReadColumns.Decode(type, Bytes.Of(content), out string rejected);
        Assert.Equal("", rejected);
        Assert.NotNull(columns);
        return columns;
    }
}
