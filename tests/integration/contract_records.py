"""Comparing a record with what the wire contract says of it, field by field (sections 2, 3.1 and 4.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from google.protobuf.json_format import MessageToDict

from ma_streaming.protos.open_data_pb2 import Packet

if TYPE_CHECKING:
    from collections.abc import Iterable

    from google.protobuf.message import Message
    from google.protobuf.timestamp_pb2 import Timestamp

    from tests.integration.contract_actor import ContractActor, Record

M = TypeVar("M", bound="Message")

NANOSECONDS_PER_SECOND = 1_000_000_000


def content_of(record: Record, kind: type[M]) -> M:
    """Parse the content of a record's packet."""
    return kind.FromString(record.packet.content)


def assert_envelope(record: Record, *, topic: str, type: str, session_key: str, partition: int = 0) -> None:
    """Assert that a record is one keyed `Packet` that is not essential, without an id and without headers.

    Byte by byte: a field that the contract leaves out must not be on the wire, not even with its default value.
    """
    assert (record.topic, record.partition) == (topic, partition)
    assert record.key == session_key.encode()
    assert record.headers == []
    assert record.has_create_time
    bare = Packet(type=type, session_key=session_key, content=record.packet.content)
    assert record.value == bare.SerializeToString(), MessageToDict(record.packet)


def assert_content(record: Record, expected: Message) -> None:
    """Assert that a packet's content has exactly the fields of `expected`, and no unknown ones."""
    found = content_of(record, type(expected))
    assert _shown(found) == _shown(expected)
    assert found.SerializeToString(deterministic=True) == expected.SerializeToString(deterministic=True)


def nanoseconds(time: Timestamp) -> int:
    """Give a protobuf time in nanoseconds since the Unix epoch."""
    return int(time.seconds) * NANOSECONDS_PER_SECOND + int(time.nanos)


def watermarks(actor: ContractActor, topics: Iterable[str]) -> dict[str, int]:
    """Count the records on every partition of the topics: `topic:partition` to high watermark (3.2).

    For topics from which nothing was deleted.
    """
    partitions = actor.topic_partitions()
    counts = {f"{topic}:{partition}": 0 for topic in topics for partition in range(partitions[topic])}
    for topic in topics:
        for record in actor.read(topic):
            counts[f"{topic}:{record.partition}"] = record.offset + 1
    return counts


def _shown(message: Message) -> dict[str, Any]:
    return dict(MessageToDict(message, preserving_proto_field_name=True))
