using System;
using System.Collections.Generic;
using System.Threading;
using MaStreaming.Kafka;

namespace MaStreaming.Engine;

/// <summary>The topics that the broker is known to have, and the one place that makes new ones.</summary>
internal sealed class TopicCatalog(ProducerSupply producers)
{
    private const int LongestIntervalMilliseconds = 5_000;

    private readonly object _refreshing = new();
    private Dictionary<string, int> _topics = [];
    private long _lookedAt = long.MinValue;
    private long _cost;
    private int _version;

    /// <summary>Partition count by topic name, as last seen.</summary>
    public IReadOnlyDictionary<string, int> Topics => _topics;

    /// <summary>Counts the refreshes that found something new, so that a reader can tell whether to look again.</summary>
    public int Version => _version;

    public bool Has(string topic) => _topics.ContainsKey(topic);

    /// <summary>Partition count of a topic; 1 where it is not known.</summary>
    public int PartitionCount(string topic) => _topics.TryGetValue(topic, out int count) ? count : 1;

    public void Refresh(int timeoutMilliseconds)
    {
        Deadline deadline = Deadline.After(timeoutMilliseconds);
        Enter(timeoutMilliseconds);
        try
        {
            Look(deadline);
        }
        finally
        {
            Monitor.Exit(_refreshing);
        }
    }

    /// <summary>Refreshes when the last look is older than the interval; a slow broker, or one that did not answer, is asked less often.</summary>
    /// <remarks>Where another thread is asking already, its answer is waited for by nobody: the next call has it.</remarks>
    public void RefreshIfOlder(int intervalMilliseconds, int timeoutMilliseconds)
    {
        if (!Monitor.TryEnter(_refreshing))
        {
            return;
        }

        try
        {
            long age = _lookedAt == long.MinValue ? long.MaxValue : Deadline.NowMilliseconds() - _lookedAt;
            if (age >= Math.Max(intervalMilliseconds, Math.Min(_cost * 10, LongestIntervalMilliseconds)))
            {
                Refresh(timeoutMilliseconds);
            }
        }
        finally
        {
            Monitor.Exit(_refreshing);
        }
    }

    /// <summary>Makes sure that a topic is there; partitions and configuration are for one that is made now.</summary>
    public void Ensure(string topic, int partitions, IReadOnlyDictionary<string, string> configuration, Deadline deadline)
    {
        if (Has(topic))
        {
            return;
        }

        Enter(deadline.RemainingMilliseconds);
        try
        {
            Look(deadline);
            if (Has(topic))
            {
                return;
            }

            producers.Admin.CreateTopic(topic, partitions, configuration, deadline.RemainingMilliseconds);
            Look(deadline);
        }
        finally
        {
            Monitor.Exit(_refreshing);
        }

        if (!Has(topic))
        {
            throw new StreamingException(ErrorCode.TopicUnavailable, $"topic '{topic}' was created but the broker does not list it");
        }
    }

    /// <summary>Every partition of a topic that is there.</summary>
    public IEnumerable<TopicPartition> PartitionsOf(string topic)
    {
        int count = _topics.TryGetValue(topic, out int known) ? known : 0;
        for (int partition = 0; partition < count; partition++)
        {
            yield return new TopicPartition(topic, partition);
        }
    }

    private void Enter(int timeoutMilliseconds)
    {
        if (!Monitor.TryEnter(_refreshing, timeoutMilliseconds))
        {
            throw new StreamingException(ErrorCode.Timeout, $"another request for the list of topics was still waiting for the broker after {timeoutMilliseconds} ms");
        }
    }

    private void Look(Deadline deadline)
    {
        long began = Deadline.NowMilliseconds();
        try
        {
            Dictionary<string, int> topics = [];
            foreach (TopicMetadata topic in producers.Admin.ListTopics(deadline.RemainingMilliseconds))
            {
                topics[topic.Name] = topic.PartitionCount;
            }

            Publish(topics);
        }
        finally
        {
            _lookedAt = Deadline.NowMilliseconds();
            _cost = _lookedAt - began;
        }
    }

    private void Publish(Dictionary<string, int> topics)
    {
        bool same = topics.Count == _topics.Count;
        if (same)
        {
            foreach (KeyValuePair<string, int> topic in topics)
            {
                if (!_topics.TryGetValue(topic.Key, out int count) || count != topic.Value)
                {
                    same = false;
                    break;
                }
            }
        }

        if (!same)
        {
            _topics = topics;
            _version++;
        }
    }
}
