using System;
using System.Collections.Generic;
using System.Globalization;
using System.Threading;
using MaStreaming.Engine;
using MaStreaming.Kafka;
using MaStreaming.Protocol;
using MaStreaming.Topics;

namespace MaStreaming.DataFormatManagement;

/// <summary>Looks data formats up, and publishes those that are not there yet (wire contract 4.3).</summary>
internal sealed class DataFormatManager(StreamingEngine engine)
{
    private const int MostTries = 5;

    private static long _lastId;

    private readonly object _creating = new();

    /// <summary>The format of this list or event, where it is known without asking the broker.</summary>
    public DataFormat? Known(string dataSource, DataFormatType kind, IReadOnlyList<string> identifiers) =>
        engine.DataFormats.Find(dataSource, kind, identifiers);

    /// <summary>The format of this list or event; where there is none it is published, and stored before the call returns.</summary>
    public DataFormat FindOrCreate(string dataSource, DataFormatType kind, IReadOnlyList<string> identifiers, CancellationToken cancellation)
    {
        Validate(dataSource, kind, identifiers);
        Deadline deadline = Begin();
        lock (_creating)
        {
            engine.LoadDataFormats(dataSource, deadline, cancellation);
            return engine.DataFormats.Find(dataSource, kind, identifiers) ?? Create(dataSource, kind, identifiers, deadline, cancellation);
        }
    }

    /// <summary>The format with an id.</summary>
    /// <exception cref="StreamingException">No such id has been published for the data source.</exception>
    public DataFormat Require(string dataSource, DataFormatType kind, ulong id, CancellationToken cancellation)
    {
        if (engine.DataFormats.Find(dataSource, kind, id) is { } known)
        {
            return known;
        }

        engine.LoadDataFormats(dataSource, Begin(), cancellation);
        return engine.DataFormats.Find(dataSource, kind, id) ?? throw new StreamingException(
            ErrorCode.UnknownDataFormat,
            string.Format(CultureInfo.InvariantCulture, "data source '{0}' has no {1} data format with id {2}", dataSource, kind == DataFormatType.Event ? "event" : "parameter", id));
    }

    public IReadOnlyList<DataFormat> All(string dataSource, CancellationToken cancellation)
    {
        engine.LoadDataFormats(dataSource, Begin(), cancellation);
        return engine.DataFormats.All(dataSource);
    }

    private static void Validate(string dataSource, DataFormatType kind, IReadOnlyList<string> identifiers)
    {
        string? reason = Names.WhyInvalidDataSource(dataSource);
        if (reason is null && identifiers.Count == 0)
        {
            reason = "a data format needs at least one identifier";
        }

        for (int i = 0; reason is null && i < identifiers.Count; i++)
        {
            reason = identifiers[i].Length == 0 ? $"identifier {i} of the {(kind == DataFormatType.Event ? "event" : "parameter")} data format is empty" : null;
        }

        if (reason is not null)
        {
            throw new StreamingException(ErrorCode.InvalidArgument, reason);
        }
    }

    private DataFormat Create(
        string dataSource, DataFormatType kind, IReadOnlyList<string> identifiers, Deadline deadline, CancellationToken cancellation)
    {
        TopicProfile profile = engine.RequireProfile();
        string essentials = profile.EssentialsTopic(dataSource);
        string main = profile.MainTopic(dataSource);
        engine.Creation.EnsureDataSource(profile, dataSource, deadline);

        // Before anything is written: what is written then is news.
        engine.FollowDataFormats(dataSource, deadline);
        TopicPartition[] both = [new(essentials, 0), new(main, 0)];
        for (int tries = 0; tries < MostTries; tries++)
        {
            DataFormatDefinitionPacket definition = new()
            {
                Identifier = NextId(),
                Type = kind,
                ParameterIdentifiers = kind == DataFormatType.Parameter ? identifiers : null,
                EventIdentifier = kind == DataFormatType.Event ? identifiers[0] : null,
            };
            byte[] packet = Packet.Encode("DataFormatDefinition", "", true, 0, definition.ToBytes());
            IReadOnlyList<TopicPartitionOffset> stored = engine.Publisher.PublishToAll(both, "", packet, deadline, cancellation);
            engine.State.WaitFor([stored[0] with { Offset = stored[0].Offset + 1 }], deadline, cancellation);

            // Another process may have been first with the same list: then its id is the one that everybody uses. If it was first with the same id for
            // another list, that is what the id means, and ours needs another one.
            if (engine.DataFormats.Find(dataSource, kind, identifiers) is { } format)
            {
                return format;
            }
        }

        throw new StreamingException(ErrorCode.Internal, $"{MostTries} ids for a data format of data source '{dataSource}' were all given another meaning by other processes");
    }

    /// <summary>.NET ticks of now, always larger than the one before in this process, so never 0 (wire contract 4.1).</summary>
    private static ulong NextId()
    {
        while (true)
        {
            long last = Interlocked.Read(ref _lastId);
            long next = Math.Max(DateTime.UtcNow.Ticks, last + 1);
            if (Interlocked.CompareExchange(ref _lastId, next, last) == last)
            {
                return (ulong)next;
            }
        }
    }

    private Deadline Begin() => Deadline.After(engine.Settings.TimeoutMilliseconds);
}
