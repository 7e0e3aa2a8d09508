using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;

namespace MaStreaming.Kafka;

/// <summary>Asks a cluster about its topics and makes new ones, through the connections of a client. Any thread may call it; calls wait.</summary>
internal sealed unsafe class KafkaAdmin
{
    private const int FirstSliceMilliseconds = 250;
    private const int PollMilliseconds = 20;

    private readonly KafkaClient _client;
    private readonly OffsetListing _offsets;

    public KafkaAdmin(KafkaClient client)
    {
        _client = client;
        _offsets = new OffsetListing(client, RefreshMetadata);
    }

    /// <summary>Returns every topic of the cluster; asking makes none.</summary>
    /// <exception cref="StreamingException">No broker answered in time; names the brokers and what went wrong last.</exception>
    public IReadOnlyList<TopicMetadata> ListTopics(int timeoutMilliseconds)
    {
        using HandleLease lease = _client.Handle.Lease();
        using KafkaMetadataHandle metadata = RequestMetadata(lease.Pointer, IntPtr.Zero, timeoutMilliseconds);
        List<TopicMetadata> topics = new(metadata.Topics.Length);
        foreach (ref readonly NativeMetadataTopic topic in metadata.Topics)
        {
            if (topic.PartitionCount > 0)
            {
                topics.Add(new TopicMetadata(LibRdKafka.Text(topic.Name), topic.PartitionCount));
            }
        }

        return topics;
    }

    /// <summary>Makes a topic and waits until the cluster shows it with all its leaders. One that exists already stays as it is.</summary>
    /// <remarks>
    /// A broker that cannot create on request (the mock cluster) creates it by itself when asked about it, with its own partition count.
    /// </remarks>
    /// <param name="name">The topic's name.</param>
    /// <param name="partitions">How many partitions.</param>
    /// <param name="configuration">Properties of the topic, as the broker names them.</param>
    /// <param name="timeoutMilliseconds">How long all of it may take.</param>
    /// <exception cref="StreamingException">The broker refused, or it is not there in time.</exception>
    public void CreateTopic(string name, int partitions, IReadOnlyDictionary<string, string> configuration, int timeoutMilliseconds)
    {
        Stopwatch watch = Stopwatch.StartNew();
        using HandleLease lease = _client.Handle.Lease();
        (ResponseError error, string text) = RequestTopic(lease.Pointer, name, partitions, configuration, timeoutMilliseconds);
        bool mayBeThere = error is ResponseError.NoError or ResponseError.TopicAlreadyExists or ResponseError.UnsupportedFeature;
        if (!mayBeThere && !Exists(name, Remaining(timeoutMilliseconds, watch)))
        {
            ErrorCode code = ErrorCodes.From(error);
            throw new StreamingException(
                code == ErrorCode.Internal ? ErrorCode.TopicUnavailable : code, $"topic '{name}' could not be created: {text}");
        }

        AwaitTopic(lease.Pointer, name, timeoutMilliseconds, watch);
    }

    /// <summary>Returns the offset after the last record of each partition; partitions that do not exist are absent.</summary>
    /// <exception cref="StreamingException">No broker answered in time.</exception>
    public IReadOnlyDictionary<TopicPartition, long> LatestOffsets(IReadOnlyCollection<TopicPartition> partitions, int timeoutMilliseconds) =>
        Offsets(partitions, OffsetListing.Latest, timeoutMilliseconds);

    /// <summary>Returns the offset of the first record that each partition still has; partitions that do not exist are absent.</summary>
    /// <exception cref="StreamingException">No broker answered in time.</exception>
    public IReadOnlyDictionary<TopicPartition, long> EarliestOffsets(IReadOnlyCollection<TopicPartition> partitions, int timeoutMilliseconds) =>
        Offsets(partitions, OffsetListing.Earliest, timeoutMilliseconds);

    /// <summary>Returns the offset of the first record whose timestamp is at least that; -1 where there is none.</summary>
    /// <exception cref="StreamingException">No broker answered in time.</exception>
    public IReadOnlyDictionary<TopicPartition, long> OffsetsForTime(IReadOnlyCollection<TopicPartition> partitions, long milliseconds, int timeoutMilliseconds) =>
        Offsets(partitions, Math.Max(0, milliseconds), timeoutMilliseconds);

