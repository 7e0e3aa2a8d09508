using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using MaStreaming.Kafka;
using MaStreaming.Topics;

namespace MaStreaming.Engine;

/// <summary>Makes the topics that writing needs, as wire contract 1.4 recommends: a number of partitions that is stated, never the broker's default.</summary>
internal sealed class TopicCreation(StreamingEngine engine)
{
    private const int WarningLevel = 4;
    private const int RetentionMilliseconds = 1_000;
    private const string Retention = "retention.ms";
    private const string Unlimited = "-1";

    private readonly object _gate = new();
    private readonly HashSet<string> _warnedOfUnmapped = new(StringComparer.Ordinal);
    private bool _lookedAtRetention;

    private int MainPartitions => engine.Settings.PartitionMappings is { Count: > 0 } mappings ? mappings.Values.Max() + 1 : 1;

    public void EnsureSessionTopic(TopicProfile profile, Deadline deadline) => engine.Catalog.Ensure(profile.SessionTopic, 1, Configuration(), deadline);

    /// <summary>Makes sure of the main and the essentials topic of a data source.</summary>
    /// <exception cref="StreamingException">The name cannot be used, the topics cannot be made, or the main topic lacks partitions that streams are mapped to.</exception>
    public void EnsureDataSource(TopicProfile profile, string dataSource, Deadline deadline)
    {
        string essentials = profile.EssentialsTopic(dataSource);
        if (!engine.Catalog.Has(essentials))
        {
            // Whose a topic is depends on topics that others may have made a moment ago.
            Refuse(Names.WhyInvalidDataSource(dataSource, profile));
            engine.Catalog.Refresh(deadline.RemainingMilliseconds);
            Refuse(engine.RequireLayout().WhyNoDataSource(dataSource));
        }

        // The essentials first: by them others tell a data source from a stream whose name has the same topic.
        engine.Catalog.Ensure(essentials, 1, Configuration(essentials: true), deadline);
        engine.Catalog.Ensure(profile.MainTopic(dataSource), MainPartitions, Configuration(), deadline);
        RequirePartitions(profile.MainTopic(dataSource));
        WarnOfRetention(essentials, deadline);
    }

    /// <summary>Makes sure of everything that the packets of a stream need.</summary>
    /// <returns>Where they go.</returns>
    public TopicPartition EnsureStream(TopicProfile profile, string dataSource, string stream, Deadline deadline)
    {
        Refuse(Names.WhyInvalidDataSource(dataSource, profile) ?? Names.WhyInvalidStream(stream, dataSource, profile));
        if (!engine.Catalog.Has(profile.StreamTopic(dataSource, stream)))
        {
            engine.Catalog.Refresh(deadline.RemainingMilliseconds);
        }

        Refuse(engine.RequireLayout().WhyNoStream(dataSource, stream));
        EnsureDataSource(profile, dataSource, deadline);
        if (stream.Length == 0 || engine.Settings.PartitionMappings is not { } mappings)
        {
            string topic = profile.StreamTopic(dataSource, stream);
            engine.Catalog.Ensure(topic, 1, Configuration(), deadline);
            return new TopicPartition(topic, 0);
        }

        if (!mappings.TryGetValue(stream, out int partition))
        {
            WarnOfUnmapped(dataSource, stream);
        }

        return new TopicPartition(profile.MainTopic(dataSource), partition);
    }

    private static void Refuse(string? reason)
    {
        if (reason is not null)
        {
            throw new StreamingException(ErrorCode.InvalidArgument, reason);
        }
    }

    private Dictionary<string, string> Configuration(bool essentials = false)
    {
        Dictionary<string, string> configuration = new()
        {
            ["max.message.bytes"] = engine.MaxMessageBytes.ToString(CultureInfo.InvariantCulture),
        };
        if (engine.Settings.RetentionMilliseconds is { } retention)
        {
            // Definitions of data formats are written once and used by every later session, so they outlive them all.
            configuration[Retention] = essentials ? Unlimited : retention.ToString(CultureInfo.InvariantCulture);
        }

        return configuration;
    }

    private void RequirePartitions(string mainTopic)
    {
        int there = engine.Catalog.PartitionCount(mainTopic);
        if (engine.Settings.PartitionMappings?.FirstOrDefault(mapping => mapping.Value >= there) is { Key: { } stream } missing)
        {
            throw new StreamingException(
                ErrorCode.TopicUnavailable,
                $"topic '{mainTopic}' has {there} partitions, but stream '{stream}' is mapped to partition {missing.Value}: give the topic {MainPartitions} partitions, or change partition_mappings");
        }
    }

    private void WarnOfUnmapped(string dataSource, string stream)
    {
        lock (_gate)
        {
            if (_warnedOfUnmapped.Add(stream))
            {
                engine.Logs.Add(WarningLevel, "TOPICS", $"stream '{stream}' of data source '{dataSource}' has no partition mapping: its packets go to the main stream; add it to partition_mappings to keep them apart");
            }
        }
    }

    private void WarnOfRetention(string essentials, Deadline deadline)
    {
        lock (_gate)
        {
            // Not while no broker is reached: it only warns, and would take time that the caller's work needs.
            if (_lookedAtRetention || engine.Producer.Trouble.Last is not null || engine.Admin.TopicConfiguration(essentials, deadline.Slice(RetentionMilliseconds)) is not { } configuration)
            {
                return;
            }

            _lookedAtRetention = true;
            if (configuration.TryGetValue(Retention, out string? text)
                && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long milliseconds)
                && milliseconds >= 0)
            {
                string days = TimeSpan.FromMilliseconds(milliseconds).TotalDays.ToString("0.###", CultureInfo.InvariantCulture);
                engine.Logs.Add(WarningLevel, "TOPICS", $"topic '{essentials}' keeps records for {days} days ({Retention}={text}): data format definitions, which are written once, will expire before the sessions that use them; set {Retention}=-1 on it, or topic_retention before topics are made");
            }
        }
    }
}
