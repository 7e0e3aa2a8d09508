using System;

namespace MaStreaming.Protocol;

/// <summary>A field of type <c>google.protobuf.Duration</c> or <c>Timestamp</c>, as one number of nanoseconds.</summary>
/// <remarks>Both types reach further than 64 bits of nanoseconds (292 years); what lies beyond becomes the nearest number.</remarks>
internal struct TimeField
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    private bool _isPresent;
    private long _seconds;
    private int _nanoseconds;

    /// <summary>The value in nanoseconds, null if the field is absent.</summary>
    public readonly long? Nanoseconds => _isPresent ? Total() : null;

    /// <summary>Takes over one occurrence of the field: several merge, as those of any message do.</summary>
    public bool Merge(ReadOnlySpan<byte> bytes)
    {
        _isPresent = true;
        var reader = new WireReader(bytes);
        while (reader.ReadTag(out var field, out var type))
        {
            switch (field, type)
            {
                case (1, WireType.Varint) when reader.TryReadVarint(out var seconds):
                    _seconds = unchecked((long)seconds);
                    break;
                case (2, WireType.Varint) when reader.TryReadVarint(out var nanoseconds):
                    _nanoseconds = unchecked((int)nanoseconds);
                    break;
                default:
                    reader.TrySkip(type);
                    break;
            }
        }

        return !reader.IsMalformed;
    }

    /// <summary>Writes a Duration: both parts have the sign of the whole.</summary>
    public static void WriteDuration(WireWriter writer, int field, long? nanoseconds)
    {
        if (nanoseconds is { } value)
        {
            Write(writer, field, value / NanosecondsPerSecond, value % NanosecondsPerSecond);
        }
    }

    /// <summary>Writes a Timestamp: the nanoseconds count forward, before 1970 too.</summary>
    public static void WriteTimestamp(WireWriter writer, int field, long? nanoseconds)
    {
        if (nanoseconds is { } value)
        {
            var seconds = Math.DivRem(value, NanosecondsPerSecond, out var rest);
            Write(writer, field, rest < 0 ? seconds - 1 : seconds, rest < 0 ? rest + NanosecondsPerSecond : rest);
        }
    }

    private static void Write(WireWriter writer, int field, long seconds, long nanoseconds)
    {
        var message = writer.BeginMessage(field);
        writer.WriteInt64(1, seconds);
        writer.WriteInt64(2, nanoseconds);
        writer.EndMessage(message);
    }

    private readonly long Total()
    {
        var total = ((decimal)_seconds * NanosecondsPerSecond) + _nanoseconds;
        return (long)Math.Max(long.MinValue, Math.Min(long.MaxValue, total));
    }
}