    /// <summary>Returns offset and timestamp of the record with the largest timestamp of each partition; those that do not exist are absent.</summary>
    /// <exception cref="StreamingException">No broker answered in time.</exception>
    public IReadOnlyDictionary<TopicPartition, ListedOffset> NewestRecords(IReadOnlyCollection<TopicPartition> partitions, int timeoutMilliseconds) =>
        _offsets.List(partitions, OffsetListing.Newest, timeoutMilliseconds);

    /// <summary>Returns the properties of a topic, as the broker names them; null where the broker does not tell.</summary>
    public IReadOnlyDictionary<string, string>? TopicConfiguration(string topic, int timeoutMilliseconds)
    {
        using HandleLease lease = _client.Handle.Lease();
        using AdminOptionsHandle options = new(lease.Pointer, LibRdKafka.AdminDescribeConfigurations, timeoutMilliseconds);
        using KafkaQueueHandle answers = KafkaQueueHandle.Answers(_client.Handle);
        IntPtr resource = LibRdKafka.NewConfigurationResource(LibRdKafka.TopicResource, topic);
        LibRdKafka.DescribeConfigurations(lease.Pointer, &resource, (UIntPtr)1, options, answers);
        LibRdKafka.DestroyConfigurationResource(resource);
        using KafkaEventHandle? answer = KafkaEventHandle.Await(answers, timeoutMilliseconds);
        return answer is null || LibRdKafka.EventErrorCode(answer.Pointer) != ResponseError.NoError ? null : Entries(answer.Pointer);
    }

    private static Dictionary<string, string> Entries(IntPtr answer)
    {
        Dictionary<string, string> properties = [];
        UIntPtr count;
        IntPtr* resources = LibRdKafka.DescribeConfigurationsResources(LibRdKafka.DescribeConfigurationsResult(answer), &count);
        IntPtr* entries = LibRdKafka.ConfigurationEntries(resources[0], &count);
        for (int i = 0; i < (int)count; i++)
        {
            properties[LibRdKafka.Text(LibRdKafka.ConfigurationEntryName(entries[i]))] = LibRdKafka.Text(LibRdKafka.ConfigurationEntryValue(entries[i]));
        }

        return properties;
    }

    private Dictionary<TopicPartition, long> Offsets(IReadOnlyCollection<TopicPartition> partitions, long which, int timeoutMilliseconds)
    {
        Dictionary<TopicPartition, long> offsets = new(partitions.Count);
        foreach (KeyValuePair<TopicPartition, ListedOffset> listed in _offsets.List(partitions, which, timeoutMilliseconds))
        {
            offsets.Add(listed.Key, listed.Value.Offset);
        }

        return offsets;
    }

    private void RefreshMetadata(int timeoutMilliseconds)
    {
        using HandleLease lease = _client.Handle.Lease();
        using KafkaMetadataHandle metadata = RequestMetadata(lease.Pointer, IntPtr.Zero, timeoutMilliseconds);
    }

    private static int Remaining(int timeoutMilliseconds, Stopwatch watch) =>
        (int)Math.Max(0, timeoutMilliseconds - watch.ElapsedMilliseconds);

    /// <summary>
    /// Asks for metadata of all topics, or of one. In growing slices, so that a refused login is reported as soon as it is known while a slow
    /// broker still gets its time.
    /// </summary>
    private KafkaMetadataHandle RequestMetadata(IntPtr handle, IntPtr onlyTopic, int timeoutMilliseconds)
    {
        Stopwatch watch = Stopwatch.StartNew();
        int slice = FirstSliceMilliseconds;
        while (true)
        {
            NativeMetadata* metadata;
            ResponseError error = LibRdKafka.Metadata(
                handle,
                onlyTopic == IntPtr.Zero ? 1 : 0,
                onlyTopic,
                &metadata,
                Math.Min(slice, Remaining(timeoutMilliseconds, watch)));
            if (error == ResponseError.NoError)
            {
                _client.Trouble.Answered();
                return new KafkaMetadataHandle(metadata);
            }

            bool slow = error == ResponseError.TimedOut;
            int remaining = Remaining(timeoutMilliseconds, watch);
            if (remaining == 0 || _client.Trouble.IsFinal || !(slow || ResponseErrors.IsTransient(error)))
            {
                throw _client.Trouble.NoAnswer(error, watch.ElapsedMilliseconds);
            }

            slice = slow ? slice * 2 : slice;
            Thread.Sleep(slow ? 0 : Math.Min(PollMilliseconds, remaining));
        }
    }

