using System;
using System.Collections.Generic;
using System.Globalization;
using MaStreaming.Protocol;

namespace MaStreaming.Columns;

/// <summary>
/// Turns arrays into whole packets, PeriodicData or RowData with the envelope around them, each as large as may be at most. One after the other in
/// the same memory: a packet is valid until the next one is asked for. For one stream of one session and one data format.
/// </summary>
/// <remarks>The bytes are those of the official writers: fields in the order of their numbers, defaults left out, shortest lengths.</remarks>
internal sealed unsafe class PacketEncoder : IDisposable
{
    // Tag and length, the longest there are.
    private const int MostHeaderBytes = 6;
    private const int MostIdBytes = 11;
    private const int TimeBytes = 9;
    private const int SlackBytes = 8;
    private const byte ContentTag = 0x22;
    private const byte IdTag = 0x28;
    private const byte StartTag = 0x11;
    private const byte IntervalTag = 0x18;
    private const byte TimestampsTag = 0x12;
    private const byte ColumnTag = 0x22;
    private const byte RowTag = 0x1A;

    private readonly NativeBuffer _buffer = new();
    private readonly byte[] _periodicStart;
    private readonly byte[] _rowStart;
    private readonly byte[] _format;
    private readonly int _maxPacketBytes;
    private SampleMatrix _samples;
    private PeriodicTimes? _times;
    private long* _timestamps;
    private long _timestampStride;
    private long _perPacket;

    /// <param name="sessionKey">The session.</param>
    /// <param name="formatId">The data format's id; 0 where the packets name their parameters themselves.</param>
    /// <param name="parameters">The identifiers, for a <paramref name="formatId"/> of 0.</param>
    /// <param name="maxPacketBytes">How large a packet may be.</param>
    public PacketEncoder(string sessionKey, ulong formatId, IReadOnlyList<string> parameters, int maxPacketBytes)
    {
        _periodicStart = EnvelopeStart(PacketTypes.PeriodicData, sessionKey);
        _rowStart = EnvelopeStart(PacketTypes.RowData, sessionKey);
        _format = FormatField(formatId, parameters);
        _maxPacketBytes = maxPacketBytes;
    }

    /// <summary>The id of the next packet, counted up with each one; 0 writes none.</summary>
    public ulong NextId { get; set; }

    /// <summary>How many samples of each parameter are in the packets so far.</summary>
    public long Encoded { get; private set; }

    /// <summary>Begins to encode samples at equal distances, or goes on at one of them.</summary>
    /// <param name="samples">The samples.</param>
    /// <param name="times">Their times.</param>
    /// <param name="goOnAt">How many samples are in packets already, of samples that were begun with before; they are not checked again.</param>
    /// <exception cref="StreamingException">InvalidArgument: times or values that a packet cannot express; MessageTooLarge: not even one sample fits.</exception>
    public void BeginColumns(in SampleMatrix samples, PeriodicTimes times, long? goOnAt = null)
    {
        if (goOnAt is null)
        {
            RequireValues(samples);
            times.Require(samples.Samples);
        }

        _times = times;
        int rest = _periodicStart.Length + _format.Length + (3 * MostHeaderBytes) + TimeBytes + MostIdBytes;
        Begin(samples, times.MostSamples, rest + (samples.Parameters * 2 * MostHeaderBytes), samples.Parameters * (long)SampleWriter.MostBytes(samples), goOnAt);
    }

    /// <summary>Begins to encode rows: a value of each parameter at each time; or goes on at one of them.</summary>
    /// <param name="samples">The values.</param>
    /// <param name="timestamps">The time of the first row.</param>
    /// <param name="timestampStride">Bytes from the time of one row to that of the next.</param>
    /// <param name="goOnAt">How many rows are in packets already, of rows that were begun with before; they are not checked again.</param>
    /// <exception cref="StreamingException">InvalidArgument: times or values that a packet cannot express; MessageTooLarge: not even one row fits.</exception>
    public void BeginRows(in SampleMatrix samples, long* timestamps, long timestampStride, long? goOnAt = null)
    {
        if (goOnAt is null)
        {
            RequireValues(samples);
            RequireTimes(timestamps, timestampStride, samples.Samples);
        }

        _times = null;
        _timestamps = timestamps;
        _timestampStride = timestampStride;
        int rest = _rowStart.Length + _format.Length + (3 * MostHeaderBytes) + MostIdBytes;
        Begin(samples, long.MaxValue, rest, sizeof(long) + (2 * MostHeaderBytes) + (samples.Parameters * (long)SampleWriter.MostBytes(samples)), goOnAt);
    }

    /// <summary>Encodes the next packet; false when all samples are in packets.</summary>
    public bool TryNext(out byte* packet, out int length)
    {
        long count = Math.Min(_perPacket, _samples.Samples - Encoded);
        if (count <= 0)
        {
            packet = null;
            length = 0;
            return false;
        }

        byte[] start = _times is null ? _rowStart : _periodicStart;
        byte* content = _buffer.Address + start.Length + MostHeaderBytes;
        byte* end = Copy(_format, content);
        end = _times is null ? WriteRows(end, count) : WriteColumns(end, count);
        ulong contentLength = (ulong)(end - content);
        packet = content - Varints.LengthOf(contentLength) - 1 - start.Length;
        byte* at = Copy(start, packet);
        *at = ContentTag;
        Varints.Write(at + 1, contentLength);
        if (NextId != 0)
        {
            *end = IdTag;
            end = Varints.Write(end + 1, NextId++);
        }

        length = (int)(end - packet);
        Encoded += count;
        return true;
    }

    public void Dispose() => _buffer.Dispose();

