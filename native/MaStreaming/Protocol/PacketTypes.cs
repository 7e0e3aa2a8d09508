using System;

namespace MaStreaming.Protocol;

/// <summary>The texts of <c>Packet.type</c> in UTF-8: message names without their <c>Packet</c>, case-sensitive (wire contract 7.1).</summary>
internal static class PacketTypes
{
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
}
