using System.Collections.Generic;
using System.Linq;
using MaStreaming.Engine;
using MaStreaming.Kafka;
using MaStreaming.Protocol;
using Xunit;

namespace MaStreaming.SessionManagement;

/// <summary>The merge rules of wire contract 3.4, and what observers are told.</summary>
public sealed class SessionStoreTests
{
    private readonly SessionStore _store = new(new LogQueue());

    [Fact]
    public void A_new_session_has_what_its_packet_says()
    {
        Apply("NewSession", New(identifier: "run", creationTimeNs: 5), timestamp: 7);

        Session session = _store.Require("Car", "k");
        Assert.Equal(("run", "Session", 1u, false), (session.Identifier, session.Type, session.Version, session.IsHistorical));
        Assert.Equal(3_600_000_000_000, session.UtcOffsetNanoseconds);
        Assert.Equal(5, session.CreationTimeNanoseconds);
        Assert.Equal(42, session.StartOffsets["Car:0"]);
    }

    [Fact]
    public void Information_inside_counts_only_where_it_names_its_data_source()
    {
        Apply("NewSession", new NewSessionPacket { DataSource = "Car", SessionInfo = new SessionInfoPacket { Identifier = "run", Type = "T", Version = 3 } }.ToBytes());

        Session session = _store.Require("Car", "k");
        Assert.Equal(("", "", 0u), (session.Identifier, session.Type, session.Version));
    }

    [Fact]
    public void The_record_tells_the_time_where_the_packet_does_not()
    {
        Apply("NewSession", new NewSessionPacket { DataSource = "Car" }.ToBytes(), timestamp: 7);
        Apply("EndOfSession", new EndOfSessionPacket { DataSource = "Car" }.ToBytes(), timestamp: 9);

        Session session = _store.Require("Car", "k");
        Assert.Equal((7_000_000, 9_000_000), (session.CreationTimeNanoseconds, session.TerminationTimeNanoseconds));
    }

    [Fact]
    public void Empty_values_of_an_update_keep_what_is_stored_and_details_are_set_one_by_one()
    {
        Apply("NewSession", New(identifier: "run", details: [("a", "1"), ("b", "2")], associates: ["x"]));
        Apply("SessionInfo", new SessionInfoPacket { DataSource = "Car", Details = [("b", "3"), ("c", "4")] }.ToBytes());

        Session session = _store.Require("Car", "k");
        Assert.Equal(("run", "Session", 1u), (session.Identifier, session.Type, session.Version));
        Assert.Equal([("a", "1"), ("b", "3"), ("c", "4")], session.Details);
        Assert.Equal(["x"], session.AssociateSessionKeys);
    }

    [Fact]
    public void A_list_of_associates_replaces_the_stored_one_and_is_a_set()
    {
        Apply("NewSession", New(associates: ["x"]));
        Apply("SessionInfo", new SessionInfoPacket { DataSource = "Car", AssociateSessionKeys = ["y", "z", "y"] }.ToBytes());

        Assert.Equal(["y", "z"], _store.Require("Car", "k").AssociateSessionKeys);
    }

    [Fact]
    public void An_update_and_an_end_that_come_first_are_kept_for_their_session()
    {
        Apply("SessionInfo", new SessionInfoPacket { DataSource = "Car", Identifier = "later" }.ToBytes());
        Apply("EndOfSession", new EndOfSessionPacket { DataSource = "Car", TerminationTimeNs = 9 }.ToBytes());
        Assert.Null(_store.Find("k"));
        Apply("NewSession", New(identifier: "run"));

        Session session = _store.Require("Car", "k");
        Assert.Equal(("later", true, 9), (session.Identifier, session.IsHistorical, session.TerminationTimeNanoseconds));
    }