    private static byte[] EnvelopeStart(ReadOnlySpan<byte> type, string sessionKey)
    {
        WireWriter writer = new();
        writer.WriteString(1, Utf8.ToText(type));
        writer.WriteString(2, sessionKey);
        return writer.ToBytes();
    }

    private static byte[] FormatField(ulong formatId, IReadOnlyList<string> parameters)
    {
        WireWriter writer = new();
        int format = writer.BeginMessage(1);
        if (formatId != 0)
        {
            writer.WriteUInt64(1, formatId);
        }
        else
        {
            int list = writer.BeginMessage(2);
            foreach (string parameter in parameters)
            {
                writer.WriteStringAlways(1, parameter);
            }

            writer.EndMessage(list);
        }

        writer.EndMessage(format);
        return writer.ToBytes();
    }

    private static byte* Copy(byte[] bytes, byte* at)
    {
        bytes.AsSpan().CopyTo(new Span<byte>(at, bytes.Length));
        return at + bytes.Length;
    }

    private static void RequireValues(in SampleMatrix samples)
    {
        if (samples.Kind != ElementKind.Int64)
        {
            return;
        }

        for (int parameter = 0; parameter < samples.Parameters; parameter++)
        {
            for (long sample = 0; sample < samples.Samples; sample++)
            {
                long value = *(long*)samples.Values.At(parameter, sample);
                if (value != (int)value)
                {
                    throw Refuse(
                        ErrorCode.InvalidArgument,
                        $"values has {value} for parameter {parameter} at sample {sample}; packets have integers of 32 bits. Write such a parameter as float64");
                }
            }
        }
    }

    private static void RequireTimes(long* timestamps, long stride, long count)
    {
        for (long i = 0; i < count; i++)
        {
            long time = *(long*)((byte*)timestamps + (i * stride));
            if (time < 0)
            {
                throw Refuse(ErrorCode.InvalidArgument, $"timestamps_ns[{i}] is {time}; times must be from 0 to {long.MaxValue} nanoseconds since 1970 UTC");
            }
        }
    }

    private static StreamingException Refuse(ErrorCode code, FormattableString message) => new(code, message.ToString(CultureInfo.InvariantCulture));

    private void Begin(in SampleMatrix samples, long most, long restBytes, long sampleBytes, long? goOnAt)
    {
        _perPacket = (_maxPacketBytes - restBytes) / Math.Max(sampleBytes, 1);
        if (_perPacket < 1)
        {
            throw Refuse(
                ErrorCode.MessageTooLarge,
                $"one sample of {samples.Parameters} parameters may take {restBytes + sampleBytes} bytes, a packet {_maxPacketBytes}. Write fewer parameters at a time");
        }

        _perPacket = Math.Min(_perPacket, most);
        _samples = samples;
        Encoded = goOnAt ?? 0;
        _buffer.Reserve(restBytes + (Math.Min(_perPacket, samples.Samples) * sampleBytes) + SlackBytes, 0);
    }

    private byte* WriteColumns(byte* at, long count)
    {
        *at = StartTag;
        *(long*)(at + 1) = _times!.At(Encoded);
        at += TimeBytes;

        // 0 is left out, as any default.
        if (*(long*)(at - sizeof(long)) == 0)
        {
            at -= TimeBytes;
        }

        *at = IntervalTag;
        at = Varints.Write(at + 1, _times.Interval);
        for (int parameter = 0; parameter < _samples.Parameters; parameter++)
        {
            byte* values = _samples.Values.At(parameter, Encoded);
            byte* statuses = _samples.HasStatuses ? _samples.Statuses.At(parameter, Encoded) : null;
            at = WriteGroup(at, ColumnTag, values, _samples.Values.SampleStride, statuses, _samples.Statuses.SampleStride, count);
        }

        return at;
    }

    private byte* WriteRows(byte* at, long count)
    {
        *at = TimestampsTag;
        at = Varints.Write(at + 1, (ulong)count * sizeof(long));
        for (long i = 0; i < count; i++, at += sizeof(long))
        {
            *(long*)at = *(long*)((byte*)_timestamps + ((Encoded + i) * _timestampStride));
        }

        for (long i = 0; i < count; i++)
        {
            byte* values = _samples.Values.At(0, Encoded + i);
            byte* statuses = _samples.HasStatuses ? _samples.Statuses.At(0, Encoded + i) : null;
            at = WriteGroup(at, RowTag, values, _samples.Values.ParameterStride, statuses, _samples.Statuses.ParameterStride, _samples.Parameters);
        }

        return at;
    }

    /// <summary>Writes a SampleColumn or SampleRow with its one list. Room is kept for lengths as they usually are; where they turn out shorter, the samples move.</summary>
    private byte* WriteGroup(byte* at, byte groupTag, byte* values, long stride, byte* statuses, long statusStride, long count)
    {
        ulong usual = (ulong)count * SampleReader.UsualDoubleBytes;
        long kept = HeaderBytes(usual);
        byte* start = at + kept;
        byte* end = SampleWriter.Write(start, _samples.Kind, values, stride, statuses, statusStride, count);
        ulong length = (ulong)(end - start);
        long needed = HeaderBytes(length);
        if (needed != kept)
        {
            Buffer.MemoryCopy(start, at + needed, (long)length, (long)length);
            end += needed - kept;
        }

        *at = groupTag;
        at = Varints.Write(at + 1, 1 + (ulong)Varints.LengthOf(length) + length);
        *at = (byte)(((int)SampleWriter.ListOf(_samples.Kind) << 3) | (int)WireType.LengthDelimited);
        Varints.Write(at + 1, length);
        return end;
    }

    private static long HeaderBytes(ulong length) => 2 + Varints.LengthOf(length) + Varints.LengthOf(1 + (ulong)Varints.LengthOf(length) + length);
}
