"""Streams as partitions of the main topic, `StreamCreationStrategy.PARTITION_BASE` (wire contract 1.1 to 1.5, 3.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ma_streaming import PartitionMapping, SessionCreationInfo, StreamCreationStrategy, TopicUnavailableError
from ma_streaming.protos.open_data_pb2 import EndOfSessionPacket, MarkerPacket, NewSessionPacket, Packet
from ma_streaming.testing import wait_until
from tests.integration.contract_partitions import PartitionSession
from tests.integration.contract_records import assert_envelope, content_of
from tests.integration.library import DEADLINE_SECONDS, Library, ReaderLog, started

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.contract_actor import ContractActor, Record
    from tests.integration.contract_topics import ContractTopics

MAPPING = {"Stream2": 1, "Stream1": 2, "Spare": 4}
"""Partition 3 is nobody's."""

STREAMS = sorted(MAPPING)
PARTITIONS = 5


@pytest.fixture
def partitioned(connect: Callable[..., Library], topics: ContractTopics) -> Callable[[], Library]:
    """Connect libraries that have the mapping."""
    mappings = [PartitionMapping(stream, partition) for stream, partition in MAPPING.items()]
    return lambda: connect(
        topics, stream_creation_strategy=StreamCreationStrategy.PARTITION_BASE, partition_mappings=mappings
    )


@pytest.fixture
def library(partitioned: Callable[[], Library]) -> Library:
    """One of them."""
    return partitioned()


class Written:
    """A session that a library writes on main, Stream1 and Stream2; the spare one stays empty."""

    def __init__(self, library: Library, data_source: str) -> None:
        self.library = library
        self.data_source = data_source
        self.key = (
            library.sessions.create_new_session(SessionCreationInfo(data_source=data_source)).unwrap().session_key
        )
        self.expected: dict[str, list[bytes]] = {"": [], "Stream1": [], "Stream2": []}

    def write(self, stream: str, kind: str, content: bytes = b"", *, essential: bool = False) -> None:
        """Write one packet."""
        number = sum(map(len, self.expected.values())) + 1
        packet = Packet(type=kind, session_key=self.key, content=content, id=number, is_essential=essential)
        value = packet.SerializeToString()
        self.library.writer.write_data(self.data_source, stream, self.key, value).unwrap()
        self.expected.setdefault(stream, []).append(value)

    def packets(self) -> Written:
        """Write an opening, an essential marker and the end into each stream, and more markers into Stream1."""
        for stream in self.expected:
            self.write(stream, "NewSession", NewSessionPacket(data_source=self.data_source).SerializeToString())
            self.write(stream, "Marker", MarkerPacket(timestamp=1).SerializeToString(), essential=True)
        for number in range(50):
            self.write("Stream1", "Marker", MarkerPacket(timestamp=number).SerializeToString())
        for stream in self.expected:
            self.write(stream, "EndOfSession", EndOfSessionPacket(data_source=self.data_source).SerializeToString())
        return self

    def end(self) -> Written:
        """End the session."""
        self.library.sessions.end_session(self.data_source, self.key).unwrap()
        return self


def by_partition(records: list[Record]) -> dict[int, list[bytes]]:
    """Sort records by partition."""
    found: dict[int, list[bytes]] = {}
    for record in records:
        found.setdefault(record.partition, []).append(record.value)
    return found


def offsets_of(actor: ContractActor, session_key: str, kind: type[Any]) -> dict[str, int]:
    """Read the offsets map of a session's record."""
    (record,) = [
        record
        for record in actor.read_session(actor.topics.session, session_key)
        if record.packet.type == kind.DESCRIPTOR.name.removesuffix("Packet")
    ]
    return dict(content_of(record, kind).topic_partition_offsets)