    [Fact]
    public void Only_the_first_of_several_beginnings_and_ends_counts()
    {
        Apply("NewSession", New(identifier: "first"));
        Apply("NewSession", New(identifier: "second"));
        Apply("EndOfSession", new EndOfSessionPacket { DataSource = "Car", TerminationTimeNs = 1, TopicPartitionOffsets = [("Car:0", 10)] }.ToBytes());
        Apply("EndOfSession", new EndOfSessionPacket { DataSource = "Car", TerminationTimeNs = 2, TopicPartitionOffsets = [("Car:0", 20)] }.ToBytes());

        Session session = _store.Require("Car", "k");
        Assert.Equal(("first", 1, 10), (session.Identifier, session.TerminationTimeNanoseconds, session.EndOffsets["Car:0"]));
    }

    [Fact]
    public void Records_that_are_not_about_sessions_are_counted_and_change_nothing()
    {
        _store.Apply(new StateRecord(false, 1, 0, true), Packet.Encode("NewSession", "k", false, 0, New()));
        _store.Apply(new StateRecord(true, 1, 0, true), [0xFF, 0xFF]);
        _store.Apply(new StateRecord(true, 1, 0, true), Packet.Encode("SystemStatus", "k", false, 0, []));
        _store.Apply(new StateRecord(true, 1, 0, true), Packet.Encode("NewSession", "", false, 0, New()));
        _store.Apply(new StateRecord(true, 1, 0, true), Packet.Encode("NewSession", "k", false, 0, [0xFF]));

        Assert.Empty(_store.All());
        Assert.Equal(5, _store.Skipped);
    }

    [Fact]
    public void Observers_are_told_each_change_once_and_in_order()
    {
        Apply("NewSession", New(), key: "before");
        ObserverQueue<SessionChange> changes = _store.Observe(out IReadOnlyList<Session> known);
        Apply("NewSession", New(identifier: "run"));
        Apply("NewSession", New(identifier: "run"));
        Apply("SessionInfo", new SessionInfoPacket { DataSource = "Car", Identifier = "run" }.ToBytes());
        Apply("SessionInfo", new SessionInfoPacket { DataSource = "Car", AssociateSessionKeys = ["before"] }.ToBytes());
        Apply("EndOfSession", new EndOfSessionPacket { DataSource = "Car" }.ToBytes());
        Apply("EndOfSession", new EndOfSessionPacket { DataSource = "Car" }.ToBytes());

        Assert.Equal("before", Assert.Single(known).Key);
        List<SessionChange> seen = [];
        while (changes.Take(0) is { } change)
        {
            seen.Add(change);
        }

        Assert.Equal(
            [SessionChangeKind.Started, SessionChangeKind.Changed, SessionChangeKind.Associated, SessionChangeKind.Ended],
            seen.Select(change => change.Kind));
        Assert.All(seen, change => Assert.Equal("k", change.Session.Key));
        Assert.Equal("before", seen[2].Associate?.Key);
    }

    [Fact]
    public void A_session_belongs_to_its_data_source_alone()
    {
        Apply("NewSession", New());

        StreamingException error = Assert.Throws<StreamingException>(() => _store.Require("Car2", "k"));
        Assert.Equal(ErrorCode.UnknownSession, error.Code);
    }

    private static byte[] New(
        string identifier = "",
        long? creationTimeNs = null,
        IReadOnlyList<(string, string)>? details = null,
        IReadOnlyList<string>? associates = null) => new NewSessionPacket
        {
            DataSource = "Car",
            TopicPartitionOffsets = [("Car:0", 42)],
            UtcOffsetNs = 3_600_000_000_000,
            CreationTimeNs = creationTimeNs,
            SessionInfo = new SessionInfoPacket
            {
                DataSource = "Car",
                Identifier = identifier,
                Type = "Session",
                Version = 1,
                Details = details ?? [],
                AssociateSessionKeys = associates ?? [],
            },
        }.ToBytes();

    private void Apply(string type, byte[] content, long timestamp = 1, string key = "k") =>
        _store.Apply(new StateRecord(true, timestamp, 0, true), Packet.Encode(type, key, false, 0, content));
}
