"""Readers that go on where an earlier one was, by position() and start_from, without a group (contract 9.4)."""

from __future__ import annotations

import json
import threading
from itertools import islice
from typing import TYPE_CHECKING

from ma_streaming import TopicUnavailableError
from tests.integration.contract_session import ContractSession
from tests.integration.library import FAILED, PACKET, ReaderLog, by_stream, started

if TYPE_CHECKING:
    from ma_streaming import PacketReaderService, ReceivedPacketDto
    from tests.integration.contract_actor import ContractActor
    from tests.integration.contract_topics import ContractTopics
    from tests.integration.library import Library


def ended_session(actor: ContractActor, data_source: str, *streams: str, packets: int = 50) -> ContractSession:
    """Write a session, end it, and give it."""
    session = ContractSession(actor, data_source, *streams).announce()
    for stream in session.expected:
        session.write_periodic(stream, packets)
    session.end_streams()
    session.end()
    return session


def take(reader: PacketReaderService, count: int) -> list[ReceivedPacketDto]:
    """Pull so many packets, and no more."""
    taken: list[ReceivedPacketDto] = []
    while len(taken) < count:
        batch = reader.read_batch(min(40, count - len(taken)), 20)
        assert batch, f"only {len(taken)} of {count} packets came"
        taken += batch
    return taken


def test_a_reader_that_begins_where_another_stopped_gets_exactly_the_rest(
    library: Library, actor: ContractActor, data_source: str
) -> None:
    session = ended_session(actor, data_source, "Stream1", "Stream2")
    library.wait_for_session(data_source, session.key, historical=True)
    with library.historic(data_source, session.key) as first:
        read = take(first, 83)
        position = json.loads(json.dumps(first.position()))
    assert first.position() == position, "it can be asked for after stop()"
    with library.historic(data_source, session.key, start_from=position) as second:
        rest = list(second)
    got = by_stream(read + rest)
    assert got == session.expected


def test_in_a_handler_the_position_counts_the_packet_in_hand(
    library: Library, actor: ContractActor, data_source: str, topics: ContractTopics
) -> None:
    session = ended_session(actor, data_source, packets=20)
    library.wait_for_session(data_source, session.key, historical=True)
    partition = f"{topics.main(data_source)}:0"
    before = actor.high_watermark(topics.main(data_source)) - len(session.expected[""])
    positions: list[int] = []
    reader = library.historic(data_source, session.key)
    reader.set_handler(lambda _packet: positions.append(reader.position()[partition]))
    log = ReaderLog(reader)
    started(reader)
    log.wait_for_completion(session.key)
    assert positions == [before + count for count in range(1, len(session.expected[""]) + 1)]


def test_elsewhere_the_position_does_not_count_a_packet_whose_handler_is_still_running(
    library: Library, actor: ContractActor, data_source: str, topics: ContractTopics
) -> None:
    session = ended_session(actor, data_source, packets=5)
    library.wait_for_session(data_source, session.key, historical=True)
    entered, go_on = threading.Event(), threading.Event()

    def handle(_packet: ReceivedPacketDto) -> None:
        entered.set()
        assert go_on.wait(20)

    with library.historic(data_source, session.key) as reader:
        reader.set_handler(handle)
        assert entered.wait(20)
        first = actor.high_watermark(topics.main(data_source)) - len(session.expected[""])
        assert reader.position()[f"{topics.main(data_source)}:0"] == first
        go_on.set()


def test_iterating_counts_what_was_given_out(library: Library, actor: ContractActor, data_source: str) -> None:
    session = ended_session(actor, data_source, packets=10)
    library.wait_for_session(data_source, session.key, historical=True)
    with library.historic(data_source, session.key) as reader:
        got = [packet.packet_bytes.data for packet in islice(reader, 4)]
        position = reader.position()
    with library.historic(data_source, session.key, start_from=position) as reader:
        got += [packet.packet_bytes.data for packet in reader]
    assert got == session.expected[""]


def test_several_sessions_on_one_partition_go_on_exactly_where_they_were(
    library: Library, actor: ContractActor, data_source: str
) -> None:
    sessions = [ContractSession(actor, data_source, identifier=name).announce() for name in ("one", "two")]
    sessions[1].write_periodic("", 1)
    sessions[0].write_periodic("", 100)
    sessions[1].write_periodic("", 20)
    for session in sessions:
        session.end_streams()
        session.end()
        library.wait_for_session(data_source, session.key, historical=True)
    with library.historic(data_source) as reader:
        got = take(reader, 90)
        position = reader.position()
    with library.historic(data_source, start_from=position) as reader:
        got += list(reader)
    for session in sessions:
        assert by_stream([each for each in got if each.session_key == session.key]) == session.expected


def test_records_of_other_sessions_move_the_position_on(
    library: Library, actor: ContractActor, data_source: str, topics: ContractTopics
) -> None:
    session = ContractSession(actor, data_source).announce()
    session.write_periodic("", 3)
    other = ContractSession(actor, data_source, identifier="other").announce()
    other.write_periodic("", 7)
    session.end_streams()
    session.end()
    library.wait_for_session(data_source, session.key, historical=True)
    with library.historic(data_source, session.key) as reader:
        assert by_stream(list(reader)) == session.expected
        assert reader.position() == {f"{topics.main(data_source)}:0": actor.high_watermark(topics.main(data_source))}


def test_a_session_before_the_position_is_announced_and_completed_without_packets(
    library: Library, actor: ContractActor, data_source: str
) -> None:
    session = ended_session(actor, data_source, "Stream1")
    library.wait_for_session(data_source, session.key, historical=True)
    with library.historic(data_source, session.key) as reader:
        assert len(list(reader)) > 100
        position = reader.position()
    log = ReaderLog(library.historic(data_source, session.key, start_from=position))
    started(log.reader)
    assert log.wait_for_completion(session.key) == "ended"
    assert log.of(PACKET) == []


def test_a_position_beyond_the_end_of_a_topic_that_was_made_anew_is_an_error_that_says_so(
    library: Library, actor: ContractActor, data_source: str, topics: ContractTopics
) -> None:
    session = ended_session(actor, data_source, packets=3)
    library.wait_for_session(data_source, session.key, historical=True)
    beyond = {f"{topics.main(data_source)}:0": 10_000}
    failing = library.historic(data_source, session.key, start_from=beyond)
    log = ReaderLog(started(failing))
    assert log.wait_for_completion(session.key) == "error"
    (error,) = log.of(FAILED)
    assert isinstance(error, TopicUnavailableError)
    assert topics.main(data_source) in str(error)
    assert "10000" in str(error)

    with library.historic(data_source, session.key, start_from=beyond, from_earliest=True) as reader:
        log = ReaderLog(reader)
        log.wait_for_completion(session.key)
        assert log.received(session.key) == session.expected
    assert any("made anew" in line for line in library.logger.of("warning"))
