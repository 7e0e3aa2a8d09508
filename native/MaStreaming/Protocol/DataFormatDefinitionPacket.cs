using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;

namespace MaStreaming.Protocol;

/// <summary>What a data format describes (wire contract 4.2).</summary>
internal enum DataFormatType
{
    Unspecified = 0,
    Parameter = 1,
    Event = 2,
}

/// <summary>The message <c>DataFormatDefinitionPacket</c> (wire contract 7.2): an identifier for a list of parameters or for an event.</summary>
/// <remarks>At most one of <see cref="ParameterIdentifiers"/> and <see cref="EventIdentifier"/> is not null.</remarks>
internal sealed record DataFormatDefinitionPacket
{
    public ulong Identifier { get; init; }

    /// <summary>What is described; newer writers may use numbers that have no name here.</summary>
    public DataFormatType Type { get; init; }

    /// <summary>The parameters in the order of the columns; null = the packet defines no list, which differs from an empty one.</summary>
    public IReadOnlyList<string>? ParameterIdentifiers { get; init; }

    /// <summary>The event; null = the packet defines none.</summary>
    public string? EventIdentifier { get; init; }

    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out DataFormatDefinitionPacket? packet)
    {
        ulong identifier = 0;
        ulong formatType = 0;
        List<string>? parameters = null;
        string? eventIdentifier = null;
        var reader = new WireReader(bytes);
        var wellFormed = true;
        while (wellFormed && reader.ReadTag(out var field, out var type))
        {
            switch (field, type)
            {
                case (1, WireType.Varint):
                    reader.TryReadVarint(out identifier);
                    break;
                case (2, WireType.Varint):
                    reader.TryReadVarint(out formatType);
                    break;
                case (3, WireType.LengthDelimited):
                    eventIdentifier = null;
                    wellFormed = reader.TryReadBytes(out var list) && TryAddAll(parameters ??= [], list);
                    break;
                case (4, WireType.LengthDelimited):
                    parameters = null;
                    reader.TryReadString(out eventIdentifier);
                    break;
                default:
                    reader.TrySkip(type);
                    break;
            }
        }

        packet = !wellFormed || reader.IsMalformed ? null : new DataFormatDefinitionPacket
        {
            Identifier = identifier,
            Type = unchecked((DataFormatType)formatType),
            ParameterIdentifiers = parameters,
            EventIdentifier = eventIdentifier,
        };
        return packet is not null;
    }

    public void Write(WireWriter writer)
    {
        writer.WriteUInt64(1, Identifier);
        writer.WriteInt64(2, (long)Type);
        if (ParameterIdentifiers is not null)
        {
            var list = writer.BeginMessage(3);
            foreach (var parameter in ParameterIdentifiers)
            {
                writer.WriteStringAlways(1, parameter);
            }

            writer.EndMessage(list);
        }

        if (EventIdentifier is not null)
        {
            writer.WriteStringAlways(4, EventIdentifier);
        }
    }

    public byte[] ToBytes()
    {
        var writer = new WireWriter();
        Write(writer);
        return writer.ToBytes();
    }

    private static bool TryAddAll(List<string> parameters, ReadOnlySpan<byte> list)
    {
        var reader = new WireReader(list);
        while (reader.ReadTag(out var field, out var type))
        {
            if (field != 1 || type != WireType.LengthDelimited)
            {
                reader.TrySkip(type);
            }
            else if (reader.TryReadString(out var parameter))
            {
                parameters.Add(parameter);
            }
        }

        return !reader.IsMalformed;
    }
}
