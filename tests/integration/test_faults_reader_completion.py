"""The end of a session, and partitions: nothing queued is lost, completion comes once (V01, V02, V36, V38)."""

from __future__ import annotations

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewPartitions

from ma_streaming import PacketReadingType, PartitionMapping, StreamCreationStrategy
from ma_streaming.protos.open_data_pb2 import EndOfSessionPacket, Packet, PeriodicDataPacket
from ma_streaming.testing import wait_until
from tests.integration.contract_session import ContractSession, periodic
from tests.integration.contract_topics import V2, ContractTopics
from tests.integration.library import (
    DEADLINE_SECONDS,
    PACKET,
    SESSION_COMPLETED,
    SESSION_STARTED,
    Library,
    ReaderLog,
    started,
)
from tests.integration.written_session import WrittenSession

if TYPE_CHECKING:
    from collections.abc import Callable

    from ma_streaming import ReceivedPacketDto
    from tests.integration.contract_actor import ContractActor

COMPLETION_SECONDS = 2.0
SLACK_SECONDS = 2.0
"""For a machine that is busy with other things."""

SAMPLES_PER_PACKET = 1000
ONE_GENERATION = pytest.mark.parametrize("topics", [ContractTopics(V2, "TestCompletion")])


@dataclass
class TimedLog(ReaderLog):
    """A log that knows when each entry came. Its handler works on each packet, once it is let go."""

    times: list[float] = field(default_factory=list)
    go: threading.Event = field(default_factory=threading.Event)
    samples: int = 0

    def handle(self, item: ReceivedPacketDto) -> None:
        """Take a packet, and add up its samples."""
        assert self.go.wait(DEADLINE_SECONDS)
        if item.packet.type == "PeriodicData":
            content = PeriodicDataPacket.FromString(item.packet.content)
            self.samples += sum(len(column.double_samples.samples) for column in content.columns)
        super().handle(item)

    def _add(self, name: str, argument: Any) -> None:
        super()._add(name, argument)
        self.times.append(time.monotonic())


@ONE_GENERATION
@pytest.mark.parametrize(
    ("is_busy", "is_closed"),
    [(False, True), (True, True), (True, False)],
    ids=["idle", "busy", "busy, streams without an end"],
)
@pytest.mark.parametrize("samples", [0, 1, 1_000_000])
def test_v01_a_session_completes_once_soon_after_its_last_packet_was_handled(
    library: Library, data_source: str, samples: int, is_busy: bool, is_closed: bool
) -> None:
    session = WrittenSession(library, data_source, "Stream1").open()
    log = TimedLog(library.live(data_source, session.key))
    with log.reader:
        if not is_busy:
            log.go.set()
        for content in packets_of(samples):
            session.write("Stream1", "PeriodicData", content)
        if is_closed:
            session.close()
        session.end()
        ended_at = time.monotonic()
        library.wait_for_session(data_source, session.key, historical=True)
        assert not is_busy or log.of(PACKET) == []
        log.go.set()
        reason = log.wait_for_completion(session.key)
    assert reason == ("ended" if is_closed else "end_offset")
    assert log.received(session.key) == session.expected
    assert log.samples == samples
    kinds = [kind for kind, _ in log.entries]
    assert (kinds.count(SESSION_COMPLETED), kinds[-1]) == (1, SESSION_COMPLETED)
    last_packet_at = log.times[len(kinds) - 1 - kinds[::-1].index(PACKET)]
    assert log.times[-1] - max(last_packet_at, ended_at) < COMPLETION_SECONDS + SLACK_SECONDS


