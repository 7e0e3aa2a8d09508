using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading;
using MaStreaming.DataFormatManagement;
using MaStreaming.Engine;
using MaStreaming.Kafka;
using MaStreaming.Protocol;
using MaStreaming.SessionManagement;

namespace MaStreaming.Interop;

/// <summary>One connection to a broker, and everything that is done over it.</summary>
public sealed class StreamingClient
{
    private const int TopicBits = 24;

    private readonly StreamingEngine _engine;
    private readonly SessionManager _sessions;
    private readonly DataFormatManager _formats;
    private readonly object _gate = new();
    private readonly List<PacketReader> _readers = [];
    private readonly List<PacketWriter> _writers = [];
    private bool _stopped;

    /// <summary>Makes a client; the broker is not contacted yet.</summary>
    /// <param name="options">What to connect with.</param>
    /// <exception cref="StreamingException">A property is unknown or has a value that is not allowed.</exception>
    public StreamingClient(ClientOptions options)
    {
        if (options is null)
        {
            throw new StreamingException(ErrorCode.InvalidArgument, "the client needs options");
        }

        _engine = new StreamingEngine(options.ToSettings());
        _sessions = new SessionManager(_engine);
        _formats = new DataFormatManager(_engine);
    }

    /// <summary>Connects and rebuilds the state of sessions.</summary>
    /// <returns>Its result is null.</returns>
    public Operation Connect()
    {
        RequireRunning();
        return Operation.Run(
            "connect",
            cancellation =>
            {
                _engine.Connect(cancellation);
                return null;
            });
    }

    /// <summary>Stops everything that was made over this client. Doing it again changes nothing.</summary>
    /// <param name="timeoutMs">How long writers may take to deliver what they were given, in milliseconds.</param>
    public void Stop(int timeoutMs)
    {
        PacketReader[] readers;
        PacketWriter[] writers;
        lock (_gate)
        {
            if (_stopped)
            {
                return;
            }

            _stopped = true;
            readers = _readers.ToArray();
            writers = _writers.ToArray();
        }

        Deadline deadline = Deadline.After(timeoutMs);
        foreach (PacketReader reader in readers)
        {
            reader.BeginStop();
        }

        foreach (PacketWriter writer in writers)
        {
            writer.Close();
        }

        try
        {
            foreach (PacketReader reader in readers)
            {
                reader.Stop(deadline.RemainingMilliseconds);
            }
        }
        finally
        {
            // Of writers that were closed before, too: what they were given may still be on its way.
            _engine.Drain(deadline);
            _engine.Dispose();
        }
    }

    /// <summary>Which generation of topic names is in use.</summary>
    /// <returns><c>V1</c>, <c>V2</c>, <c>V2_ALTERNATE</c>, or <c>UNDECIDED</c> while the broker shows none.</returns>
    public string TopicNaming() => _engine.Profile?.Naming switch
    {
        Topics.TopicNaming.V1 => "V1",
        Topics.TopicNaming.V2 => "V2",
        Topics.TopicNaming.V2Alternate => "V2_ALTERNATE",
        _ => "UNDECIDED",
    };

    /// <summary>Which properties a kind of client has, and where each comes from.</summary>
    /// <param name="ofConsumers">True for the consumer of the state, false for the producer.</param>
    /// <returns>Name, value and origin, name ...: <c>default</c>, <c>given</c>, <c>derived</c> from what was given, <c>fixed</c>. Secrets are hidden.</returns>
    public string[] EffectiveProperties(bool ofConsumers) =>
        ofConsumers ? Engine.EffectiveProperties.OfConsumer(_engine) : Engine.EffectiveProperties.OfProducer(_engine);

    /// <summary>Takes what the native side has logged.</summary>
    /// <param name="timeoutMs">How long to wait at most, in milliseconds.</param>
    /// <returns>Empty when there was nothing, null once the client has been stopped and everything was taken.</returns>
    public LogData[]? TakeLogs(int timeoutMs) => LogData.TakeFrom(_engine.Logs, timeoutMs);

