"""A session written through the public API is on Kafka exactly as the wire contract says (1 to 5, 10.6)."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from ma_streaming import SessionCreationInfo, SessionDetail
from ma_streaming.protos.open_data_pb2 import (
    EndOfSessionPacket,
    MarkerPacket,
    NewSessionPacket,
    Packet,
    SessionInfoPacket,
)
from tests.integration.contract_session import configuration, periodic
from tests.integration.contract_topics import V2_ALTERNATE, ContractTopics
from tests.integration.record_batches import ZSTD, batch_codecs

if TYPE_CHECKING:
    from collections.abc import Callable

    from google.protobuf.message import Message

    from ma_streaming import SessionInfo
    from tests.integration.contract_actor import ContractActor
    from tests.integration.library import Library

STREAM = "Stream1"
PARAMETER = "Sin:MyApp"


@dataclass
class WrittenSession:
    """What the test wrote through the library."""

    session: SessionInfo
    format_id: int = 0
    packets: dict[str, list[bytes]] = field(default_factory=lambda: {"": [], STREAM: []})
    essentials: list[bytes] = field(default_factory=list)
    begun: datetime = field(default_factory=lambda: datetime.now(timezone.utc))

    @property
    def key(self) -> str:
        return self.session.session_key


def write_session(library: Library, data_source: str, *, periodic_packets: int = 5) -> WrittenSession:
    """Write a whole session in the order of contract 10.6."""
    creation = SessionCreationInfo(
        data_source=data_source, identifier="run 1", details=[SessionDetail("Driver", "A. Nother")]
    )
    begun = datetime.now(timezone.utc)
    written = WrittenSession(library.sessions.create_new_session(creation).unwrap(), begun=begun)
    for stream in ("", STREAM):
        put(library, written, stream, "NewSession", NewSessionPacket(data_source=data_source))
    configured = configuration(PARAMETER)
    for stream in ("", STREAM):
        put(library, written, stream, "Configuration", configured, essential=True)
    formats = library.formats.get_parameter_data_format_id(data_source, [PARAMETER]).unwrap()
    written.format_id = formats.data_format_id
    start_time_ns = time.time_ns()
    for number in range(periodic_packets):
        samples = periodic(written.format_id, [number + 0.5] * 10, start_time_ns=start_time_ns + number * 10**8)
        put(library, written, STREAM, "PeriodicData", samples)
    marker = MarkerPacket(timestamp=start_time_ns, label="Out Lap", type="Lap Trigger", source="0", value=1)
    for stream in ("", STREAM):
        put(library, written, stream, "Marker", marker, essential=True)
    for stream in ("", STREAM):
        put(library, written, stream, "EndOfSession", EndOfSessionPacket(data_source=data_source))
    library.sessions.end_session(data_source, written.key).unwrap()
    return written


def put(
    library: Library, written: WrittenSession, stream: str, kind: str, content: Message, *, essential: bool = False
) -> None:
    """Write one packet and remember its bytes."""
    packet = Packet(type=kind, session_key=written.key, is_essential=essential, content=content.SerializeToString())
    packet.id = sum(map(len, written.packets.values())) + 1
    value = packet.SerializeToString()
    library.writer.write_data(written.session.data_source, stream, written.key, value).unwrap()
    written.packets[stream].append(value)
    if essential:
        written.essentials.append(value)


def session_packets(actor: ContractActor, session_key: str) -> list[Packet]:
    """Read the session topic's packets of one session, in order."""
    return [record.packet for record in actor.read_session(actor.topics.session, session_key)]


def test_topics_have_the_contracts_names_and_one_partition(
    library: Library, actor: ContractActor, data_source: str
) -> None:
    write_session(library, data_source)
    partitions = actor.topic_partitions()
    wanted = [actor.topics.session, *actor.topics.of(data_source, STREAM)]
    assert {name: partitions.get(name) for name in wanted} == dict.fromkeys(wanted, 1)
    of_data_source = {name for name in partitions if data_source in name}
    assert of_data_source == set(actor.topics.of(data_source, STREAM))


def test_a_session_is_two_records_on_the_session_topic(
    library: Library, actor: ContractActor, data_source: str
) -> None:
    written = write_session(library, data_source)
    records = actor.read_session(actor.topics.session, written.key)
    assert [record.packet.type for record in records] == ["NewSession", "EndOfSession"]
    for record in records:
        assert record.packet.session_key == written.key
        assert not record.packet.is_essential
        assert record.packet.id == 0


