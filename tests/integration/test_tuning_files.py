"""Properties of a tuning file take effect at a real Kafka (wire contract 9.7)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import ConfigResource

from ma_streaming import MessageTooLargeError, SessionCreationInfo
from ma_streaming.protos.open_data_pb2 import Packet
from tests.integration.contract_topics import V2, ContractTopics
from tests.integration.record_batches import ZSTD, record_batches

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.integration.contract_actor import ContractActor
    from tests.integration.library import Library

STREAM = "Stream1"
LZ4 = 3
MIB = 1024 * 1024


@pytest.fixture
def topics() -> ContractTopics:
    """One generation is enough here."""
    return ContractTopics(V2, "TestTuning")


@pytest.fixture
def tuned(connect: Callable[..., Library], topics: ContractTopics, tmp_path: Path) -> Callable[..., Library]:
    """Make a started library with a publisher file of this content."""

    def tuned(**content: Any) -> Library:
        path = tmp_path / "publisher.json"
        path.write_text(json.dumps({name.replace("_", "."): value for name, value in content.items()}), "utf-8")
        return connect(topics, kafka_broker_publishing_config_file_path=str(path))

    return tuned


def new_session(library: Library, data_source: str) -> str:
    """Create a session and give its key."""
    return library.sessions.create_new_session(SessionCreationInfo(data_source)).unwrap().session_key


def packet(session_key: str, number: int = 0, *, size: int = 10) -> bytes:
    """Make a packet with so many bytes of content."""
    return Packet(type="Event", session_key=session_key, id=number, content=bytes(size)).SerializeToString()


def test_message_max_bytes_is_the_limit_of_packets_and_of_new_topics(
    tuned: Callable[..., Library], broker_list: str, topics: ContractTopics, data_source: str
) -> None:
    library = tuned(message_max_bytes=str(6 * MIB))
    key = new_session(library, data_source)
    large = packet(key, size=5 * MIB)
    too_large = library.writer.write_data(data_source, STREAM, key, packet(key, size=7 * MIB))
    assert library.writer.write_data(data_source, STREAM, key, large).success
    report = library.writer.flush(20).unwrap()

    assert (report.delivered, report.failed) == (1, 0)
    assert isinstance(too_large.error, MessageTooLargeError)
    resource = ConfigResource(ConfigResource.Type.TOPIC, topics.stream(data_source, STREAM))
    admin = AdminClient({"bootstrap.servers": broker_list})
    (described,) = admin.describe_configs([resource]).values()
    assert int(described.result(10)["max.message.bytes"].value) > len(large)


def test_linger_ms_keeps_a_packet_while_another_writer_overtakes_it(
    tuned: Callable[..., Library], library: Library, actor: ContractActor, topics: ContractTopics, data_source: str
) -> None:
    lingering = tuned(linger_ms=60_000)
    key = new_session(library, data_source)
    lingering.wait_for_session(data_source, key)
    for number, each in ((1, lingering), (2, library)):
        assert each.writer.write_data(data_source, STREAM, key, packet(key, number)).success
    for each in (library, lingering):
        assert each.writer.flush(20).unwrap().delivered == 1

    records = actor.read(topics.stream(data_source, STREAM))
    assert [record.packet.id for record in records] == [2, 1]


@pytest.mark.parametrize(
    ("content", "is_idempotent", "codec"),
    [({}, True, ZSTD), ({"acks": "1"}, False, ZSTD), ({"acks": "all", "compression_type": "lz4"}, True, LZ4)],
)
def test_acks_1_makes_a_producer_that_is_not_idempotent(
    tuned: Callable[..., Library],
    broker_list: str,
    topics: ContractTopics,
    data_source: str,
    content: dict[str, str],
    is_idempotent: bool,
    codec: int,
) -> None:
    library = tuned(**content)
    key = new_session(library, data_source)
    assert library.writer.write_data(data_source, STREAM, key, packet(key, size=1000)).success
    assert library.writer.flush(20).unwrap().delivered == 1

    (batch,) = record_batches(broker_list, topics.stream(data_source, STREAM))
    assert (batch.producer_id >= 0) is is_idempotent
    assert batch.codec == codec
    warned = [line for line in library.logger.of("warning") if "idempotence" in line]
    assert len(warned) == (not is_idempotent)
