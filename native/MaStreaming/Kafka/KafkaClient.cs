using System;
using System.Collections.Generic;
using System.Globalization;

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

    private const string ThreadEnd = "]: ";

    private readonly object _errorGate = new();
    private readonly LogQueue _logs;
    private readonly LogThrottle _throttle = new();
    private string? _connectionLog;
    private string? _brokerError;
    private ErrorCode _brokerErrorCode;

    /// <summary>Makes the client; no broker is contacted yet.</summary>
    /// <param name="kind">Producer or consumer.</param>
    /// <param name="properties">What the caller wants.</param>
    /// <param name="required">What the derived class needs to work.</param>
    /// <param name="logs">Gets the logs.</param>
    /// <param name="rebalancing">Is called, on the thread that consumes, when a group gives or takes partitions.</param>
    protected KafkaClient(
        ClientKind kind,
        IReadOnlyDictionary<string, string> properties,
        IReadOnlyDictionary<string, string> required,
        LogQueue logs,
        Rebalancing? rebalancing = null)
    {
        _logs = logs;
        BrokerList = properties.TryGetValue("bootstrap.servers", out string? brokers) ? brokers
            : properties.TryGetValue("metadata.broker.list", out string? alias) ? alias
            : string.Empty;
        Dictionary<string, string> needed = new(required) { ["log.queue"] = "true" };
        using ConfigurationHandle configuration = ConfigurationHandle.Build(
            properties, needed, LibRdKafka.EventDeliveryReport | LibRdKafka.EventLog | LibRdKafka.EventError);
        if (rebalancing is not null)
        {
            LibRdKafka.SetRebalanceCallback(configuration, rebalancing);
        }

        Handle = new KafkaClientHandle(kind, configuration);
        LibRdKafka.SetLogQueue(Handle, IntPtr.Zero);
        MainQueue = KafkaQueueHandle.Main(Handle);
    }

    /// <summary>The brokers that the client was given.</summary>
    public string BrokerList { get; }

    /// <summary>What last went wrong in reaching a broker; null when nothing did since a broker last answered.</summary>
    public string? LastBrokerError
    {
        get
        {
            lock (_errorGate)
            {
                return _brokerError;
            }
        }
    }

    /// <summary>The code of <see cref="LastBrokerError"/>.</summary>
    public ErrorCode LastBrokerErrorCode
    {
        get
        {
            lock (_errorGate)
            {
                return _brokerErrorCode;
            }
        }
    }

    public KafkaClientHandle Handle { get; }

    protected KafkaQueueHandle MainQueue { get; }

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Forgets the last error: a broker has answered.</summary>
    public void BrokerAnswered()
    {
        lock (_errorGate)
        {
            _brokerError = null;
            _brokerErrorCode = ErrorCode.None;
        }
    }

    /// <summary>Makes the exception for a request that no broker answered: it names the brokers and what went wrong last.</summary>
    public StreamingException NoAnswer(ResponseError error, long elapsedMilliseconds)
    {
        string seconds = (elapsedMilliseconds / 1000.0).ToString("0.0", CultureInfo.InvariantCulture);
        lock (_errorGate)
        {
            ErrorCode code = _brokerErrorCode != ErrorCode.None ? _brokerErrorCode
                : error == ResponseError.TimedOut ? ErrorCode.BrokerUnavailable
                : ErrorCodes.From(error);
            return new StreamingException(
                code, $"no broker of {BrokerList} answered within {seconds} s: {_brokerError ?? ResponseErrors.Describe(error)}");
        }
    }

    /// <summary>Frees the queue and the client, after what the derived class made of them.</summary>
    protected virtual void Dispose(bool disposing)
    {
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

            default:
                break;
        }
    }

    protected void Log(string facility, string message) => _logs.Add(ErrorLevel, facility, message);

    private void TakeLog(int level, string facility, string text)
    {
        if (facility == ConnectionFacility)
        {
            // "[thrd:main]: " in front is for those who debug librdkafka.
            _connectionLog = text[(text.IndexOf(ThreadEnd, StringComparison.Ordinal) is var at and >= 0 ? at + ThreadEnd.Length : 0)..];
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

        lock (_errorGate)
        {
            // "1/1 brokers are down" says less than the error that brought the last one down, which for a closed connection is only logged.
            if (error != ResponseError.AllBrokersDown)
            {
                _brokerError = text;
                _brokerErrorCode = ErrorCodes.From(error);
            }
            else if (_brokerError is null)
            {
                _brokerError = _connectionLog is null ? text : $"{text}: {_connectionLog}";
                _brokerErrorCode = ErrorCodes.From(error);
            }
        }
    }
}
