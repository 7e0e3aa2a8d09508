using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using MaStreaming.DataFormatManagement;
using MaStreaming.Kafka;
using MaStreaming.SessionManagement;
using MaStreaming.Topics;

namespace MaStreaming.Engine;

/// <summary>
/// One connection of the library to a broker: a producer with its delivery tracking, the topics that are known, which generation
/// of topic names is used, and the state that is rebuilt from the session and essentials topics.
/// </summary>
internal sealed class StreamingEngine : IDisposable
{
    private const int StateQueueKilobytes = 16_384;
    private const int DiscoveryMilliseconds = 250;
    private const int SlowDiscoveryMilliseconds = 1_000;
    private const int DiscoveryTimeoutMilliseconds = 2_000;
    private const int WarningLevel = 4;
    private const int ErrorLevel = 3;

    private readonly object _naming = new();
    private StateReader? _state;
    private TopicProfile? _profile;
    private StreamLayout? _layout;
    private bool _followsAllDataFormats;
    private bool _warnedOfTwoGenerations;
    private bool _warnedOfDiscovery;
    private int _essentialsVersion = -1;

    public StreamingEngine(EngineSettings settings)
    {
        Settings = settings;
        ProducerProperties = ClientProperties.Producer(settings, Logs);
        ConsumerProperties = ClientProperties.Consumer(settings, StateQueueKilobytes);
        MaxMessageBytes = ClientProperties.MaxMessageBytes(ProducerProperties);
        MessageTimeoutMilliseconds = ClientProperties.MessageTimeoutMilliseconds(ProducerProperties);
        Tracker = new DeliveryTracker(Logs);
        if (settings.Naming != TopicNaming.Auto)
        {
            _profile = TopicProfile.For(settings.Naming, settings.Domain);
        }

        Tokens = settings.AsksForTokens ? new TokenSource() : null;
        Producers = new ProducerSupply(ProducerProperties, Logs, Tracker, Tokens);
        try
        {
            // Made here so that a property that only a consumer refuses is refused before any contact with the broker.
            StateConsumer = new KafkaConsumer(ConsumerProperties, Logs, Tokens);
        }
        catch
        {
            Producers.Dispose();
            throw;
        }

        Catalog = new TopicCatalog(Producers);
        Creation = new TopicCreation(this);
        Publisher = new RecordPublisher(Producers, Tracker);
        Sessions = new SessionStore(Logs);
        Activity = new SessionActivity(this);
        DataFormats = new DataFormatStore(Logs);
    }

    public EngineSettings Settings { get; }

    public LogQueue Logs { get; } = new();

    public DeliveryTracker Tracker { get; }

    /// <summary>The token that all clients log in with; null where they need none, or get it by themselves.</summary>
    public TokenSource? Tokens { get; }

    public ProducerSupply Producers { get; }

    /// <summary>The producer in use; another one after a fatal error.</summary>
    public KafkaProducer Producer => Producers.Current;

    public KafkaAdmin Admin => Producers.Admin;

    public TopicCatalog Catalog { get; }

    public TopicCreation Creation { get; }

    public RecordPublisher Publisher { get; }

    public SessionStore Sessions { get; }

    public SessionActivity Activity { get; }

    public DataFormatStore DataFormats { get; }

    public int MaxMessageBytes { get; }

    /// <summary>After this time a record is stored or given up.</summary>
    public int MessageTimeoutMilliseconds { get; }

    public IReadOnlyDictionary<string, string> ProducerProperties { get; }

    /// <summary>Those of the consumer that reads the state.</summary>
    public IReadOnlyDictionary<string, string> ConsumerProperties { get; }

    /// <summary>The generation of topic names in use; null while that is open.</summary>
    public TopicProfile? Profile => Volatile.Read(ref _profile);

    /// <summary>The streams of every data source, as the topics that are known show them; null while the generation of topic names is open.</summary>
    public StreamLayout? Layout
    {
        get
        {
            if (Profile is not { } profile)
            {
                return null;
            }

            IReadOnlyDictionary<string, int> topics = Catalog.Topics;
            StreamLayout? known = Volatile.Read(ref _layout);
            if (known is null || !ReferenceEquals(known.Topics, topics))
            {
                known = new StreamLayout(profile, Settings.PartitionMappings, topics);
                Volatile.Write(ref _layout, known);
            }

            return known;
        }
    }

