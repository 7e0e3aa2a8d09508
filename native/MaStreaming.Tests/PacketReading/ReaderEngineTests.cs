using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using MaStreaming.Engine;
using MaStreaming.Interop;
using MaStreaming.Kafka;
using MaStreaming.Protocol;
using MaStreaming.SessionManagement;
using MaStreaming.Topics;
using Xunit;

namespace MaStreaming.PacketReading;

/// <summary>When a session has been read: cases that need a broker to misbehave, or records at exact places.</summary>
public sealed unsafe class ReaderEngineTests : KafkaTestCase
{
    private const int ListOffsetsRequest = 2;
    private const string Source = "Car";
    private const string Main = "Data.Car";

    [Fact]
    public void A_session_whose_partitions_cannot_be_asked_about_is_not_told_as_read()
    {
        StreamingEngine engine = Connect();
        Write(engine, Main, 0, "Data", 10);
        using ReaderEngine reader = Read(engine, ReadingType.Both);
        Cluster.PushRequestErrors(ListOffsetsRequest, Enumerable.Repeat(ResponseError.LeaderNotAvailable, 60).ToArray());
        Announce(engine, (Main, 0, 0));
        End(engine, (Main, 0, 10));

        Assert.Equal((10, CompletionReason.EndOffset), ReadToCompletion(reader));
    }

    [Fact]
    public void The_end_in_one_partition_of_a_stream_does_not_end_the_others()
    {
        Cluster.CreateTopic($"{Main}.A", 2);
        StreamingEngine engine = Connect();
        Announce(engine, (Main, 0, 0), ($"{Main}.A", 0, 0), ($"{Main}.A", 1, 0));
        Write(engine, $"{Main}.A", 1, "Data", 500);

        // Recorded too early for partition 1, as wire contract 3.8 says may be.
        End(engine, (Main, 0, 0), ($"{Main}.A", 0, 0), ($"{Main}.A", 1, 3));
        Write(engine, $"{Main}.A", 0, "EndOfSession", 1);
        using ReaderEngine reader = Read(engine, ReadingType.Historic);

        Assert.Equal(501, ReadToCompletion(reader).Packets);
    }

    [Fact]
    public void A_stream_that_has_no_packet_yet_is_drained_after_the_session_ended()
    {
        Cluster.CreateTopic($"{Main}.A", 1);
        StreamingEngine engine = Connect();
        Announce(engine, (Main, 0, 0), ($"{Main}.A", 0, 0));
        Write(engine, Main, 0, "EndOfSession", 1);
        using ReaderEngine reader = Read(engine, ReadingType.Live);
        End(engine, (Main, 0, 1), ($"{Main}.A", 0, 0));
        Write(engine, $"{Main}.A", 0, "Data", 5);

        Assert.Equal(6, ReadToCompletion(reader).Packets);
    }

    [Fact]
    public void A_live_reader_does_not_read_an_old_session_that_is_changed()
    {
        StreamingEngine engine = Connect();
        SessionManager sessions = new(engine);
        Session old = sessions.Create(Creation("old"), CancellationToken.None);
        sessions.End(Source, old.Key, force: false, CancellationToken.None);
        using ReaderEngine reader = Read(engine, ReadingType.Live);
        sessions.UpdateDetails(Source, old.Key, [("a", "b")], CancellationToken.None);
        Session live = sessions.Create(Creation("live"), CancellationToken.None);

        Assert.Equal(live.Key, NextEvent(reader).Session?.Key);
    }

    [Fact]
    public void What_a_closed_writer_was_given_is_delivered_before_its_client_stops()
    {
        CreateTopics();
        ClientOptions options = new() { BrokerList = Cluster.BootstrapServers, TopicNaming = 2, ProducerProperties = ["linger.ms", "1000"] };
        Interop.StreamingClient client = new(options);
        Finish(client.Connect());
        Interop.PacketWriter writer = client.CreateWriter(100);
        int route = (int)Finish(writer.OpenRoute(Source, "", "k"))!;
        byte[] packet = Packet.Encode("Data", "k", false, 1, []);
        fixed (byte* start = packet)
        {
            Assert.Equal(ErrorCode.None, HotCalls.Writers.At(writer.Id())!.Write(route, start, packet.Length));
        }

        writer.Close();
        client.Stop(Patience);

        Assert.Equal(1, Admin().LatestOffsets([new TopicPartition(Main, 0)], Patience).Values.Single());
    }

