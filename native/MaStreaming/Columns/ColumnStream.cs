using System;
using MaStreaming.Engine;
using MaStreaming.PacketReading;

namespace MaStreaming.Columns;

/// <summary>One stream that is read as columns: what is gathered of it, since when, and what of it was put into batches.</summary>
/// <param name="index">The number that its packets carry in the ring.</param>
/// <param name="stream">The stream.</param>
/// <param name="columns">Its columns.</param>
/// <param name="latencyMilliseconds">How long after its first sample a batch is due.</param>
internal sealed class ColumnStream(int index, ReadStream stream, StreamColumns columns, int latencyMilliseconds) : IDisposable
{
    private bool _isGathering;
    private Deadline _due;

    public int Index { get; } = index;

    public StreamColumns Columns { get; } = columns;

    /// <summary>Milliseconds until its batch is due; null while it has nothing.</summary>
    public int? DueInMilliseconds => _isGathering ? _due.RemainingMilliseconds : null;

    /// <summary>Takes note of what was added, or taken away. True when nothing is gathered: then all but what waits is in batches.</summary>
    public bool Notice()
    {
        bool isGathering = Columns.Gathered > 0;
        if (isGathering && !_isGathering)
        {
            _due = Deadline.After(latencyMilliseconds);
        }

        _isGathering = isGathering;
        return !isGathering;
    }

    /// <summary>Whether nothing more comes of this stream once the event has come.</summary>
    public bool EndsWith(ReaderEvent readerEvent) => readerEvent.Kind switch
    {
        ReaderEventKind.StreamReadingCompleted => IsOf(readerEvent) && stream.Name == readerEvent.Stream,
        ReaderEventKind.SessionReadingCompleted => IsOf(readerEvent),
        ReaderEventKind.Failed => true,
        _ => false,
    };

    public void Dispose() => Columns.Dispose();

    private bool IsOf(ReaderEvent readerEvent) => stream.Session.Session.Key == readerEvent.Session?.Key;
}
