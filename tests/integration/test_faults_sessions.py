"""Sessions that end oddly or never, and session topics with more than sessions (faults F32, F33; wire contract 3)."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import TYPE_CHECKING

from ma_streaming.protos.open_data_pb2 import EndOfSessionPacket, NewSessionPacket, Packet, SessionInfoPacket
from tests.integration import timed_records
from tests.integration.at_once import at_once
from tests.integration.contract_session import ContractSession
from tests.integration.library import (
    SESSION_STARTED,
    STREAM_COMPLETED,
    ReaderLog,
    by_stream,
    started,
    within,
)
from tests.integration.one_generation import OneGeneration
from tests.integration.session_log import CHANGED, ENDED, STARTED, SessionLog
from tests.integration.written_session import WrittenSession

if TYPE_CHECKING:
    from collections.abc import Callable

    from ma_streaming import SessionInfo
    from tests.integration.contract_actor import ContractActor
    from tests.integration.contract_topics import ContractTopics
    from tests.integration.library import Library

HOUR = timedelta(hours=1)
MOST_EARLY_UPDATES = 10_000


def info_of(library: Library, session: ContractSession | WrittenSession) -> SessionInfo:
    """Ask the library for a session."""
    return library.sessions.get_session_info(session.data_source, session.key).unwrap()


def kinds_on_topic(actor: ContractActor, session_key: str) -> list[str]:
    """List the types of a session's records on the session topic."""
    return [record.packet.type for record in actor.read_session(actor.topics.session, session_key)]


class TestNeverEnded:
    def test_f32_a_session_whose_writer_went_away_stays_live_and_becomes_stale(
        self, actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
    ) -> None:
        writer = connect(topics)
        abandoned = WrittenSession(writer, data_source, "Stream1").open()
        abandoned.write_lap("Stream1", 1)
        writer.writer.flush().unwrap()
        writer.stop()
        other = connect(topics)
        info = info_of(other, abandoned)
        assert (info.historical, info.termination_time) == (False, None)
        newest_ms = max(
            record.timestamp_ms
            for topic in (topics.session, *topics.of(data_source, "Stream1"))
            for record in actor.read_session(topic, abandoned.key)
        )
        assert info.last_activity_time == datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=newest_ms)
        assert not info.is_stale(HOUR)
        assert info.is_stale(HOUR, now=datetime.now(timezone.utc) + 2 * HOUR)

    def test_f32_ending_an_abandoned_session_by_force_ends_its_readers(
        self, connect: Callable[..., Library], topics: ContractTopics, data_source: str
    ) -> None:
        writer = connect(topics)
        abandoned = WrittenSession(writer, data_source, "Stream1").open()
        writer.writer.flush().unwrap()
        writer.stop()
        other, watcher = connect(topics), connect(topics)
        events = SessionLog(watcher.sessions, data_source)
        log = ReaderLog(watcher.live(data_source))
        with started(log.reader):
            log.wait_for("packet", 2)
            last_activity = info_of(other, abandoned).last_activity_time
            ended = other.sessions.end_session(data_source, abandoned.key, force=True).unwrap()
            assert log.wait_for_completion(abandoned.key) == "ended"
        assert ended.historical
        assert not ended.is_stale(timedelta(0))
        for stream, packets in log.received(abandoned.key).items():
            assert packets[:-1] == abandoned.expected[stream]
            last = Packet.FromString(packets[-1])
            assert (last.type, last.session_key) == ("EndOfSession", abandoned.key)
        events.wait_for(ENDED, abandoned.key)
        assert info_of(watcher, abandoned).termination_time == ended.termination_time == last_activity


class TestEndedTwice(OneGeneration):
    def test_f32_ending_a_session_that_another_process_ended_changes_nothing(
        self, actor: ContractActor, library: Library, connect: Callable[..., Library], data_source: str
    ) -> None:
        session = WrittenSession(library, data_source).complete()
        other = connect(actor.topics)
        first = info_of(library, session)
        again = [service.sessions.end_session(data_source, session.key).unwrap() for service in (other, library, other)]
        assert {info.termination_time for info in again} == {first.termination_time}
        assert kinds_on_topic(actor, session.key) == ["NewSession", "EndOfSession"]

    def test_f32_two_processes_that_end_a_session_at_once_both_succeed_with_one_end(
        self, library: Library, connect: Callable[..., Library], topics: ContractTopics, data_source: str
    ) -> None:
        other = connect(topics)
        watcher = connect(topics)
        events = SessionLog(watcher.sessions, data_source)
        sessions = [WrittenSession(library, data_source) for _ in range(10)]
        other.wait_for_session(data_source, sessions[-1].key)
        services = [library.sessions, other.sessions]
        ended: dict[str, list[SessionInfo]] = {}
        for key in (session.key for session in sessions):
            results = at_once(*(partial(each.end_session, data_source, key) for each in services))
            ended[key] = [result.unwrap() for result in results]
        events.wait_for(ENDED, *ended)
        for session in sessions:
            both = [info.termination_time for info in ended[session.key]]
            assert both == [info_of(watcher, session).termination_time] * 2
        assert sorted(events.keys(ENDED)) == sorted(ended)


