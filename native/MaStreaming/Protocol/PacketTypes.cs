using System;

namespace MaStreaming.Protocol;

/// <summary>The texts of <c>Packet.type</c> in UTF-8: message names without their <c>Packet</c>, case-sensitive (wire contract 7.1).</summary>
internal static class PacketTypes
{
    private static readonly byte[][] Known =
    [
        NewSession.ToArray(), EndOfSession.ToArray(), SessionInfo.ToArray(), DataFormatDefinition.ToArray(), DataFormatConfiguration.ToArray(),
        Configuration.ToArray(), Metadata.ToArray(), PeriodicData.ToArray(), RowData.ToArray(), SynchroData.ToArray(), AxisData.ToArray(),
        MapData.ToArray(), RawCanData.ToArray(), Event.ToArray(), Marker.ToArray(), Error.ToArray(), CoverageCursorInfo.ToArray(),
        StreamStarted.ToArray(), StreamStopped.ToArray(), SystemStatus.ToArray(),
    ];

    public static ReadOnlySpan<byte> NewSession => "NewSession"u8;

    public static ReadOnlySpan<byte> EndOfSession => "EndOfSession"u8;

    public static ReadOnlySpan<byte> SessionInfo => "SessionInfo"u8;

    public static ReadOnlySpan<byte> DataFormatDefinition => "DataFormatDefinition"u8;

    public static ReadOnlySpan<byte> DataFormatConfiguration => "DataFormatConfiguration"u8;

    public static ReadOnlySpan<byte> Configuration => "Configuration"u8;

    public static ReadOnlySpan<byte> Metadata => "Metadata"u8;

    public static ReadOnlySpan<byte> PeriodicData => "PeriodicData"u8;

    public static ReadOnlySpan<byte> RowData => "RowData"u8;

    public static ReadOnlySpan<byte> SynchroData => "SynchroData"u8;

    public static ReadOnlySpan<byte> AxisData => "AxisData"u8;

    public static ReadOnlySpan<byte> MapData => "MapData"u8;

    public static ReadOnlySpan<byte> RawCanData => "RawCANData"u8;

    public static ReadOnlySpan<byte> Event => "Event"u8;

    public static ReadOnlySpan<byte> Marker => "Marker"u8;

    public static ReadOnlySpan<byte> Error => "Error"u8;

    public static ReadOnlySpan<byte> CoverageCursorInfo => "CoverageCursorInfo"u8;

    public static ReadOnlySpan<byte> StreamStarted => "StreamStarted"u8;

    public static ReadOnlySpan<byte> StreamStopped => "StreamStopped"u8;

    public static ReadOnlySpan<byte> SystemStatus => "SystemStatus"u8;

    /// <summary>Whether a type is one of these.</summary>
    public static bool IsKnown(ReadOnlySpan<byte> type)
    {
        foreach (byte[] known in Known)
        {
            if (type.SequenceEqual(known))
            {
                return true;
            }
        }

        return false;
    }
}
