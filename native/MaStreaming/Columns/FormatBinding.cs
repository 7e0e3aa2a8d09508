namespace MaStreaming.Columns;

/// <summary>Where the samples of one data format go in one stream's batch.</summary>
internal sealed class FormatBinding(FormatColumns format)
{
    public FormatColumns Format { get; } = format;

    /// <summary>For each column of the format its builder; null where it is not selected.</summary>
    public ColumnBuilder?[] Columns { get; } = new ColumnBuilder?[format.Parameters.Length];

    /// <summary>The timelines of those builders, each once.</summary>
    public Timeline[] Timelines { get; set; } = [];

    /// <summary>Which batch this belongs to, see <see cref="ColumnBatchBuilder"/>.</summary>
    public long Batch { get; set; }

    /// <summary>Samples per column in this batch, so that the next one has room for as many.</summary>
    public long Samples { get; set; }

    /// <summary>Samples per column of the longest packet, in any batch: one that no longer belongs in a batch is decoded behind it before that shows.</summary>
    public long LongestPacket { get; set; }

    /// <summary>The latest time of a sample that came this way, in any batch.</summary>
    public long LatestTimestamp { get; set; } = long.MinValue;
}