    public StateReader State =>
        _state ?? throw new StreamingException(ErrorCode.Lifecycle, "the client is not connected: call initialise() first");

    private KafkaConsumer StateConsumer { get; }

    /// <summary>Connects, chooses the generation of topic names where it shows, and rebuilds the sessions.</summary>
    public void Connect(CancellationToken cancellation)
    {
        Deadline deadline = Deadline.After(Settings.TimeoutMilliseconds);
        Catalog.Refresh(deadline.RemainingMilliseconds);
        LookForProfile();
        if (_state is null)
        {
            _state = new StateReader(StateConsumer, Producers, Logs, Discover);
            _state.Start();
        }

        IReadOnlyCollection<TopicPartition> partitions = FollowSessionTopic(deadline);
        if (partitions.Count > 0)
        {
            _state.CatchUp(partitions, deadline, cancellation);
        }
    }

    /// <summary>The profile in use; where it is still open, the current generation is settled on now (API: a writer's first session).</summary>
    public TopicProfile SettleProfile(Deadline deadline)
    {
        if (Profile is null)
        {
            Catalog.Refresh(deadline.RemainingMilliseconds);
            LookForProfile();
        }

        lock (_naming)
        {
            if (_profile is null)
            {
                Volatile.Write(ref _profile, TopicProfile.For(TopicNaming.V2, Settings.Domain));
            }

            return _profile!;
        }
    }

    /// <summary>The profile in use, for what needs a session to be there already.</summary>
    public TopicProfile RequireProfile() => Profile ?? throw new StreamingException(
        ErrorCode.TopicUnavailable,
        "the broker has no session topic of either generation yet: create a session first, or set topic_naming to V1 or V2");

    /// <summary>The streams of every data source, for what needs a session to be there already.</summary>
    public StreamLayout RequireLayout()
    {
        RequireProfile();
        return Layout!;
    }

    /// <summary>Makes the session topic known to the state reader as soon as it is there.</summary>
    public IReadOnlyCollection<TopicPartition> FollowSessionTopic(Deadline deadline)
    {
        if (Profile is not { } profile)
        {
            return [];
        }

        TopicPartition[] partitions = Catalog.PartitionsOf(profile.SessionTopic).ToArray();
        State.Follow(partitions.Select(partition => (partition, (IStateSink)Sessions)).ToArray(), allIsNews: false, deadline);
        return partitions;
    }

    /// <summary>The same, looking for a session topic that was made since the last look.</summary>
    public IReadOnlyCollection<TopicPartition> FindSessionTopic(Deadline deadline)
    {
        IReadOnlyCollection<TopicPartition> partitions = FollowSessionTopic(deadline);
        if (partitions.Count > 0)
        {
            return partitions;
        }

        Catalog.Refresh(deadline.RemainingMilliseconds);
        LookForProfile();
        return FollowSessionTopic(deadline);
    }

    /// <summary>Has everything applied that the essentials of a data source hold now, if there are any.</summary>
    public void LoadDataFormats(string dataSource, Deadline deadline, CancellationToken cancellation)
    {
        IReadOnlyCollection<TopicPartition> partitions = FollowDataFormats(dataSource, deadline);
        if (partitions.Count > 0)
        {
            State.CatchUp(partitions, deadline, cancellation);
        }
    }

    /// <summary>Begins to load the data formats of a data source, so that they are there when they are asked for.</summary>
    public IReadOnlyCollection<TopicPartition> FollowDataFormats(string dataSource, Deadline deadline)
    {
        if (Profile is not { } profile)
        {
            return [];
        }

        string topic = profile.EssentialsTopic(dataSource);
        if (!Catalog.Has(topic))
        {
            Catalog.RefreshIfOlder(DiscoveryMilliseconds, deadline.RemainingMilliseconds);
        }

        TopicPartition[] partitions = Catalog.PartitionsOf(topic).ToArray();
        IStateSink sink = DataFormats.SinkFor(dataSource);

        // Where all are followed, one that is not yet has appeared since.
        State.Follow(partitions.Select(partition => (partition, sink)).ToArray(), Volatile.Read(ref _followsAllDataFormats), deadline);
        return partitions;
    }