def test_new_session_says_everything_a_reader_needs(library: Library, actor: ContractActor, data_source: str) -> None:
    written = write_session(library, data_source)
    packet = NewSessionPacket.FromString(session_packets(actor, written.key)[0].content)
    assert packet.data_source == data_source
    assert packet.HasField("session_info")
    info = packet.session_info
    assert (info.data_source, info.identifier, info.type, info.version) == (data_source, "run 1", "Session", 1)
    assert dict(info.details) == {"Driver": "A. Nother"}
    assert list(info.associate_session_keys) == []
    created = packet.creation_time.ToDatetime(tzinfo=timezone.utc)
    assert written.begun - timedelta(seconds=1) <= created <= datetime.now(timezone.utc)
    assert packet.HasField("utc_offset")
    assert packet.utc_offset.ToTimedelta() == datetime.now().astimezone().utcoffset()


def test_new_session_maps_each_topic_to_its_high_watermark(
    library: Library, actor: ContractActor, data_source: str
) -> None:
    first = write_session(library, data_source)
    second = library.sessions.create_new_session(SessionCreationInfo(data_source=data_source)).unwrap()
    main, essentials, stream = actor.topics.of(data_source, STREAM)
    offsets = dict(NewSessionPacket.FromString(session_packets(actor, first.key)[0].content).topic_partition_offsets)
    assert offsets.pop(f"{main}:0") == 0
    assert offsets.pop(f"{essentials}:0") == 0
    assert offsets.pop(f"{stream}:0", 0) == 0
    assert not offsets
    again = NewSessionPacket.FromString(session_packets(actor, second.session_key)[0].content)
    assert dict(again.topic_partition_offsets) == actor.offsets([main, essentials, stream])


def test_end_of_session_maps_each_topic_to_its_high_watermark(
    library: Library, actor: ContractActor, data_source: str
) -> None:
    written = write_session(library, data_source, periodic_packets=500)
    packet = EndOfSessionPacket.FromString(session_packets(actor, written.key)[-1].content)
    assert packet.data_source == data_source
    assert dict(packet.topic_partition_offsets) == actor.offsets(actor.topics.of(data_source, STREAM))
    terminated = packet.termination_time.ToDatetime(tzinfo=timezone.utc)
    assert written.begun - timedelta(seconds=1) <= terminated <= datetime.now(timezone.utc)


@pytest.mark.parametrize("utc_offset", [timedelta(hours=5, minutes=45), timedelta(hours=-8), timedelta(0)])
def test_utc_offset_is_positive_east_of_greenwich(
    library: Library, actor: ContractActor, data_source: str, utc_offset: timedelta
) -> None:
    creation = SessionCreationInfo(data_source=data_source, utc_offset=utc_offset)
    session = library.sessions.create_new_session(creation).unwrap()
    assert session.utc_offset == utc_offset
    packet = NewSessionPacket.FromString(session_packets(actor, session.session_key)[0].content)
    assert packet.HasField("utc_offset")
    assert packet.utc_offset.ToTimedelta() == utc_offset


def test_session_updates_write_the_complete_state(library: Library, actor: ContractActor, data_source: str) -> None:
    creation = SessionCreationInfo(
        data_source=data_source, identifier="first", version=3, type="Rig", details={"Driver": "A", "Track": "B"}
    )
    key = library.sessions.create_new_session(creation).unwrap().session_key
    other = library.sessions.create_new_session(SessionCreationInfo(data_source=data_source)).unwrap().session_key
    library.sessions.update_identifier(data_source, key, "second").unwrap()
    library.sessions.update_session_details(data_source, key, {"Driver": "C", "Fuel": "10"}).unwrap()
    library.sessions.add_associate_session(data_source, key, other).unwrap()
    records = actor.read_session(actor.topics.session, key)
    assert [record.packet.type for record in records] == ["NewSession", "SessionInfo", "SessionInfo", "SessionInfo"]
    assert {record.packet.session_key for record in records} == {key}
    updates = [SessionInfoPacket.FromString(record.packet.content) for record in records[1:]]
    for update in updates:
        assert (update.data_source, update.identifier) == (data_source, "second")
        assert (update.type, update.version) == ("Rig", 3)
    merged = {"Driver": "C", "Track": "B", "Fuel": "10"}
    assert [dict(update.details) for update in updates] == [{"Driver": "A", "Track": "B"}, merged, merged]
    assert [list(update.associate_session_keys) for update in updates] == [[], [], [other]]


def test_packets_are_on_their_topics_unchanged_and_in_order(
    library: Library, actor: ContractActor, data_source: str
) -> None:
    written = write_session(library, data_source, periodic_packets=200)
    for stream, packets in written.packets.items():
        records = actor.read_session(actor.topics.stream(data_source, stream), written.key)
        assert [record.value for record in records] == packets


