using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;

namespace MaStreaming.Protocol;

/// <summary>The message <c>EndOfSessionPacket</c> (wire contract 7.2): a session has ended.</summary>
internal sealed record EndOfSessionPacket
{
    public string DataSource { get; init; } = "";

    /// <summary>The offsets at the end, by <c>topic:partition</c>, each key once; advisory (wire contract 3.8).</summary>
    public IReadOnlyList<(string Key, long Offset)> TopicPartitionOffsets { get; init; } = [];

    /// <summary>Nanoseconds since 1970 UTC; null = not given.</summary>
    public long? TerminationTimeNs { get; init; }

    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out EndOfSessionPacket? packet)
    {
        var dataSource = "";
        var offsets = new MapField<long>();
        var terminationTime = default(TimeField);
        var reader = new WireReader(bytes);
        var wellFormed = true;
        while (wellFormed && reader.ReadTag(out var field, out var type))
        {
            wellFormed = (field, type) switch
            {
                (1, WireType.LengthDelimited) => reader.TryReadString(out dataSource),
                (2, WireType.LengthDelimited) => reader.TryReadBytes(out var entry) && MapEntry.TryAdd(offsets, entry),
                (3, WireType.LengthDelimited) => reader.TryReadBytes(out var time) && terminationTime.Merge(time),
                _ => reader.TrySkip(type),
            };
        }

        packet = !wellFormed || reader.IsMalformed ? null : new EndOfSessionPacket
        {
            DataSource = dataSource,
            TopicPartitionOffsets = offsets.Entries,
            TerminationTimeNs = terminationTime.Nanoseconds,
        };
        return packet is not null;
    }

    public void Write(WireWriter writer)
    {
        writer.WriteString(1, DataSource);
        MapEntry.WriteAll(writer, 2, TopicPartitionOffsets);
        TimeField.WriteTimestamp(writer, 3, TerminationTimeNs);
    }

    public byte[] ToBytes()
    {
        var writer = new WireWriter();
        Write(writer);
        return writer.ToBytes();
    }
}
