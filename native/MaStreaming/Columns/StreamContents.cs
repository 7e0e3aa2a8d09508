namespace MaStreaming.Columns;

/// <summary>Adds the contents of one stream's packets to its batch, and tells what is wrong with them.</summary>
/// <param name="name">What the stream is called in texts.</param>
/// <param name="settings">What the reader does.</param>
/// <param name="shared">What the streams of the reader have in common.</param>
internal sealed unsafe class StreamContents(string name, ColumnSettings settings, ColumnDecoding shared)
{
    private readonly StreamTrouble _trouble = new(name, shared.Log);

    // That a row's time is good says nothing of the samples.
    private readonly StreamTrouble _rowTrouble = new(name, shared.Log);

    /// <summary>The batch that is being filled.</summary>
    public ColumnBatchBuilder Batch { get; } = new(settings.MaxSamples, shared.Decoder);

    /// <summary>Reads a packet's content, which must stay where it is until it is appended; false if it is malformed.</summary>
    /// <param name="kind">Which samples it has.</param>
    /// <param name="table">The table that it is a row of; null where it has samples.</param>
    /// <param name="content">The content.</param>
    /// <param name="length">How many bytes it has.</param>
    public bool TryRead(SamplePacketKind kind, TableSchema? table, byte* content, int length) =>
        table is null ? shared.Packet.TryRead(kind, content, length) : shared.Row.TryRead(table, content, length);

    /// <summary>The id of the data format that the packet read last refers to; 0 where it refers to none by an id.</summary>
    public ulong FormatIdOf(TableSchema? table) =>
        table is not null ? shared.Row.FormatId
        : shared.Packet.Format == FormatReference.Id ? shared.Packet.FormatId
        : 0;

    /// <summary>Whether it is known what an id stands for; 0 stands for nothing.</summary>
    public bool IsDefined(TableSchema? table, ulong id) =>
        id == 0 || (table is null ? shared.Formats.Find(id) is not null : shared.Events.Find(id) is not null);

    /// <summary>Adds the packet that was read last, or leaves it out and counts that; false when the batch must be taken first.</summary>
    public bool TryAppend(long offset, TableSchema? table) =>
        table is null ? TryAppendSamples(offset, shared.Packet) : TryAppendRow(offset, shared.Row);

    private bool TryAppendRow(long offset, TableRow row)
    {
        row.ResolvedIdentifier = row.FormatId == 0 ? [] : shared.Events.Find(row.FormatId) ?? [];
        Rejection rejection = row.Check();
        if (rejection.Reason != RejectionReason.None)
        {
            Reject(rejection, offset, _rowTrouble);
            return true;
        }

        if (!Batch.TryAppend(row))
        {
            return false;
        }

        shared.Statistics.TableRows++;
        Notice(_rowTrouble, _rowTrouble.OfTimes(row.Time, row.Time), offset);
        NoticeFormat(isEvent: true, row.FormatId);
        return true;
    }

    private bool TryAppendSamples(long offset, SamplePacket packet)
    {
        FormatColumns? format = packet.Format switch
        {
            FormatReference.Parameters => shared.Formats.Find(packet.Parameters.Span),
            FormatReference.Id when packet.FormatId != 0 => shared.Formats.Find(packet.FormatId),
            _ => null,
        };
        if (format is null)
        {
            Reject(new Rejection(packet.Format == FormatReference.Parameters ? RejectionReason.MalformedContent : RejectionReason.NoDataFormat), offset);
            return true;
        }

        if (format.Selected == 0 && format.Parameters.Length > 0)
        {
            shared.Statistics.NotSelectedPackets++;
            return true;
        }

        long before = Batch.Samples;
        long late = Batch.LatePackets;
        long wide = Batch.WideStatuses;
        switch (Batch.Append(packet, format))
        {
            case AppendOutcome.CutFirst:
                return false;
            case AppendOutcome.Rejected:
                Reject(Batch.Rejection, offset);
                return true;
        }

        Count(packet, offset, Batch.Samples - before, Batch.LatePackets - late, Batch.WideStatuses - wide);
        NoticeFormat(isEvent: false, FormatIdOf(null));
        return true;
    }

    private void Count(SamplePacket packet, long offset, long samples, long late, long wideStatuses)
    {
        bool hasNoInterval = packet.Kind == SamplePacketKind.Periodic && packet.Interval == 0;
        ColumnStatistics statistics = shared.Statistics;
        statistics.Packets++;
        statistics.Samples += samples;
        statistics.LatePackets += late;
        statistics.WideStatuses += wideStatuses;
        statistics.ZeroIntervalPackets += hasNoInterval ? 1 : 0;
        if (samples > 0)
        {
            Trouble found = _trouble.OfTimes(Batch.Earliest, Batch.Latest);
            found |= late > 0 ? Trouble.Back : Trouble.None;
            Notice(_trouble, found | (hasNoInterval ? Trouble.NoInterval : Trouble.None), offset);
        }
    }

    private void Notice(StreamTrouble trouble, Trouble found, long offset)
    {
        shared.Statistics.ImplausiblePackets += (found & (Trouble.Early | Trouble.Future)) != Trouble.None ? 1 : 0;
        trouble.Added(found, offset);
    }

    private void NoticeFormat(bool isEvent, ulong id)
    {
        if (shared.Statistics.HasToldUnresolved)
        {
            shared.Statistics.CountResolved(isEvent, id);
        }
    }

    /// <summary>Counts a packet that is left out.</summary>
    public void Reject(Rejection rejection, long offset) => Reject(rejection, offset, _trouble);

    private void Reject(Rejection rejection, long offset, StreamTrouble trouble)
    {
        if (shared.Statistics.CountRejection(rejection, name, offset))
        {
            trouble.LeftOut();
        }
    }
}
