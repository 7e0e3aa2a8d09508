using System.Collections.Generic;
using System.Linq;
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
    private const int QuietAfterEndMilliseconds = 1_800;
    private const int DefaultInactivityMilliseconds = 30_000;
    private const int WarningLevel = 4;
    private const int ErrorLevel = 3;

    /// <summary>The sessions that are complete now, with the reason. Streams that are complete are told on the way.</summary>
    public IReadOnlyList<(SessionReading Reading, string Reason)> Find(IEnumerable<SessionReading> readings)
    {
        long now = Deadline.NowMilliseconds();
        List<(SessionReading Reading, string Reason)> completed = [];
        foreach (SessionReading reading in readings)
        {
            if (reading.IsBounded && AllStreamsAreComplete(reading, now))
            {
                bool ended = reading.Session.IsHistorical && (settings.ReadsEssentials || reading.Streams.TrueForAll(stream => stream.SawEnd || !stream.IsStarted));
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
            reading.ClosingSince += to - from;
            foreach (ReadStream stream in reading.Streams)
            {
                stream.LastPacketAt += to - from;
            }
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

    private static bool IsQuiet(SessionReading reading, ReadStream stream, long now) =>
        reading.IsBoundedByStart
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

        if (reading.IsClosing)
        {
            long missing = reading.Cursors.Sum(cursor => cursor.Missing);
            logs.Add(ErrorLevel, "READER", $"session '{reading.Session.Key}': nothing came for {DefaultInactivityMilliseconds / 1000} s, so reading ends {missing} records short of the end of its topics");
            return true;
        }

        if (!reading.WarnedOfQuiet)
        {
            reading.WarnedOfQuiet = true;
            logs.Add(WarningLevel, "READER", $"live session '{reading.Session.Key}' has been quiet for {DefaultInactivityMilliseconds / 1000} s; reading goes on");
        }

        return false;
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
