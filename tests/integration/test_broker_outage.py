"""A broker that dies is waited for: nothing is lost or doubled, and no call takes longer than it may."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ma_streaming import BrokerUnavailableError, SessionCreationInfo, StreamingError
from ma_streaming.protos.open_data_pb2 import Packet
from ma_streaming.testing import wait_until
from tests.integration.contract_actor import ContractActor
from tests.integration.contract_session import ContractSession
from tests.integration.contract_topics import V2, ContractTopics
from tests.integration.library import PACKET, ReaderLog, started, within

if TYPE_CHECKING:
    from collections.abc import Callable

    from ma_streaming.testing import KafkaBroker
    from tests.integration.library import Library


def test_a_session_goes_on_after_its_broker_was_killed(
    connect: Callable[..., Library], own_kafka_broker: KafkaBroker, data_source: str
) -> None:
    topics = ContractTopics(V2)
    library = connect(topics, broker=own_kafka_broker.bootstrap_servers, timeout_seconds=6)
    sessions, writer = library.sessions, library.writer
    key = sessions.create_new_session(SessionCreationInfo(data_source=data_source)).unwrap().session_key
    log = ReaderLog(started(library.live(data_source, key)))
    packets = [Packet(type="Marker", session_key=key, id=number).SerializeToString() for number in range(3000)]

    def write(values: list[bytes]) -> None:
        for value in values:
            writer.write_data(data_source, "Stream1", key, value).unwrap()

    write(packets[:1000])
    assert writer.flush(10).success
    log.wait_for(PACKET, 1000)
    own_kafka_broker.kill()
    write(packets[1000:2000])
    with within(3):
        expect_in_flight(writer.flush(1))
    with within(10):
        expect_unavailable(sessions.create_new_session(SessionCreationInfo(data_source=data_source)))
    own_kafka_broker.start()
    write(packets[2000:])
    assert writer.flush(30).success
    log.wait_for(PACKET, 3000)
    sessions.end_session(data_source, key).unwrap()
    log.wait_for_completion(key)
    assert log.received(key) == {"Stream1": packets}
    log.reader.stop()
    with ContractActor(own_kafka_broker.bootstrap_servers, topics) as actor:
        assert [record.value for record in actor.read(topics.stream(data_source, "Stream1"))] == packets


def expect_in_flight(result: Any) -> None:
    """Assert that a flush failed as the packets are still on their way."""
    assert not result.success
    assert (result.data.delivered, result.data.failed, result.data.in_flight) == (1000, 0, 1000)


def expect_unavailable(result: Any) -> None:
    """Assert that a call failed as the broker is not there."""
    assert not result.success
    with pytest.raises(StreamingError) as raised:
        result.unwrap()
    assert isinstance(raised.value, BrokerUnavailableError | TimeoutError)


def test_sessions_written_during_the_readers_outage_are_seen_after_it(
    connect: Callable[..., Library], own_kafka_broker: KafkaBroker, data_source: str
) -> None:
    topics = ContractTopics(V2)
    with ContractActor(own_kafka_broker.bootstrap_servers, topics) as actor:
        library = connect(topics, broker=own_kafka_broker.bootstrap_servers, timeout_seconds=2)
        first = ContractSession(actor, data_source).complete()
        wait_until(lambda: first.key in library.session_keys(data_source), timeout_seconds=20, message="the first")
        own_kafka_broker.kill()
        own_kafka_broker.start()
        second = ContractSession(actor, data_source).complete()
        wait_until(lambda: second.key in library.session_keys(data_source), timeout_seconds=30, message="the second")
        with library.historic(data_source, second.key) as reader:
            assert len(list(reader)) == sum(map(len, second.expected.values()))


def test_stop_is_bounded_when_the_broker_is_gone(
    connect: Callable[..., Library], own_kafka_broker: KafkaBroker, data_source: str
) -> None:
    options = {"timeout_seconds": 2, "termination_timeout_seconds": 3}
    library = connect(ContractTopics(V2), broker=own_kafka_broker.bootstrap_servers, **options)
    session = library.sessions.create_new_session(SessionCreationInfo(data_source=data_source)).unwrap()
    packet = Packet(type="Marker", session_key=session.session_key).SerializeToString()
    reader = started(library.live(data_source, session.session_key))
    own_kafka_broker.kill()
    for _ in range(100):
        library.writer.write_data(data_source, "", session.session_key, packet)
    with within(8):
        library.api.stop()
    assert not reader.is_started
    lost = [message for message in library.logger.of("error") + library.logger.of("warning") if "100" in message]
    assert lost, "nothing said that packets were not delivered"
