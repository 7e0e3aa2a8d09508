namespace MaStreaming.Columns;

/// <summary>What the values of a column are; the numbers are the fields of SampleColumn and SampleRow (wire contract 7.2).</summary>
internal enum SampleKind
{
    /// <summary>No list: no samples.</summary>
    None = 0,

    /// <summary>Eight bytes each, IEEE 754.</summary>
    Double = 1,

    /// <summary>Four bytes each.</summary>
    Int32 = 2,

    /// <summary>One byte each, 0 or 1.</summary>
    Bool = 3,

    /// <summary>UTF-8 with offsets of four bytes, one more than there are texts.</summary>
    Text = 4,
}
