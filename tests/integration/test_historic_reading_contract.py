"""Finished sessions that the contract actor wrote are read whole, in order, byte for byte (contract 2, 3, 5, 6)."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from ma_streaming import PacketReadingType, StreamingTimeoutError
from ma_streaming.protos.open_data_pb2 import EndOfSessionPacket, Packet
from tests.integration.contract_actor import ContractActor
from tests.integration.contract_session import ContractSession
from tests.integration.contract_topics import V2_ALTERNATE, ContractTopics
from tests.integration.library import ReaderLog, by_stream, non_empty, started

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from tests.integration.library import Library


def read_all(library: Library, session: ContractSession, **options: Any) -> dict[str, list[bytes]]:
    """Read one finished session by iteration, which must end by itself, and sort its packets into streams."""
    with library.historic(session.data_source, session.key, **options) as reader:
        received = list(reader)
    assert {item.session_key for item in received} <= {session.key}
    assert {item.data_source for item in received} <= {session.data_source}
    return by_stream(received)


def test_every_packet_of_every_stream_is_read_in_order(
    actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
) -> None:
    session = ContractSession(actor, data_source, "Stream1", "Stream2").complete(packets=700)
    library = connect(topics)
    assert read_all(library, session) == session.expected


def test_packets_carry_stream_submit_time_and_the_parsed_packet(
    actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
) -> None:
    session = ContractSession(actor, data_source, "Stream1").complete()
    with connect(topics).historic(data_source, session.key) as reader:
        received = [item for item in reader if item.stream == "Stream1"]
    records = actor.read(topics.stream(data_source, "Stream1"))
    for item, record in zip(received, records, strict=True):
        assert item.packet == record.packet
        assert item.submit_time == datetime.fromtimestamp(record.timestamp_ms / 1000, tz=timezone.utc)
        assert item.submit_time.utcoffset() == timedelta(0)
        assert type(item.packet_bytes.data) is bytes


def test_bytes_are_passed_on_as_they_are(
    actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
) -> None:
    session = ContractSession(actor, data_source, "Stream1").announce()
    key = session.key.encode()
    tagged_key = b"\x12" + bytes([len(key)]) + key
    unusual = [
        b"\x22\x01\x00" + tagged_key + b"\x0a\x06Marker",
        b"\x0a\x06Marker" + tagged_key + b"\x0a\x05Event",
        Packet(type="Marker", session_key=session.key).SerializeToString() + b"\x9a\x06\x03new",
        Packet(type="NobodyKnowsThis", session_key=session.key, content=b"\xff").SerializeToString(),
        Packet(type="Event", session_key=session.key, content=b"\xff\xff").SerializeToString(),
        Packet(type="Marker", session_key="another key inside").SerializeToString(),
        Packet(type="RawCANData", session_key=session.key, id=2**64 - 1).SerializeToString(),
        Packet(type="Größe", session_key=session.key).SerializeToString(),
    ]
    for value in unusual:
        session.write_raw("Stream1", value)
    session.end_streams()
    session.end()
    assert read_all(connect(topics), session) == session.expected


def test_garbage_is_counted_and_read_past(
    actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
) -> None:
    session = ContractSession(actor, data_source, "Stream1").announce()
    session.open_streams()
    for garbage in (b"\xff\xff\xff\xff", b"\x0a\x7fshort", b"no packet at all, just text"):
        session.write_raw("Stream1", garbage, delivered=False)
        session.write_periodic("Stream1", 1)
    session.end_streams()
    session.end()
    reader = started(connect(topics).historic(data_source, session.key))
    assert by_stream(list(reader)) == session.expected
    assert reader.statistics().unwrap().invalid_packets == 3
    reader.stop()


def test_an_empty_session_completes(
    actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
) -> None:
    session = ContractSession(actor, data_source, "Stream1").announce()
    session.end()
    library = connect(topics)
    assert read_all(library, session) == {}
    log = ReaderLog(started(library.historic(data_source, session.key)))
    log.wait_for_completion(session.key)
    log.reader.stop()


def test_a_session_whose_topics_are_gone_completes(
    actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
) -> None:
    actor.create_topics([topics.session])
    session = ContractSession(actor, data_source)
    content = EndOfSessionPacket(data_source=data_source)
    actor.produce(
        topics.session,
        key=session.key.encode(),
        value=Packet(
            type="NewSession", session_key=session.key, content=b"\x0a" + _text(data_source)
        ).SerializeToString(),
    )
    session.session_record("EndOfSession", content)
    assert read_all(connect(topics), session) == {}


def _text(value: str) -> bytes:
    return bytes([len(value)]) + value.encode()


def test_other_sessions_on_the_same_topics_are_filtered_by_record_key(
    actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
) -> None:
    first = ContractSession(actor, data_source, "Stream1").announce()
    second = ContractSession(actor, data_source, "Stream1").announce()
    stream = topics.stream(data_source, "Stream1")
    for number in range(50):
        first.write_periodic("Stream1", 1)
        second.write_periodic("Stream1", 1)
        value = Packet(type="Marker", session_key=first.key, id=number).SerializeToString()
        actor.produce(stream, key=None, value=value)
        actor.produce(stream, key=b"", value=value)
        actor.produce(stream, key=first.key[:-1].encode(), value=value)
        actor.produce(stream, key=first.key.upper().encode(), value=value)
    for session in (first, second):
        session.end_streams()
        session.end()
    library = connect(topics)
    assert read_all(library, first) == first.expected
    assert read_all(library, second) == second.expected


def test_format_definitions_are_not_part_of_a_session(
    actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
) -> None:
    session = ContractSession(actor, data_source, "Stream1").announce()
    session.open_streams("Sin:MyApp")
    actor.define_format(data_source, b"\x08\x01\x10\x01")
    session.end_streams()
    session.end()
    assert read_all(connect(topics), session) == session.expected


def test_streams_of_a_data_source_whose_name_begins_another_stay_apart(
    actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
) -> None:
    car = ContractSession(actor, data_source, "A").complete()
    car2 = ContractSession(actor, f"{data_source}2", "A", "B").complete()
    for stranger in (f"{data_source.upper()}X", f"{data_source}-2"):
        ContractSession(actor, stranger, "C").complete(packets=1)
    library = connect(topics)
    assert read_all(library, car) == car.expected
    assert read_all(library, car2) == car2.expected


def test_streams_can_be_chosen_and_excluded(
    actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
) -> None:
    session = ContractSession(actor, data_source, "A", "B", "C").complete()
    library = connect(topics)

    def streams_read(**options: Any) -> set[str]:
        received = read_all(library, session, **options)
        assert all(packets == session.expected[stream] for stream, packets in received.items())
        return set(received)

    assert streams_read(excluded_streams=["A"]) == {"", "B", "C"}
    assert streams_read(exclude_main_stream=True) == {"A", "B", "C"}
    assert streams_read(streams=["A", "B"], excluded_streams=["B"], exclude_main_stream=True) == {"A"}
    assert streams_read(streams=["B"], exclude_main_stream=True) == {"B"}


def test_late_records_up_to_the_recorded_end_are_read(
    actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
) -> None:
    session = ContractSession(actor, data_source, "Stream1").announce()
    session.open_streams()
    session.end_streams()
    session.write_periodic("Stream1", 5)
    session.end()
    assert read_all(connect(topics), session) == session.expected


def test_recorded_ends_that_are_too_early_do_not_cut_the_session(
    actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
) -> None:
    session = ContractSession(actor, data_source, "Stream1").announce()
    session.open_streams()
    session.end(offsets=actor.offsets(topics.of(data_source, "Stream1")))
    session.write_periodic("Stream1", 20)
    session.end_streams()
    assert read_all(connect(topics), session) == session.expected


def test_without_an_end_in_the_stream_reading_goes_to_the_watermark(
    actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
) -> None:
    session = ContractSession(actor, data_source, "Stream1").announce()
    session.open_streams()
    session.end(offsets={})
    session.write_periodic("Stream1", 20)
    assert read_all(connect(topics), session) == session.expected


@pytest.mark.parametrize("offsets", ["absent", "of another naming", "without partition"])
def test_every_form_of_the_offsets_map_is_read(
    actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str, offsets: str
) -> None:
    earlier = ContractSession(actor, data_source, "Stream1").complete()
    session = ContractSession(actor, data_source, "Stream1")
    begin = len(earlier.expected["Stream1"])
    forms = {
        "absent": {},
        "of another naming": {f"{data_source}:0": 0, f"{data_source}.Stream1:0": begin},
        "without partition": {topics.stream(data_source, "Stream1"): begin},
    }
    session.announce(offsets=forms[offsets])
    session.open_streams()
    session.write_periodic("Stream1", 3)
    session.end_streams()
    session.end(offsets={})
    assert read_all(connect(topics), session) == session.expected


@pytest.mark.parametrize("compression", ["none", "gzip", "snappy", "lz4", "zstd"])
@pytest.mark.parametrize("topics", [ContractTopics("V2", "TestCodecs")])
def test_every_codec_is_read(
    broker_list: str, connect: Callable[..., Library], topics: ContractTopics, data_source: str, compression: str
) -> None:
    with ContractActor(broker_list, topics, compression=compression) as actor:
        session = ContractSession(actor, data_source, "Stream1").complete(packets=50)
    assert read_all(connect(topics), session) == session.expected


def test_essentials_of_a_session_do_not_come_twice(
    actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
) -> None:
    session = ContractSession(actor, data_source, "Stream1").complete(identifiers=("a:App", "b:App"))
    received = read_all(connect(topics), session)
    kinds = [Packet.FromString(value).type for value in received[""]]
    assert kinds == ["NewSession", "Configuration", "EndOfSession"]


@pytest.mark.parametrize(
    ("pattern", "matching"),
    [
        ("*", {"Quali_1", "Quali_12", "quali_1", "Race.1", "Race+1", "Race[1]", ""}),
        ("Quali_*", {"Quali_1", "Quali_12"}),
        ("Quali_?", {"Quali_1"}),
        ("?uali_1", {"Quali_1", "quali_1"}),
        ("Race.1", {"Race.1"}),
        ("Race?1", {"Race.1", "Race+1"}),
        ("Race[1]", {"Race[1]"}),
        ("*1*", {"Quali_1", "Quali_12", "quali_1", "Race.1", "Race+1", "Race[1]"}),
    ],
)
@pytest.mark.parametrize("topics", [ContractTopics("V2", "TestPatterns")])
def test_patterns_match_whole_identifiers(
    connect: Callable[..., Library],
    topics: ContractTopics,
    sessions_by_identifier: tuple[str, dict[str, str]],
    pattern: str,
    matching: set[str],
) -> None:
    data_source, identifiers = sessions_by_identifier
    with connect(topics).historic(data_source, session_identifier_pattern=pattern) as reader:
        received = list(reader)
    assert {item.session_key for item in received} == {identifiers[name] for name in matching}


@pytest.mark.parametrize("topics", [ContractTopics("V2", "TestPatterns")])
def test_a_pattern_without_a_match_times_out_where_that_is_asked_for(
    connect: Callable[..., Library], topics: ContractTopics, sessions_by_identifier: tuple[str, dict[str, str]]
) -> None:
    library = connect(topics)
    options: dict[str, Any] = {"timeout_seconds": 1, "raise_exception_on_timeout": True}
    reader = library.historic(sessions_by_identifier[0], session_identifier_pattern="uali", **options)
    with reader, pytest.raises(StreamingTimeoutError):
        list(reader)


@pytest.fixture(scope="module")
def sessions_by_identifier(kafka_broker: Any) -> tuple[str, dict[str, str]]:
    """A data source with a session for each of some identifiers: its name, and identifier → session key."""
    topics = ContractTopics("V2", "TestPatterns")
    data_source = f"Patterns{uuid.uuid4().hex[:8]}"
    names = ("Quali_1", "Quali_12", "quali_1", "Race.1", "Race+1", "Race[1]", "")
    with ContractActor(kafka_broker.bootstrap_servers, topics) as actor:
        sessions = [ContractSession(actor, data_source, identifier=name) for name in names]
        for session in sessions:
            session.complete(packets=1)
    return data_source, {session.identifier: session.key for session in sessions}


def test_both_reads_finished_sessions_too(
    actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
) -> None:
    finished = ContractSession(actor, data_source, "Stream1").complete()
    library = connect(topics)
    with library.reader(data_source=data_source, reading_type=PacketReadingType.BOTH) as reader:
        log = ReaderLog(reader)
        log.wait_for_completion(finished.key)
        live = ContractSession(actor, data_source, "Stream1").complete()
        log.wait_for_completion(live.key)
    assert log.received(finished.key) == finished.expected
    assert log.received(live.key) == live.expected


def test_live_sessions_are_not_read_by_a_historic_reader(
    actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
) -> None:
    finished = ContractSession(actor, data_source, "Stream1").complete()
    live = ContractSession(actor, data_source, "Stream1").announce()
    live.open_streams()
    with connect(topics).historic(data_source) as reader:
        received = list(reader)
    assert {item.session_key for item in received} == {finished.key}
    assert by_stream(received) == finished.expected


def test_a_session_that_ends_while_we_run_is_read(library: Library, actor: ContractActor, data_source: str) -> None:
    session = ContractSession(actor, data_source, "Stream1").complete(packets=10)
    library.wait_for_session(data_source, session.key, historical=True)
    assert non_empty(read_all(library, session)) == session.expected


@pytest.mark.parametrize("topics", [ContractTopics(V2_ALTERNATE, "TestAlternate")])
def test_alternate_spelling_is_read(
    actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
) -> None:
    session = ContractSession(actor, data_source, "Stream1").complete()
    assert read_all(connect(topics), session) == session.expected
