using System.Collections.Generic;
using MaStreaming.Engine;
using MaStreaming.Kafka;

namespace MaStreaming.PacketReading;

/// <summary>
/// Decides when a stream and a session are complete. A stream is, when both its recorded end offset and its in-stream end of session
/// are behind; where that packet is missing, at the watermark taken when the reading began or the session's end was seen, the latter
/// after a short quiet time.
/// </summary>
internal sealed class SessionCompletion(ReaderSettings settings, BlockRing ring, LogQueue logs)
{
    private const int QuietAfterEndMilliseconds = 2_000;
    private const int DefaultInactivityMilliseconds = 30_000;
    private const int WarningLevel = 4;

    /// <summary>The sessions that are complete now, with the reason. Streams that are complete are told on the way.</summary>
    public IReadOnlyList<(SessionReading Reading, string Reason)> Find(IEnumerable<SessionReading> readings)
    {
        long now = Deadline.NowMilliseconds();
        List<(SessionReading Reading, string Reason)> completed = [];
        foreach (SessionReading reading in readings)
        {
            if (reading.IsClosing && AllStreamsAreComplete(reading, now))
            {
                bool ended = reading.Session.IsHistorical && reading.Streams.TrueForAll(stream => stream.SawEnd || !stream.IsStarted);
                completed.Add((reading, ended ? CompletionReason.Ended : CompletionReason.EndOffset));
            }
            else if (IsInactive(reading, now))
            {
                completed.Add((reading, CompletionReason.Inactivity));
            }
        }

        return completed;
    }

    /// <summary>Tells the completion of a session and of its streams.</summary>
    public void Complete(SessionReading reading, string reason)
    {
        foreach (ReadStream stream in reading.Streams)
        {
            Complete(stream);
        }

        ring.Append(new ReaderEvent(ReaderEventKind.SessionReadingCompleted) { Session = reading.Session, Reason = reason });
    }

    public void CompleteAll(IEnumerable<SessionReading> readings, string reason)
    {
        foreach (SessionReading reading in readings)
        {
            Complete(reading, reason);
        }
    }

    /// <summary>
    /// Counts what was consumed as progress of every session that only has to be read to its end; a live session is quiet unless it has
    /// packets of its own, but not for the time that delivery had to wait.
    /// </summary>
    public static void Progressed(IEnumerable<SessionReading> readings, long from, long to)
    {
        foreach (SessionReading reading in readings)
        {
            reading.LastProgressAt = reading.IsClosing ? to : reading.LastProgressAt + (to - from);
        }
    }

    private bool AllStreamsAreComplete(SessionReading reading, long now)
    {
        bool all = true;
        foreach (ReadStream stream in reading.Streams)
        {
            bool complete = true;
            foreach (StreamCursor cursor in reading.Cursors)
            {
                if (cursor.Stream == stream)
                {
                    complete &= cursor.IsCompleted |= cursor.HasEnded || (cursor.HasReachedTarget && IsQuiet(reading, stream, now));
                }
            }

            if (complete)
            {
                Complete(stream);
            }

            all &= complete;
        }

        return all;
    }

    /// <summary>Nothing more is waited for: not where the session's other streams have their end and this one never had a packet of it.</summary>
    private static bool IsQuiet(SessionReading reading, ReadStream stream, long now) =>
        reading.IsBoundedByStart
        || (!stream.IsStarted && reading.Streams.Exists(other => other.SawEnd))
        || (now - reading.ClosingSince >= QuietAfterEndMilliseconds && now - stream.LastPacketAt >= QuietAfterEndMilliseconds);

    private bool IsInactive(SessionReading reading, long now)
    {
        long quiet = now - reading.LastProgressAt;
        if (settings.InactivityTimeoutMilliseconds is { } limit)
        {
            return quiet >= limit;
        }

        if (quiet < DefaultInactivityMilliseconds)
        {
            return false;
        }

        if (!reading.IsClosing && !reading.WarnedOfQuiet)
        {
            reading.WarnedOfQuiet = true;
            logs.Add(WarningLevel, "READER", $"live session '{reading.Session.Key}' has been quiet for {DefaultInactivityMilliseconds / 1000} s; reading goes on");
        }

        return reading.IsClosing;
    }

    private void Complete(ReadStream stream)
    {
        if (stream.IsStarted && !stream.IsCompleted)
        {
            stream.IsCompleted = true;
            ring.Append(new ReaderEvent(ReaderEventKind.StreamReadingCompleted) { Session = stream.Session.Session, Stream = stream.Name });
        }
    }
}
