using System;
using System.Collections.Generic;
using MaStreaming.Protocol;

namespace MaStreaming.Columns;

/// <summary>What became of the packets of one reader of columns.</summary>
/// <param name="log">Is told of the first packet that is left out for each reason.</param>
internal sealed class ColumnStatistics(ColumnLog log)
{
    private const int MostIdsToTell = 100;
    private const int MostTypesToTell = 100;
    private const int MostTypeBytes = 100;

    private readonly object _gate = new();
    private readonly long[] _rejected = new long[Rejection.Reasons];
    private readonly string?[] _firstRejections = new string?[Rejection.Reasons];

    // Parameter lists and events have ids of their own.
    private readonly Dictionary<(bool IsEvent, ulong Id), (long Packets, long Bytes)> _unresolved = [];
    private readonly HashSet<(bool IsEvent, ulong Id)> _toldIds = [];
    private readonly List<byte[]> _toldTypes = [];

    /// <summary>Packets whose samples were decoded.</summary>
    public long Packets { get; set; }

    public long Samples { get; set; }

    /// <summary>Packets with samples of which no parameter is selected.</summary>
    public long NotSelectedPackets { get; set; }

    /// <summary>Packets that are neither samples nor rows of a wanted table.</summary>
    public long OtherPackets { get; private set; }

    /// <summary>Packets that became rows of tables.</summary>
    public long TableRows { get; set; }

    /// <summary>Packets of tables whose type is misspelt.</summary>
    public long MisspeltPackets { get; private set; }

    /// <summary>Packets with times that can hardly be right: before 1971, or more than an hour after now.</summary>
    public long ImplausiblePackets { get; set; }

    /// <summary>Periodic packets with interval 0, all of whose samples have one time.</summary>
    public long ZeroIntervalPackets { get; set; }

    /// <summary>Packets with times that go back.</summary>
    public long LatePackets { get; set; }

    /// <summary>Statuses that no byte can hold; 255 stands for them.</summary>
    public long WideStatuses { get; set; }

    /// <summary>Packets, and their bytes, that wait for the definition of their data format, or behind such packets.</summary>
    public long WaitingPackets { get; set; }

    public long WaitingBytes { get; set; }

    /// <summary>Whether it was told of a data format that it is not defined, and not yet that it is.</summary>
    public bool HasToldUnresolved => _toldIds.Count > 0;

    /// <summary>Packets that were left out, by <see cref="RejectionReason"/>.</summary>
    public long[] Rejected()
    {
        lock (_gate)
        {
            return (long[])_rejected.Clone();
        }
    }

    /// <summary>What was wrong with the first packet of each reason; null where there was none.</summary>
    public string?[] FirstRejections()
    {
        lock (_gate)
        {
            return (string?[])_firstRejections.Clone();
        }
    }

    /// <summary>Packets that were given up because the definition of their data format did not come, by its id.</summary>
    public Dictionary<ulong, (long Packets, long Bytes)> Unresolved()
    {
        Dictionary<ulong, (long Packets, long Bytes)> found = [];
        lock (_gate)
        {
            foreach (((_, ulong id), (long packets, long bytes)) in _unresolved)
            {
                found.TryGetValue(id, out (long Packets, long Bytes) other);
                found[id] = (other.Packets + packets, other.Bytes + bytes);
            }
        }

        return found;
    }

    /// <summary>Counts a packet that is left out; true if that was told.</summary>
    public bool CountRejection(Rejection rejection, string stream, long offset)
    {
        lock (_gate)
        {
            if (_rejected[(int)rejection.Reason]++ > 0)
            {
                return false;
            }

            string first = $"packet at offset {offset} of {stream}: {rejection}";
            _firstRejections[(int)rejection.Reason] = first;
            log.Warn($"columns leave out a {first}; further ones like it are only counted");
            return true;
        }
    }

    /// <summary>Counts a packet that columns have no use for, and tells of types that the schema does not have.</summary>
    public void CountOther(ReadOnlySpan<byte> type)
    {
        OtherPackets++;
        if (!PacketTypes.IsKnown(type) && IsNew(ref type))
        {
            log.Warn($"columns pass over packets of the unknown type '{Utf8.ToText(type)}'");
        }
    }

    /// <summary>Counts a packet that is read as of a type that it does not quite have.</summary>
    public void CountMisspelt(ReadOnlySpan<byte> type, ReadOnlySpan<byte> properType)
    {
        MisspeltPackets++;
        if (IsNew(ref type))
        {
            log.Warn($"columns take packets of type '{Utf8.ToText(type)}' for those of type '{Utf8.ToText(properType)}'");
        }
    }

    /// <summary>Counts a packet that is given up because its data format is not defined, and tells of the first one.</summary>
    public void CountUnresolved(bool isEvent, ulong formatId, long bytes)
    {
        lock (_gate)
        {
            _unresolved.TryGetValue((isEvent, formatId), out (long Packets, long Bytes) before);
            _unresolved[(isEvent, formatId)] = (before.Packets + 1, before.Bytes + bytes);
            if (before.Packets == 0 && _unresolved.Count <= MostIdsToTell)
            {
                _toldIds.Add((isEvent, formatId));
                log.Warn($"columns leave out {KindOf(isEvent)} with data format {formatId}, whose definition did not come");
            }
        }
    }

    /// <summary>Tells that packets with this data format are left out no longer, if that was told of them.</summary>
    public void CountResolved(bool isEvent, ulong formatId)
    {
        if (_toldIds.Remove((isEvent, formatId)))
        {
            log.Tell($"columns have the {KindOf(isEvent)} with data format {formatId} from now on: its definition has come");
        }
    }

    private static string KindOf(bool isEvent) => isEvent ? "events" : "packets";

    private bool IsNew(ref ReadOnlySpan<byte> type)
    {
        type = type[..Math.Min(type.Length, MostTypeBytes)];
        foreach (byte[] told in _toldTypes)
        {
            if (type.SequenceEqual(told))
            {
                return false;
            }
        }

        if (_toldTypes.Count == MostTypesToTell)
        {
            return false;
        }

        _toldTypes.Add(type.ToArray());
        return true;
    }
}