    /// <summary>Follows the data formats of every data source from now on, those too that are yet to come.</summary>
    public void FollowAllDataFormats(Deadline deadline)
    {
        if (!Volatile.Read(ref _followsAllDataFormats))
        {
            Catalog.Refresh(deadline.RemainingMilliseconds);
            FollowEssentials(allIsNews: false, deadline);
            Volatile.Write(ref _followsAllDataFormats, true);
        }
    }

    /// <summary>Waits for every record on its way, and says in the log what is not stored and was not reported.</summary>
    public void Drain(Deadline deadline)
    {
        IReadOnlyList<DeliveryRoute> routes = Tracker.Routes();
        Producer.BeginFlush();
        Tracker.WaitFor(() => routes.All(route => route.InFlight == 0), deadline);
        long inFlight = routes.Sum(route => route.InFlight);
        if (inFlight > 0)
        {
            Logs.Add(ErrorLevel, "WRITER", $"stopped with {inFlight} records that the broker has not acknowledged in time; they may be lost");
        }

        UnreportedFailures[] failures = routes.Select(route => route.TakeUnreportedFailures()).ToArray();
        if (failures.Sum(each => each.Records) is > 0 and long failed)
        {
            Logs.Add(ErrorLevel, "WRITER", $"stopped with {failed} records that were not stored: {failures.SelectMany(each => each.First).FirstOrDefault()}");
        }
    }

    public void Dispose()
    {
        if (_state is not null)
        {
            _state.Dispose();
        }
        else
        {
            StateConsumer.Dispose();
        }

        Producers.Dispose();
        Tokens?.Close();
        Logs.Close();
    }

    private void FollowEssentials(bool allIsNews, Deadline deadline)
    {
        if (Profile is not { } profile)
        {
            return;
        }

        List<(TopicPartition Partition, IStateSink Sink)> wanted = [];
        foreach (string topic in Catalog.Topics.Keys)
        {
            if (profile.TryDataSourceOfEssentials(topic, out string dataSource))
            {
                IStateSink sink = DataFormats.SinkFor(dataSource);
                wanted.AddRange(Catalog.PartitionsOf(topic).Select(partition => (partition, sink)));
            }
        }

        State.Follow(wanted, allIsNews, deadline);
    }

    /// <summary>On the state reader's thread: the session topic may appear at any time, by another process or by us, and so may essentials.</summary>
    private void Discover()
    {
        bool knowsSessions = Profile is { } profile && State.IsFollowing(new TopicPartition(profile.SessionTopic, 0));
        bool followsAll = Volatile.Read(ref _followsAllDataFormats);
        if (knowsSessions && !followsAll)
        {
            return;
        }

        try
        {
            Deadline deadline = Deadline.After(DiscoveryTimeoutMilliseconds);
            Catalog.RefreshIfOlder(knowsSessions ? SlowDiscoveryMilliseconds : DiscoveryMilliseconds, deadline.RemainingMilliseconds);
            LookForProfile();
            FollowSessionTopic(deadline);
            if (followsAll && Catalog.Version != _essentialsVersion)
            {
                int version = Catalog.Version;
                FollowEssentials(allIsNews: true, deadline);
                _essentialsVersion = version;
            }

            _warnedOfDiscovery = false;
        }
        catch (StreamingException e)
        {
            if (!_warnedOfDiscovery)
            {
                _warnedOfDiscovery = true;
                Logs.Add(WarningLevel, "STATE", $"cannot look for the session topic, trying again: {e.Message}");
            }
        }
    }

    private void LookForProfile()
    {
        lock (_naming)
        {
            if (_profile is not null)
            {
                return;
            }

            ProbeResult probe = TopicNamingProbe.Probe(Catalog.Topics.Keys, Settings.Domain);
            if (probe.Ambiguous.Count > 1 && !_warnedOfTwoGenerations)
            {
                _warnedOfTwoGenerations = true;
                Logs.Add(WarningLevel, "TOPICS", $"the broker has session topics of several generations ({string.Join(", ", probe.Ambiguous)}): using {probe.Naming}; set topic_naming to choose another");
            }

            if (probe.Naming is { } naming)
            {
                Volatile.Write(ref _profile, TopicProfile.For(naming, Settings.Domain));
            }
        }
    }
}