    private static object? Finish(Operation operation)
    {
        Assert.True(operation.Wait(Patience));
        return operation.Result();
    }

    private static SessionCreation Creation(string identifier) => new(Source, identifier, "Session", 1, 0, [], []);

    private static void Announce(StreamingEngine engine, params (string Topic, int Partition, long Offset)[] offsets) => Publish(
        engine,
        "NewSession",
        new NewSessionPacket { DataSource = Source, TopicPartitionOffsets = Keys(offsets), SessionInfo = new SessionInfoPacket { DataSource = Source, Identifier = "run" } }.ToBytes());

    private static void End(StreamingEngine engine, params (string Topic, int Partition, long Offset)[] offsets) =>
        Publish(engine, "EndOfSession", new EndOfSessionPacket { DataSource = Source, TopicPartitionOffsets = Keys(offsets) }.ToBytes());

    private static (string Key, long Offset)[] Keys((string Topic, int Partition, long Offset)[] offsets) =>
        offsets.Select(offset => ($"{offset.Topic}:{offset.Partition}", offset.Offset)).ToArray();

    private static void Publish(StreamingEngine engine, string type, byte[] content) => engine.Publisher.Publish(
        "Sys.SessionInfo", 0, "k", Packet.Encode(type, "k", false, 0, content), Deadline.After(Patience), CancellationToken.None);

    private static void Write(StreamingEngine engine, string topic, int partition, string type, int count)
    {
        byte[] packet = Packet.Encode(type, "k", false, 0, []);
        for (int i = 0; i < count; i++)
        {
            engine.Publisher.Publish(topic, partition, "k", packet, Deadline.After(Patience), CancellationToken.None);
        }
    }

    private static ReaderEngine Read(StreamingEngine engine, ReadingType readingType)
    {
        string key = readingType == ReadingType.Historic ? "k" : "";
        ReaderEngine reader = new(engine, new ReaderSettings { DataSource = Source, ReadingType = readingType, SessionKey = key });
        reader.Start(CancellationToken.None);
        return reader;
    }

    private static (int Packets, string Reason) ReadToCompletion(ReaderEngine reader)
    {
        int packets = 0;
        string? reason = null;
        Deadline deadline = Deadline.After(3 * Patience);
        while (reason is null && !deadline.HasPassed)
        {
            foreach (long index in Take(reader))
            {
                packets += index >= 0 ? 1 : 0;
                reason ??= index < 0 && reader.Ring.TakeEvent((int)(-1 - index)) is { Kind: ReaderEventKind.SessionReadingCompleted } completed ? completed.Reason : null;
            }
        }

        return (packets, reason ?? "not completed");
    }

    private static ReaderEvent NextEvent(ReaderEngine reader)
    {
        Deadline deadline = Deadline.After(Patience);
        while (!deadline.HasPassed)
        {
            foreach (long index in Take(reader))
            {
                return reader.Ring.TakeEvent((int)(-1 - index));
            }
        }

        throw new TimeoutException("no event came");
    }

    /// <summary>The first column of the next block's records.</summary>
    private static long[] Take(ReaderEngine reader)
    {
        int block = reader.Ring.Next(100);
        long* row = (long*)reader.Ring.DirectoryAddress + (4 * block);
        return block < 0 ? [] : new ReadOnlySpan<long>((void*)row[0], (int)row[2]).ToArray();
    }

    private StreamingEngine Connect()
    {
        CreateTopics();
        Dictionary<string, string> consumer = new() { ["fetch.wait.max.ms"] = "10" };
        StreamingEngine engine = Track(new StreamingEngine(new EngineSettings(Cluster.BootstrapServers, "", TopicNaming.V2, new Dictionary<string, string>(), consumer, Patience)));
        engine.Connect(CancellationToken.None);
        return engine;
    }

    private void CreateTopics()
    {
        foreach (string topic in new[] { "Sys.SessionInfo", Main, "Essential.Car" })
        {
            Cluster.CreateTopic(topic, 1);
        }
    }
}
