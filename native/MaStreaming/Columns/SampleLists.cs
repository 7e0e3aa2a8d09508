using System;
using MaStreaming.Protocol;

namespace MaStreaming.Columns;

/// <summary>The lists of one SampleColumn or SampleRow: all of one kind, nearly always a single one.</summary>
/// <remarks>
/// The list is a oneof of messages: a list of another kind replaces what came before, one of the same kind is merged into it, which for
/// its repeated field means that the samples follow one another.
/// </remarks>
internal sealed unsafe class SampleLists(SampleReader reader)
{
    private const int ColumnDepth = 1;

    private Extent[] _items = new Extent[16];

    /// <summary>How many lists there are, of all columns since <see cref="Clear"/>.</summary>
    public int Count { get; private set; }

    public ref readonly Extent this[int index] => ref _items[index];

    public void Clear() => Count = 0;

    /// <summary>Adds the lists of a column or row; false if it is malformed.</summary>
    public bool TryAdd(Extent column, out SampleKind kind)
    {
        // A list of one kind as the only field: a tag, a length of one to four bytes, and the samples to the end.
        byte* at = column.Start;
        if (column.Length >= 2 && (*at & 7) == (int)WireType.LengthDelimited && *at >> 3 is >= (int)SampleKind.Double and <= (int)SampleKind.Text)
        {
            kind = (SampleKind)(*at++ >> 3);
            if (TryTakeLength(ref at, column.End, out int length) && length == column.End - at)
            {
                Push(new Extent(at, length));
                return true;
            }
        }

        return TryAddAny(column, out kind);
    }

    /// <summary>Reads a length of one to four bytes; false says nothing about what is there.</summary>
    public static bool TryTakeLength(ref byte* at, byte* end, out int length)
    {
        length = 0;
        byte* last = end - at < 4 ? end : at + 4;
        for (int shift = 0; at < last; shift += 7)
        {
            byte next = *at++;
            length |= (next & 0x7F) << shift;
            if (next < 0x80)
            {
                return true;
            }
        }

        return false;
    }

    private bool TryAddAny(Extent column, out SampleKind kind)
    {
        int first = Count;
        kind = SampleKind.None;
        WireReader fields = new(column.Span, ColumnDepth);
        while (fields.ReadTag(out int field, out WireType type))
        {
            if (type != WireType.LengthDelimited || field is < (int)SampleKind.Double or > (int)SampleKind.Text)
            {
                fields.TrySkip(type);
                continue;
            }

            if (!fields.TryReadBytes(out ReadOnlySpan<byte> bytes) || ((int)kind != field && !Drop(kind, first)))
            {
                return false;
            }

            kind = (SampleKind)field;
            Push(new Extent(column.Start + fields.Position - bytes.Length, bytes.Length));
        }

        return !fields.IsMalformed;
    }

    private bool Drop(SampleKind kind, int first)
    {
        bool wellFormed = true;
        for (int i = first; i < Count && wellFormed; i++)
        {
            wellFormed = reader.IsWellFormed(kind, _items[i]);
        }

        Count = first;
        return wellFormed;
    }

    private void Push(Extent list)
    {
        if (Count == _items.Length)
        {
            Array.Resize(ref _items, Count * 2);
        }

        _items[Count++] = list;
    }
}
