using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;

namespace MaStreaming.Protocol;

/// <summary>The message <c>NewSessionPacket</c> (wire contract 7.2): a session begins.</summary>
internal sealed record NewSessionPacket
{
    public string DataSource { get; init; } = "";

    /// <summary>The offsets at which the session begins, by <c>topic:partition</c>, each key once (wire contract 3.2).</summary>
    public IReadOnlyList<(string Key, long Offset)> TopicPartitionOffsets { get; init; } = [];

    /// <summary>Local time minus UTC in nanoseconds, positive east of Greenwich; null = not given.</summary>
    public long? UtcOffsetNs { get; init; }

    /// <summary>What is known about the session; null = not given, which differs from an empty one.</summary>
    public SessionInfoPacket? SessionInfo { get; init; }

    /// <summary>Nanoseconds since 1970 UTC; null = not given.</summary>
    public long? CreationTimeNs { get; init; }

    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out NewSessionPacket? packet)
    {
        var dataSource = "";
        var offsets = new MapField<long>();
        var utcOffset = default(TimeField);
        SessionInfoPacket.Builder? sessionInfo = null;
        var creationTime = default(TimeField);
        var reader = new WireReader(bytes);
        var wellFormed = true;
        while (wellFormed && reader.ReadTag(out var field, out var type))
        {
            wellFormed = (field, type) switch
            {
                (1, WireType.LengthDelimited) => reader.TryReadString(out dataSource),
                (2, WireType.LengthDelimited) => reader.TryReadBytes(out var entry) && MapEntry.TryAdd(offsets, entry),
                (3, WireType.LengthDelimited) => reader.TryReadBytes(out var duration) && utcOffset.Merge(duration),
                (4, WireType.LengthDelimited) => reader.TryReadBytes(out var info) && (sessionInfo ??= new()).Merge(info),
                (5, WireType.LengthDelimited) => reader.TryReadBytes(out var time) && creationTime.Merge(time),
                _ => reader.TrySkip(type),
            };
        }

        packet = !wellFormed || reader.IsMalformed ? null : new NewSessionPacket
        {
            DataSource = dataSource,
            TopicPartitionOffsets = offsets.Entries,
            UtcOffsetNs = utcOffset.Nanoseconds,
            SessionInfo = sessionInfo?.Build(),
            CreationTimeNs = creationTime.Nanoseconds,
        };
        return packet is not null;
    }

    public void Write(WireWriter writer)
    {
        writer.WriteString(1, DataSource);
        MapEntry.WriteAll(writer, 2, TopicPartitionOffsets);
        TimeField.WriteDuration(writer, 3, UtcOffsetNs);
        if (SessionInfo is not null)
        {
            var message = writer.BeginMessage(4);
            SessionInfo.Write(writer);
            writer.EndMessage(message);
        }

        TimeField.WriteTimestamp(writer, 5, CreationTimeNs);
    }

    public byte[] ToBytes()
    {
        var writer = new WireWriter();
        Write(writer);
        return writer.ToBytes();
    }
}