class TestWriting:
    def test_the_main_topic_has_a_partition_for_each_mapping_and_streams_have_no_topics(
        self, library: Library, actor: ContractActor, data_source: str
    ) -> None:
        Written(library, data_source).packets().end()
        found = {name: count for name, count in actor.topic_partitions().items() if data_source in name}
        assert found == {actor.topics.main(data_source): PARTITIONS, actor.topics.essentials(data_source): 1}

    def test_packets_are_on_their_streams_partition_under_the_session_key(
        self, library: Library, actor: ContractActor, data_source: str
    ) -> None:
        written = Written(library, data_source).packets().end()
        records = actor.read(actor.topics.main(data_source))
        assert by_partition(records) == {
            0: written.expected[""],
            1: written.expected["Stream2"],
            2: written.expected["Stream1"],
        }
        assert {(record.key, tuple(record.headers)) for record in records} == {(written.key.encode(), ())}

    def test_essential_packets_are_on_essentials_too_in_the_order_of_writing(
        self, library: Library, actor: ContractActor, data_source: str
    ) -> None:
        written = Written(library, data_source).packets().end()
        essentials = actor.read(actor.topics.essentials(data_source))
        assert [record.value for record in essentials] == [written.expected[stream][1] for stream in written.expected]
        assert {(record.partition, record.key) for record in essentials} == {(0, written.key.encode())}

    def test_definitions_of_formats_are_on_the_main_partition(
        self, library: Library, actor: ContractActor, data_source: str
    ) -> None:
        for number in range(8):  # a partitioner that is asked puts empty keys anywhere
            library.formats.get_event_data_format_id(data_source, f"{number}:App").unwrap()
        for topic in actor.topics.of(data_source):
            records = actor.read(topic)
            assert {(record.partition, record.key) for record in records} == {(0, b"")}
            assert len(records) == 8

    def test_offsets_are_those_of_main_essentials_and_each_mapped_partition(
        self, library: Library, actor: ContractActor, data_source: str
    ) -> None:
        first = Written(library, data_source)
        main, essentials = actor.topics.of(data_source)
        keys = [f"{main}:0", f"{main}:1", f"{main}:2", f"{main}:4", f"{essentials}:0"]
        assert offsets_of(actor, first.key, NewSessionPacket) == dict.fromkeys(keys, 0)
        first.packets().end()
        ended = dict(zip(keys, [3, 3, 53, 0, 3], strict=True))
        assert offsets_of(actor, first.key, EndOfSessionPacket) == ended
        second = Written(library, data_source)
        assert offsets_of(actor, second.key, NewSessionPacket) == ended

    def test_an_unmapped_stream_is_written_to_main_with_one_warning(
        self, library: Library, actor: ContractActor, data_source: str
    ) -> None:
        written = Written(library, data_source)
        for _ in range(3):
            written.write("Unmapped", "Marker")
        Written(library, data_source).write("Unmapped", "Marker")
        assert library.writer.flush(10).success
        records = actor.read(actor.topics.main(data_source))
        assert [record.partition for record in records] == [0] * 4
        assert [record.value for record in records[:3]] == written.expected["Unmapped"]
        (warning,) = wait_until(lambda: [line for line in library.logger.of("warning") if "Unmapped" in line])
        assert "partition_mappings" in warning

    def test_a_topic_with_too_few_partitions_is_a_failed_result_that_says_so(
        self, library: Library, actor: ContractActor, data_source: str
    ) -> None:
        main, essentials = actor.topics.of(data_source)
        actor.create_topics([actor.topics.session, essentials])
        actor.create_topics([main], partitions=2)
        packet = Packet(type="Marker", session_key="key").SerializeToString()
        results: list[Any] = [
            library.sessions.create_new_session(SessionCreationInfo(data_source=data_source)),
            library.writer.write_data(data_source, "Stream1", "key", packet),
            library.writer.write_data(data_source, "", "key", packet),
        ]
        for result in results:
            assert isinstance(result.error, TopicUnavailableError)
            for word in (main, "2 partitions", f"{PARTITIONS}"):
                assert word in result.error_message
        assert library.session_keys(data_source) == []
        assert actor.read(main) == []

    def test_ending_by_force_ends_the_partitions_that_have_records(
        self, library: Library, actor: ContractActor, data_source: str
    ) -> None:
        session = PartitionSession(actor, data_source, MAPPING).announce()
        for stream in ("", "Stream1"):
            session.write(stream, "NewSession", NewSessionPacket(data_source=data_source))
        actor.flush()
        library.wait_for_session(data_source, session.key)
        library.sessions.end_session(data_source, session.key, force=True).unwrap()
        records = actor.read(actor.topics.main(data_source))
        added = [record for record in records if record.packet.type == "EndOfSession"]
        assert [record.partition for record in added] == [0, 2]
        for record in added:
            assert_envelope(
                record, topic=record.topic, partition=record.partition, type="EndOfSession", session_key=session.key
            )


class TestReading:
    def test_a_session_of_ours_is_read_back_by_stream(
        self, library: Library, partitioned: Callable[[], Library], data_source: str
    ) -> None:
        written = Written(library, data_source).packets().end()
        other = partitioned()
        assert read(other, data_source, written.key) == written.expected
        assert other.sessions.get_session_info(data_source, written.key).unwrap().streams == STREAMS

    def test_a_session_of_another_writer_is_read_by_stream(
        self, partitioned: Callable[[], Library], actor: ContractActor, data_source: str
    ) -> None:
        earlier, session = (PartitionSession(actor, data_source, MAPPING) for _ in range(2))
        for packets, each in ((2, earlier), (5, session)):
            each.announce()
            each.write_all(packets)
        library = partitioned()
        assert read(library, data_source, session.key) == session.expected
        assert read(library, data_source, earlier.key) == earlier.expected

    def test_a_live_session_is_followed_on_each_partition(
        self, library: Library, actor: ContractActor, data_source: str
    ) -> None:
        session = PartitionSession(actor, data_source, MAPPING)
        session.announce()
        log = ReaderLog(library.live(data_source, session.key))
        with log.reader:
            session.open_streams()
            log.wait_for("packet", 4, session_key=session.key)
            session.write_periodic("Stream1", 3)
            log.wait_for("packet", 7, session_key=session.key)
            session.write_all(3)
            assert log.wait_for_completion(session.key) == "ended"
        assert log.received(session.key) == session.expected
        assert {info.stream for info in log.of("stream_reading_started")} == {"", *MAPPING}

    @pytest.mark.parametrize(
        ("options", "wanted"),
        [
            ({"streams": ["Stream1"]}, {"Stream1"}),
            ({"exclude_main_stream": True}, set(MAPPING)),
            ({"excluded_streams": ["Stream1", "Spare"]}, {"", "Stream2"}),
        ],
        ids=["one stream", "without main", "excluded"],
    )
    def test_streams_are_chosen_by_their_mapped_names(
        self, library: Library, actor: ContractActor, data_source: str, options: dict[str, Any], wanted: set[str]
    ) -> None:
        session = PartitionSession(actor, data_source, MAPPING)
        session.announce()
        session.write_all(2)
        library.wait_for_session(data_source, session.key, historical=True)
        expected = {stream: packets for stream, packets in session.expected.items() if stream in wanted}
        assert read(library, data_source, session.key, **options) == expected


def read(library: Library, data_source: str, session_key: str, **options: Any) -> dict[str, list[bytes]]:
    """Read a finished session."""
    library.wait_for_session(data_source, session_key, historical=True)
    reader = started(library.historic(data_source, session_key, **options))
    log = ReaderLog(reader)
    wait_until(lambda: reader.is_completed, timeout_seconds=DEADLINE_SECONDS, message=f"the end of {session_key}")
    reader.stop()
    return log.received(session_key)
