using System;
using System.Collections.Generic;

namespace MaStreaming.Columns;

/// <summary>What the streams of one reader of columns have in common: its parameters, data formats and counts, and what one packet at a time needs.</summary>
/// <param name="settings">What the reader does.</param>
/// <param name="definitions">The parameters of a defined data format; null while it is not known.</param>
/// <param name="warn">Is told of the first packet that is left out for each reason.</param>
internal sealed class ColumnDecoding(ColumnSettings settings, Func<ulong, IReadOnlyList<string>?> definitions, Action<string>? warn = null) : IDisposable
{
    private readonly ParameterTable _parameters = new(settings.Parameters);
    private FormatCache? _formats;

    public ParameterTable Parameters => _parameters;

    public FormatCache Formats => _formats ??= new FormatCache(_parameters, definitions);

    public SampleDecoder Decoder { get; } = new();

    public SamplePacket Packet { get; } = new();

    public ColumnStatistics Statistics { get; } = new(warn);

    public void Dispose() => Packet.Dispose();
}
