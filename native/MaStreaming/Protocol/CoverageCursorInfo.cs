using System;

namespace MaStreaming.Protocol;

/// <summary>The message <c>CoverageCursorInfoPacket</c> (wire contract 7.2): all data up to a time has been delivered.</summary>
internal static class CoverageCursorInfo
{
    /// <summary>Reads the message; the time is nanoseconds since 1970 UTC.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out string dataSource, out ulong time)
    {
        dataSource = "";
        time = 0;
        var reader = new WireReader(bytes);
        while (reader.ReadTag(out var field, out var type))
        {
            switch (field, type)
            {
                case (1, WireType.LengthDelimited):
                    reader.TryReadString(out dataSource);
                    break;
                case (2, WireType.Fixed64):
                    reader.TryReadFixed64(out time);
                    break;
                default:
                    reader.TrySkip(type);
                    break;
            }
        }

        return !reader.IsMalformed;
    }
}