def test_essential_packets_are_on_essentials_first_and_on_their_stream(
    library: Library, actor: ContractActor, data_source: str
) -> None:
    written = write_session(library, data_source)
    essentials = actor.read_session(actor.topics.essentials(data_source), written.key)
    assert [record.value for record in essentials] == written.essentials
    on_streams = {
        record.value: record
        for stream in ("", STREAM)
        for record in actor.read_session(actor.topics.stream(data_source, stream), written.key)
    }
    for record in essentials:
        assert record.packet.is_essential
        assert record.timestamp_ms <= on_streams[record.value].timestamp_ms


def test_format_definition_is_on_essentials_and_main_with_an_empty_key(
    library: Library, actor: ContractActor, data_source: str
) -> None:
    written = write_session(library, data_source)
    main, essentials, stream = actor.topics.of(data_source, STREAM)
    keyed = {topic: [record for record in actor.read(topic) if record.key == b""] for topic in (main, essentials)}
    assert [record.value for record in keyed[main]] == [record.value for record in keyed[essentials]]
    (definition,) = keyed[main]
    packet = definition.packet
    assert (packet.type, packet.session_key, packet.is_essential, packet.id) == ("DataFormatDefinition", "", True, 0)
    assert all(record.key == written.key.encode() for record in actor.read(stream))


def test_no_record_has_headers_and_each_has_its_creation_time(
    library: Library, actor: ContractActor, data_source: str
) -> None:
    written = write_session(library, data_source)
    records = [record for topic in actor.topics.of(data_source, STREAM) for record in actor.read(topic)]
    records += actor.read_session(actor.topics.session, written.key)
    assert all(record.key is not None for record in records)
    assert [record for record in records if record.headers or not record.has_create_time] == []
    latest = time.time() * 1000
    assert all(written.begun.timestamp() * 1000 - 1 <= record.timestamp_ms <= latest for record in records)


def test_records_are_compressed_with_zstd(
    library: Library, actor: ContractActor, data_source: str, broker_list: str
) -> None:
    write_session(library, data_source, periodic_packets=1000)
    codecs = batch_codecs(broker_list, actor.topics.stream(data_source, STREAM))
    assert set(codecs) == {ZSTD}


def test_info_packets_go_to_the_session_topic_under_their_own_key(
    library: Library, actor: ContractActor, data_source: str
) -> None:
    session = library.sessions.create_new_session(SessionCreationInfo(data_source=data_source)).unwrap()
    content = SessionInfoPacket(data_source=data_source, identifier="renamed").SerializeToString()
    value = Packet(type="SessionInfo", session_key=session.session_key, content=content).SerializeToString()
    library.writer.write_info(value).unwrap()
    assert library.writer.flush(10).success
    records = actor.read_session(actor.topics.session, session.session_key)
    assert [record.packet.type for record in records] == ["NewSession", "SessionInfo"]
    assert records[1].value == value


def test_stop_delivers_what_was_written(library: Library, actor: ContractActor, data_source: str) -> None:
    session = library.sessions.create_new_session(SessionCreationInfo(data_source=data_source)).unwrap()
    packets = [
        Packet(type="Marker", session_key=session.session_key, id=number).SerializeToString() for number in range(5000)
    ]
    for packet in packets:
        library.writer.write_data(data_source, STREAM, session.session_key, packet).unwrap()
    library.api.stop()
    records = actor.read(actor.topics.stream(data_source, STREAM))
    assert [record.value for record in records] == packets


def test_large_packets_fit_the_topics_that_the_library_makes(
    library: Library, actor: ContractActor, data_source: str
) -> None:
    session = library.sessions.create_new_session(SessionCreationInfo(data_source=data_source)).unwrap()
    content = random.Random(7).randbytes(3_000_000)
    packet = Packet(type="Configuration", session_key=session.session_key, is_essential=True, content=content)
    value = packet.SerializeToString()
    library.writer.write_data(data_source, STREAM, session.session_key, value).unwrap()
    assert library.writer.flush(10).success
    for topic in (actor.topics.essentials(data_source), actor.topics.stream(data_source, STREAM)):
        assert [record.value for record in actor.read(topic)] == [value]


@pytest.mark.parametrize("topics", [ContractTopics(V2_ALTERNATE, "TestAlternate")])
def test_alternate_spelling_is_written_where_it_is_asked_for(
    connect: Callable[..., Library], actor: ContractActor, topics: ContractTopics, data_source: str
) -> None:
    written = write_session(connect(topics), data_source)
    assert [packet.type for packet in session_packets(actor, written.key)] == ["NewSession", "EndOfSession"]
    essentials = actor.read_session(f"TestAlternate.Essentials.{data_source}", written.key)
    assert [record.value for record in essentials] == written.essentials
