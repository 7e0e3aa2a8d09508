using System;
using System.Collections.Generic;
using System.Linq;
using MaStreaming.Engine;
using MaStreaming.Protocol;

namespace MaStreaming.SessionManagement;

/// <summary>How session records make up a session: the merge rules of wire contract 3.4.</summary>
internal static class SessionMerge
{
    private const long NanosecondsPerMillisecond = 1_000_000;

    public static Session Created(string key, NewSessionPacket packet, long timestampMilliseconds)
    {
        // Rule 6: the information inside counts only where it names its own data source.
        SessionInfoPacket? info = packet.SessionInfo is { DataSource.Length: > 0 } given ? given : null;
        return new Session
        {
            Key = key,
            DataSource = packet.DataSource,
            Identifier = info?.Identifier ?? "",
            Type = info?.Type ?? "",
            Version = info?.Version ?? 0,
            UtcOffsetNanoseconds = packet.UtcOffsetNs ?? info?.UtcOffsetNs,
            CreationTimeNanoseconds = packet.CreationTimeNs ?? info?.CreationTimeNs ?? Nanoseconds(timestampMilliseconds),
            Details = Upsert([], info?.Details ?? []),
            AssociateSessionKeys = Distinct(info?.AssociateSessionKeys ?? []),
            StartOffsets = Offsets(packet.TopicPartitionOffsets),
            LastActivityMilliseconds = UtcClock.IsPlausible(timestampMilliseconds) ? timestampMilliseconds : 0,
        };
    }

    public static Session Apply(Session session, SessionUpdate update)
    {
        Session changed = update.Info is { } info ? Updated(session, info) : session;
        if (update.End is { } end && !session.IsHistorical)
        {
            changed = changed with
            {
                IsHistorical = true,
                TerminationTimeNanoseconds = end.TerminationTimeNs ?? session.TerminationTimeNanoseconds ?? Nanoseconds(update.TimestampMilliseconds),
                EndOffsets = Offsets(end.TopicPartitionOffsets),
            };
        }

        return changed with { LastActivityMilliseconds = UtcClock.IsPlausible(update.TimestampMilliseconds) ? Math.Max(session.LastActivityMilliseconds, update.TimestampMilliseconds) : session.LastActivityMilliseconds };
    }

    /// <summary>Whether an update changed anything that a user sees.</summary>
    public static bool Differs(Session before, Session after) =>
        before.Identifier != after.Identifier
        || before.Type != after.Type
        || before.Version != after.Version
        || before.UtcOffsetNanoseconds != after.UtcOffsetNanoseconds
        || before.CreationTimeNanoseconds != after.CreationTimeNanoseconds
        || before.TerminationTimeNanoseconds != after.TerminationTimeNanoseconds
        || !before.Details.SequenceEqual(after.Details)
        || !before.AssociateSessionKeys.SequenceEqual(after.AssociateSessionKeys);

    /// <summary>Sets each detail, keeping the order in which keys came first.</summary>
    public static IReadOnlyList<(string Key, string Value)> Upsert(
        IEnumerable<(string Key, string Value)> details, IEnumerable<(string Key, string Value)> changes)
    {
        List<(string Key, string Value)> merged = [.. details];
        foreach ((string Key, string Value) change in changes)
        {
            int index = merged.FindIndex(detail => detail.Key == change.Key);
            if (index < 0)
            {
                merged.Add(change);
            }
            else
            {
                merged[index] = change;
            }
        }

        return merged;
    }

    public static IReadOnlyList<string> Distinct(IEnumerable<string> keys) => keys.Distinct(StringComparer.Ordinal).ToArray();

    private static Session Updated(Session session, SessionInfoPacket info) => session with
    {
        Identifier = info.Identifier.Length > 0 ? info.Identifier : session.Identifier,
        Type = info.Type.Length > 0 ? info.Type : session.Type,
        Version = info.Version != 0 ? info.Version : session.Version,
        UtcOffsetNanoseconds = info.UtcOffsetNs ?? session.UtcOffsetNanoseconds,
        CreationTimeNanoseconds = info.CreationTimeNs ?? session.CreationTimeNanoseconds,
        TerminationTimeNanoseconds = info.TerminationTimeNs ?? session.TerminationTimeNanoseconds,
        Details = Upsert(session.Details, info.Details),
        AssociateSessionKeys = info.AssociateSessionKeys.Count > 0 ? Distinct(info.AssociateSessionKeys) : session.AssociateSessionKeys,
    };

    private static Dictionary<string, long> Offsets(IEnumerable<(string Key, long Offset)> offsets)
    {
        Dictionary<string, long> map = new(StringComparer.Ordinal);
        foreach ((string key, long offset) in offsets)
        {
            map[key] = offset;
        }

        return map;
    }

    private static long? Nanoseconds(long milliseconds) => UtcClock.IsPlausible(milliseconds) ? milliseconds * NanosecondsPerMillisecond : null;
}
