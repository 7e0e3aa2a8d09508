using System;

namespace MaStreaming.Columns;

/// <summary>What the streams of one reader of columns have in common: its parameters, data formats and counts, and what one packet at a time needs.</summary>
/// <param name="settings">What the reader does.</param>
/// <param name="formats">Where definitions come from.</param>
/// <param name="log">Is told what is wrong.</param>
internal sealed class ColumnDecoding(ColumnSettings settings, FormatSource formats, ColumnLog log) : IDisposable
{
    private FormatCache? _formats;

    public ParameterTable Parameters { get; } = new(settings.Parameters);

    public FormatCache Formats => _formats ??= new FormatCache(Parameters, formats.Find);

    public EventNames Events { get; } = new(formats.FindEvent);

    public SampleDecoder Decoder { get; } = new();

    public SamplePacket Packet { get; } = new();

    public TableRow Row { get; } = new();

    public ColumnStatistics Statistics { get; } = new(log);

    public ColumnLog Log { get; } = log;

    public void Dispose()
    {
        Packet.Dispose();
        Row.Dispose();
    }
}
