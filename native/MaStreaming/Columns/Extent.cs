using System;

namespace MaStreaming.Columns;

/// <summary>Bytes of a packet; valid as long as the packet is.</summary>
internal readonly unsafe struct Extent(byte* start, int length)
{
    public byte* Start { get; } = start;

    public int Length { get; } = length;

    public byte* End => Start + Length;

    public ReadOnlySpan<byte> Span => new(Start, Length);
}
