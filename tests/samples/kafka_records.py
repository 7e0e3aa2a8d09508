"""Read topics with a plain Kafka client, and write to them, so that the library does not check itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from confluent_kafka import Consumer, Producer, TopicPartition
from google.protobuf.message import Message

from ma_streaming.protos import open_data_pb2

TIMEOUT_SECONDS = 15.0

Content = TypeVar("Content", bound=Message)


@dataclass(frozen=True)
class Record:
    """One record of a topic: its key, the packet in it, and when it was written (milliseconds since the Unix epoch)."""

    key: bytes | None
    packet: open_data_pb2.Packet
    timestamp_ms: int


def contents_of(records: Iterable[Record], kind: type[Content]) -> list[Content]:
    """Return the contents of the packets of one kind, parsed."""
    packet_type = kind.__name__.removesuffix("Packet")
    return [kind.FromString(record.packet.content) for record in records if record.packet.type == packet_type]


def records_of(broker: str, topic: str) -> list[Record]:
    """Return all that a topic with one partition holds."""
    consumer = Consumer({"bootstrap.servers": broker, "group.id": "unused", "enable.auto.commit": False})
    try:
        partition = TopicPartition(topic, 0, 0)
        _, end = consumer.get_watermark_offsets(partition, timeout=TIMEOUT_SECONDS)
        consumer.assign([partition])
        records: list[Record] = []
        while len(records) < end:
            message = consumer.poll(TIMEOUT_SECONDS)
            assert message is not None, f"{topic}: {len(records)} of {end} records came"
            assert message.error() is None, message.error()
            value = message.value()
            assert value is not None, f"{topic}: a record without a value"
            records.append(Record(message.key(), open_data_pb2.Packet.FromString(value), message.timestamp()[1]))
        return records
    finally:
        consumer.close()


def write_packets(broker: str, records: Iterable[tuple[str, str, open_data_pb2.Packet]]) -> None:
    """Write packets: topic, key and packet of each; returns when the broker has them all."""
    producer = Producer({"bootstrap.servers": broker, "enable.idempotence": True})
    failures: list[object] = []

    def delivered(error: object, _message: object) -> None:
        if error is not None:
            failures.append(error)

    for topic, key, packet in records:
        producer.produce(topic, packet.SerializeToString(), key.encode(), partition=0, on_delivery=delivered)
    assert producer.flush(TIMEOUT_SECONDS) == 0
    assert failures == []
