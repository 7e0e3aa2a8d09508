using System;
using System.Globalization;
using System.Linq;
using MaStreaming.Engine;
using MaStreaming.PacketWriting;

namespace MaStreaming.Interop;

/// <summary>One writer. Packets are written through <see cref="StreamingRuntime.WritePointer"/>.</summary>
public sealed class PacketWriter
{
    private readonly WriterEngine _engine;
    private readonly Action<PacketWriter> _forget;
    private readonly int _id;

    internal PacketWriter(StreamingEngine engine, int fullQueueMilliseconds, Action<PacketWriter> forget)
    {
        _engine = new WriterEngine(engine, fullQueueMilliseconds);
        _forget = forget;
        _id = HotCalls.Writers.Add(_engine);
    }

    /// <summary>The number that names this writer in hot calls.</summary>
    /// <returns>A number that is not used again.</returns>
    public int Id() => _id;

    /// <summary>Resolves where packets of a session's stream go, making topics that are not there yet.</summary>
    /// <param name="dataSource">The data source.</param>
    /// <param name="stream">The stream; empty for the main stream.</param>
    /// <param name="sessionKey">The session.</param>
    /// <returns>Its result is the number of the route, an <see cref="int"/>; the one after it is of the copies of essential packets.</returns>
    public Operation OpenRoute(string dataSource, string stream, string sessionKey) =>
        Operation.Run("open route", _ => _engine.OpenRoute(dataSource, stream, sessionKey));

    /// <summary>The route of info packets, which go to the session topic.</summary>
    /// <returns>The number of the route.</returns>
    public int InfoRoute() => WriterEngine.InfoRoute;

    /// <summary>Waits until everything accepted so far is stored or has failed.</summary>
    /// <param name="timeoutMs">How long at most, in milliseconds.</param>
    /// <returns>Its result is a <see cref="WriteReportData"/>.</returns>
    public Operation Flush(int timeoutMs) =>
        Operation.Run("flush", cancellation => new WriteReportData(_engine.Flush(timeoutMs, cancellation)));

    /// <summary>What became of the records so far, without waiting.</summary>
    /// <returns>The counts of this moment.</returns>
    public WriteReportData Statistics() => new(_engine.Statistics());

    /// <summary>Whether packets can be written at this moment, and why not.</summary>
    /// <returns>The state.</returns>
    public WriterHealthData Health() => new(_engine.Health());

    /// <summary>Failed deliveries, gathered by stream and reason.</summary>
    /// <param name="timeoutMs">How long to wait at most, in milliseconds.</param>
    /// <returns>Null when there were none, or the writer was closed.</returns>
    public DeliveryFailureData? NextFailure(int timeoutMs) =>
        _engine.Failures.Take(timeoutMs) is { } failure ? new DeliveryFailureData(failure) : null;

    /// <summary>True once the writer was closed.</summary>
    /// <returns>Whether it was closed.</returns>
    public bool IsClosed() => _engine.Failures.IsClosed;

    /// <summary>Why this thread's last packet was refused.</summary>
    /// <returns>The reason; empty where none was.</returns>
    public string LastError() => WriterEngine.LastError;

    /// <summary>Ends the writer. What it was given and is not delivered yet stays on its way.</summary>
    public void Close()
    {
        HotCalls.Writers.Remove(_id);
        _engine.Dispose();
        _forget(this);
    }
}

/// <summary>What became of a writer's records.</summary>
public sealed class WriteReportData
{
    internal WriteReportData(WriteReport report)
    {
        Accepted = report.Accepted;
        Delivered = report.Delivered;
        Failed = report.Failed;
        InFlight = report.InFlight;
        NewlyFailed = report.NewlyFailed;
        Failures = report.Failures.ToArray();
        Reasons = report.FailedByReason.Keys.ToArray();
        FailedForReasons = report.FailedByReason.Values.ToArray();
    }

    /// <summary>Records taken into the producer's queue.</summary>
    public long Accepted { get; }

    /// <summary>Records that the broker acknowledged.</summary>
    public long Delivered { get; }

    /// <summary>Records that were given up.</summary>
    public long Failed { get; }

    /// <summary>Records whose fate is not known yet.</summary>
    public long InFlight { get; }

    /// <summary>Of the failed, those that no earlier flush has reported.</summary>
    public long NewlyFailed { get; }

    /// <summary>Texts of the first failures.</summary>
    public string[] Failures { get; }

    /// <summary>Every reason for which records were given up.</summary>
    public string[] Reasons { get; }

    /// <summary>How many were given up for each of <see cref="Reasons"/>.</summary>
    public long[] FailedForReasons { get; }
}

/// <summary>Whether packets can be written.</summary>
public sealed class WriterHealthData
{
    internal WriterHealthData(WriterHealth health)
    {
        State = (int)health.State;
        Reason = health.Reason;
        FatalErrors = health.FatalErrors;
    }

    /// <summary>0 healthy, 1 no broker is reached at present, 2 nothing can be written any more.</summary>
    public int State { get; }

    /// <summary>What is wrong; empty where nothing is.</summary>
    public string Reason { get; }

    /// <summary>How many producers have failed for good so far; each was replaced unless the state is 2.</summary>
    public long FatalErrors { get; }
}

/// <summary>Records of one stream that could not be delivered for one reason.</summary>
public sealed class DeliveryFailureData
{
    internal DeliveryFailureData(DeliveryFailure failure)
    {
        DataSource = failure.Route.DataSource;
        Stream = failure.Route.Stream;
        SessionKey = failure.Route.SessionKey;
        Topic = failure.Route.Topic;
        Reason = failure.Reason;
        Failed = failure.Records;
        FirstPacketId = failure.FirstPacketId.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>The data source.</summary>
    public string DataSource { get; }

    /// <summary>The stream; empty for the main stream.</summary>
    public string Stream { get; }

    /// <summary>The session.</summary>
    public string SessionKey { get; }

    /// <summary>The topic that did not take them.</summary>
    public string Topic { get; }

    /// <summary>Why.</summary>
    public string Reason { get; }

    /// <summary>How many.</summary>
    public long Failed { get; }

    /// <summary>Id of the first of those packets, as decimal text.</summary>
    public string FirstPacketId { get; }
}
