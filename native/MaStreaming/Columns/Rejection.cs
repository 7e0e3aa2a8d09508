using System.Globalization;

namespace MaStreaming.Columns;

/// <summary>Why a packet was left out as a whole.</summary>
internal enum RejectionReason
{
    None = 0,

    /// <summary>The bytes are no serialised Packet.</summary>
    MalformedPacket = 1,

    /// <summary>The content is not a serialised message of the packet's type, or has text that is not UTF-8.</summary>
    MalformedContent = 2,

    /// <summary>Neither a data format's id nor a list of parameters, or the identifier of an event.</summary>
    NoDataFormat = 3,

    /// <summary>The data format names a parameter twice.</summary>
    RepeatedParameter = 4,

    /// <summary>Not as many columns, or values in a row, as the data format has parameters.</summary>
    ColumnCount = 5,

    /// <summary>Columns of different lengths.</summary>
    ColumnLength = 6,

    /// <summary>Not as many timestamps as rows.</summary>
    TimestampCount = 7,

    /// <summary>Not one interval less than samples.</summary>
    IntervalCount = 8,

    /// <summary>A time after 2262-04-11, which signed 64-bit nanoseconds cannot hold.</summary>
    TimestampRange = 9,

    /// <summary>Rows of texts and rows of numbers.</summary>
    MixedRows = 10,
}

/// <summary>Why a packet was left out, with the two numbers that do not fit.</summary>
internal readonly record struct Rejection(RejectionReason Reason, long Found = 0, long Expected = 0)
{
    /// <summary>How many reasons there are, <see cref="RejectionReason.None"/> included.</summary>
    public const int Reasons = (int)RejectionReason.MixedRows + 1;

    public override string ToString() => Reason switch
    {
        RejectionReason.None => "",
        RejectionReason.MalformedPacket => "the bytes are no serialised Packet",
        RejectionReason.MalformedContent => "the content is not what the packet's type names, or is cut off",
        RejectionReason.NoDataFormat => "it names no data format, neither by an id nor by what one stands for",
        RejectionReason.RepeatedParameter => "its data format names a parameter twice",
        RejectionReason.ColumnCount => Text("it has {0} values for the {1} parameters of its data format"),
        RejectionReason.ColumnLength => Text("a column has {0} samples where the ones before have {1}"),
        RejectionReason.TimestampCount => Text("it has {0} timestamps for {1} rows"),
        RejectionReason.IntervalCount => Text("it has {0} intervals for {1} samples; there must be one less"),
        RejectionReason.TimestampRange => "a time is after 2262-04-11, the end of signed 64-bit nanoseconds, or a negative number",
        _ => "it has rows of texts and rows of numbers",
    };

    private string Text(string format) => string.Format(CultureInfo.InvariantCulture, format, Found, Expected);
}
