namespace MaStreaming.PacketReading;

/// <summary>What a reader has counted; written by its thread, read by any.</summary>
internal sealed class ReaderStatistics
{
    private long _packets;
    private long _bytes;
    private long _skipped;
    private long _invalidPackets;

    /// <summary>Packets put into the ring.</summary>
    public long Packets => System.Threading.Volatile.Read(ref _packets);

    public long Bytes => System.Threading.Volatile.Read(ref _bytes);

    /// <summary>Records of other sessions on the same partitions.</summary>
    public long Skipped => System.Threading.Volatile.Read(ref _skipped);

    /// <summary>Records of a session that is read whose value is not a packet.</summary>
    public long InvalidPackets => System.Threading.Volatile.Read(ref _invalidPackets);

    public void CountPacket(long bytes)
    {
        _packets++;
        _bytes += bytes;
    }

    public void CountSkipped() => _skipped++;

    public void CountInvalid() => _invalidPackets++;
}
