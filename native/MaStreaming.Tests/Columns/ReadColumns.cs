using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using MaStreaming.Protocol;

namespace MaStreaming.Columns;

/// <summary>One column of a batch, copied: values as bits of doubles, numbers, or texts.</summary>
internal sealed record ReadColumn(SampleKind Kind, long[] Times, object[] Values, byte[] Statuses)
{
    /// <summary>Everything in one text, so that a difference can be read.</summary>
    public override string ToString() =>
        $"{Kind}: {string.Join(" ", Times.Zip(Values, Statuses).Select(sample => $"{sample.First}={sample.Second:X}/{sample.Third}"))}";
}

/// <summary>Gives packets to a stream and keeps what comes out.</summary>
internal sealed unsafe class ReadColumns : IDisposable
{
    private readonly ColumnDecoding _decoding;
    private readonly StreamColumns _stream;
    private long _offset = 100;

    public ReadColumns(ColumnSettings? settings = null)
    {
        settings ??= new ColumnSettings();
        FormatSource formats = new(id => Definitions.GetValueOrDefault(id), id => Events.GetValueOrDefault(id), _ => { });
        _decoding = new ColumnDecoding(settings, formats, new ColumnLog(Warnings.Add, News.Add));
        _stream = new StreamColumns("stream 's'", settings, _decoding);
    }

    public Dictionary<ulong, string[]> Definitions { get; } = [];

    /// <summary>What becomes known only when the formats are read to their end.</summary>
    public Dictionary<ulong, string[]> OnBroker { get; } = [];

    /// <summary>How many times the stream asked for that.</summary>
    public int FormatReads { get; private set; }

    public Dictionary<ulong, string> Events { get; } = [];

    public List<string> Warnings { get; } = [];

    public List<string> News { get; } = [];

    public ColumnStatistics Statistics => _decoding.Statistics;

    /// <summary>Batches so far, by parameter; each as it was taken.</summary>
    public List<Dictionary<string, ReadColumn>> Batches { get; } = [];

    public List<long> EndOffsets { get; } = [];

    /// <summary>How many arrays of times the last batch had.</summary>
    public int Timelines { get; private set; }

    /// <summary>Decodes one content and returns its columns; null if it was rejected, with the reason in <see cref="Rejected"/>.</summary>
    public static Dictionary<string, ReadColumn>? Decode(string type, byte[] content, out string rejected)
    {
        using ReadColumns reading = new();
        reading.Add(type, content);
        reading.Take();
        reading.Finish();
        rejected = reading.Rejected + string.Concat(reading.Statistics.Unresolved().Keys.Select(id => $"unresolved {id}"));
        return rejected.Length > 0 ? null : reading.Batches.SingleOrDefault() ?? [];
    }

    /// <summary>The reasons of all rejections.</summary>
    public string Rejected => string.Join("; ", Statistics.FirstRejections().Where(text => text is not null));

    public void Add(string type, byte[] content) => AddPacket(Packet.Encode(type, "k", false, 0, content));

    public void AddPacket(byte[] packet)
    {
        while (!_stream.TryAppend(_offset, packet))
        {
            if (_stream.NeedsFormats)
            {
                FormatReads++;
                foreach ((ulong id, string[] names) in OnBroker)
                {
                    Definitions[id] = names;
                }

                _stream.NoticeFormats();
            }
            else
            {
                Take();
            }
        }

        _offset++;
    }

    public void Drain()
    {
        while (!_stream.TryAppendWaiting())
        {
            Take();
        }
    }

    public void Finish()
    {
        while (!_stream.TryFinish())
        {
            Take();
        }
    }

    public void Take()
    {
        using ColumnBatch? batch = _stream.Take();
        if (batch is null)
        {
            return;
        }

        Dictionary<string, ReadColumn> columns = [];
        HashSet<long> timelines = [];
        for (int i = 0; i < batch.ColumnCount; i++)
        {
            long* row = batch.Directory + (i * ColumnBatch.DirectoryCells);
            columns.Add(_decoding.Parameters[(int)row[0]], Copy(row));
            timelines.Add(row[3]);
        }

        Timelines = timelines.Count;
        Batches.Add(columns);
        EndOffsets.Add(batch.EndOffset);
    }

    public void Dispose()
    {
        _stream.Dispose();
        _decoding.Dispose();
    }

    private static ReadColumn Copy(long* row)
    {
        SampleKind kind = (SampleKind)row[1];
        int count = (int)row[2];
        object[] values = new object[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = kind switch
            {
                SampleKind.Double => ((long*)row[4])[i],
                SampleKind.Int32 => ((int*)row[4])[i],
                SampleKind.Bool => ((byte*)row[4])[i],
                _ => TextAt(row, i),
            };
        }

        return new ReadColumn(kind, new Span<long>((void*)row[3], count).ToArray(), values, new Span<byte>((void*)row[5], count).ToArray());
    }

    private static string TextAt(long* row, int index)
    {
        int* offsets = (int*)row[4];
        RequireInRange(offsets[index], offsets[index + 1], row[7]);
        return Encoding.UTF8.GetString((byte*)row[6] + offsets[index], offsets[index + 1] - offsets[index]);
    }

    private static void RequireInRange(int start, int end, long bytes)
    {
        if (start < 0 || start > end || end > bytes)
        {
            throw new InvalidOperationException($"text from {start} to {end} of {bytes} bytes");
        }
    }
}
