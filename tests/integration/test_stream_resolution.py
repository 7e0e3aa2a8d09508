"""Which topics are the streams of a data source (wire contract 1.2), and how long topics keep records (1.4)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import ConfigResource, ConfigSource

from ma_streaming import InvalidArgumentError, SessionCreationInfo
from ma_streaming.protos.open_data_pb2 import EndOfSessionPacket, MarkerPacket, NewSessionPacket, Packet
from ma_streaming.testing import wait_until
from tests.integration.contract_records import content_of
from tests.integration.contract_session import ContractSession
from tests.integration.contract_topics import V2, ContractTopics
from tests.integration.library import DEADLINE_SECONDS, Library, ReaderLog

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.contract_actor import ContractActor

DAY_MS = 86_400_000
UNLIMITED = "-1"


def streams_of(library: Library, session: ContractSession) -> list[str]:
    """Ask for a session's streams."""
    return library.sessions.get_session_info(session.data_source, session.key).unwrap().streams


def read(library: Library, data_source: str, session_key: str) -> dict[str, list[bytes]]:
    """Read a finished session by stream."""
    library.wait_for_session(data_source, session_key, historical=True)
    log = ReaderLog(library.historic(data_source, session_key))
    with log.reader:
        wait_until(lambda: log.reader.is_completed, timeout_seconds=DEADLINE_SECONDS, message="the end of the session")
    return log.received(session_key)


def marker(session_key: str) -> bytes:
    """Make a packet."""
    content = MarkerPacket(timestamp=1).SerializeToString()
    return Packet(type="Marker", session_key=session_key, content=content).SerializeToString()


class TestStreamsOfASession:
    def test_streams_are_sorted_and_exact_and_leave_out_main_and_essentials(
        self, actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
    ) -> None:
        streams = ["b-1", "a_2", "Z", "a", "A", "a-", "0"]
        session = ContractSession(actor, data_source, *streams).announce()
        for other in (f"{data_source}2", f"{data_source}-x", f"x{data_source}", data_source.swapcase()):
            actor.create_topics(actor.topics.of(other, "Foreign"))
        assert streams_of(connect(topics), session) == sorted(streams)

    def test_a_stream_shows_once_its_topic_is_there(
        self, library: Library, actor: ContractActor, data_source: str
    ) -> None:
        session = ContractSession(actor, data_source).announce()
        library.wait_for_session(data_source, session.key)
        assert streams_of(library, session) == []
        actor.create_topics([actor.topics.stream(data_source, "Late")])
        wait_until(
            lambda: streams_of(library, session) == ["Late"],
            timeout_seconds=DEADLINE_SECONDS,
            message="the late stream",
        )

    def test_dots_and_hyphens_of_a_data_source_stand_for_themselves(
        self, actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
    ) -> None:
        session = ContractSession(actor, f"{data_source}.a-z", "Own").announce()
        for other in (f"{data_source}xa-z", f"{data_source}.m", f"{data_source}.ab-yz"):
            actor.create_topics(actor.topics.of(other, "Foreign"))
        assert streams_of(connect(topics), session) == ["Own"]