    /// <summary>Waits until a new token to log in with is wanted; then <see cref="ProvideToken"/> or <see cref="FailToken"/> is to be called.</summary>
    /// <param name="timeoutMs">How long to wait at most, in milliseconds.</param>
    /// <returns>1 when one is wanted, 0 when none is yet, -1 once the client has been stopped.</returns>
    public int AwaitTokenRequest(int timeoutMs) => (int)(_engine.Tokens?.Await(timeoutMs) ?? TokenNeed.Closed);

    /// <summary>Gives every connection a new token.</summary>
    /// <param name="value">The token.</param>
    /// <param name="expiresAtMs">When it expires, in milliseconds since the Unix epoch.</param>
    /// <param name="principal">Whom it is for; may be empty.</param>
    /// <param name="extensionPairs">SASL extensions: name, value, name, value ...</param>
    /// <returns>Why it cannot be used; empty when it can.</returns>
    public string ProvideToken(string value, long expiresAtMs, string principal, string[] extensionPairs) =>
        _engine.Tokens?.Provide(new LoginToken(value, expiresAtMs, principal, extensionPairs)) ?? "";

    /// <summary>Says that there is no new token; it will be asked for again.</summary>
    /// <param name="reason">Why, without secrets.</param>
    public void FailToken(string reason) => _engine.Tokens?.Fail(reason);

    /// <summary>Every known session of every data source, in the order of their creation.</summary>
    /// <returns>Its result is an array of <see cref="SessionData"/>.</returns>
    public Operation Sessions() => _engine.Activity.IsAnyDue()
        ? Run("list sessions", _ => ListAnew())
        : Operation.Completed(_engine.Sessions.All().Select(Describe).ToArray());

    /// <summary>Tells whether what was said of a session still holds, without saying it again.</summary>
    /// <param name="sessionKey">The session's key.</param>
    /// <returns>The stamp of the session as it is now; -1 where it is time to ask for it.</returns>
    public long SessionStamp(string sessionKey) =>
        _engine.Sessions.Find(sessionKey) is { } session && !_engine.Activity.IsDue(session.DataSource) ? Stamp(session) : -1;

    /// <summary>How many sessions are known, and what the session topic holds besides.</summary>
    /// <returns>Sessions, records passed over, updates that wait for their session, updates dropped.</returns>
    public long[] SessionStatistics() => [_engine.Sessions.Count, _engine.Sessions.Skipped, _engine.Sessions.Waiting, _engine.Sessions.Dropped];

    /// <summary>How many data formats are known, of the data sources that were asked for.</summary>
    /// <returns>Formats, and definitions that gave a known id another meaning.</returns>
    public long[] DataFormatStatistics() => [_engine.DataFormats.Count, _engine.DataFormats.Redefined];

    /// <summary>One session.</summary>
    /// <param name="dataSource">Its data source.</param>
    /// <param name="sessionKey">Its key.</param>
    /// <returns>Its result is a <see cref="SessionData"/>.</returns>
    /// <exception cref="StreamingException">There is no such session.</exception>
    public Operation GetSession(string dataSource, string sessionKey)
    {
        Session session = _engine.Sessions.Require(dataSource, sessionKey);
        return _engine.Activity.IsDue(dataSource)
            ? Run("get session", _ => GetAnew(dataSource, sessionKey))
            : Operation.Completed(Describe(session));
    }

    /// <summary>Creates a session.</summary>
    /// <param name="dataSource">Its data source.</param>
    /// <param name="identifier">Its name for users.</param>
    /// <param name="type">Its type.</param>
    /// <param name="version">Its version.</param>
    /// <param name="utcOffsetTicks">Offset from UTC in 100 ns units, positive to the east.</param>
    /// <param name="detailPairs">Details: key, value, key, value ...</param>
    /// <param name="associateKeys">Keys of associated sessions.</param>
    /// <returns>Its result is a <see cref="SessionData"/>.</returns>
    public Operation CreateSession(
        string dataSource, string identifier, string type, int version, long utcOffsetTicks, string[] detailPairs, string[] associateKeys)
    {
        SessionCreation creation = new(
            dataSource, identifier, type, unchecked((uint)version), utcOffsetTicks * 100, Pairs.From(detailPairs), associateKeys);
        return Run("create session", cancellation => Describe(_sessions.Create(creation, cancellation)));
    }