    private bool Exists(string name, int timeoutMilliseconds)
    {
        foreach (TopicMetadata topic in ListTopics(timeoutMilliseconds))
        {
            if (topic.Name == name)
            {
                return true;
            }
        }

        return false;
    }

    private (ResponseError Error, string Text) RequestTopic(
        IntPtr handle, string name, int partitions, IReadOnlyDictionary<string, string> configuration, int timeoutMilliseconds)
    {
        using TopicRequestHandle request = new(name, partitions);
        foreach (KeyValuePair<string, string> property in configuration)
        {
            ResponseErrors.ThrowIfAny(
                LibRdKafka.SetTopicRequestConfiguration(request, property.Key, property.Value), $"setting {property.Key} of topic '{name}'");
        }

        using AdminOptionsHandle options = new(handle, LibRdKafka.AdminCreateTopics, timeoutMilliseconds);
        using KafkaQueueHandle answers = KafkaQueueHandle.Answers(_client.Handle);
        IntPtr pointer = request.Pointer;
        LibRdKafka.CreateTopics(handle, &pointer, (UIntPtr)1, options, answers);
        using KafkaEventHandle? answer = KafkaEventHandle.Await(answers, timeoutMilliseconds);
        IntPtr result = answer is null ? IntPtr.Zero : LibRdKafka.CreateTopicsResult(answer.Pointer);
        ResponseError error = answer is null ? ResponseError.TimedOut : LibRdKafka.EventErrorCode(answer.Pointer);
        if (error != ResponseError.NoError)
        {
            string text = answer is null ? ResponseErrors.Describe(error) : LibRdKafka.Text(LibRdKafka.EventErrorText(answer.Pointer));
            return (error, _client.Trouble.Last is { } reason ? $"{text}; {reason}" : text);
        }

        UIntPtr count;
        IntPtr* topics = LibRdKafka.CreateTopicsResultTopics(result, &count);
        return (LibRdKafka.TopicResultError(topics[0]), LibRdKafka.Text(LibRdKafka.TopicResultErrorText(topics[0])));
    }

    private void AwaitTopic(IntPtr handle, string name, int timeoutMilliseconds, Stopwatch watch)
    {
        using KafkaTopicHandle topic = new(_client.Handle, name);
        while (!IsReady(handle, topic, Math.Max(FirstSliceMilliseconds, Remaining(timeoutMilliseconds, watch))))
        {
            int remaining = Remaining(timeoutMilliseconds, watch);
            if (remaining == 0)
            {
                throw new StreamingException(
                    ErrorCode.TopicUnavailable, $"topic '{name}' was asked for but is not there after {watch.ElapsedMilliseconds} ms");
            }

            Thread.Sleep(Math.Min(PollMilliseconds, remaining));
        }
    }

    private bool IsReady(IntPtr handle, KafkaTopicHandle topic, int timeoutMilliseconds)
    {
        using KafkaMetadataHandle metadata = RequestMetadata(handle, topic.Pointer, timeoutMilliseconds);
        foreach (ref readonly NativeMetadataTopic shown in metadata.Topics)
        {
            if (LibRdKafka.Text(shown.Name) == topic.Name)
            {
                if (ErrorCodes.From(shown.Error) == ErrorCode.Authentication)
                {
                    ResponseErrors.ThrowIfAny(shown.Error, $"looking for topic '{topic.Name}'");
                }

                return shown.Error == ResponseError.NoError && shown.PartitionCount > 0 && HasLeaders(shown);
            }
        }

        return false;
    }

    private static bool HasLeaders(in NativeMetadataTopic topic)
    {
        for (int i = 0; i < topic.PartitionCount; i++)
        {
            if (topic.Partitions[i].Leader < 0)
            {
                return false;
            }
        }

        return true;
    }
}
