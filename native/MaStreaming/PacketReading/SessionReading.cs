using System.Collections.Generic;
using MaStreaming.SessionManagement;

namespace MaStreaming.PacketReading;

/// <summary>One session that a reader reads, from its announcement to its completion.</summary>
internal sealed class SessionReading(Session session, long now)
{
    public Session Session { get; set; } = session;

    public List<ReadStream> Streams { get; } = [];

    public List<StreamCursor> Cursors { get; } = [];

    /// <summary>True once the end of the session was seen, or where what is there now is all that is read.</summary>
    public bool IsClosing { get; set; }

    /// <summary>True once its partitions were found and bounded after it was seen to close: before that, nothing can be complete.</summary>
    public bool IsBounded { get; set; }

    /// <summary>When it was seen to close, in monotonic milliseconds.</summary>
    public long ClosingSince { get; set; }

    /// <summary>Its topics were asked for once more since all that was known of it was read.</summary>
    public bool WasLookedAtLast { get; set; }

    /// <summary>True when everything up to the watermarks of the start is all there is to wait for.</summary>
    public bool IsBoundedByStart { get; set; }

    /// <summary>True where only what comes from now on is read, on the partitions that are there now.</summary>
    public bool BeginsAtEdge { get; set; }

    /// <summary>When its partitions last moved on, in monotonic milliseconds.</summary>
    public long LastProgressAt { get; set; } = now;

    public bool WarnedOfQuiet { get; set; }

    public bool WarnedOfExpired { get; set; }
}
