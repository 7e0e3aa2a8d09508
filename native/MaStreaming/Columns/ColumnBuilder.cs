using System;

namespace MaStreaming.Columns;

/// <summary>The samples of one parameter in the batch that is being filled.</summary>
/// <remarks>Samples of a packet are pending until <see cref="Commit"/>; <see cref="Begin"/> forgets those of a packet that turned out wrong.</remarks>
internal sealed unsafe class ColumnBuilder(int parameter, Timeline timeline, long expected = 0) : IDisposable
{
    private readonly NativeBuffer _values = new();
    private readonly NativeBuffer _statuses = new();
    private readonly NativeBuffer _text = new();
    private long _room;
    private long _textLength;
    private long _pendingText;

    /// <summary>The parameter's number, see <see cref="ParameterTable"/>.</summary>
    public int Parameter { get; } = parameter;

    public Timeline Timeline { get; set; } = timeline;

    public SampleKind Kind { get; private set; }

    /// <summary>Samples of the packets before.</summary>
    public long Count { get; private set; }

    /// <summary>Samples of the packet that is being read.</summary>
    public long Pending { get; set; }

    /// <summary>How many more samples fit without growing.</summary>
    public long Room => _room - Count - Pending;

    public byte* Values => _values.Address;

    public byte* Statuses => _statuses.Address;

    public byte* Text => _text.Address;

    /// <summary>Bytes of text, those of the packet that is being read included.</summary>
    public long TextBytes => _textLength + _pendingText;

    /// <summary>Forgets what is pending.</summary>
    public void Begin()
    {
        Pending = 0;
        _pendingText = 0;
    }

    /// <summary>Whether samples of this kind can come behind those that are there: a column has one kind.</summary>
    public bool Accepts(SampleKind kind)
    {
        if (kind == Kind || kind == SampleKind.None)
        {
            return true;
        }

        if (Count > 0)
        {
            return false;
        }

        Kind = kind;
        _room = 0;
        return true;
    }

    /// <summary>Makes room for so many samples behind the pending ones.</summary>
    public void Reserve(long more)
    {
        long used = Count + Pending;
        if (used + more <= _room)
        {
            return;
        }

        long room = Math.Max(Math.Max(used + more, expected), _room * 2);
        int valueBytes = BytesOf(Kind);
        _values.Reserve((room + 1) * valueBytes, (used + 1) * valueBytes);
        _statuses.Reserve(room, used);
        _room = room;
        if (Kind == SampleKind.Text && used == 0)
        {
            _text.Reserve(1, 0);
            *(int*)_values.Address = 0;
        }
    }

    /// <summary>Puts a sample behind the pending ones.</summary>
    public void Put(in Sample sample)
    {
        if (Room == 0)
        {
            Reserve(1);
        }

        long index = Count + Pending++;
        _statuses.Address[index] = sample.Status;
        switch (Kind)
        {
            case SampleKind.Double:
                ((long*)Values)[index] = sample.Bits;
                break;
            case SampleKind.Int32:
                ((int*)Values)[index] = (int)sample.Bits;
                break;
            case SampleKind.Bool:
                Values[index] = (byte)sample.Bits;
                break;
            default:
                _text.Append(sample.Text.Start, sample.Text.Length, TextBytes);
                _pendingText += sample.Text.Length;
                ((int*)Values)[index + 1] = (int)TextBytes;
                break;
        }
    }

    /// <summary>Counts in what is pending.</summary>
    public void Commit()
    {
        Count += Pending;
        _textLength += _pendingText;
        Begin();
    }

    public void Dispose()
    {
        _values.Dispose();
        _statuses.Dispose();
        _text.Dispose();
    }

    private static int BytesOf(SampleKind kind) => kind switch
    {
        SampleKind.Double => sizeof(double),
        SampleKind.Bool => sizeof(byte),
        _ => sizeof(int),
    };
}