class TestDataSourcesWithDots:
    """`Car.1` is what has an essentials topic: the longest name that does."""

    def test_the_longest_data_source_with_essentials_owns_the_topic(
        self, actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
    ) -> None:
        car = ContractSession(actor, data_source, "2").announce()
        dotted = ContractSession(actor, f"{data_source}.1", "a").announce()
        deeper = ContractSession(actor, f"{data_source}.1.b").announce()
        sessions = [car, dotted, deeper]
        for session in sessions:
            session.open_streams()
            session.end_streams()
            session.end()
        library = connect(topics)
        for session, streams in zip(sessions, (["2"], ["a"], []), strict=True):
            assert streams_of(library, session) == streams
            assert read(library, session.data_source, session.key) == session.expected

    def test_the_topic_is_a_stream_where_only_the_shorter_name_has_essentials(
        self, actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
    ) -> None:
        session = ContractSession(actor, data_source, "1").complete()
        # A topic with two dots would be a stream with a dot in its name, which readers do not see (1.2).
        actor.create_topics([actor.topics.stream(data_source, "1.2")])
        library = connect(topics)
        assert streams_of(library, session) == ["1"]
        assert read(library, data_source, session.key) == session.expected

    def test_a_stream_becomes_a_data_source_when_its_essentials_appear(
        self, library: Library, actor: ContractActor, data_source: str
    ) -> None:
        session = ContractSession(actor, data_source, "1").announce()
        library.wait_for_session(data_source, session.key)
        wait_until(lambda: streams_of(library, session) == ["1"], timeout_seconds=DEADLINE_SECONDS)
        actor.create_topics([actor.topics.essentials(f"{data_source}.1")])
        wait_until(lambda: streams_of(library, session) == [], timeout_seconds=DEADLINE_SECONDS)

    def test_what_we_write_of_one_is_not_counted_or_ended_for_the_other(
        self, library: Library, actor: ContractActor, data_source: str
    ) -> None:
        dotted, car = (
            library.sessions.create_new_session(SessionCreationInfo(data_source=name)).unwrap()
            for name in (f"{data_source}.1", data_source)
        )
        for session, stream in ((dotted, ""), (dotted, "a"), (car, ""), (car, "2")):
            key = session.session_key
            library.writer.write_data(session.data_source, stream, key, marker(key)).unwrap()
        assert library.writer.flush(10).success
        library.sessions.end_session(data_source, car.session_key, force=True).unwrap()
        end = actor.read_session(actor.topics.session, car.session_key)[-1]
        offsets = dict(content_of(end, EndOfSessionPacket).topic_partition_offsets)
        assert offsets.keys() == {f"{topic}:0" for topic in actor.topics.of(data_source, "2")}
        for topic in (actor.topics.main(f"{data_source}.1"), actor.topics.stream(f"{data_source}.1", "a")):
            assert [record.packet.type for record in actor.read(topic)] == ["Marker"]

    def test_nothing_is_made_of_a_data_source_whose_topic_is_a_stream(
        self, library: Library, actor: ContractActor, data_source: str
    ) -> None:
        ContractSession(actor, data_source, "1").complete()
        dotted = f"{data_source}.1"
        before = actor.topic_partitions()
        results: list[Any] = [
            library.sessions.create_new_session(SessionCreationInfo(data_source=dotted)),
            library.writer.write_data(dotted, "", "key", marker("key")),
            library.writer.write_data(dotted, "a", "key", marker("key")),
            library.formats.get_event_data_format_id(dotted, "0A:App"),
            library.formats.get_parameter_data_format_id(dotted, ["a:App"]),
        ]
        for result in results:
            assert isinstance(result.error, InvalidArgumentError)
            for word in (f"'{dotted}'", "stream '1'", f"'{data_source}'"):
                assert word in result.error_message
        mine = {name for name in actor.topic_partitions() if data_source in name}
        assert mine == {name for name in before if data_source in name}

    def test_nothing_is_written_to_a_stream_whose_topic_is_a_data_sources(
        self, library: Library, actor: ContractActor, data_source: str
    ) -> None:
        session = library.sessions.create_new_session(SessionCreationInfo(data_source=data_source)).unwrap()
        ContractSession(actor, f"{data_source}.1").announce()
        result = library.writer.write_data(data_source, "1", session.session_key, marker(session.session_key))
        assert isinstance(result.error, InvalidArgumentError)
        for word in ("stream '1'", f"'{data_source}'", f"'{data_source}.1'"):
            assert word in result.error_message
        assert actor.read(actor.topics.main(f"{data_source}.1")) == []

    def test_a_session_of_a_data_source_that_begins_after_its_topic_was_a_stream_is_read(
        self, actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
    ) -> None:
        # Another writer does not refuse: the old session's stream is then another data source's main stream.
        old = ContractSession(actor, data_source, "1").complete()
        new = ContractSession(actor, f"{data_source}.1").announce()
        new.write("", "NewSession", NewSessionPacket(data_source=new.data_source))
        new.end_streams()
        new.end()
        library = connect(topics)
        assert read(library, new.data_source, new.key) == new.expected
        assert read(library, old.data_source, old.key) == {"": old.expected[""]}


