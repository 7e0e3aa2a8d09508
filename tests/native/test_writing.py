"""Packets written singly and many at a time go the same ways: in order, essentials twice, up to the first refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from confluent_kafka import Consumer, TopicPartition

from ma_streaming import (
    InvalidPacketError,
    MessageTooLargeError,
    PacketWriterService,
    SessionCreationInfo,
    SupportLibraryApi,
)
from ma_streaming._native.outbound import NativeWriter
from ma_streaming.protos.open_data_pb2 import Packet
from ma_streaming.testing import EmbeddedBroker

STREAM = "Stream1"


@dataclass
class Rig:
    """A writer with a session, and what arrives at the broker."""

    writer: PacketWriterService
    data_source: str
    key: str
    domain: str
    servers: str

    def packet(self, number: int, *, essential: bool = False, size: int = 10) -> bytes:
        made = Packet(type="Event", session_key=self.key, is_essential=essential, content=bytes(size), id=number)
        return made.SerializeToString()

    def write(self, packet: bytes) -> None:
        assert self.writer.write_data(self.data_source, STREAM, self.key, packet).success

    def stored(self, topic: str) -> list[int]:
        """Give the ids of all packets in a topic of one partition."""
        assert self.writer.flush(10).success
        consumer = Consumer({"bootstrap.servers": self.servers, "group.id": "test"})
        try:
            _, end = consumer.get_watermark_offsets(TopicPartition(topic, 0), 10)
            consumer.assign([TopicPartition(topic, 0, 0)])
            messages = consumer.consume(end, 20)
        finally:
            consumer.close()
        assert all(message.key() == self.key.encode() for message in messages)
        return [Packet.FromString(message.value() or b"").id for message in messages]

    def in_stream(self) -> list[int]:
        return self.stored(f"{self.domain}.Data.{self.data_source}.{STREAM}")

    def in_essentials(self) -> list[int]:
        return self.stored(f"{self.domain}.Essential.{self.data_source}")


@pytest.fixture
def rig(api: SupportLibraryApi, broker: EmbeddedBroker, data_source: str, domain: str) -> Iterator[Rig]:
    sessions = api.get_session_manager_api().create_service().unwrap()
    writer = api.get_writing_packet_api().create_service().unwrap()
    with sessions, writer:
        session = sessions.create_new_session(SessionCreationInfo(data_source)).unwrap()
        yield Rig(writer, data_source, session.session_key, domain, broker.bootstrap_servers)


def test_many_packets_stay_in_order_among_single_ones(rig: Rig) -> None:
    rig.write(rig.packet(0))
    many = [rig.packet(number) for number in range(1, 1001)]
    assert rig.writer.write_many(rig.data_source, STREAM, rig.key, many).unwrap() == 1000
    rig.write(rig.packet(1001))

    assert rig.in_stream() == list(range(1002))


def test_essential_packets_among_many_are_written_twice_and_keep_their_place(rig: Rig) -> None:
    essential = (0, 1, 300, 599)
    many = [rig.packet(number, essential=number in essential) for number in range(600)]
    assert rig.writer.write_many(rig.data_source, STREAM, rig.key, many).unwrap() == 600

    assert rig.in_stream() == list(range(600))
    assert rig.in_essentials() == list(essential)


def test_single_essential_packets_are_written_twice_and_keep_their_place(rig: Rig) -> None:
    for number in range(9):
        rig.write(rig.packet(number, essential=number % 3 == 0))

    assert rig.in_stream() == list(range(9))
    assert rig.in_essentials() == [0, 3, 6]


@pytest.mark.parametrize("position", [0, 1, 255, 256, 257, 299])
def test_many_packets_end_before_the_first_that_is_none(rig: Rig, position: int) -> None:
    many = [rig.packet(number) for number in range(300)]
    many[position] = b"\xff\xff"
    result = rig.writer.write_many(rig.data_source, STREAM, rig.key, many)

    assert isinstance(result.error, InvalidPacketError)
    assert result.data == position
    rig.write(rig.packet(1000))
    assert rig.in_stream() == [*range(position), 1000]


def test_many_packets_end_before_the_first_that_is_too_large(rig: Rig) -> None:
    many = [rig.packet(number, size=5_000_000 if number == 3 else 10) for number in range(5)]
    result = rig.writer.write_many(rig.data_source, STREAM, rig.key, many)

    assert isinstance(result.error, MessageTooLargeError)
    assert result.data == 3
    assert rig.in_stream() == [0, 1, 2]


def test_a_packet_just_within_the_limit_goes_with_others(rig: Rig) -> None:
    many = [rig.packet(number, size=4_193_700 if number == 1 else 10) for number in range(3)]
    assert rig.writer.write_many(rig.data_source, STREAM, rig.key, many).unwrap() == 3

    assert rig.writer.flush(10).success


def test_the_builtin_that_writes_a_packet_takes_nothing_but_bytes(rig: Rig) -> None:
    rig.write(rig.packet(1))
    (route,) = rig.writer._routes.values()

    for wrong in ("text", bytearray(b"x"), None, 1):
        with pytest.raises(TypeError, match="expected bytes"):
            route.try_write(wrong)  # type: ignore[arg-type]

    assert route.try_write(rig.packet(2)) == 0
    assert rig.in_stream() == [1, 2]


def test_the_builtin_of_a_stopped_writer_refuses_packets(rig: Rig) -> None:
    rig.write(rig.packet(1))
    (route,) = rig.writer._routes.values()
    rig.writer.stop()

    assert route.try_write(rig.packet(2)) == NativeWriter.CLOSED
