using System;
using System.Buffers.Binary;

namespace MaStreaming.Protocol;

/// <summary>Reads the fields of one protobuf message from memory, without allocating and without ever reading past its end.</summary>
/// <remarks>
/// Malformed input makes every method return false from then on, so a loop <c>while (reader.ReadTag(...))</c> ends by itself and looks
/// at <see cref="IsMalformed"/> once, when it is over. The limits are those of the official parsers: tags and lengths of at most five
/// bytes, varints of at most ten, messages and groups nested at most 100 deep.
/// </remarks>
internal ref struct WireReader
{
    private const int MaximumDepth = 100;
    private const int MaximumVarintBytes = 10;
    private const int MaximumTagBytes = 5;

    private readonly ReadOnlySpan<byte> _data;
    private readonly int _depth;
    private int _position;
    private int _field;

    /// <param name="data">The message.</param>
    /// <param name="depth">How deep it is in another one: 0 = it is the outermost.</param>
    public WireReader(ReadOnlySpan<byte> data, int depth = 0)
    {
        _data = data;
        _depth = depth;
        _position = 0;
        _field = 0;
        IsMalformed = false;
    }

    /// <summary>How many bytes have been read.</summary>
    public int Position => _position;

    /// <summary>Whether something could not be read.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>Reads the next tag; false at the end of the message and on malformed input.</summary>
    public bool ReadTag(out int field, out WireType type) => TryReadTag(out field, out type) && (field != 0 || Fail());

    public bool TryReadVarint(out ulong value)
    {
        value = 0;
        if (IsMalformed)
        {
            return false;
        }

        var end = Math.Min(_data.Length, _position + MaximumVarintBytes);
        for (var shift = 0; _position < end; shift += 7)
        {
            var next = _data[_position++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return true;
            }
        }

        value = 0;
        return Fail();
    }

    public bool TryReadFixed64(out ulong value)
    {
        if (!TryTake(sizeof(ulong), out var bytes))
        {
            value = 0;
            return false;
        }

        value = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        return true;
    }

    /// <summary>Reads a length and that many bytes: a bytes field or a nested message.</summary>
    public bool TryReadBytes(out ReadOnlySpan<byte> bytes)
    {
        if (TryReadShortVarint(int.MaxValue, out var length))
        {
            return TryTake((int)length, out bytes);
        }

        bytes = default;
        return false;
    }

    /// <summary>Reads a string field and leaves it in UTF-8; text that is not valid UTF-8 is malformed.</summary>
    public bool TryReadText(out ReadOnlySpan<byte> utf8)
    {
        if (TryReadBytes(out utf8) && Utf8.IsValid(utf8))
        {
            return true;
        }

        utf8 = default;
        return Fail();
    }

    /// <summary>Reads a string field; text that is not valid UTF-8 is malformed.</summary>
    public bool TryReadString(out string text)
    {
        var read = TryReadText(out var utf8);
        text = read ? Utf8.ToText(utf8) : "";
        return read;
    }

    /// <summary>Skips the value of the tag read last, a whole group if it starts one.</summary>
    public bool TrySkip(WireType type) => TrySkip(_field, type, _depth);

    private bool TrySkip(int field, WireType type, int depth) => type switch
    {
        WireType.Varint => TryReadVarint(out _),
        WireType.Fixed64 => TryTake(sizeof(ulong), out _),
        WireType.LengthDelimited => TryReadBytes(out _),
        WireType.StartGroup => TrySkipGroup(field, depth + 1),
        WireType.Fixed32 => TryTake(sizeof(uint), out _),
        _ => Fail(),
    };

    private bool TryReadTag(out int field, out WireType type)
    {
        field = 0;
        type = WireType.Varint;
        if (IsMalformed || _position == _data.Length)
        {
            return false;
        }

        if (!TryReadShortVarint(uint.MaxValue, out var tag))
        {
            return false;
        }

        _field = field = (int)(tag >> 3);
        type = (WireType)(tag & 7);
        return type <= WireType.Fixed32 || Fail();
    }

    private bool TrySkipGroup(int group, int depth)
    {
        if (depth > MaximumDepth)
        {
            return Fail();
        }

        // A field 0 is malformed everywhere else: so it is for the parser of protobuf's Python.
        while (TryReadTag(out var field, out var type))
        {
            if (type == WireType.EndGroup)
            {
                return field == group || Fail();
            }

            if (!TrySkip(field, type, depth))
            {
                return false;
            }
        }

        return Fail();
    }

    private bool TryReadShortVarint(uint maximum, out uint value)
    {
        var start = _position;
        var read = TryReadVarint(out var wide) && _position - start <= MaximumTagBytes && wide <= maximum;
        value = read ? (uint)wide : 0;
        return read || Fail();
    }

    private bool TryTake(int length, out ReadOnlySpan<byte> bytes)
    {
        if (IsMalformed || length > _data.Length - _position)
        {
            bytes = default;
            return Fail();
        }

        bytes = _data.Slice(_position, length);
        _position += length;
        return true;
    }

    private bool Fail()
    {
        IsMalformed = true;
        return false;
    }
}
