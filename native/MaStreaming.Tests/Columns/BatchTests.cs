using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using MaStreaming.Kafka;
using MaStreaming.Protocol;
using Xunit;

namespace MaStreaming.Columns;

/// <summary>How packets are gathered into batches, and what becomes of those whose data format is not known.</summary>
/// <remarks>All tests of columns are one collection, because the memory that is in use is counted for the whole process.</remarks>
[Collection("columns")]
public sealed class BatchTests
{
    [Fact]
    public void A_batch_ends_before_the_packet_that_would_make_it_too_large()
    {
        using ReadColumns reading = new(new ColumnSettings { MaxSamples = 5 });
        for (int i = 0; i < 4; i++)
        {
            reading.Add("PeriodicData", Content(Inline("a", "b"), i, 1, 1));
        }

        reading.Take();
        Assert.Equal(["0 1", "2 3"], reading.Batches.Select(batch => TimesOf(batch["b"])));
        Assert.Equal([102, 104], reading.EndOffsets);
        Assert.Equal(8, reading.Statistics.Samples);
    }

    [Fact]
    public void A_packet_larger_than_a_batch_is_a_batch()
    {
        using ReadColumns reading = new(new ColumnSettings { MaxSamples = 2 });
        reading.Add("PeriodicData", Content(Inline("a"), 0, 3, 1));
        reading.Add("PeriodicData", Content(Inline("a"), 10, 3, 1));
        reading.Take();
        Assert.Equal(["0 1 2", "10 11 12"], reading.Batches.Select(batch => TimesOf(batch["a"])));
    }

    [Fact]
    public void A_batch_ends_where_a_parameter_changes_its_kind()
    {
        using ReadColumns reading = new();
        reading.Add("PeriodicData", Content(Inline("a"), 0, 1, 1));
        reading.Add("PeriodicData", Content(Inline("a"), 1, 1, 2));
        reading.Add("PeriodicData", Content(Inline("a"), 2, 1, 2));
        reading.Take();
        Assert.Equal([SampleKind.Double, SampleKind.Int32], reading.Batches.Select(batch => batch["a"].Kind));
        Assert.Equal("1 2", TimesOf(reading.Batches[1]["a"]));
    }

    [Fact]
    public void Columns_share_times_as_long_as_they_come_together()
    {
        using ReadColumns reading = new();
        reading.Add("PeriodicData", Content(Inline("a", "b", "c"), 0, 2, 1));
        reading.Take();
        Assert.Equal(1, reading.Timelines);
        reading.Add("PeriodicData", Content(Inline("a", "b", "c"), 10, 1, 1));
        reading.Add("PeriodicData", Content(Inline("c", "d"), 11, 1, 1));
        reading.Add("PeriodicData", Content(Inline("a", "b", "c"), 12, 1, 1));
        reading.Add("PeriodicData", Content(Inline("b", "a"), 13, 1, 1));
        reading.Take();
        Dictionary<string, ReadColumn> batch = reading.Batches[1];
        Assert.Equal(["10 12 13", "10 12 13", "10 11 12", "11"], new[] { "a", "b", "c", "d" }.Select(name => TimesOf(batch[name])));
        Assert.Equal(3, reading.Timelines);
    }

    [Fact]
    public void Only_selected_parameters_are_decoded()
    {
        using ReadColumns reading = new(new ColumnSettings { Parameters = ["b", "v*:App?"] });
        reading.Add("PeriodicData", Content(Inline("a", "b", "vCar:App1", "vCar:App12"), 0, 1, 1));
        reading.Add("PeriodicData", Content(Inline("B"), 0, 1, 1));
        reading.Take();
        Assert.Equal(["b", "vCar:App1"], reading.Batches.Single().Keys);
        Assert.Equal(2, reading.Statistics.Samples);
        Assert.Equal(1, reading.Statistics.NotSelectedPackets);
    }

    [Fact]
    public void F12_times_that_go_back_keep_their_place_and_are_counted()
    {
        using ReadColumns reading = new();
        foreach (int start in (int[])[5, 4, 5])
        {
            reading.Add("PeriodicData", Content(Inline("a"), start, 1, 1));
        }

        reading.Take();
        Assert.Equal("5 4 5", TimesOf(reading.Batches[0]["a"]));
        Assert.Equal(1, reading.Statistics.LatePackets);
    }

    [Fact]
    public void F26_packets_wait_for_the_definition_and_the_ones_behind_them_wait_too()
    {
        using ReadColumns reading = new();
        reading.Add("PeriodicData", Content("08 07", 0, 1, 1));
        reading.Add("PeriodicData", Content(Inline("a"), 1, 1, 1));
        reading.Take();
        Assert.Empty(reading.Batches);
        Assert.Equal(2, reading.Statistics.WaitingPackets);
        reading.Definitions[7] = ["a"];
        reading.Add("PeriodicData", Content("08 07", 2, 1, 1));
        reading.Take();
        Assert.Equal("0 1 2", TimesOf(reading.Batches[0]["a"]));
        Assert.Equal(103, reading.EndOffsets[0]);
        Assert.Equal((0, 0), (reading.Statistics.WaitingPackets, reading.Statistics.WaitingBytes));
    }