    /// <summary>Gives a session another identifier.</summary>
    /// <param name="dataSource">Its data source.</param>
    /// <param name="sessionKey">Its key.</param>
    /// <param name="identifier">The new identifier.</param>
    /// <returns>Its result is a <see cref="SessionData"/>.</returns>
    public Operation UpdateSessionIdentifier(string dataSource, string sessionKey, string identifier) =>
        Run("update session", cancellation => Describe(_sessions.UpdateIdentifier(dataSource, sessionKey, identifier, cancellation)));

    /// <summary>Adds or changes details of a session.</summary>
    /// <param name="dataSource">Its data source.</param>
    /// <param name="sessionKey">Its key.</param>
    /// <param name="detailPairs">Details: key, value, key, value ...</param>
    /// <returns>Its result is a <see cref="SessionData"/>.</returns>
    public Operation UpdateSessionDetails(string dataSource, string sessionKey, string[] detailPairs)
    {
        List<(string Key, string Value)> details = Pairs.From(detailPairs);
        return Run("update session", cancellation => Describe(_sessions.UpdateDetails(dataSource, sessionKey, details, cancellation)));
    }

    /// <summary>Associates another session with a session.</summary>
    /// <param name="dataSource">The data source of the session.</param>
    /// <param name="sessionKey">The key of the session.</param>
    /// <param name="associateKey">The key of the other one.</param>
    /// <returns>Its result is a <see cref="SessionData"/>.</returns>
    public Operation AddAssociateSession(string dataSource, string sessionKey, string associateKey) =>
        Run("associate session", cancellation => Describe(_sessions.AddAssociate(dataSource, sessionKey, associateKey, cancellation)));

    /// <summary>Ends a session, after all that this client wrote of it is stored.</summary>
    /// <param name="dataSource">Its data source.</param>
    /// <param name="sessionKey">Its key.</param>
    /// <param name="force">Ends the streams too, from the last activity on, and whatever became of this client's records.</param>
    /// <returns>Its result is a <see cref="SessionData"/>.</returns>
    public Operation EndSession(string dataSource, string sessionKey, bool force) =>
        Run("end session", cancellation => Describe(_sessions.End(dataSource, sessionKey, force, cancellation)));

    /// <summary>Observes the changes of sessions from now on.</summary>
    /// <returns>The queue of changes, to be closed by the caller.</returns>
    public SessionEventQueue OpenSessionEvents() => new(_engine.Sessions.Observe(out _), Describe);

    /// <summary>Looks up the format of a list of parameters, or publishes it.</summary>
    /// <param name="dataSource">The data source.</param>
    /// <param name="identifiers">The parameters, in the order of a packet's columns.</param>
    /// <returns>Its result is a <see cref="DataFormatData"/>.</returns>
    public Operation GetParameterDataFormat(string dataSource, string[] identifiers) =>
        FindOrCreate(dataSource, DataFormatType.Parameter, identifiers);

    /// <summary>Looks up the format of an event, or publishes it.</summary>
    /// <param name="dataSource">The data source.</param>
    /// <param name="name">The event's identifier.</param>
    /// <returns>Its result is a <see cref="DataFormatData"/>.</returns>
    public Operation GetEventDataFormat(string dataSource, string name) => FindOrCreate(dataSource, DataFormatType.Event, [name]);

    /// <summary>Finds the list of parameters of an id.</summary>
    /// <param name="dataSource">The data source.</param>
    /// <param name="id">The id, as decimal text.</param>
    /// <returns>Its result is a <see cref="DataFormatData"/>.</returns>
    public Operation FindParameterDataFormat(string dataSource, string id) => Find(dataSource, DataFormatType.Parameter, id);

    /// <summary>Finds the event of an id.</summary>
    /// <param name="dataSource">The data source.</param>
    /// <param name="id">The id, as decimal text.</param>
    /// <returns>Its result is a <see cref="DataFormatData"/>.</returns>
    public Operation FindEventDataFormat(string dataSource, string id) => Find(dataSource, DataFormatType.Event, id);

    /// <summary>Lists the formats of a data source.</summary>
    /// <param name="dataSource">The data source.</param>
    /// <returns>Its result is an array of <see cref="DataFormatData"/>.</returns>
    public Operation DataFormats(string dataSource) =>
        Run("list data formats", cancellation => _formats.All(dataSource, cancellation).Select(format => new DataFormatData(format)).ToArray());

