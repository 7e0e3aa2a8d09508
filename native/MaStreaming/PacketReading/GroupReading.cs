using System;
using System.Collections.Generic;
using System.Linq;
using MaStreaming.Engine;
using MaStreaming.Kafka;

namespace MaStreaming.PacketReading;

/// <summary>
/// What a reader does as a member of a group: it reads the partitions that the group grants it, from where the group has committed, and commits
/// what the other side has dealt with. For the reading thread.
/// </summary>
internal sealed class GroupReading : IGroupMember
{
    private const int CommitMilliseconds = 500;
    private const int RequestMilliseconds = 2_000;
    private const int LeaveMilliseconds = 1_000;

    /// <summary>To take part in the group, what librdkafka has fetched is given up, and fetched again: not too often, then.</summary>
    private const int AttendMilliseconds = 3_000;

    private readonly GroupConsumer _consumer;
    private readonly PartitionAssignment _assignment;
    private readonly ReadingPositions _positions;
    private readonly ReaderStatistics _statistics;
    private readonly IReadOnlyDictionary<TopicPartition, ReadPartition> _partitions;
    private readonly HashSet<TopicPartition> _granted = [];
    private readonly Dictionary<TopicPartition, long> _committed = [];
    private string[] _topics = [];
    private Deadline _nextCommit = Deadline.After(0);
    private Deadline _nextAttendance = Deadline.After(AttendMilliseconds);
    private bool _paused;

    /// <param name="consumer">The member.</param>
    /// <param name="assignment">What it reads.</param>
    /// <param name="positions">How far that has been dealt with.</param>
    /// <param name="partitions">The partitions that sessions are read on.</param>
    /// <param name="statistics">Counts commits that fail.</param>
    public GroupReading(
        GroupConsumer consumer,
        PartitionAssignment assignment,
        ReadingPositions positions,
        IReadOnlyDictionary<TopicPartition, ReadPartition> partitions,
        ReaderStatistics statistics)
    {
        _consumer = consumer;
        _assignment = assignment;
        _positions = positions;
        _partitions = partitions;
        _statistics = statistics;
        consumer.Member = this;
    }

    /// <summary>When another member was last seen to get further, in monotonic milliseconds.</summary>
    public long LastProgressAt { get; private set; }

    /// <summary>Asks where the group goes on; partitions without a commit are absent.</summary>
    public IReadOnlyDictionary<TopicPartition, long> Committed(IReadOnlyCollection<TopicPartition> partitions, int timeoutMilliseconds) =>
        _consumer.Committed(partitions, timeoutMilliseconds);

    /// <summary>Shares in these topics from now on.</summary>
    public void Subscribe(IEnumerable<string> topics)
    {
        string[] wanted = topics.Distinct().OrderBy(topic => topic, StringComparer.Ordinal).ToArray();
        if (wanted.Length > 0 && !wanted.SequenceEqual(_topics))
        {
            _consumer.Subscribe(wanted);
            _topics = wanted;
        }
    }

    /// <summary>Splits cursors that were added: those on partitions that are granted can be read now.</summary>
    public IReadOnlyList<StreamCursor> Readable(IReadOnlyList<StreamCursor> added)
    {
        foreach (StreamCursor cursor in added)
        {
            cursor.Partition.IsForeign = !_granted.Contains(cursor.Partition.Partition);
        }

        return added.Where(cursor => !cursor.Partition.IsForeign).ToArray();
    }

    /// <summary>Reads what was granted, sees how far others are, commits; from time to time, and whenever something was granted.</summary>
    public void Tend()
    {
        ReadPartition[] granted = _partitions.Values.Where(partition => partition.IsForeign && partition.CursorCount > 0 && _granted.Contains(partition.Partition)).ToArray();
        if (granted.Length == 0 && !_nextCommit.HasPassed)
        {
            return;
        }

        _nextCommit = Deadline.After(CommitMilliseconds);
        Commit(_granted);
        TopicPartition[] asked = _partitions.Values.Where(partition => partition.IsForeign).Select(partition => partition.Partition).ToArray();
        foreach ((TopicPartition partition, long offset) in _consumer.Committed(asked, RequestMilliseconds))
        {
            Move(_partitions[partition], offset);
        }

        _assignment.Read(granted.SelectMany(partition => partition.Cursors).ToArray());
    }

    /// <summary>Keeps the place in the group while the other side has no room for more.</summary>
    public void AttendWhileFull()
    {
        if (_nextCommit.HasPassed)
        {
            _nextCommit = Deadline.After(CommitMilliseconds);
            Commit(_granted);
        }

        if (_nextAttendance.HasPassed)
        {
            if (!_paused)
            {
                _paused = true;
                _consumer.Pause(_assignment.Partitions.Select(partition => partition.Partition).ToArray());
            }

            _consumer.Attend();
        }
    }

    /// <summary>The consumer was polled, and what came was delivered: there is room again.</summary>
    public void Polled()
    {
        _nextAttendance = Deadline.After(AttendMilliseconds);
        if (_paused)
        {
            _paused = false;
            _consumer.Resume(_assignment.Partitions.Select(partition => partition.Partition).ToArray());
        }
    }

    /// <summary>Commits what was dealt with, and leaves the group.</summary>
    public void Leave()
    {
        Commit(_granted);
        _consumer.Leave(LeaveMilliseconds);
    }

    public void Granted(IReadOnlyCollection<TopicPartition> partitions) => _granted.UnionWith(partitions);

    public bool Revoked(IReadOnlyCollection<TopicPartition> partitions, bool lost)
    {
        if (!lost)
        {
            Commit(partitions);
            _consumer.AwaitCommits(RequestMilliseconds);
        }

        _granted.ExceptWith(partitions);
        ReadPartition[] read = partitions.Where(_partitions.ContainsKey).Select(partition => _partitions[partition]).ToArray();
        bool dropped = _assignment.Drop(read);
        foreach (ReadPartition partition in read)
        {
            partition.IsForeign = true;
        }

        foreach (TopicPartition partition in partitions)
        {
            _committed.Remove(partition);
            if (!_partitions.ContainsKey(partition))
            {
                // Another member may get further before this one is granted it again.
                _positions.Forget(partition);
            }
        }

        return dropped;
    }

    /// <summary>The group has got further on a partition that another member has, or had.</summary>
    private void Move(ReadPartition partition, long committed)
    {
        _committed[partition.Partition] = committed;
        if (committed <= partition.Position)
        {
            return;
        }

        partition.Position = committed;
        foreach (StreamCursor cursor in partition.Cursors)
        {
            cursor.Next = Math.Max(cursor.Next, committed);
            cursor.Start = Math.Max(cursor.Start, committed);
            cursor.Stream.Session.LastProgressAt = LastProgressAt = Deadline.NowMilliseconds();
        }
    }

    private void Commit(IReadOnlyCollection<TopicPartition> partitions)
    {
        if (_consumer.FailedCommits != _statistics.FailedCommits)
        {
            _statistics.FailedCommits = _consumer.FailedCommits;
            _committed.Clear();
        }

        List<TopicPartitionOffset> news = [];
        foreach ((TopicPartition partition, long position) in _positions.Handled())
        {
            bool isOurs = partitions.Contains(partition) && !(_partitions.TryGetValue(partition, out ReadPartition? read) && read.IsForeign);
            if (isOurs && (!_committed.TryGetValue(partition, out long committed) || position > committed))
            {
                news.Add(new TopicPartitionOffset(partition.Topic, partition.Partition, position));
                _committed[partition] = position;
            }
        }

        if (news.Count > 0)
        {
            _consumer.Commit(news);
        }
    }
}