    [Fact]
    public void F26_after_a_while_the_others_go_on_and_the_position_stays_before_what_waits()
    {
        using ReadColumns reading = new(new ColumnSettings { OrderMilliseconds = 0 });
        reading.Add("PeriodicData", Content(Inline("a"), 0, 1, 1));
        reading.Add("PeriodicData", Content("08 07", 1, 1, 1));
        reading.Add("PeriodicData", Content(Inline("a"), 2, 1, 1));
        reading.Take();
        Assert.Equal("0 2", TimesOf(reading.Batches[0]["a"]));
        Assert.Equal(101, reading.EndOffsets[0]);
        reading.Definitions[7] = ["a"];
        reading.Drain();
        reading.Take();
        Assert.Equal("1", TimesOf(reading.Batches[1]["a"]));
        Assert.Equal(103, reading.EndOffsets[1]);
        Assert.Equal(1, reading.Statistics.LatePackets);
    }

    [Fact]
    public void F26_beyond_the_bound_the_oldest_are_given_up_and_reported_by_id()
    {
        byte[] packet = Content("08 07", 0, 1, 1);
        using ReadColumns reading = new(new ColumnSettings { MaxWaitingBytes = 2 * packet.Length });
        reading.Add("PeriodicData", packet);
        reading.Add("PeriodicData", Content("08 08", 0, 1, 1));
        reading.Add("PeriodicData", Content(Inline("a"), 1, 1, 1));
        reading.Add("PeriodicData", Content("08 08", 2, 1, 1));
        reading.Add("PeriodicData", packet);
        reading.Take();
        Assert.Equal("1", TimesOf(reading.Batches[0]["a"]));
        Assert.Equal((2, 2L * packet.Length), reading.Statistics.Unresolved()[7]);
        Assert.Equal(2, reading.Statistics.WaitingPackets);
        reading.Definitions[8] = ["b"];
        reading.Finish();
        reading.Take();
        Assert.Equal("0 2", TimesOf(reading.Batches[1]["b"]));
        Assert.Equal([7UL], reading.Statistics.Unresolved().Keys);
        Assert.Equal(5, reading.Statistics.Packets + reading.Statistics.Unresolved().Values.Sum(given => given.Packets));
        Assert.Equal(1, reading.FormatReads);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5000)]
    public void F26_nothing_is_given_up_for_want_of_room_before_the_definitions_that_are_there_were_read(int orderMilliseconds)
    {
        byte[] packet = Content("08 07", 0, 1, 1);
        using ReadColumns reading = new(new ColumnSettings { MaxWaitingBytes = 2 * packet.Length, OrderMilliseconds = orderMilliseconds });
        reading.OnBroker[7] = ["a"];
        for (int start = 0; start < 6; start++)
        {
            reading.Add("PeriodicData", Content("08 07", start, 1, 1));
        }

        reading.Take();
        Assert.Equal("0 1 2 3 4 5", TimesOf(reading.Batches[0]["a"]));
        Assert.Empty(reading.Statistics.Unresolved());
        Assert.Equal(1, reading.FormatReads);
    }

    [Fact]
    public void F26_definitions_are_read_again_for_packets_that_came_after_they_last_were()
    {
        byte[] packet = Content("08 07", 0, 1, 1);
        using ReadColumns reading = new(new ColumnSettings { MaxWaitingBytes = packet.Length });
        reading.Add("PeriodicData", packet);
        reading.Add("PeriodicData", packet);
        Assert.Equal((2, 2L * packet.Length), reading.Statistics.Unresolved()[7]);
        reading.Add("PeriodicData", Content("08 08", 1, 1, 1));
        reading.OnBroker[8] = ["b"];
        reading.Add("PeriodicData", Content("08 08", 2, 1, 1));
        reading.Take();
        Assert.Equal("1 2", TimesOf(reading.Batches[0]["b"]));
        Assert.Equal([7UL], reading.Statistics.Unresolved().Keys);
        Assert.Equal(2, reading.FormatReads);
    }

    [Fact]
    public void V22_a_definition_has_come_when_a_packet_with_it_is_in_the_columns_and_not_for_an_event_with_that_id()
    {
        using ReadColumns reading = new(new ColumnSettings { Tables = 1 });
        reading.Add("PeriodicData", Content("08 07", 0, 1, 1));
        reading.Finish();
        Assert.Single(reading.Warnings, warning => warning.Contains("packets with data format 7", StringComparison.Ordinal));

        reading.Events[7] = "1:App";
        reading.Add("Event", Bytes.Of("0A 02 08 07 11 00 00 00 00 00 00 00 01"));
        Assert.Equal(1, reading.Statistics.TableRows);
        reading.Definitions[7] = ["a", "b"];
        reading.Add("PeriodicData", Content("08 07", 0, 1, 1));
        Assert.Equal(1, reading.Statistics.Rejected().Sum());
        Assert.Empty(reading.News);
    }

    [Fact]
    public void V22_a_row_with_a_good_time_does_not_end_the_trouble_of_samples()
    {
        using ReadColumns reading = new(new ColumnSettings { Tables = 2 });
        reading.Add("PeriodicData", Content(Inline("a"), 0, 2, 1, interval: 0));
        reading.Add("Marker", Bytes.Of("09 00 00 00 00 00 00 00 01"));
        Assert.Equal(1, reading.Statistics.TableRows);
        Assert.Contains(reading.Warnings, warning => warning.Contains("whose interval is 0", StringComparison.Ordinal));
        Assert.Empty(reading.News);
        reading.Add("PeriodicData", Content(Inline("a"), 5, 2, 1));
        Assert.Contains("with an interval", Assert.Single(reading.News), StringComparison.Ordinal);
    }

    [Fact]
    public void F26_what_is_not_defined_when_reading_ends_is_reported()
    {
        using ReadColumns reading = new();
        reading.Add("PeriodicData", Content("08 07", 0, 1, 1));
        reading.Add("PeriodicData", Content(Inline("a"), 1, 1, 1));
        reading.Finish();
        reading.Take();
        Assert.Equal("1", TimesOf(reading.Batches[0]["a"]));
        Assert.Equal(1, reading.Statistics.Unresolved()[7].Packets);
        Assert.Equal(102, reading.EndOffsets[0]);
    }

    [Fact]
    public void A_batch_frees_its_memory_once()
    {
        long before = NativeBlocks.BytesInUse;
        Assert.DoesNotContain(nameof(ColumnBatch), LiveHandles.Describe(), StringComparison.Ordinal);
        ColumnBatchBuilder builder = new(100, new SampleDecoder());
        Append(builder, Content(Inline("a", "b"), 0, 50, 4));
        ColumnBatch batch = builder.Take()!;
        Append(builder, Content(Inline("a", "b"), 0, 50, 1));
        Assert.Contains("ColumnBatch 1", LiveHandles.Describe(), StringComparison.Ordinal);
        batch.Dispose();
        batch.Dispose();
        builder.Dispose();
        Assert.DoesNotContain(nameof(ColumnBatch), LiveHandles.Describe(), StringComparison.Ordinal);
        Assert.Equal(before, NativeBlocks.BytesInUse);
    }

    [Fact]
    public void A_batch_that_gets_as_many_samples_as_the_one_before_does_not_move_them()
    {
        FormatCache formats = new(new ParameterTable(null), _ => null);
        using ColumnBatchBuilder builder = new(1280, new SampleDecoder());
        byte[] content = Content(Inline("a"), 0, 128, 1);
        Fill();
        builder.Take()!.Dispose();

        Assert.Equal(AppendOutcome.Appended, TryAppend(builder, content, formats));
        long afterTheFirstPacket = NativeBlocks.BytesInUse;
        Fill();
        Assert.Equal(1280, builder.Samples);
        Assert.Equal(afterTheFirstPacket, NativeBlocks.BytesInUse);

        void Fill()
        {
            while (TryAppend(builder, content, formats) == AppendOutcome.Appended)
            {
            }
        }
    }

    private static void Append(ColumnBatchBuilder builder, byte[] content) =>
        Assert.Equal(AppendOutcome.Appended, TryAppend(builder, content, new FormatCache(new ParameterTable(null), _ => null)));

    private static unsafe AppendOutcome TryAppend(ColumnBatchBuilder builder, byte[] content, FormatCache formats)
    {
        using SamplePacket packet = new();
        fixed (byte* start = content)
        {
            Assert.True(packet.TryRead(SamplePacketKind.Periodic, start, content.Length));
            return builder.Append(packet, formats.Find(packet.Parameters.Span)!);
        }
    }

    private static string TimesOf(ReadColumn column) => string.Join(" ", column.Times);

    // SampleDataFormat 2 parameter_identifiers { 1 ... }
    private static string Inline(params string[] parameters)
    {
        string list = string.Join(" ", parameters.Select(parameter => $"0A {parameter.Length:X2} '{parameter}'"));
        return string.Create(CultureInfo.InvariantCulture, $"12 {Bytes.Of(list).Length:X2} {list}");
    }

    // 1 data_format, 2 start_time, 3 interval 1, 4 columns of one kind, all samples 0 and VALID.
    private static byte[] Content(string format, int start, int samples, int kind, int interval = 1)
    {
        int columns = Math.Max(format.Count(character => character == '\'') / 2, 1);
        string list = Bytes.Times("0A 02 10 01", samples);
        string lists = $"{(kind << 3) | 2:X2} {LengthOf(4 * samples)} {list}";
        string column = $"22 {LengthOf(Bytes.Of(lists).Length)} {lists}";
        return Bytes.Of($"0A {Bytes.Of(format).Length:X2} {format} 11 {start:X2} 00 00 00 00 00 00 00 18 {interval:X2} {Bytes.Times(column, columns)}");
    }

    private static string LengthOf(int length) => length < 128 ? $"{length:X2}" : $"{(length & 0x7F) | 0x80:X2} {length >> 7:X2}";
}
