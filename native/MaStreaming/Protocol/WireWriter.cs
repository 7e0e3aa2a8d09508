using System;
using System.Buffers.Binary;

namespace MaStreaming.Protocol;

/// <summary>Writes protobuf fields into a buffer that grows and can be used again after <see cref="Clear"/>.</summary>
/// <remarks>
/// The methods for single values leave out the field's default, as proto3 does for fields without explicit presence. Nested messages
/// are written in place between <see cref="BeginMessage"/> and <see cref="EndMessage"/>.
/// </remarks>
internal sealed class WireWriter(int capacity = 256)
{
    private byte[] _buffer = new byte[capacity];

    /// <summary>How many bytes have been written.</summary>
    public int Length { get; private set; }

    /// <summary>What has been written; valid until the next call.</summary>
    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, Length);

    /// <summary>Forgets what has been written and keeps the buffer.</summary>
    public void Clear() => Length = 0;

    /// <summary>Copies what has been written.</summary>
    public byte[] ToBytes() => Written.ToArray();

    public void WriteBool(int field, bool value) => WriteUInt64(field, value ? 1UL : 0UL);

    /// <summary>Writes an int32, an int64 or an enum: negative numbers take ten bytes.</summary>
    public void WriteInt64(int field, long value) => WriteUInt64(field, (ulong)value);

    /// <summary>Writes a uint32, a uint64 or a bool.</summary>
    public void WriteUInt64(int field, ulong value)
    {
        if (value != 0)
        {
            WriteVarintAlways(field, value);
        }
    }

    public void WriteFixed64(int field, ulong value)
    {
        if (value != 0)
        {
            WriteTag(field, WireType.Fixed64);
            BinaryPrimitives.WriteUInt64LittleEndian(Take(sizeof(ulong)), value);
        }
    }

    public void WriteString(int field, string value)
    {
        if (value.Length != 0)
        {
            WriteStringAlways(field, value);
        }
    }

    public void WriteBytes(int field, ReadOnlySpan<byte> value)
    {
        if (!value.IsEmpty)
        {
            WriteTag(field, WireType.LengthDelimited);
            WriteVarint((ulong)value.Length);
            value.CopyTo(Take(value.Length));
        }
    }

    /// <summary>Writes a number even if it is zero: for map entries and members of a oneof.</summary>
    public void WriteVarintAlways(int field, ulong value)
    {
        WriteTag(field, WireType.Varint);
        WriteVarint(value);
    }

    /// <summary>Writes a text even if it is empty: for repeated fields, map entries and members of a oneof.</summary>
    public void WriteStringAlways(int field, string value)
    {
        var length = Utf8.LengthOf(value);
        WriteTag(field, WireType.LengthDelimited);
        WriteVarint((ulong)length);
        Utf8.Write(value, Take(length));
    }

    /// <summary>Starts a nested message and returns where its contents begin, for <see cref="EndMessage"/>.</summary>
    public int BeginMessage(int field)
    {
        WriteTag(field, WireType.LengthDelimited);
        Take(1);
        return Length;
    }

    /// <summary>Ends a nested message: puts its length before it.</summary>
    /// <remarks>One byte was kept for the length; contents of 128 bytes and more move up by the one to four bytes that are missing.</remarks>
    public void EndMessage(int start)
    {
        var contents = Length - start;
        var missing = VarintLength((ulong)contents) - 1;
        if (missing > 0)
        {
            Take(missing);
            _buffer.AsSpan(start, contents).CopyTo(_buffer.AsSpan(start + missing));
        }

        EncodeVarint((ulong)contents, _buffer.AsSpan(start - 1));
    }

    private static int VarintLength(ulong value)
    {
        var length = 1;
        while ((value >>= 7) != 0)
        {
            length++;
        }

        return length;
    }

    private static void EncodeVarint(ulong value, Span<byte> destination)
    {
        var position = 0;
        for (; value >= 0x80; value >>= 7)
        {
            destination[position++] = (byte)(value | 0x80);
        }

        destination[position] = (byte)value;
    }

    private void WriteTag(int field, WireType type) => WriteVarint(((ulong)field << 3) | (ulong)type);

    private void WriteVarint(ulong value) => EncodeVarint(value, Take(VarintLength(value)));

    private Span<byte> Take(int count)
    {
        var needed = checked(Length + count);
        if (needed > _buffer.Length)
        {
            Array.Resize(ref _buffer, (int)Math.Min(int.MaxValue, Math.Max(needed, 2L * _buffer.Length)));
        }

        var taken = _buffer.AsSpan(Length, count);
        Length = needed;
        return taken;
    }
}