    /// <summary>Follows the data formats of every data source from now on.</summary>
    /// <returns>Its result is null.</returns>
    public Operation FollowAllDataFormats() => Run(
        "follow data formats",
        _ =>
        {
            _engine.FollowAllDataFormats(Deadline.After(_engine.Settings.TimeoutMilliseconds));
            return null;
        });

    /// <summary>Observes new formats from now on, of the data sources that are followed.</summary>
    /// <returns>The queue of formats, to be closed by the caller.</returns>
    public DataFormatEventQueue OpenDataFormatEvents() => new(_engine.DataFormats.Observe());

    /// <summary>Makes a reader; it is to be started.</summary>
    /// <param name="options">What to read.</param>
    /// <returns>The reader, to be closed by the caller.</returns>
    public PacketReader CreateReader(ReaderOptions options)
    {
        lock (_gate)
        {
            RequireConnected();
            PacketReader reader = new(_engine, (options ?? new ReaderOptions()).ToSettings(), Describe, Forget);
            _readers.Add(reader);
            return reader;
        }
    }

    /// <summary>Makes a writer.</summary>
    /// <param name="fullQueueMs">How long one call waits for room in the producer's queue, in milliseconds.</param>
    /// <returns>The writer, to be closed by the caller.</returns>
    public PacketWriter CreateWriter(int fullQueueMs)
    {
        lock (_gate)
        {
            RequireConnected();
            PacketWriter writer = new(_engine, fullQueueMs, Forget);
            _writers.Add(writer);
            return writer;
        }
    }

    private static ulong ParseId(string id) => ulong.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number)
        ? number
        : throw new StreamingException(ErrorCode.InvalidArgument, $"'{id}' is not a data format id: it is a whole number from 0 to 18446744073709551615");

    private Operation FindOrCreate(string dataSource, DataFormatType kind, string[] identifiers) =>
        _formats.Known(dataSource, kind, identifiers) is { } known
            ? Operation.Completed(new DataFormatData(known))
            : Run("data format", cancellation => new DataFormatData(_formats.FindOrCreate(dataSource, kind, identifiers, cancellation)));

    private Operation Find(string dataSource, DataFormatType kind, string id)
    {
        ulong number = ParseId(id);
        return _engine.DataFormats.Find(dataSource, kind, number) is { } known
            ? Operation.Completed(new DataFormatData(known))
            : Run("data format", cancellation => new DataFormatData(_formats.Require(dataSource, kind, number, cancellation)));
    }

    private Operation Run(string name, Func<CancellationToken, object?> body)
    {
        RequireConnected();
        return Operation.Run(name, body);
    }

    private void RequireRunning()
    {
        lock (_gate)
        {
            if (_stopped)
            {
                throw new StreamingException(ErrorCode.Closed, "the client has been stopped");
            }
        }
    }

    private void RequireConnected()
    {
        RequireRunning();
        _ = _engine.State;
    }

    private SessionData[] ListAnew()
    {
        _engine.Activity.Refresh(null);
        return _engine.Sessions.All().Select(Describe).ToArray();
    }

    private SessionData GetAnew(string dataSource, string sessionKey)
    {
        _engine.Activity.Refresh(dataSource);
        return Describe(_engine.Sessions.Require(dataSource, sessionKey));
    }

    private SessionData Describe(Session session)
    {
        // Before the streams are looked up: if the topics change meanwhile the stamp is too old, never too new.
        long stamp = Stamp(session);
        return new SessionData(session, _engine.Layout is { } layout ? layout.NamesOf(session.DataSource) : [], stamp);
    }

    /// <summary>Every change of sessions and every change of topics counts, so that no two states have the same one.</summary>
    private long Stamp(Session session) => (session.Revision << TopicBits) | (uint)(_engine.Catalog.Version & ((1 << TopicBits) - 1));

    private void Forget(PacketReader reader)
    {
        lock (_gate)
        {
            _readers.Remove(reader);
        }
    }

    private void Forget(PacketWriter writer)
    {
        lock (_gate)
        {
            _writers.Remove(writer);
        }
    }
}
