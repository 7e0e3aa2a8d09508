"""Readers that begin at the leading edge of a live session, or read a range of time (contract 9.4)."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from ma_streaming import LiveReadingType, PacketReadingType
from ma_streaming.protos.open_data_pb2 import Packet
from tests.integration.contract_session import ContractSession
from tests.integration.library import PACKET, SESSION_STARTED, ReaderLog, by_stream, started
from tests.integration.timed_records import produce

if TYPE_CHECKING:
    from tests.integration.contract_actor import ContractActor
    from tests.integration.library import Library

BEGIN = datetime(2026, 1, 1, tzinfo=timezone.utc)


def test_the_leading_edge_is_the_end_that_a_live_session_has_when_reading_begins(
    library: Library, actor: ContractActor, data_source: str
) -> None:
    old = ContractSession(actor, data_source, "Stream1").announce()
    old.write_periodic("Stream1", 20)
    library.wait_for_session(data_source, old.key)
    with library.live(data_source, live_reading_type=LiveReadingType.LEADING_EDGE) as reader:
        log = ReaderLog(reader)
        log.wait_for(SESSION_STARTED)
        # The reader looks at the broker before it tells of the session's first packet; one marks the edge.
        late = ContractSession(actor, data_source, "Stream1").announce()
        late.write_periodic("Stream1", 3)
        log.wait_for(PACKET, 3, session_key=late.key)
        before = len(old.expected["Stream1"])
        old.write_periodic("Stream1", 5)
        late.end_streams()
        late.end()
        old.end_streams()
        old.end()
        log.wait_for_completion(old.key)
        log.wait_for_completion(late.key)
        assert log.received(old.key)["Stream1"] == old.expected["Stream1"][before:]
        assert log.received(late.key) == late.expected


def test_a_stream_that_appears_after_the_leading_edge_is_read_from_its_beginning(
    library: Library, actor: ContractActor, data_source: str
) -> None:
    session = ContractSession(actor, data_source).announce()
    session.write("", "Marker", b"")
    library.wait_for_session(data_source, session.key)
    with library.live(data_source, session.key, live_reading_type=LiveReadingType.LEADING_EDGE) as reader:
        log = ReaderLog(reader)
        log.wait_for(SESSION_STARTED)
        actor.create_data_source(data_source, "Late")
        session.write_periodic("Late", 4)
        log.wait_for(PACKET, 4, session_key=session.key)
        assert log.received(session.key) == {"Late": session.expected["Late"]}


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (None, None, range(10)),
        (3, None, range(3, 10)),
        (None, 3, range(3)),
        (2, 7, range(2, 7)),
        (2.5, 6.5, range(3, 7)),
        (10, None, range(0)),
        (None, 0, range(0)),
        (7, 2, range(0)),
    ],
)
def test_a_range_of_time_is_read_by_the_times_of_records(
    library: Library,
    actor: ContractActor,
    data_source: str,
    first: float | None,
    last: float | None,
    expected: range,
) -> None:
    session = ContractSession(actor, data_source).announce()
    packets = [Packet(type="Marker", session_key=session.key, id=number).SerializeToString() for number in range(10)]
    for number, packet in enumerate(packets):
        timestamp = BEGIN + timedelta(seconds=number)
        produce(
            actor.bootstrap_servers,
            actor.topics.main(data_source),
            session.key.encode(),
            packet,
            timestamp_ms=round(timestamp.timestamp() * 1000),
        )
    session.end()
    library.wait_for_session(data_source, session.key, historical=True)
    reader = library.reader(
        data_source=data_source,
        session_key=session.key,
        reading_type=PacketReadingType.HISTORIC,
        start_time=None if first is None else BEGIN + timedelta(seconds=first),
        end_time=None if last is None else BEGIN + timedelta(seconds=last),
    )
    received = by_stream(list(started(reader)))
    reader.stop()
    assert received.get("", []) == [packets[number] for number in expected]
