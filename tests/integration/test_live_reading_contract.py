"""Sessions that the contract actor is writing are followed to their end (contract 3.5, 6.3, 6.5)."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from ma_streaming import PacketReadingType
from ma_streaming.protos.open_data_pb2 import CoverageCursorInfoPacket, SessionInfoPacket
from ma_streaming.testing import wait_until
from tests.integration.contract_session import ContractSession
from tests.integration.contract_topics import ContractTopics
from tests.integration.library import (
    INFO_UPDATED,
    PACKET,
    SESSION_COMPLETED,
    SESSION_STARTED,
    STREAM_COMPLETED,
    STREAM_STARTED,
    ReaderLog,
    started,
    within,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from ma_streaming import ReceivedPacketDto
    from tests.integration.contract_actor import ContractActor
    from tests.integration.library import Library


@pytest.fixture
def follow(library: Library) -> Iterator[Callable[..., ReaderLog]]:
    """Start live readers and log what they report; stop them when the test ends."""
    readers = []

    def follow(data_source: str, session_key: str = "", **options: Any) -> ReaderLog:
        log = ReaderLog(library.live(data_source, session_key, **options))
        readers.append(log.reader)
        started(log.reader)
        return log

    yield follow
    for reader in readers:
        reader.stop()


def test_packets_arrive_while_the_session_is_written(
    actor: ContractActor, follow: Callable[..., ReaderLog], data_source: str
) -> None:
    session = ContractSession(actor, data_source, "Stream1").announce()
    log = follow(data_source, session.key)
    session.open_streams("Sin:MyApp")
    for number in range(1, 6):
        session.write_periodic("Stream1", 1)
        log.wait_for(PACKET, 4 + number, session_key=session.key)
    session.end_streams()
    session.end()
    assert log.wait_for_completion(session.key)
    assert log.received(session.key) == session.expected


def test_a_session_is_read_from_its_beginning_however_late_the_reader_comes(
    actor: ContractActor, follow: Callable[..., ReaderLog], data_source: str
) -> None:
    session = ContractSession(actor, data_source, "Stream1").announce()
    session.open_streams()
    session.write_periodic("Stream1", 100)
    log = follow(data_source)
    session.write_periodic("Stream1", 100)
    session.end_streams()
    session.end()
    log.wait_for_completion(session.key)
    assert log.received(session.key) == session.expected


def test_a_reader_waits_for_a_session_not_yet_there(actor: ContractActor, library: Library, data_source: str) -> None:
    session = ContractSession(actor, data_source, "Stream1")
    reader = library.api.get_reading_packet_api().create_service(data_source, session.key).unwrap()
    log = ReaderLog(started(reader))
    session.complete()
    log.wait_for_completion(session.key)
    assert log.received(session.key) == session.expected
    reader.stop()


def test_a_live_reader_takes_each_matching_session_that_comes(
    actor: ContractActor, library: Library, follow: Callable[..., ReaderLog], data_source: str
) -> None:
    finished = ContractSession(actor, data_source, identifier="Run 0").complete()
    library.wait_for_session(data_source, finished.key, historical=True)
    log = follow(data_source, session_identifier_pattern="Run *")
    sessions = [ContractSession(actor, data_source, identifier=f"Run {number}") for number in (1, 2)]
    other = ContractSession(actor, data_source, identifier="Test 1").complete()
    for session in sessions:
        session.complete()
        log.wait_for_completion(session.key)
        assert log.received(session.key) == session.expected
    started_keys = [info.session_key for info in log.of(SESSION_STARTED)]
    assert started_keys == [session.key for session in sessions]
    assert finished.key not in started_keys
    assert other.key not in started_keys


def test_a_session_that_gets_its_matching_identifier_later_is_read_from_its_beginning(
    actor: ContractActor, follow: Callable[..., ReaderLog], data_source: str
) -> None:
    log = follow(data_source, session_identifier_pattern="Run *")
    session = ContractSession(actor, data_source, "Stream1", identifier="").announce()
    session.open_streams()
    session.update(session.info(identifier="Run 1"))
    session.end_streams()
    session.end()
    log.wait_for_completion(session.key)
    assert log.received(session.key) == session.expected


def test_a_stream_that_appears_later_is_picked_up(
    actor: ContractActor, follow: Callable[..., ReaderLog], topics: ContractTopics, data_source: str
) -> None:
    session = ContractSession(actor, data_source, "Stream1").announce()
    session.open_streams()
    log = follow(data_source, session.key)
    log.wait_for(STREAM_STARTED, 2)
    actor.create_topics([topics.stream(data_source, "Late")])
    session.write_periodic("Late", 10)
    log.wait_for(PACKET, 12)
    session.end_streams()
    session.end()
    log.wait_for_completion(session.key)
    assert log.received(session.key) == session.expected
    assert {info.stream for info in log.of(STREAM_COMPLETED)} == {"", "Stream1", "Late"}


def test_late_records_up_to_the_watermark_are_read(
    actor: ContractActor, follow: Callable[..., ReaderLog], data_source: str
) -> None:
    session = ContractSession(actor, data_source, "Stream1").announce()
    log = follow(data_source, session.key)
    session.open_streams()
    session.end_streams()
    log.wait_for(PACKET, 4)
    session.write_periodic("Stream1", 5)
    session.end()
    log.wait_for_completion(session.key)
    assert log.received(session.key) == session.expected


def test_an_end_in_the_stream_alone_does_not_end_the_session(
    actor: ContractActor, follow: Callable[..., ReaderLog], data_source: str
) -> None:
    session = ContractSession(actor, data_source, "Stream1").announce()
    log = follow(data_source, session.key)
    session.open_streams()
    session.end_streams()
    log.wait_for(PACKET, 4)
    session.write_periodic("Stream1", 1)
    log.wait_for(PACKET, 5)
    assert log.of(SESSION_COMPLETED) == []
    session.end()
    log.wait_for_completion(session.key)


def test_a_session_without_ends_in_its_streams_completes(
    actor: ContractActor, follow: Callable[..., ReaderLog], data_source: str
) -> None:
    session = ContractSession(actor, data_source, "Stream1").announce()
    log = follow(data_source, session.key)
    session.open_streams()
    session.write_periodic("Stream1", 5)
    session.end(offsets={})
    with within(6):
        log.wait_for_completion(session.key)
    assert log.received(session.key) == session.expected


def test_a_session_with_an_end_in_some_of_its_streams_completes(
    actor: ContractActor, follow: Callable[..., ReaderLog], data_source: str
) -> None:
    session = ContractSession(actor, data_source, "A", "B").announce()
    log = follow(data_source, session.key)
    session.open_streams()
    session.write_periodic("B", 5)
    session.end_streams("", "A")
    session.end()
    log.wait_for_completion(session.key)
    assert log.received(session.key) == session.expected


def test_a_session_that_never_had_a_packet_completes(
    actor: ContractActor, follow: Callable[..., ReaderLog], data_source: str
) -> None:
    session = ContractSession(actor, data_source).announce()
    log = follow(data_source, session.key)
    log.wait_for(SESSION_STARTED)
    session.end()
    log.wait_for_completion(session.key)
    assert log.received(session.key) == {}
    assert len(log.of(SESSION_COMPLETED)) == 1


def test_two_sessions_at_a_time_are_kept_apart(
    actor: ContractActor, follow: Callable[..., ReaderLog], data_source: str
) -> None:
    log = follow(data_source)
    sessions = [ContractSession(actor, data_source, "Stream1").announce() for _ in range(2)]
    for session in sessions:
        session.open_streams()
    for _ in range(20):
        for session in sessions:
            session.write_periodic("Stream1", 1)
    for session in sessions:
        session.end_streams()
        session.end()
    for session in sessions:
        log.wait_for_completion(session.key)
        assert log.received(session.key) == session.expected


def test_events_and_packets_of_a_reader_come_in_the_promised_order(
    actor: ContractActor, follow: Callable[..., ReaderLog], data_source: str
) -> None:
    log = follow(data_source)
    session = ContractSession(actor, data_source, "A", "B").announce()
    session.open_streams()
    session.write_periodic("A", 50)
    session.write_periodic("B", 50)
    session.end_streams()
    session.end()
    log.wait_for_completion(session.key)
    kinds = [kind for kind, _ in log.entries]
    assert kinds[0] == SESSION_STARTED
    assert kinds[-1] == SESSION_COMPLETED
    assert (kinds.count(SESSION_STARTED), kinds.count(SESSION_COMPLETED)) == (1, 1)
    for stream, packets in session.expected.items():
        of_stream = [kind for kind, argument in log.entries if getattr(argument, "stream", None) == stream]
        assert of_stream == [STREAM_STARTED, *[PACKET] * len(packets), STREAM_COMPLETED]
    infos = [argument for kind, argument in log.entries if kind in {STREAM_STARTED, STREAM_COMPLETED}]
    assert {(info.data_source, info.session_key) for info in infos} == {(data_source, session.key)}
    assert len(log.threads) == 1


def test_session_updates_reach_the_reader(
    actor: ContractActor, follow: Callable[..., ReaderLog], data_source: str
) -> None:
    session = ContractSession(actor, data_source).announce()
    log = follow(data_source, session.key)
    log.wait_for(SESSION_STARTED)
    session.update(SessionInfoPacket(data_source=data_source, details={"Driver": "A"}))
    log.wait_for(INFO_UPDATED)
    assert log.of(INFO_UPDATED)[0].details == {"Driver": "A"}
    other = ContractSession(actor, data_source, identifier="other").announce()
    session.update(SessionInfoPacket(data_source=data_source, associate_session_keys=[other.key]))
    log.wait_for("session_association_info_updated")
    (association,) = log.of("session_association_info_updated")
    assert association.main_session_info.session_key == session.key
    assert association.associate_session_info.session_key == other.key


def test_coverage_cursors_are_reported(
    actor: ContractActor, follow: Callable[..., ReaderLog], data_source: str
) -> None:
    session = ContractSession(actor, data_source, "Stream1").announce()
    log = follow(data_source, session.key)
    content = CoverageCursorInfoPacket(data_source=data_source, coverage_cursor_time=1_700_000_000_123_456_789)
    session.write("Stream1", "CoverageCursorInfo", content)
    actor.flush()
    log.wait_for("coverage_cursor_received")
    (cursor,) = log.of("coverage_cursor_received")
    assert (cursor.data_source, cursor.session_key) == (data_source, session.key)
    assert cursor.coverage_cursor_time == 1_700_000_000_123_456_789


def test_nothing_between_start_and_the_first_handler_is_lost(
    actor: ContractActor, library: Library, data_source: str
) -> None:
    reader = started(library.live(data_source))
    session = ContractSession(actor, data_source, "Stream1").complete(packets=200)
    library.wait_for_session(data_source, session.key, historical=True)
    log = ReaderLog(reader)
    log.wait_for_completion(session.key)
    assert log.received(session.key) == session.expected
    assert log.entries[0][0] == SESSION_STARTED
    reader.stop()


def test_iteration_follows_a_live_session_to_its_end(actor: ContractActor, library: Library, data_source: str) -> None:
    session = ContractSession(actor, data_source, "Stream1").announce()
    session.open_streams()
    received = []
    with library.reader(
        data_source=data_source, session_key=session.key, reading_type=PacketReadingType.BOTH
    ) as reader:
        for item in reader:
            received.append(item)
            if len(received) == 2:
                session.write_periodic("Stream1", 5)
                session.end_streams()
                session.end()
    assert len(received) == sum(map(len, session.expected.values()))


def test_read_batch_gives_what_is_there_within_its_limits(
    actor: ContractActor, library: Library, data_source: str
) -> None:
    session = ContractSession(actor, data_source, "Stream1").announce()
    with library.live(data_source, session.key, exclude_main_stream=True) as reader:
        assert reader.read_batch(10, 0.2) == []
        session.write_periodic("Stream1", 25)
        batches: list[list[ReceivedPacketDto]] = []
        while sum(len(batch) for batch in batches) < 25:
            batches.append(reader.read_batch(10, 10))
            assert 1 <= len(batches[-1]) <= 10
    assert [item.packet_bytes.data for batch in batches for item in batch] == session.expected["Stream1"]


def test_iteration_ends_when_the_reader_is_stopped(actor: ContractActor, library: Library, data_source: str) -> None:
    session = ContractSession(actor, data_source, "Stream1").announce()
    session.open_streams()
    received: list[ReceivedPacketDto] = []
    reader = started(library.live(data_source, session.key))
    thread = threading.Thread(target=lambda: received.extend(reader))
    thread.start()
    wait_until(
        lambda: reader.statistics().unwrap().packets == 2, timeout_seconds=20, message="both packets to be taken"
    )
    with within(2):
        reader.stop()
        thread.join(10)
    assert not thread.is_alive()
