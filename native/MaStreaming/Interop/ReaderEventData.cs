using System;
using MaStreaming.PacketReading;
using MaStreaming.SessionManagement;

namespace MaStreaming.Interop;

/// <summary>Something that a reader tells in its place among the packets.</summary>
public sealed class ReaderEventData
{
    internal ReaderEventData(ReaderEvent readerEvent, Func<Session, SessionData> describe)
    {
        Kind = (int)readerEvent.Kind;
        Session = readerEvent.Session is { } session ? describe(session) : null;
        Associate = readerEvent.Associate is { } associate ? describe(associate) : null;
        DataSource = readerEvent.Session?.DataSource ?? "";
        SessionKey = readerEvent.Session?.Key ?? "";
        Stream = readerEvent.Stream;
        Reason = readerEvent.Reason;
        CoverageCursorTimeNs = unchecked((long)readerEvent.CoverageCursorTime);
        ErrorCode = (int)readerEvent.ErrorCode;
        Message = readerEvent.Message;
    }

    /// <summary>1 session reading started, 2 session info updated, 3 session reading completed, 4 stream reading started, 5 stream reading completed, 6 association updated, 7 coverage cursor, 8 failed.</summary>
    public int Kind { get; }

    /// <summary>The session that it is about; null for a failure of the whole reader.</summary>
    public SessionData? Session { get; }

    /// <summary>The associated session, where it is known.</summary>
    public SessionData? Associate { get; }

    /// <summary>The data source of the session.</summary>
    public string DataSource { get; }

    /// <summary>The key of the session.</summary>
    public string SessionKey { get; }

    /// <summary>The stream, for events of a stream; empty is the main stream.</summary>
    public string Stream { get; }

    /// <summary>Why reading completed: ended, end_offset, inactivity, stopped, data_expired, error.</summary>
    public string Reason { get; }

    /// <summary>Nanoseconds since the Unix epoch, for a coverage cursor.</summary>
    public long CoverageCursorTimeNs { get; }

    /// <summary>Number of the error code, for a failure.</summary>
    public int ErrorCode { get; }

    /// <summary>What went wrong, for a failure.</summary>
    public string Message { get; }
}
