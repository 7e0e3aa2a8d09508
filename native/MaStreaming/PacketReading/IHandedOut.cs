namespace MaStreaming.PacketReading;

/// <summary>Who takes the blocks of a ring and hands them out as something else, so that the order of the records no longer tells how far it is.</summary>
internal interface IHandedOut
{
    /// <summary>For each stream's index, the offset from where it would have to be read again to get what was not handed out.</summary>
    /// <param name="piece">Which piece was made last, the first one being 1.</param>
    /// <param name="isHandedOut">1 when it counts as handed out, 0 when not.</param>
    public long[] Offsets(long piece, int isHandedOut);
}
