"""Names that Kafka, the wire contract or a user's pattern treat specially (faults F35, V12, V13)."""

from __future__ import annotations

import uuid
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from ma_streaming import InvalidArgumentError, SessionCreationInfo, StreamingError
from ma_streaming.protos.open_data_pb2 import NewSessionPacket, Packet
from ma_streaming.testing import wait_until
from tests.integration.contract_formats import parameter_definition
from tests.integration.contract_session import ContractSession
from tests.integration.contract_topics import V1, ContractTopics
from tests.integration.library import DEADLINE_SECONDS, ReaderLog, started, within
from tests.integration.one_generation import OneGeneration
from tests.integration.session_log import CHANGED, ENDED, STARTED, SessionLog
from tests.integration.written_session import WrittenSession
from tests.support import programs

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.contract_actor import ContractActor
    from tests.integration.library import Library

LONGEST_TOPIC = 249

ILLEGAL = [
    "with space",
    "with/slash",
    "with:colon",
    "A+B",
    "Größe",
    "Сar",  # noqa: RUF001 - the first letter is Cyrillic, which is the point
    "Car*",
    "Car\n",
    "Car\0",
    "x" * 300,
    ".",
    "..",
    "Car_essential",
    "Car_ESSENTIAL",
]
RESERVED = ["SessionInfo", "SystemStatus", "dead-Letter", "SessionInfo_Route", "SystemStatus_Route"]


def packet_of(session_key: str) -> bytes:
    """Make the bytes of a packet."""
    return Packet(type="Marker", session_key=session_key).SerializeToString()


def expect_refused(result: Any, name: str, error: type[StreamingError] = InvalidArgumentError) -> None:
    """Assert that a call failed with a reason that names the value."""
    assert not result.success
    with pytest.raises(error):
        result.unwrap()
    shown = name if name in result.error_message else repr(name)[1:-1]
    assert shown[:40] in result.error_message, result.error_message


def create(library: Library, data_source: str, **fields: Any) -> Any:
    """Ask for a new session."""
    return library.sessions.create_new_session(SessionCreationInfo(data_source=data_source, **fields))


class TestRefused:
    def test_f35_a_data_source_that_no_topic_can_have_is_refused_by_every_writing_call(
        self, library: Library, actor: ContractActor
    ) -> None:
        for name in (*ILLEGAL, *RESERVED):
            expect_refused(create(library, name), name)
            expect_refused(library.writer.write_data(name, "", "key", packet_of("key")), name)
            expect_refused(library.writer.write_data(name, "Stream1", "key", packet_of("key")), name)
            expect_refused(library.writer.write_many(name, "", "key", [packet_of("key")]), name)
            expect_refused(library.formats.get_event_data_format_id(name, "a:App"), name)
            expect_refused(library.formats.get_parameter_data_format_id(name, ["a:App"]), name)
        left = {topic for name in ("Car_essential", *RESERVED[1:]) for topic in actor.topics.of(name, "Stream1")}
        assert not left & actor.topic_partitions().keys()

    def test_f35_an_empty_data_source_is_refused(self, library: Library) -> None:
        for result in (
            create(library, ""),
            library.writer.write_data("", "", "key", packet_of("key")),
            library.formats.get_event_data_format_id("", "a:App"),
        ):
            expect_refused(result, "")
            assert "empty" in result.error_message
            assert "data" in result.error_message

    def test_f35_a_stream_that_no_reader_would_find_is_refused(
        self, library: Library, actor: ContractActor, data_source: str
    ) -> None:
        for name in (*ILLEGAL, "with.dot"):
            expect_refused(library.writer.write_data(data_source, name, "key", packet_of("key")), name)
            expect_refused(library.writer.write_many(data_source, name, "key", [packet_of("key")]), name)
        assert not [topic for topic in actor.topic_partitions() if f"{data_source}." in topic]

    def test_f35_a_refused_name_does_not_harm_the_service(self, library: Library, data_source: str) -> None:
        for name in ILLEGAL:
            assert not create(library, name).success
            assert not library.writer.write_data(data_source, name, "key", packet_of("key")).success
        written = WrittenSession(library, data_source, "Stream1").complete()
        reader = started(library.historic(data_source, written.key))
        assert len(list(reader)) == sum(map(len, written.expected.values()))
        reader.stop()
        assert library.writer.flush(10).success

    def test_f35_questions_about_impossible_names_are_failed_results(self, library: Library) -> None:
        for name in ILLEGAL:
            assert not library.sessions.get_session_info(name, "key").success
            assert not library.sessions.end_session(name, "key").success
            assert not library.formats.get_parameters_list(name, 1).success

    def test_f35_a_name_with_an_emoji_is_refused_and_the_process_lives_on(self, broker_list: str, domain: str) -> None:
        # In a process of its own: half a surrogate pair in a reason has ended the whole process.
        program = f"""
            from ma_streaming import SessionCreationInfo
            from tests.integration.library import Library

            library = Library("{broker_list}", topic_naming="V2", domain="{domain}").start()
            created = library.sessions.create_new_session(SessionCreationInfo("Car\\U0001f3c1"))
            written = library.writer.write_data("Car", "S\\U0001f3c1", "key", b"")
            defined = library.formats.get_event_data_format_id("Car\\U0001f3c1", "a:App")
            library.stop()
            print([ascii(each.error_message) for each in (created, written, defined) if not each.success])
            """
        code, out, err = programs.run(program)
        assert code == 0, err
        assert out.count("U0001f3c1") >= 3, out


