using System.Collections.Generic;

namespace MaStreaming.Columns;

/// <summary>What a reader of columns does.</summary>
internal sealed record ColumnSettings
{
    /// <summary>Identifiers of parameters and patterns of them; null for all, none for no samples.</summary>
    public IReadOnlyCollection<string>? Parameters { get; init; }

    /// <summary>A bit for each table of <see cref="TableSchema.All"/> that is wanted, the first one 1.</summary>
    public int Tables { get; init; }

    /// <summary>How many samples and rows of tables a batch has at most, all columns together.</summary>
    public long MaxSamples { get; init; } = 1_000_000;

    /// <summary>How many bytes of packets may wait for the definitions of their data formats, all streams together.</summary>
    public long MaxWaitingBytes { get; init; } = 16L << 20;

    /// <summary>How long the packets of a stream wait behind one whose data format is not defined.</summary>
    public int OrderMilliseconds { get; init; } = 5000;
}