def packets_of(samples: int) -> list[PeriodicDataPacket]:
    """Give so many samples, in packets of a thousand at most."""
    count = min(samples, SAMPLES_PER_PACKET)
    return [periodic(1, [0.5] * count, start_time_ns=0)] * (samples // count) if samples else []


@ONE_GENERATION
def test_v01_neither_another_end_record_nor_another_session_nor_stop_completes_a_session_again(
    library: Library, actor: ContractActor, data_source: str
) -> None:
    first, second = (ContractSession(actor, data_source, "Stream1").announce() for _ in range(2))
    with library.live(data_source) as reader:
        log = ReaderLog(reader)
        first.open_streams()
        first.end_streams()
        first.end()
        log.wait_for_completion(first.key)
        first.end()
        second.write_periodic("Stream1", 5)
        second.end_streams()
        second.end()
        log.wait_for_completion(second.key)
    assert [info.session_key for info in log.of(SESSION_COMPLETED)] == [first.key, second.key]


DATA_SOURCES = 20
SESSIONS_OF_EACH = 5
PACKETS_OF_A_SESSION = 150
WRITING_SECONDS = 0.2


@ONE_GENERATION
def test_v02_what_was_delivered_is_received_whenever_the_session_is_ended(
    connect: Callable[..., Library], topics: ContractTopics, data_source: str
) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # noqa: T201
    writing, ending, reading = (connect(topics) for _ in range(3))
    _ = writing.sessions, writing.writer, ending.sessions  # they are made when first asked for, by one thread

    def run(number: int) -> int:
        timing = random.Random(seed + number)
        name = f"{data_source}x{number}"
        return sum(
            EndingAtRandom(writing, timing.choice([writing, ending]), reading, name, timing).run()
            for _ in range(SESSIONS_OF_EACH)
        )

    with ThreadPoolExecutor(DATA_SOURCES) as pool:
        late = sum(pool.map(run, range(DATA_SOURCES)))
    assert late > DATA_SOURCES * SESSIONS_OF_EACH / 4, "hardly any session was ended while it was written"


class EndingAtRandom:
    """A session that is ended at a random moment, by its writer's library or by another one, while it is written."""

    def __init__(
        self, writing: Library, ending: Library, reading: Library, data_source: str, timing: random.Random
    ) -> None:
        """Create it, with its streams open, and choose what happens."""
        self.session = WrittenSession(writing, data_source, "Stream1").open()
        self.ending = ending
        self.ends_after = timing.uniform(0, 1.2 * WRITING_SECONDS)
        self.is_closed = timing.random() < 0.7
        self.log = ReaderLog(reading.live(data_source, self.session.key))
        self.written_when_ended = -1

    def run(self) -> bool:
        """Write, end and read it, and compare; True when packets were written after its end."""
        key, data_source = self.session.key, self.session.data_source
        self.ending.wait_for_session(data_source, key)
        with self.log.reader:
            end = threading.Timer(self.ends_after, self._end)
            end.start()
            self._write()
            end.join()
            report = self.session.library.writer.flush().unwrap()
            self.log.wait_for_completion(key)
        assert (report.failed, report.in_flight) == (0, 0)
        assert self.log.received(key) == self.session.expected
        assert [info.session_key for info in self.log.of(SESSION_COMPLETED)] == [key]
        return self.written_when_ended < PACKETS_OF_A_SESSION

    def _write(self) -> None:
        pace = threading.Event()
        for number in range(PACKETS_OF_A_SESSION):
            self.session.write("Stream1", "PeriodicData", periodic(1, [0.0], start_time_ns=number))
            pace.wait(WRITING_SECONDS / PACKETS_OF_A_SESSION)
        if self.is_closed:
            self.session.close()

    def _end(self) -> None:
        self.ending.sessions.end_session(self.session.data_source, self.session.key).unwrap()
        self.written_when_ended = len(self.session.expected["Stream1"])


@ONE_GENERATION
def test_v02_a_stream_whose_topic_is_made_just_after_the_end_is_read(
    connect: Callable[..., Library], topics: ContractTopics, data_source: str
) -> None:
    writing, reading = connect(topics), connect(topics)
    session = WrittenSession(writing, data_source, "Stream1")
    with reading.live(data_source, session.key) as reader:
        log = ReaderLog(reader)
        log.wait_for(SESSION_STARTED)
        session.end()
        reading.wait_for_session(data_source, session.key, historical=True)
        session.open().close()
        assert writing.writer.flush().success
        log.wait_for_completion(session.key)
    assert log.received(session.key) == session.expected


@dataclass
class PartitionedSession:
    """A session on some partitions of one topic; each packet's id says which partition it is on."""

    session: ContractSession
    topic: str
    expected: dict[int, list[bytes]] = field(default_factory=dict)

    def write(self, partition: int, count: int, kind: str = "Marker", content: bytes = b"") -> None:
        """Write packets to a partition, by a producer that has not known the topic with fewer partitions."""
        actor = self.session.actor
        producer = Producer({"bootstrap.servers": actor.bootstrap_servers, "log_level": 0, "linger.ms": 0})
        for _ in range(count):
            packets = self.expected.setdefault(partition, [])
            packet = Packet(type=kind, session_key=self.session.key, id=partition << 32 | len(packets), content=content)
            packets.append(packet.SerializeToString())
            producer.produce(self.topic, key=self.session.key.encode(), value=packets[-1], partition=partition)
        assert not producer.flush(DEADLINE_SECONDS)

    def end(self, *partitions: int) -> None:
        """Write the ends of the streams, on these partitions, and that of the session, with the end of each one."""
        for partition in partitions:
            content = EndOfSessionPacket(data_source=self.session.data_source).SerializeToString()
            self.write(partition, 1, "EndOfSession", content)
        topics = self.session.actor.topics.of(self.session.data_source)
        offsets = {f"{topic}:0": 0 for topic in topics}
        offsets.update({f"{self.topic}:{partition}": len(packets) for partition, packets in self.expected.items()})
        self.session.end(offsets=offsets)

    def of_log(self, log: ReaderLog) -> dict[int, list[bytes]]:
        """Give what a reader got, by partition."""
        found: dict[int, list[bytes]] = {}
        for item in log.of(PACKET, self.session.key):
            found.setdefault(item.packet.id >> 32, []).append(item.packet_bytes.data)
        return found


def create_partitions(actor: ContractActor, topic: str, count: int) -> None:
    """Let a topic have so many partitions."""
    admin = AdminClient({"bootstrap.servers": actor.bootstrap_servers, "log_level": 0})
    admin.create_partitions([NewPartitions(topic, count)])[topic].result(DEADLINE_SECONDS)
    wait_until(lambda: actor.topic_partitions()[topic] == count, timeout_seconds=DEADLINE_SECONDS)


@pytest.fixture(params=["a topic for each stream", "a partition for each stream"])
def layout(
    request: pytest.FixtureRequest, connect: Callable[..., Library], topics: ContractTopics, data_source: str
) -> tuple[Library, str]:
    """A library, and the topic of which it reads several partitions."""
    if request.param == "a topic for each stream":
        return connect(topics), topics.stream(data_source, "Stream1")
    library = connect(
        topics,
        stream_creation_strategy=StreamCreationStrategy.PARTITION_BASE,
        partition_mappings=[PartitionMapping(f"Stream{number}", number) for number in range(1, 6)],
    )
    return library, topics.main(data_source)


@ONE_GENERATION
def test_v36_partitions_that_are_added_to_a_topic_during_a_session_are_read(
    layout: tuple[Library, str], actor: ContractActor, data_source: str
) -> None:
    library, topic = layout
    actor.create_topics([topic])
    session = PartitionedSession(ContractSession(actor, data_source).announce(), topic)
    log = ReaderLog(library.live(data_source, session.session.key))
    with log.reader:
        session.write(0, 5)
        log.wait_for(PACKET, 5)
        for partitions in (3, 6):
            create_partitions(actor, topic, partitions)
            for partition in range(partitions):
                session.write(partition, 5)
            log.wait_for(PACKET, sum(map(len, session.expected.values())))
        session.end(*(range(6) if topic == actor.topics.main(data_source) else [0]))
        assert log.wait_for_completion(session.session.key) == "ended"
    assert session.of_log(log) == session.expected


STARTS = {0: 3, 1: 0, 2: 7, 3: 5}
"""Offset by partition."""


@ONE_GENERATION
@pytest.mark.parametrize(
    "reading_type", [PacketReadingType.LIVE, PacketReadingType.HISTORIC], ids=lambda kind: kind.name
)
def test_v38_each_partition_is_read_from_where_the_session_says(
    layout: tuple[Library, str], actor: ContractActor, data_source: str, reading_type: PacketReadingType
) -> None:
    library, topic = layout
    actor.create_topics([topic], partitions=len(STARTS))
    session = PartitionedSession(ContractSession(actor, data_source), topic)
    # All records are under the session's key, so that only where reading begins tells them apart.
    for partition, start in STARTS.items():
        session.write(partition, start + partition)
    session.session.announce(offsets={f"{topic}:{partition}": start for partition, start in STARTS.items()})
    reader = library.reader(data_source=data_source, session_key=session.session.key, reading_type=reading_type)
    if reading_type is PacketReadingType.LIVE:
        started(reader)
    for partition in STARTS:
        session.write(partition, 4)
    session.end(*STARTS)
    library.wait_for_session(data_source, session.session.key, historical=True)
    log = ReaderLog(reader if reader.is_started else started(reader))
    assert log.wait_for_completion(session.session.key) == "ended"
    reader.stop()
    assert session.of_log(log) == {
        partition: session.expected[partition][start:] for partition, start in STARTS.items()
    }
