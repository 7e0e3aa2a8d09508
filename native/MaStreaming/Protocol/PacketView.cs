using System;

namespace MaStreaming.Protocol;

/// <summary>The envelope of one record, <c>Packet</c> (wire contract 7.2), as views of the record's bytes; nothing is copied.</summary>
internal readonly ref struct PacketView
{
    private PacketView(ReadOnlySpan<byte> type, ReadOnlySpan<byte> sessionKey, bool essential, ReadOnlySpan<byte> content, ulong id)
    {
        Type = type;
        SessionKey = sessionKey;
        IsEssential = essential;
        Content = content;
        Id = id;
    }

    /// <summary>The packet's type, valid UTF-8; one of <see cref="PacketTypes"/> or anything else.</summary>
    public ReadOnlySpan<byte> Type { get; }

    /// <summary>The session's key as the packet has it, valid UTF-8. The record key may differ (wire contract 3.4, 6.3).</summary>
    public ReadOnlySpan<byte> SessionKey { get; }

    /// <summary>Whether the packet also belongs on the essentials stream.</summary>
    public bool IsEssential { get; }

    /// <summary>The serialised message that the type names; not checked here.</summary>
    public ReadOnlySpan<byte> Content { get; }

    /// <summary>The writer's number of the packet, 0 if it uses none.</summary>
    public ulong Id { get; }

    /// <summary>Reads an envelope; false if the bytes are no serialised Packet.</summary>
    /// <remarks>As the official parsers: fields in any order, the last one wins, unknown fields are skipped; no bytes are an empty Packet.</remarks>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out PacketView packet)
    {
        var reader = new WireReader(bytes);
        ReadOnlySpan<byte> type = default;
        ReadOnlySpan<byte> sessionKey = default;
        ReadOnlySpan<byte> content = default;
        ulong essential = 0;
        ulong id = 0;
        while (reader.ReadTag(out var field, out var wireType))
        {
            switch (field, wireType)
            {
                case (1, WireType.LengthDelimited):
                    reader.TryReadText(out type);
                    break;
                case (2, WireType.LengthDelimited):
                    reader.TryReadText(out sessionKey);
                    break;
                case (3, WireType.Varint):
                    reader.TryReadVarint(out essential);
                    break;
                case (4, WireType.LengthDelimited):
                    reader.TryReadBytes(out content);
                    break;
                case (5, WireType.Varint):
                    reader.TryReadVarint(out id);
                    break;
                default:
                    reader.TrySkip(wireType);
                    break;
            }
        }

        packet = reader.IsMalformed ? default : new PacketView(type, sessionKey, essential != 0, content, id);
        return !reader.IsMalformed;
    }

    /// <summary>Whether the packet is of this type.</summary>
    public bool TypeIs(ReadOnlySpan<byte> utf8) => Type.SequenceEqual(utf8);
}
