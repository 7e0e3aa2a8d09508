"""Packets that are larger than the client or a topic allows (F07)."""

from __future__ import annotations

import itertools
import random
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from ma_streaming import DeliveryError, DeliveryFailedInfo, MessageTooLargeError, SessionCreationInfo
from ma_streaming.packet_writing import split_configuration
from ma_streaming.protos.open_data_pb2 import ConfigurationPacket, Packet
from ma_streaming.testing import wait_until
from tests.integration.contract_session import configuration
from tests.integration.contract_topics import V2, ContractTopics
from tests.integration.library import ReaderLog, started

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.contract_actor import ContractActor
    from tests.integration.library import Library

STREAM = "Stream1"
LIMIT_BYTES = 20_000
"""For a packet with the record around it, in the client or in the topic."""
PARAMETERS = 2000


@pytest.fixture
def topics() -> ContractTopics:
    """One generation is enough here."""
    return ContractTopics(V2, f"Limits{uuid.uuid4().hex[:8]}")


@pytest.fixture
def limited(connect: Callable[..., Library], topics: ContractTopics) -> Library:
    """A client that takes no larger packets."""
    return connect(topics, additional_properties={"message.max.bytes": LIMIT_BYTES})


def packet(size: int, number: int = 1, *, essential: bool = False) -> bytes:
    """Make a packet of about so many bytes that compression does not make smaller."""
    content = random.Random(number).randbytes(size)
    return Packet(
        type="Marker", session_key="key", is_essential=essential, content=content, id=number
    ).SerializeToString()


def ids_in(actor: ContractActor, topic: str) -> list[int]:
    """Give the ids of the packets in a topic."""
    return [record.packet.id for record in actor.read(topic)]


def expect_limit(result: Any, size: int) -> None:
    """Assert that a write failed, naming size and limit."""
    assert isinstance(result.error, MessageTooLargeError)
    assert str(size) in result.message.replace(",", "")
    assert str(LIMIT_BYTES) in result.message.replace(",", "")


def test_f07_a_packet_too_large_for_the_client_fails_that_write_and_no_other(
    limited: Library, actor: ContractActor, data_source: str
) -> None:
    writer, large = limited.writer, packet(30_000, 2)
    writer.write_data(data_source, STREAM, "key", packet(100, 1)).unwrap()
    expect_limit(writer.write_data(data_source, STREAM, "key", large), len(large))
    writer.write_data(data_source, STREAM, "key", packet(100, 3)).unwrap()
    partly = writer.write_many(data_source, STREAM, "key", [packet(100, 4), packet(100, 5), large, packet(100, 6)])
    expect_limit(partly, len(large))
    assert partly.data == 2
    report = writer.flush(20).unwrap()
    assert (report.accepted, report.delivered, report.failed) == (4, 4, 0)
    assert ids_in(actor, actor.topics.stream(data_source, STREAM)) == [1, 3, 4, 5]


@pytest.mark.parametrize("way", ["first", "later", "many"])
def test_f07_an_essential_packet_that_is_too_large_is_written_to_neither_topic(
    limited: Library, actor: ContractActor, data_source: str, way: str
) -> None:
    writer, large = limited.writer, packet(30_000, 2, essential=True)
    if way == "later":
        writer.write_data(data_source, STREAM, "key", packet(100, 1, essential=True)).unwrap()
    result: Any = (
        writer.write_many(data_source, STREAM, "key", [large])
        if way == "many"
        else writer.write_data(data_source, STREAM, "key", large)
    )
    expect_limit(result, len(large))
    writer.flush(20).unwrap()
    expected = [1] if way == "later" else []
    assert ids_in(actor, actor.topics.essentials(data_source)) == expected
    assert ids_in(actor, actor.topics.stream(data_source, STREAM)) == expected


def test_f07_the_parts_of_a_configuration_above_the_limit_are_stored_and_read(
    limited: Library, data_source: str
) -> None:
    sessions, writer = limited.sessions, limited.writer
    key = sessions.create_new_session(SessionCreationInfo(data_source=data_source)).unwrap().session_key
    whole = configuration(*(f"vParameter{number}:Chassis" for number in range(PARAMETERS)))

    def wrapped(content: ConfigurationPacket) -> Packet:
        return Packet(type="Configuration", session_key=key, is_essential=True, content=content.SerializeToString())

    expect_limit(writer.write_data(data_source, STREAM, key, wrapped(whole)), wrapped(whole).ByteSize())
    parts = split_configuration(whole, LIMIT_BYTES - 2000)
    assert len(parts) > 1
    for stream, part in itertools.product(("", STREAM), parts):
        writer.write_data(data_source, stream, key, wrapped(part)).unwrap()
    sessions.end_session(data_source, key).unwrap()

    log = ReaderLog(started(limited.historic(data_source, key)))
    log.wait_for_completion(key)
    log.reader.stop()
    for stream in ("", STREAM):
        read = [ConfigurationPacket.FromString(Packet.FromString(value).content) for value in log.received(key)[stream]]
        assert [part.packet_number for part in read] == list(range(1, len(parts) + 1))
        assert {part.total_packet_number for part in read} == {len(parts)}
        assert {part.config_id for part in read} == {whole.config_id}
        definitions = [definition for part in read for definition in part.parameter_definitions]
        assert definitions == list(whole.parameter_definitions)


def test_f07_a_packet_too_large_for_its_topic_is_reported_and_no_other_stream_suffers(
    connect: Callable[..., Library], actor: ContractActor, data_source: str
) -> None:
    topic = actor.topics.stream(data_source, STREAM)
    actor.create_topics([topic], config={"max.message.bytes": str(LIMIT_BYTES), "compression.type": "uncompressed"})
    writer = connect(actor.topics, additional_properties={"linger.ms": 0}).writer
    told: list[DeliveryFailedInfo] = []
    writer.delivery_failed.subscribe(lambda _sender, failure: told.append(failure))
    large = packet(30_000, 2)

    def write(value: bytes, stream: str = STREAM) -> Any:
        writer.write_data(data_source, stream, "key", value).unwrap()
        return writer.flush(20)

    write(packet(100, 1)).unwrap()
    failed = write(large)
    with pytest.raises(DeliveryError):
        failed.unwrap()
    for words in ("1 record", topic, "packet id 2", "MSG_SIZE_TOO_LARGE", str(len(large))):
        assert words in failed.message.replace(",", "")
    write(packet(100, 3)).unwrap()
    write(packet(30_000, 4), "Stream2").unwrap()
    wait_until(lambda: bool(told), message="delivery_failed")
    (info,) = told
    assert (info.failed, info.topic, info.data_source, info.stream, info.session_key, info.first_packet_id) == (
        1,
        topic,
        data_source,
        STREAM,
        "key",
        2,
    )
    assert "MSG_SIZE_TOO_LARGE" in info.reason
    assert ids_in(actor, topic) == [1, 3]
    assert ids_in(actor, actor.topics.stream(data_source, "Stream2")) == [4]