class TestLength:
    def test_f35_a_data_source_may_be_as_long_as_its_topics_allow(
        self, library: Library, actor: ContractActor, topics: ContractTopics, data_source: str
    ) -> None:
        longest = data_source + "x" * (LONGEST_TOPIC - len(topics.essentials(data_source)))
        session = create(library, longest).unwrap()
        assert session.data_source == longest
        assert topics.essentials(longest) in actor.topic_partitions()
        assert library.sessions.end_session(longest, session.session_key).unwrap().historical
        expect_refused(create(library, f"{longest}x"), f"{longest}x")
        assert not {*topics.of(f"{longest}x")} & actor.topic_partitions().keys()
        expect_refused(library.writer.write_data(f"{longest}x", "", "key", packet_of("key")), f"{longest}x")

    def test_f35_a_stream_may_be_as_long_as_its_topic_allows(
        self, library: Library, actor: ContractActor, topics: ContractTopics, data_source: str
    ) -> None:
        longest = "s" * (LONGEST_TOPIC - len(topics.stream(data_source, "s")) + 1)
        written = WrittenSession(library, data_source, longest).complete()
        assert len(topics.stream(data_source, longest)) == LONGEST_TOPIC
        assert [record.value for record in actor.read(topics.stream(data_source, longest))] == written.expected[longest]
        result = library.writer.write_data(data_source, f"{longest}s", written.key, packet_of(written.key))
        expect_refused(result, f"{longest}s")


class TestCollisions:
    @pytest.mark.parametrize("topics", [ContractTopics(V1)], ids=["V1"])
    def test_f35_a_stream_whose_topic_kafka_takes_for_the_essentials_is_refused_at_once(
        self, library: Library, data_source: str
    ) -> None:
        # Kafka refuses a topic whose name differs from another's in '.' and '_' only.
        session = create(library, data_source).unwrap()
        with within(5):
            result = library.writer.write_data(data_source, "essential", session.session_key, packet_of("key"))
            expect_refused(result, "essential", StreamingError)
        assert library.writer.write_data(data_source, "", session.session_key, packet_of("key")).success
        assert library.sessions.end_session(data_source, session.session_key).success

    def test_f35_a_data_source_whose_topic_kafka_takes_for_anothers_is_refused_at_once(
        self, library: Library, data_source: str
    ) -> None:
        create(library, f"{data_source}_1").unwrap()
        with within(5):
            expect_refused(create(library, f"{data_source}.1"), f"{data_source}.1", StreamingError)
        create(library, f"{data_source}-1").unwrap()


class TestDots:
    def test_f35_a_data_source_with_a_dot_is_no_stream_of_the_one_before_the_dot(
        self, library: Library, connect: Callable[..., Library], topics: ContractTopics, data_source: str
    ) -> None:
        car = WrittenSession(library, data_source, "Stream1").complete()
        dotted = WrittenSession(library, f"{data_source}.1", "Stream2").complete()
        other = connect(topics)
        for written, streams in ((car, ["Stream1"]), (dotted, ["Stream2"])):
            info = other.sessions.get_session_info(written.data_source, written.key).unwrap()
            assert info.streams == streams
            reader = other.historic(written.data_source, written.key)
            log = ReaderLog(reader)
            with reader:
                assert log.wait_for_completion(written.key) == "ended"
            assert log.received(written.key) == written.expected

    def test_f35_a_stream_that_would_be_another_data_source_is_refused(
        self, library: Library, data_source: str
    ) -> None:
        create(library, f"{data_source}.1").unwrap()
        session = create(library, data_source).unwrap()
        result = library.writer.write_data(data_source, "1", session.session_key, packet_of("key"))
        expect_refused(result, f"{data_source}.1", StreamingError)
        assert library.writer.write_data(data_source, "2", session.session_key, packet_of("key")).success

    def test_f35_a_data_source_that_would_be_another_ones_stream_is_refused(
        self, library: Library, data_source: str
    ) -> None:
        WrittenSession(library, data_source, "1").complete()
        expect_refused(create(library, f"{data_source}.1"), f"{data_source}.1", StreamingError)
        create(library, f"{data_source}.2").unwrap()

    def test_f35_a_dot_in_a_name_stands_for_itself_only(
        self, actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
    ) -> None:
        names = [f"{data_source}.b", f"{data_source}xb", f"{data_source}..b", f"{data_source}.B"]
        sessions = [
            ContractSession(actor, name, f"Of{number}").complete(packets=1) for number, name in enumerate(names)
        ]
        library = connect(topics)
        for number, session in enumerate(sessions):
            assert library.session_keys(session.data_source) == [session.key]
            info = library.sessions.get_session_info(session.data_source, session.key).unwrap()
            assert info.streams == [f"Of{number}"]


