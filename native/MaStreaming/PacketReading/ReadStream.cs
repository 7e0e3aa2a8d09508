namespace MaStreaming.PacketReading;

/// <summary>One stream of a session that is being read.</summary>
internal sealed class ReadStream(SessionReading session, string name)
{
    private long _packets;

    public SessionReading Session { get; } = session;

    public string Name { get; } = name;

    /// <summary>True from its first packet on; only then is it told of.</summary>
    public bool IsStarted { get; set; }

    public bool IsCompleted { get; set; }

    /// <summary>The in-stream end of session was delivered (wire contract 6.5).</summary>
    public bool SawEnd { get; set; }

    /// <summary>A packet came that is older than one before it, and that was said.</summary>
    public bool WarnedOfLate { get; set; }

    /// <summary>When its last packet came, in monotonic milliseconds.</summary>
    public long LastPacketAt { get; set; }

    /// <summary>Packets put into the ring; written by the reading thread, read by any.</summary>
    public long Packets => System.Threading.Volatile.Read(ref _packets);

    public void CountPacket() => _packets++;
}
