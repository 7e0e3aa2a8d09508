using System;

namespace MaStreaming.Protocol;

/// <summary>The envelope of one record, <c>Packet</c> (wire contract 7.2), as views of the record's bytes; nothing is copied.</summary>
internal readonly ref struct PacketView
{
    // Tags as writers of every language send them, in this order: fields 1, 2, 3, 4 and 5 with the types of the schema.
    private const byte TypeTag = 0x0A;
    private const byte SessionKeyTag = 0x12;
    private const byte EssentialTag = 0x18;
    private const byte ContentTag = 0x22;
    private const byte IdTag = 0x28;

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
    public static bool TryParse(ReadOnlySpan<byte> bytes, out PacketView packet) =>
        TryParseUsual(bytes, out packet) || TryParseAny(bytes, out packet);

    /// <summary>Whether the packet is of this type.</summary>
    public bool TypeIs(ReadOnlySpan<byte> utf8) => Type.SequenceEqual(utf8);

    private static bool TryParseAny(ReadOnlySpan<byte> bytes, out PacketView packet)
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

    // Every packet comes through here, so this takes the bytes as they nearly always are, in a third of the time; false says nothing.
    private static bool TryParseUsual(ReadOnlySpan<byte> bytes, out PacketView packet)
    {
        packet = default;
        if (!TryTakeShort(TypeTag, ref bytes, out var type) || !TryTakeShort(SessionKeyTag, ref bytes, out var sessionKey))
        {
            return false;
        }

        var essential = bytes.Length >= 2 && bytes[0] == EssentialTag && bytes[1] == 1;
        bytes = essential ? bytes[2..] : bytes;
        if (bytes.IsEmpty || bytes[0] != ContentTag || !TryTakeNumber(ref bytes, out var length) || length > (ulong)bytes.Length)
        {
            return false;
        }

        ulong id = 0;
        var content = bytes[..(int)length];
        bytes = bytes[(int)length..];
        if (!bytes.IsEmpty && (bytes[0] != IdTag || !TryTakeNumber(ref bytes, out id) || !bytes.IsEmpty))
        {
            return false;
        }

        packet = new PacketView(type, sessionKey, essential, content, id);
        return Utf8.IsValid(type) && Utf8.IsValid(sessionKey);
    }

    private static bool TryTakeShort(byte tag, scoped ref ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> taken)
    {
        if (bytes.Length < 2 || bytes[0] != tag || bytes[1] >= 0x80 || bytes[1] > bytes.Length - 2)
        {
            taken = default;
            return false;
        }

        var end = 2 + bytes[1];
        taken = bytes[2..end];
        bytes = bytes[end..];
        return true;
    }

    // A tag of one byte, then a number below 2^35 in as few bytes as need be, or more.
    private static bool TryTakeNumber(scoped ref ReadOnlySpan<byte> bytes, out ulong number)
    {
        number = 0;
        var end = Math.Min(bytes.Length, 6);
        for (var i = 1; i < end; i++)
        {
            number |= (ulong)(bytes[i] & 0x7F) << (7 * (i - 1));
            if (bytes[i] < 0x80)
            {
                bytes = bytes[(i + 1)..];
                return true;
            }
        }

        return false;
    }
}
