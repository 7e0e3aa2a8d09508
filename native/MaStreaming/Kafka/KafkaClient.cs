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
    private readonly LogThrottle _throttle = new();

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
        Trouble = new ConnectionTrouble(properties);
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

    /// <summary>What last went wrong in reaching a broker.</summary>
    public ConnectionTrouble Trouble { get; }

    public KafkaClientHandle Handle { get; }

    protected KafkaQueueHandle MainQueue { get; }

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
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

        Trouble.Raised(error, text);
    }
}
