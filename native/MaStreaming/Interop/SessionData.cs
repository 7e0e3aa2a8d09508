using System.Linq;
using MaStreaming.SessionManagement;

namespace MaStreaming.Interop;

/// <summary>What is known of a session, as plain values.</summary>
public sealed class SessionData
{
    private const long NanosecondsPerTick = 100;
    private readonly Session _session;

    internal SessionData(Session session, string[] streams, long stamp)
    {
        _session = session;
        Streams = streams;
        Stamp = stamp;
    }

    /// <summary>The key that selects the session's records.</summary>
    public string SessionKey => _session.Key;

    /// <summary>The data source that the session belongs to.</summary>
    public string DataSource => _session.DataSource;

    /// <summary>The name that users gave the session.</summary>
    public string Identifier => _session.Identifier;

    /// <summary>The session's type, usually <c>Session</c>.</summary>
    public string Type => _session.Type;

    /// <summary>The session's version, usually 1.</summary>
    public int Version => unchecked((int)_session.Version);

    /// <summary>True once the session's end was recorded.</summary>
    public bool Historical => _session.IsHistorical;

    /// <summary>True where the session has an offset from UTC.</summary>
    public bool HasUtcOffset => _session.UtcOffsetNanoseconds is not null;

    /// <summary>Offset from UTC in 100 ns units, positive to the east; 0 where there is none.</summary>
    public long UtcOffsetTicks => (_session.UtcOffsetNanoseconds ?? 0) / NanosecondsPerTick;

    /// <summary>Details: key, value, key, value ...</summary>
    public string[] Details => Pairs.Flatten(_session.Details);

    /// <summary>Keys of associated sessions, in the order in which they were added.</summary>
    public string[] AssociateSessionKeys => _session.AssociateSessionKeys.ToArray();

    /// <summary>Nanoseconds since the Unix epoch; 0 where it is not known.</summary>
    public long CreationTimeNs => _session.CreationTimeNanoseconds ?? 0;

    /// <summary>Nanoseconds since the Unix epoch; 0 where it is not known.</summary>
    public long TerminationTimeNs => _session.TerminationTimeNanoseconds ?? 0;

    /// <summary>What <see cref="StreamingClient.SessionStamp"/> gives as long as all of this holds.</summary>
    public long Stamp { get; }

    /// <summary>Named streams of the data source, in the order of their names.</summary>
    public string[] Streams { get; }

    /// <summary>Timestamp of the newest record that counts for the session, in milliseconds since the Unix epoch; 0 where it is not known.</summary>
    public long LastActivityMs => _session.IsHistorical || _session.IsActivityKnown ? _session.LastActivityMilliseconds : 0;

    /// <summary>Which partitions <see cref="StartOffsets"/> are of, as <c>topic:partition</c>.</summary>
    public string[] StartOffsetKeys => _session.StartOffsets.Keys.ToArray();

    /// <summary>High watermarks when the session was created.</summary>
    public long[] StartOffsets => _session.StartOffsets.Values.ToArray();

    /// <summary>Which partitions <see cref="EndOffsets"/> are of, as <c>topic:partition</c>.</summary>
    public string[] EndOffsetKeys => _session.EndOffsets.Keys.ToArray();

    /// <summary>High watermarks when the session was ended.</summary>
    public long[] EndOffsets => _session.EndOffsets.Values.ToArray();
}