class TestExact:
    def test_f35_names_that_begin_another_or_differ_in_case_stay_apart(
        self, library: Library, connect: Callable[..., Library], topics: ContractTopics, data_source: str
    ) -> None:
        names = [data_source, f"{data_source}2", f"{data_source}-2", data_source.lower(), data_source.upper()]
        written = [
            WrittenSession(library, name, f"Of{number}", identifier="same").complete(laps=number + 1)
            for number, name in enumerate(names)
        ]
        other = connect(topics)
        for number, session in enumerate(written):
            assert other.session_keys(session.data_source) == [session.key]
            info = other.sessions.get_session_info(session.data_source, session.key).unwrap()
            assert info.streams == [f"Of{number}"]
            reader = other.historic(session.data_source)
            log = ReaderLog(reader)
            with reader:
                assert log.wait_for_completion(session.key) == "ended"
                wait_until(partial(getattr, reader, "is_completed"), timeout_seconds=DEADLINE_SECONDS)
            assert [info.session_key for info in log.of("session_reading_started")] == [session.key]
            assert log.received(session.key) == session.expected

    def test_f35_streams_that_begin_another_or_differ_in_case_stay_apart(
        self, library: Library, connect: Callable[..., Library], topics: ContractTopics, data_source: str
    ) -> None:
        streams = ["Car", "Car2", "car", "CAR", "Car-2"]
        written = WrittenSession(library, data_source, *streams).complete(laps=2)
        other = connect(topics)
        assert other.sessions.get_session_info(data_source, written.key).unwrap().streams == sorted(streams)
        reader = started(other.historic(data_source, written.key, streams=["Car"]))
        assert [item.packet_bytes.data for item in reader] == written.expected["Car"]
        reader.stop()

    def test_f35_sessions_of_names_that_no_topic_can_have_are_listed_and_read_as_empty(
        self, actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics
    ) -> None:
        names = [*ILLEGAL, "(.*)", "Car🏁"]
        keys = {name: str(uuid.uuid4()) for name in names}
        actor.create_topics([topics.session])
        for name, key in keys.items():
            for kind in ("NewSession", "EndOfSession"):
                content = NewSessionPacket(data_source=name).SerializeToString()
                packet = Packet(type=kind, session_key=key, content=content)
                actor.produce(topics.session, key=key.encode(), value=packet.SerializeToString())
        actor.flush()
        library = connect(topics)
        for name, key in keys.items():
            assert key in library.session_keys(name)
            info = library.sessions.get_session_info(name, key).unwrap()
            assert (info.historical, info.streams) == (True, [])
            reader = started(library.historic(name, key))
            with within(10):
                assert list(reader) == []
            reader.stop()


class TestFilter(OneGeneration):
    def test_v12_events_and_live_readers_tell_of_their_own_data_source_only(
        self, actor: ContractActor, library: Library, data_source: str
    ) -> None:
        log = SessionLog(library.sessions, data_source)
        reading = ReaderLog(library.live(data_source))
        own = ContractSession(actor, data_source, "Stream1", identifier="same")
        others = [
            ContractSession(actor, name, "Stream1", identifier="same")
            for name in (f"{data_source}2", data_source.lower(), f"x{data_source}")
        ]
        with started(reading.reader):
            for session in (*others, own):
                session.complete(packets=2)
            assert reading.wait_for_completion(own.key) == "ended"
        log.wait_for(ENDED, own.key)
        assert {info.session_key for _, info in log.entries} == {own.key}
        assert [info.session_key for info in reading.of("session_reading_started")] == [own.key]
        assert {item.session_key for item in reading.of("packet")} == {own.key}

    def test_v12_formats_of_one_data_source_are_unknown_to_another(
        self, actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
    ) -> None:
        actor.create_data_source(f"{data_source}2")
        actor.define_format(f"{data_source}2", parameter_definition(9, "a:App"))
        formats = connect(topics).formats
        assert formats.get_parameters_list(f"{data_source}2", 9).success
        assert not formats.get_parameters_list(data_source, 9).success
        assert formats.get_data_source_data_format_info(data_source).data == []

    def test_v12_types_come_as_they_were_written_for_an_exact_filter(
        self, actor: ContractActor, library: Library, data_source: str
    ) -> None:
        types = ["Session", "session", "VirtualSession", "virtual", "VTS", "Session ", "Sitzung ü"]
        log = SessionLog(library.sessions, data_source)
        sessions = [ContractSession(actor, data_source) for _ in types]
        for session, kind in zip(sessions, types, strict=True):
            session.announce(info=session.info(type=kind))
            session.end()
        log.wait_for(ENDED, *(session.key for session in sessions))
        for event in (STARTED, ENDED):
            told = {info.session_key: info.type for name, info in log.entries if name == event}
            assert told == {session.key: kind for session, kind in zip(sessions, types, strict=True)}
        assert not log.keys(CHANGED)
        listed = library.sessions.get_all_sessions().unwrap()
        assert [info.type for info in listed if info.data_source == data_source] == types
        (chosen,) = [info for info in listed if info.data_source == data_source and info.type == "session"]
        assert chosen.session_key == sessions[1].key