class TestLateData(OneGeneration):
    def test_f32_what_is_written_after_the_end_does_not_hold_up_its_readers(
        self, library: Library, connect: Callable[..., Library], topics: ContractTopics, data_source: str
    ) -> None:
        log = ReaderLog(library.live(data_source))
        with started(log.reader):
            session = WrittenSession(library, data_source, "Stream1").complete(laps=3)
            complete = {stream: list(packets) for stream, packets in session.expected.items()}
            for number in range(20):
                session.write_lap("Stream1", number)
            assert log.wait_for_completion(session.key) == "ended"
        assert library.writer.flush(10).success
        reader = started(connect(topics).historic(data_source, session.key))
        with within(5):
            read_later = by_stream(list(reader))
        reader.stop()
        for received in (log.received(session.key), read_later):
            assert received.keys() == complete.keys()
            for stream, packets in received.items():
                # Late packets may come as well, but in order and without a gap.
                assert len(packets) >= len(complete[stream])
                assert packets == session.expected[stream][: len(packets)]

    def test_f32_data_that_is_still_coming_when_the_session_ends_is_read(
        self, actor: ContractActor, library: Library, data_source: str
    ) -> None:
        session = ContractSession(actor, data_source, "Stream1").announce()
        session.open_streams("Sin:MyApp")
        log = ReaderLog(library.live(data_source))
        with started(log.reader):
            log.wait_for("packet", 4)
            session.end()
            session.write_periodic("Stream1", 50)
            session.end_streams()
            assert log.wait_for_completion(session.key) == "ended"
        assert log.received(session.key) == session.expected


class TestEndOnSomeStreams(OneGeneration):
    def test_f32_the_reason_says_whether_every_stream_had_its_end(
        self, actor: ContractActor, library: Library, data_source: str
    ) -> None:
        log = ReaderLog(library.live(data_source))
        with started(log.reader):
            reasons = {}
            for streams in (("", "A", "B"), ("A",)):
                session = ContractSession(actor, data_source, "A", "B").announce()
                session.open_streams()
                session.end_streams(*streams)
                session.end()
                with within(10):
                    reasons[streams] = log.wait_for_completion(session.key)
                assert log.received(session.key) == session.expected
                assert {each.stream for each in log.of(STREAM_COMPLETED, session.key)} == {"", "A", "B"}
        assert reasons == {("", "A", "B"): "ended", ("A",): "end_offset"}

    def test_f32_an_end_in_every_stream_does_not_end_the_session(
        self, actor: ContractActor, library: Library, data_source: str
    ) -> None:
        session = ContractSession(actor, data_source, "A").announce()
        session.open_streams()
        session.end_streams()
        library.wait_for_session(data_source, session.key)
        # The end of a later session, for the library to have something to wait for.
        later = ContractSession(actor, data_source, "A").complete()
        library.wait_for_session(data_source, later.key, historical=True)
        assert not info_of(library, session).historical


def early_updates(session: ContractSession) -> None:
    """Write two updates and the end of a session that is not there yet."""
    session.actor.create_data_source(session.data_source)
    session.update(SessionInfoPacket(data_source=session.data_source, identifier="early", details={"a": "1", "b": "1"}))
    session.update(SessionInfoPacket(data_source=session.data_source, details={"b": "2"}))
    session.end(offsets={})


