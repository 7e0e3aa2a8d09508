"""Writing while the broker dies and comes back, or halts and goes on (F02, F03), or without its topic (V34).

`make soak` does the first two for longer.
"""

from __future__ import annotations

import random
import sys
from typing import TYPE_CHECKING, Any

import pytest
from confluent_kafka.admin import AdminClient

from ma_streaming import DeliveryError, TopicUnavailableError
from ma_streaming.testing import KafkaBroker, wait_until
from tests.integration.contract_topics import V2, ContractTopics
from tests.integration.numbered_stream import PacketNumbers, stored_numbers
from tests.soak.broker_outages import (
    BrokerOutages,
    assert_each_packet_is_stored_once,
    assert_each_packet_is_stored_or_reported,
)
from tests.support.brokers import or_missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.integration.library import Library

KILLS = 5
LONGEST_LIFE_SECONDS = 1.0

HALT_SECONDS = 9.0
IMPATIENT = {"socket.timeout.ms": 3000}
"""A request without an answer is sent again after a minute by default, on a new connection. Here it is after 3 s, so
that a short halt makes for several requests that the broker answers all of them when it goes on."""
EXPIRY_MS = 4000

pytestmark = pytest.mark.timeout(600)  # a busy machine takes a quarter of a minute to start a broker
suspends = pytest.mark.skipif(sys.platform == "win32", reason="Windows can't suspend a process")


@pytest.fixture(scope="module")
def broker() -> Iterator[KafkaBroker]:
    """A broker that tests kill and halt, and leave running."""
    broker = KafkaBroker(auto_create_topics=False)
    or_missing(broker.start)
    try:
        yield broker
    finally:
        broker.stop()


def test_f02_a_broker_that_is_killed_loses_and_doubles_nothing(broker: KafkaBroker) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # noqa: T201
    with BrokerOutages(broker) as outages:
        print(outages.kill(KILLS, longest_life_seconds=LONGEST_LIFE_SECONDS, seed=seed))  # noqa: T201


@suspends
def test_f03_what_a_halted_broker_was_sent_more_than_once_is_stored_once(broker: KafkaBroker) -> None:
    with BrokerOutages(broker, **IMPATIENT) as outages:
        outages.halt(HALT_SECONDS)
        outcomes = outages.end()
    assert_each_packet_is_stored_once(outcomes)
    lines = [line for _, line in outages.library.logger.lines]
    assert any("Timed out ProduceRequest" in line for line in lines), f"no request was sent again: {lines}"


@suspends
def test_f03_what_expires_while_the_broker_halts_is_reported_and_nothing_else_is_missing(broker: KafkaBroker) -> None:
    with BrokerOutages(broker, **IMPATIENT, **{"message.timeout.ms": EXPIRY_MS}) as outages:
        told: list[Any] = []
        for stream in outages.streams:
            stream.writer.delivery_failed.subscribe(lambda _sender, failure: told.append(failure))
        outages.halt(HALT_SECONDS)
        for stream in outages.streams:
            stream.stop()
            with pytest.raises(DeliveryError, match="timed out"):
                stream.flush(30).unwrap()
        reports = outages.flush()
        failed = sum(report.failed for report in reports)
        wait_until(
            lambda: sum(each.failed for each in told) == failed,
            message=lambda: f"{failed} failed, the events say {[each.failed for each in told]}",
        )
        outcomes = outages.outcomes(reports)
    assert_each_packet_is_stored_or_reported(outcomes)
    assert all(0 < report.failed < report.accepted for report in reports)


def test_v34_what_is_written_to_a_topic_that_was_deleted_is_reported(
    connect: Callable[..., Library], broker: KafkaBroker, data_source: str, domain: str
) -> None:
    topics = ContractTopics(V2, domain)
    # For half a minute by default, a topic that is not there may be one that was only just made.
    properties = {"topic.metadata.propagation.max.ms": 1000}
    writer = connect(topics, broker=broker.bootstrap_servers, additional_properties=properties).writer
    told: list[Any] = []
    writer.delivery_failed.subscribe(lambda _sender, failure: told.append(failure))
    packets = PacketNumbers("key")
    for stream in ("Stream1", "Stream2"):
        writer.write_data(data_source, stream, "key", packets.packet(1)).unwrap()
    writer.flush(20).unwrap()

    topic = topics.stream(data_source, "Stream1")
    admin = AdminClient({"bootstrap.servers": broker.bootstrap_servers, "log_level": 0})
    admin.delete_topics([topic])[topic].result(20)
    refused: list[Any] = []

    def is_refused() -> bool:
        result = writer.write_data(data_source, "Stream1", "key", packets.packet(2))
        refused.extend([result] if result.error else [])
        return not result.success

    wait_until(is_refused, timeout_seconds=60, message="packets are accepted for a topic that is gone")
    assert isinstance(refused[0].error, TopicUnavailableError)
    assert topic in refused[0].message
    failed: Any = writer.flush(20)
    assert isinstance(failed.error, DeliveryError)
    assert topic in failed.message
    report = failed.data
    assert (report.delivered, report.failed) == (2, report.accepted - 2)
    wait_until(lambda: sum(each.failed for each in told) == report.failed, message=lambda: str(told))
    assert {each.topic for each in told} == {topic}
    writer.write_data(data_source, "Stream2", "key", packets.packet(2)).unwrap()
    writer.flush(20).unwrap()
    assert stored_numbers(broker.bootstrap_servers, topics.stream(data_source, "Stream2")) == [1, 2]
