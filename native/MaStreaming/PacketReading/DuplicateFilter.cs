using System;
using System.Buffers.Binary;
using System.Collections.Generic;

namespace MaStreaming.PacketReading;

/// <summary>Tells packets that came before: same stream of the same session, same id, same content. It remembers a fixed number of them.</summary>
internal sealed class DuplicateFilter
{
    /// <summary>How many packets are remembered; the oldest is forgotten first.</summary>
    public const int Capacity = 65_536;

    private const ulong Multiplier = 0x9E3779B97F4A7C15;

    private readonly HashSet<Fingerprint> _seen = new(Capacity);
    private readonly Fingerprint[] _order = new Fingerprint[Capacity];
    private int _next;

    /// <summary>Whether this packet came before; it counts as seen from now on.</summary>
    /// <param name="stream">The stream of the session.</param>
    /// <param name="packet">The whole packet, of which id and content are parts.</param>
    public bool IsDuplicate(ReadStream stream, ReadOnlySpan<byte> packet)
    {
        Fingerprint fingerprint = new(stream, packet.Length, Hash(packet));
        if (!_seen.Add(fingerprint))
        {
            return true;
        }

        _seen.Remove(_order[_next]);
        _order[_next] = fingerprint;
        _next = (_next + 1) % Capacity;
        return false;
    }

    /// <summary>64 bits over all bytes, eight at a time.</summary>
    private static ulong Hash(ReadOnlySpan<byte> bytes)
    {
        ulong hash = Multiplier ^ (ulong)bytes.Length;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            hash = Mix(hash, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }

        ulong rest = 0;
        foreach (byte value in bytes)
        {
            rest = (rest << 8) | value;
        }

        return Mix(hash, rest);
    }

    private static ulong Mix(ulong hash, ulong value)
    {
        hash = unchecked((hash ^ value) * Multiplier);
        return hash ^ (hash >> 29);
    }

    private readonly record struct Fingerprint(ReadStream Stream, int Length, ulong Hash);
}
