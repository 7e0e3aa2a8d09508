"""Start-up on a broker with many topics and sessions is exact (fault F34); a benchmark has the large figures."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest
from confluent_kafka.admin import AdminClient

from ma_streaming.protos.open_data_pb2 import EndOfSessionPacket, NewSessionPacket, Packet, SessionInfoPacket
from tests.integration.contract_actor import ContractActor
from tests.integration.contract_formats import parameter_definition
from tests.integration.contract_topics import V2, ContractTopics
from tests.integration.library import within

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from google.protobuf.message import Message

    from tests.integration.library import Library

DATA_SOURCES = 100
SESSIONS = 1_000
START_UP_SECONDS = 10


class Crowd:
    """100 data sources with three topics each, and 1,000 sessions; every second has ended, every third was changed."""

    def __init__(self, actor: ContractActor) -> None:
        self.actor = actor
        self.data_sources = [f"Car{number}" for number in range(DATA_SOURCES)]
        topics = actor.topics
        self.topics = [topic for name in self.data_sources for topic in topics.of(name, self.stream_of(name))]
        actor.create_topics([topics.session, *self.topics])
        self.keys = [str(uuid.uuid4()) for _ in range(SESSIONS)]
        for number in range(SESSIONS):
            self._write_session(number)
        for number, name in enumerate(self.data_sources):
            self._define(name, number + 1)
        actor.flush()

    @staticmethod
    def stream_of(data_source: str) -> str:
        """Name the one stream of a data source."""
        return f"Of{data_source}"

    def data_source_of(self, number: int) -> str:
        """Name the data source of a session."""
        return self.data_sources[number % DATA_SOURCES]

    def _write_session(self, number: int) -> None:
        name = self.data_source_of(number)
        info = SessionInfoPacket(data_source=name, identifier=f"Run {number}", type="Session", version=1)
        self._record(number, "NewSession", NewSessionPacket(data_source=name, session_info=info))
        if number % 3 == 0:
            self._record(number, "SessionInfo", SessionInfoPacket(data_source=name, details={"number": str(number)}))
        if number % 2 == 0:
            self._record(number, "EndOfSession", EndOfSessionPacket(data_source=name))

    def _record(self, number: int, kind: str, content: Message) -> None:
        key = self.keys[number]
        value = Packet(type=kind, session_key=key, content=content.SerializeToString()).SerializeToString()
        self.actor.produce(self.actor.topics.session, key=key.encode(), value=value)

    def _define(self, data_source: str, data_format_id: int) -> None:
        content = parameter_definition(data_format_id, f"v{data_source}:App")
        value = Packet(type="DataFormatDefinition", is_essential=True, content=content).SerializeToString()
        self.actor.produce(self.actor.topics.essentials(data_source), key=b"", value=value)


@pytest.fixture(scope="module")
def crowd(broker_list: str) -> Iterator[Crowd]:
    """Everything, in a domain of its own; its topics are gone afterwards."""
    topics = ContractTopics(V2, f"Crowd{uuid.uuid4().hex[:8]}")
    with ContractActor(broker_list, topics) as actor:
        crowd = Crowd(actor)
        yield crowd
    admin = AdminClient({"bootstrap.servers": broker_list, "log_level": 0})
    for deleted in admin.delete_topics([topics.session, *crowd.topics]).values():
        deleted.result(20)


def test_f34_every_session_is_known_exactly_when_start_up_is_over(
    crowd: Crowd, connect: Callable[..., Library]
) -> None:
    with within(START_UP_SECONDS):
        library = connect(crowd.actor.topics)
        infos = library.sessions.get_all_sessions().unwrap()
    assert [info.session_key for info in infos] == crowd.keys
    for number, info in enumerate(infos):
        assert (info.data_source, info.identifier) == (crowd.data_source_of(number), f"Run {number}")
        assert info.historical == (number % 2 == 0)
        assert info.details == ({"number": str(number)} if number % 3 == 0 else {})
    statistics = library.sessions.statistics().unwrap()
    assert (statistics.sessions, statistics.skipped_records, statistics.waiting_updates) == (SESSIONS, 0, 0)


def test_f34_every_session_has_the_streams_of_its_own_data_source(
    crowd: Crowd, connect: Callable[..., Library]
) -> None:
    library = connect(crowd.actor.topics)
    streams = {info.data_source: info.streams for info in library.sessions.get_all_sessions().unwrap()}
    assert streams == {name: [crowd.stream_of(name)] for name in crowd.data_sources}
    one = library.sessions.get_session_info("Car7", crowd.keys[7]).unwrap()
    assert one.streams == [crowd.stream_of("Car7")]


def test_f34_the_formats_of_every_data_source_are_found(crowd: Crowd, connect: Callable[..., Library]) -> None:
    formats = connect(crowd.actor.topics).formats
    with within(START_UP_SECONDS):
        found = {
            name: formats.get_parameters_list(name, number + 1).unwrap().parameter_list
            for number, name in list(enumerate(crowd.data_sources))[::5]
        }
    assert found == {name: [f"v{name}:App"] for name in crowd.data_sources[::5]}
    assert not formats.get_parameters_list("Car1", 1).success


def test_f34_a_session_among_many_is_created_and_ended_at_once(crowd: Crowd, connect: Callable[..., Library]) -> None:
    library, other = connect(crowd.actor.topics), connect(crowd.actor.topics)
    live = [number for number in range(SESSIONS) if number % 2 == 1][:3]
    with within(START_UP_SECONDS):
        for number in live:
            ended = library.sessions.end_session(crowd.data_source_of(number), crowd.keys[number]).unwrap()
            assert (ended.historical, ended.identifier) == (True, f"Run {number}")
            other.wait_for_session(crowd.data_source_of(number), crowd.keys[number], historical=True)
