using System.Collections.Generic;
using System.Threading;

namespace MaStreaming.PacketReading;

/// <summary>One stream of a session that is, or was, read.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="Lag">Records between the next one to be handed out and the end of its partitions, as last fetched.</param>
internal readonly record struct StreamLag(ReadStream Stream, long Lag);

/// <summary>What a reader has counted; written by its thread, read by any.</summary>
internal sealed class ReaderStatistics
{
    private long _packets;
    private long _bytes;
    private long _skipped;
    private long _invalidPackets;
    private long _duplicates;
    private long _late;
    private long _expired;
    private long _failed;
    private long _failedCommits;
    private IReadOnlyList<StreamLag> _streams = [];

    /// <summary>Packets put into the ring.</summary>
    public long Packets => Volatile.Read(ref _packets);

    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Records of other sessions on the same partitions.</summary>
    public long Skipped => Volatile.Read(ref _skipped);

    /// <summary>Records of a session that is read whose value is not a packet.</summary>
    public long InvalidPackets => Volatile.Read(ref _invalidPackets);

    /// <summary>Packets passed over because they came before.</summary>
    public long Duplicates => Volatile.Read(ref _duplicates);

    /// <summary>Packets whose record is older than one before it.</summary>
    public long Late => Volatile.Read(ref _late);

    /// <summary>Records that the broker had deleted before they were read.</summary>
    public long Expired => Volatile.Read(ref _expired);

    /// <summary>Sessions whose reading failed.</summary>
    public long Failed => Volatile.Read(ref _failed);

    /// <summary>Commits of offsets that did not succeed.</summary>
    public long FailedCommits
    {
        get => Volatile.Read(ref _failedCommits);
        set => Volatile.Write(ref _failedCommits, value);
    }

    /// <summary>The streams, as they were a moment ago.</summary>
    public IReadOnlyList<StreamLag> Streams
    {
        get => Volatile.Read(ref _streams);
        set => Volatile.Write(ref _streams, value);
    }

    public void CountPacket(long bytes)
    {
        _packets++;
        _bytes += bytes;
    }

    public void CountSkipped() => _skipped++;

    public void CountInvalid() => _invalidPackets++;

    public void CountDuplicate() => _duplicates++;

    public void CountLate() => _late++;

    public void CountExpired(long records) => _expired += records;

    public void CountFailed() => _failed++;
}