class TestRetention:
    @pytest.fixture
    def topics(self, domain: str) -> ContractTopics:
        """A session topic of the test's own, which the library makes."""
        return ContractTopics(V2, domain)

    @pytest.mark.parametrize(
        ("retention", "kept"),
        [(timedelta(days=2), f"{2 * DAY_MS}"), (timedelta(milliseconds=90), "90"), (timedelta.max, UNLIMITED)],
        ids=["two days", "90 ms", "unlimited"],
    )
    def test_topics_that_we_make_have_it_and_essentials_are_kept_for_ever(
        self,
        connect: Callable[..., Library],
        actor: ContractActor,
        topics: ContractTopics,
        data_source: str,
        retention: timedelta,
        kept: str,
    ) -> None:
        library = connect(topics, topic_retention=retention)
        write(library, data_source)
        main, essentials, stream = topics.of(data_source, "Stream1")
        assert retention_of(actor, main, essentials, stream, topics.session) == {
            main: kept,
            essentials: UNLIMITED,
            stream: kept,
            topics.session: kept,
        }
        assert library.logger.of("warning") == []

    def test_by_default_the_brokers_holds(
        self, library: Library, actor: ContractActor, topics: ContractTopics, data_source: str
    ) -> None:
        write(library, data_source)
        assert retention_of(actor, *topics.of(data_source, "Stream1"), topics.session) == {}

    def test_there_is_one_warning_that_formats_will_expire(
        self, library: Library, actor: ContractActor, topics: ContractTopics, data_source: str
    ) -> None:
        data_sources = (data_source, f"{data_source}2")
        actor.create_topics([topics.essentials(name) for name in data_sources], config={"retention.ms": f"{DAY_MS}"})
        for name in data_sources:
            write(library, name)
        warnings = wait_until(lambda: library.logger.of("warning"))
        (warning,) = warnings
        for word in (topics.essentials(data_source), "retention.ms", "topic_retention"):
            assert word in warning

    def test_topics_that_are_there_stay_as_they_are(
        self, connect: Callable[..., Library], actor: ContractActor, topics: ContractTopics, data_source: str
    ) -> None:
        main, essentials, stream = topics.of(data_source, "Stream1")
        actor.create_topics([main, essentials], config={"retention.ms": f"{DAY_MS}"})
        library = connect(topics, topic_retention=timedelta(days=7))
        write(library, data_source)
        assert retention_of(actor, main, essentials, stream) == {
            main: f"{DAY_MS}",
            essentials: f"{DAY_MS}",
            stream: f"{7 * DAY_MS}",
        }
        (warning,) = wait_until(lambda: library.logger.of("warning"))
        assert f"'{essentials}' keeps records for 1 days" in warning

    def test_there_is_no_warning_where_formats_are_kept_for_ever(
        self, library: Library, actor: ContractActor, topics: ContractTopics, data_source: str
    ) -> None:
        actor.create_topics([topics.essentials(data_source)], config={"retention.ms": UNLIMITED})
        write(library, data_source)
        library.stop()
        assert library.logger.of("warning") == []


def write(library: Library, data_source: str) -> None:
    """Have a library make every topic of a data source."""
    session = library.sessions.create_new_session(SessionCreationInfo(data_source=data_source)).unwrap()
    library.writer.write_data(data_source, "Stream1", session.session_key, marker(session.session_key)).unwrap()
    library.formats.get_event_data_format_id(data_source, "0A:App").unwrap()
    library.sessions.end_session(data_source, session.session_key).unwrap()


def retention_of(actor: ContractActor, *topics: str) -> dict[str, str]:
    """Ask the broker for `retention.ms` where a topic has its own."""
    admin = AdminClient({"bootstrap.servers": actor.bootstrap_servers, "log_level": 0})
    resources = [ConfigResource(ConfigResource.Type.TOPIC, topic) for topic in topics]
    found = {}
    for resource, answer in admin.describe_configs(resources).items():
        entry = answer.result(DEADLINE_SECONDS)["retention.ms"]
        if ConfigSource(entry.source) is ConfigSource.DYNAMIC_TOPIC_CONFIG:
            found[resource.name] = entry.value
    return found