class TestEarlyUpdates:
    def test_f33_updates_and_the_end_before_the_session_are_applied_when_it_comes(
        self, actor: ContractActor, library: Library, connect: Callable[..., Library], data_source: str
    ) -> None:
        events = SessionLog(library.sessions, data_source)
        session = ContractSession(actor, data_source, identifier="late")
        early_updates(session)
        # A session after them on the topic: when it is known, they have been passed.
        mark = ContractSession(actor, data_source).announce()
        library.wait_for_session(data_source, mark.key)
        assert not library.sessions.get_session_info(data_source, session.key).success
        session.announce(info=session.info(details={"a": "0", "c": "0"}))
        events.wait_for(ENDED, session.key)
        for each in (library, connect(actor.topics)):
            info = info_of(each, session)
            assert (info.identifier, info.historical) == ("early", True)
            assert info.details == {"a": "1", "b": "2", "c": "0"}
            assert info.termination_time is not None
        assert [name for name in events.names(session.key) if name != CHANGED] == [STARTED, ENDED]

    def test_f33_a_live_reader_reads_a_session_whose_update_came_first(
        self, actor: ContractActor, library: Library, data_source: str
    ) -> None:
        log = ReaderLog(library.live(data_source, session_identifier_pattern="early"))
        with started(log.reader):
            session = ContractSession(actor, data_source, identifier="late")
            actor.create_data_source(data_source)
            session.update(session.info(identifier="early"))
            session.complete()
            assert log.wait_for_completion(session.key) == "ended"
        assert log.received(session.key) == session.expected
        assert log.of(SESSION_STARTED)[0].identifier == "early"


class TestCounted(OneGeneration):
    """On a session topic of their own, so that every record is known."""

    def test_f33_foreign_records_are_counted_and_start_up_completes(
        self, actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics
    ) -> None:
        before = ContractSession(actor, "Car").announce()
        for key, value in foreign_records(before.key):
            timed_records.produce(actor.bootstrap_servers, topics.session, key, value)
        keyed_empty = ContractSession(actor, "Car").announce(record_key="")
        after = ContractSession(actor, "Car").announce()
        with within(10):
            library = connect(topics)
            assert library.session_keys("Car") == [before.key, keyed_empty.key, after.key]
        statistics = library.sessions.statistics().unwrap()
        assert statistics.sessions == 3
        assert statistics.skipped_records == len(foreign_records(before.key))
        assert (statistics.waiting_updates, statistics.dropped_updates) == (0, 0)
        assert library.logger.of("warning")

    def test_f33_waiting_updates_are_counted_until_their_session_comes(
        self, actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics
    ) -> None:
        session = ContractSession(actor, "Car")
        early_updates(session)
        library = connect(topics)
        assert library.sessions.statistics().unwrap().waiting_updates == 3
        session.announce()
        library.wait_for_session("Car", session.key, historical=True)
        statistics = library.sessions.statistics().unwrap()
        assert (statistics.sessions, statistics.waiting_updates, statistics.dropped_updates) == (1, 0, 0)
        assert statistics.skipped_records == 0

    def test_f33_a_flood_of_updates_without_a_session_is_bounded_and_harms_no_session(
        self, actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics
    ) -> None:
        actor.create_topics([topics.session])
        flood = MOST_EARLY_UPDATES + 2_000
        content = SessionInfoPacket(data_source="Car", identifier="never").SerializeToString()
        for _ in range(flood):
            key = str(uuid.uuid4())
            value = Packet(type="SessionInfo", session_key=key, content=content).SerializeToString()
            actor.produce(topics.session, key=key.encode(), value=value)
        actor.flush()
        session = ContractSession(actor, "Car").complete()
        with within(10):
            library = connect(topics)
            assert library.session_keys("Car") == [session.key]
        statistics = library.sessions.statistics().unwrap()
        assert statistics.waiting_updates + statistics.dropped_updates == flood
        assert statistics.dropped_updates > 0
        assert info_of(library, session).historical


def foreign_records(known_key: str) -> list[tuple[bytes | None, bytes | None]]:
    """Make keys and values that say nothing about a session."""
    unkeyed = Packet(
        type="NewSession", session_key="unkeyed", content=NewSessionPacket(data_source="Car").SerializeToString()
    )
    nameless = Packet(type="NewSession", content=NewSessionPacket(data_source="Car").SerializeToString())
    end = EndOfSessionPacket(data_source="Car").SerializeToString()
    return [
        (None, unkeyed.SerializeToString()),
        (None, Packet(type="EndOfSession", session_key=known_key, content=end).SerializeToString()),
        (b"key", nameless.SerializeToString()),
        (b"key", b"\xff\xff\xff\xff"),
        (b"key", b""),
        (b"key", None),
        (None, None),
        (b"\xff\xfe", b"{}"),
        (b"key", Packet(type="SystemStatus", session_key="key", content=b"\x01").SerializeToString()),
        (b"key", Packet(type="newsession", session_key="key", content=end).SerializeToString()),
        (b"key", Packet(type="NewSession", session_key="key", content=b"\xff\xff").SerializeToString()),
        (known_key.encode(), Packet(type="SessionInfo", session_key=known_key, content=b"\xff").SerializeToString()),
        (known_key.encode(), Packet(type="EndOfSession", session_key=known_key, content=b"\xff").SerializeToString()),
    ]
