using System;
using System.Collections.Generic;

namespace MaStreaming.Kafka;

/// <summary>
/// A librdkafka client: its handle, its main queue, and what it said about its brokers. Logs and errors come as events from the main queue,
/// which is served on a thread of ours: librdkafka calls into managed code only to tell a member of a group of a rebalance, and from within a
/// call of ours.
/// </summary>
internal abstract class KafkaClient : IDisposable
{
    private const int ErrorLevel = 3;
    private const int DebugLevel = 7;

    /// <summary>What librdkafka calls lines about connections that ended.</summary>
    private const string ConnectionFacility = "FAIL";

    /// <summary>Every producer asks a broker that has just started for its id several times; one that never gets it fails its records.</summary>
    private const string ProducerIdFacility = "GETPID";

    private readonly LogQueue _logs;
    private readonly TokenSource? _tokens;
    private readonly LogThrottle _throttle = new();

    /// <summary>Makes the client; no broker is contacted yet.</summary>
    /// <param name="kind">Producer or consumer.</param>
    /// <param name="properties">What the caller wants.</param>
    /// <param name="required">What the derived class needs to work.</param>
    /// <param name="logs">Gets the logs.</param>
    /// <param name="tokens">Has the token to log in with, where that comes from the program.</param>
    /// <param name="rebalancing">Is called, on the thread that consumes, when a group gives or takes partitions.</param>
    protected KafkaClient(
        ClientKind kind,
        IReadOnlyDictionary<string, string> properties,
        IReadOnlyDictionary<string, string> required,
        LogQueue logs,
        TokenSource? tokens = null,
        Rebalancing? rebalancing = null)
    {
        _logs = logs;
        _tokens = tokens;
        Trouble = new ConnectionTrouble(properties);
        Dictionary<string, string> needed = new(required) { ["log.queue"] = "true" };
        int events = LibRdKafka.EventDeliveryReport | LibRdKafka.EventLog | LibRdKafka.EventError;
        using ConfigurationHandle configuration = ConfigurationHandle.Build(
            properties, needed, tokens is null ? events : events | LibRdKafka.EventTokenRefresh);
        if (rebalancing is not null)
        {
            LibRdKafka.SetRebalanceCallback(configuration, rebalancing);
        }

        Handle = new KafkaClientHandle(kind, configuration);
        LibRdKafka.SetLogQueue(Handle, IntPtr.Zero);
        MainQueue = KafkaQueueHandle.Main(Handle);
        if (tokens is not null)
        {
            Trouble.TokenIsAwaited();
            tokens.Attach(this);
        }
    }

    /// <summary>What last went wrong in reaching a broker.</summary>
    public ConnectionTrouble Trouble { get; }

    public KafkaClientHandle Handle { get; }

    protected KafkaQueueHandle MainQueue { get; }

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Logs in with this token from now on.</summary>
    /// <returns>Why librdkafka does not take it, without the token; null when it does.</returns>
    public string? TakeToken(LoginToken token)
    {
        using HandleLease client = Handle.Lease();
        string? refused = token.SetOn(client.Pointer);
        if (refused is null)
        {
            Trouble.TokenCame();
        }

        return refused;
    }

    /// <summary>Has librdkafka ask for a token again after a while.</summary>
    public void TakeTokenFailure(string reason)
    {
        using HandleLease client = Handle.Lease();
        Trouble.TokenFailed(reason);
        LibRdKafka.SetTokenFailure(client.Pointer, reason);
    }

    /// <summary>Frees the queue and the client, after what the derived class made of them.</summary>
    protected virtual void Dispose(bool disposing)
    {
        _tokens?.Detach(this);
        MainQueue.Dispose();
        Handle.Dispose();
    }

    /// <summary>Takes a log or error event of the main queue.</summary>
    protected unsafe void ServeEvent(IntPtr happening)
    {
        switch (LibRdKafka.EventType(happening))
        {
            case LibRdKafka.EventLog:
                IntPtr facility;
                IntPtr text;
                int level;
                if (LibRdKafka.EventLogRecord(happening, &facility, &text, &level) == 0)
                {
                    TakeLog(level, LibRdKafka.Text(facility), LibRdKafka.Text(text));
                }

                break;

            case LibRdKafka.EventError:
                TakeError(LibRdKafka.EventErrorCode(happening), LibRdKafka.Text(LibRdKafka.EventErrorText(happening)));
                break;

            case LibRdKafka.EventTokenRefresh:
                _tokens?.Request();
                break;

            default:
                break;
        }
    }

    protected void Log(string facility, string message) => _logs.Add(ErrorLevel, facility, message);

    private void TakeLog(int level, string facility, string text)
    {
        if (facility == ConnectionFacility)
        {
            Trouble.Logged(text);
        }

        if (_throttle.Pass(level, facility, text) is { } passed)
        {
            _logs.Add(facility == ProducerIdFacility ? DebugLevel : level, facility, passed);
        }
    }

    private void TakeError(ResponseError error, string text)
    {
        if (!ResponseErrors.IsConnectionLevel(error))
        {
            Log("ERROR", $"{ResponseErrors.Describe(error)}: {text}");
            return;
        }

        // What became of a token of ours is known already, and may have changed since.
        if (_tokens is null || !Refusals.IsOfToken(text))
        {
            Trouble.Raised(error, text);
        }
    }
}
