using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;

namespace MaStreaming.Protocol;

/// <summary>The message <c>SessionInfoPacket</c> (wire contract 7.2): what is known about a session.</summary>
internal sealed record SessionInfoPacket
{
    public string DataSource { get; init; } = "";

    public string Identifier { get; init; } = "";

    public string Type { get; init; } = "";

    public uint Version { get; init; }

    public IReadOnlyList<string> AssociateSessionKeys { get; init; } = [];

    /// <summary>The details, each key once.</summary>
    public IReadOnlyList<(string Key, string Value)> Details { get; init; } = [];

    /// <summary>Local time minus UTC in nanoseconds, positive east of Greenwich; null = not given.</summary>
    public long? UtcOffsetNs { get; init; }

    /// <summary>Nanoseconds since 1970 UTC; null = not given.</summary>
    public long? CreationTimeNs { get; init; }

    /// <summary>Nanoseconds since 1970 UTC; null = not given.</summary>
    public long? TerminationTimeNs { get; init; }

    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out SessionInfoPacket? packet)
    {
        var builder = new Builder();
        packet = builder.Merge(bytes) ? builder.Build() : null;
        return packet is not null;
    }

    public void Write(WireWriter writer)
    {
        writer.WriteString(1, DataSource);
        writer.WriteString(2, Identifier);
        writer.WriteString(3, Type);
        writer.WriteUInt64(4, Version);
        foreach (var key in AssociateSessionKeys)
        {
            writer.WriteStringAlways(5, key);
        }

        MapEntry.WriteAll(writer, 6, Details);
        TimeField.WriteDuration(writer, 7, UtcOffsetNs);
        TimeField.WriteTimestamp(writer, 8, CreationTimeNs);
        TimeField.WriteTimestamp(writer, 9, TerminationTimeNs);
    }

    public byte[] ToBytes()
    {
        var writer = new WireWriter();
        Write(writer);
        return writer.ToBytes();
    }

    /// <summary>Collects the fields; several occurrences of the message in one field merge into one.</summary>
    internal sealed class Builder
    {
        private readonly List<string> _associateSessionKeys = [];
        private readonly MapField<string> _details = new();
        private string _dataSource = "";
        private string _identifier = "";
        private string _type = "";
        private ulong _version;
        private TimeField _utcOffset;
        private TimeField _creationTime;
        private TimeField _terminationTime;

        public bool Merge(ReadOnlySpan<byte> bytes)
        {
            var reader = new WireReader(bytes);
            var wellFormed = true;
            while (wellFormed && reader.ReadTag(out var field, out var type))
            {
                wellFormed = (field, type) switch
                {
                    (1, WireType.LengthDelimited) => reader.TryReadString(out _dataSource),
                    (2, WireType.LengthDelimited) => reader.TryReadString(out _identifier),
                    (3, WireType.LengthDelimited) => reader.TryReadString(out _type),
                    (4, WireType.Varint) => reader.TryReadVarint(out _version),
                    (5, WireType.LengthDelimited) => reader.TryReadString(out var key) && AddAssociate(key),
                    (6, WireType.LengthDelimited) => reader.TryReadBytes(out var entry) && MapEntry.TryAdd(_details, entry),
                    (7, WireType.LengthDelimited) => reader.TryReadBytes(out var duration) && _utcOffset.Merge(duration),
                    (8, WireType.LengthDelimited) => reader.TryReadBytes(out var time) && _creationTime.Merge(time),
                    (9, WireType.LengthDelimited) => reader.TryReadBytes(out var time) && _terminationTime.Merge(time),
                    _ => reader.TrySkip(type),
                };
            }

            return wellFormed && !reader.IsMalformed;
        }

        public SessionInfoPacket Build() => new()
        {
            DataSource = _dataSource,
            Identifier = _identifier,
            Type = _type,
            Version = unchecked((uint)_version),
            AssociateSessionKeys = _associateSessionKeys,
            Details = _details.Entries,
            UtcOffsetNs = _utcOffset.Nanoseconds,
            CreationTimeNs = _creationTime.Nanoseconds,
            TerminationTimeNs = _terminationTime.Nanoseconds,
        };

        private bool AddAssociate(string key)
        {
            _associateSessionKeys.Add(key);
            return true;
        }
    }
}
