using System;

namespace MaStreaming.Protocol;

/// <summary>Writes the envelope of one record, <c>Packet</c> (wire contract 7.2).</summary>
internal static class Packet
{
    /// <summary>Serialises a Packet.</summary>
    /// <param name="type">One of <see cref="PacketTypes"/>.</param>
    /// <param name="sessionKey">The session's key; empty for data format definitions.</param>
    /// <param name="essential">Whether a copy goes to the essentials stream.</param>
    /// <param name="id">The writer's number of the packet, 0 for none.</param>
    /// <param name="content">The serialised message that the type names.</param>
    /// <returns>The value of a record.</returns>
    public static byte[] Encode(ReadOnlySpan<byte> type, string sessionKey, bool essential, ulong id, ReadOnlySpan<byte> content) =>
        Encode(Utf8.ToText(type), sessionKey, essential, id, content);

    /// <inheritdoc cref="Encode(ReadOnlySpan{byte}, string, bool, ulong, ReadOnlySpan{byte})"/>
    public static byte[] Encode(string type, string sessionKey, bool essential, ulong id, ReadOnlySpan<byte> content)
    {
        const int RoomForTheRest = 128;
        var writer = new WireWriter(content.Length + RoomForTheRest);
        writer.WriteString(1, type);
        writer.WriteString(2, sessionKey);
        writer.WriteBool(3, essential);
        writer.WriteBytes(4, content);
        writer.WriteUInt64(5, id);
        return writer.ToBytes();
    }
}
