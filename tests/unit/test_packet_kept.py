"""Packets that a handler keeps stay what they were, although delivery uses again the objects that nobody keeps."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator

import pytest

from ma_streaming import PacketBytes, PacketReadingConfiguration, ReceivedPacketDto
from ma_streaming.packet_reading import PacketReaderService
from ma_streaming.protos.open_data_pb2 import Packet
from tests.support.fakes import FakeHost, FakeReaderClient, eventually

VALUES = [f"packet {number}".encode() for number in range(20)]

Read = Callable[..., None]


@pytest.fixture
def read() -> Iterator[Read]:
    """A function that has the packets given to a handler, from two blocks and two streams."""
    client = FakeReaderClient()
    reader = PacketReaderService(FakeHost(client), PacketReadingConfiguration())

    def deliver(handler: Callable[[ReceivedPacketDto], object], values: list[bytes] = VALUES) -> None:
        client.reader.put(*values[:10], stream=0)
        client.reader.put(*values[10:], stream=1)
        client.reader.complete()
        reader.initialise()
        reader.start()
        reader.set_handler(handler)
        eventually(lambda: reader.is_completed)

    yield deliver
    reader.stop()


def test_packets_that_are_kept_do_not_change(read: Read) -> None:
    kept: list[ReceivedPacketDto] = []
    read(kept.append)

    assert [dto.packet_bytes.data for dto in kept] == VALUES
    assert [dto.stream for dto in kept] == ["Stream0"] * 10 + ["Stream1"] * 10
    assert len({id(dto) for dto in kept}) == len({id(dto.packet_bytes) for dto in kept}) == len(VALUES)


def test_bytes_that_are_kept_without_their_packet_do_not_change(read: Read) -> None:
    kept: list[PacketBytes] = []
    read(lambda dto: kept.append(dto.packet_bytes))

    assert [each.data for each in kept] == VALUES


def test_every_third_packet_that_is_kept_does_not_change(read: Read) -> None:
    came: list[bytes] = []
    kept: list[ReceivedPacketDto] = []

    def handle(dto: ReceivedPacketDto) -> None:
        if len(came) % 3 == 0:
            kept.append(dto)
        came.append(dto.packet_bytes.data)

    read(handle)

    assert came == VALUES
    assert [dto.packet_bytes.data for dto in kept] == VALUES[::3]


def test_the_packet_before_is_kept_for_one_more(read: Read) -> None:
    pairs: list[tuple[bytes, bytes]] = []
    before: list[ReceivedPacketDto] = []

    def handle(dto: ReceivedPacketDto) -> None:
        pairs.extend((last.packet_bytes.data, dto.packet_bytes.data) for last in before)
        before[:] = [dto]

    read(handle)

    assert pairs == list(itertools.pairwise(VALUES))


def test_a_packet_kept_by_another_thread_does_not_change(read: Read) -> None:
    go_on = threading.Event()
    came: dict[int, bytes] = {}

    def look_later(number: int, dto: ReceivedPacketDto) -> None:
        assert go_on.wait(10)
        came[number] = dto.packet_bytes.data

    threads: list[threading.Thread] = []

    def handle(dto: ReceivedPacketDto) -> None:
        thread = threading.Thread(target=look_later, args=(len(threads), dto))
        threads.append(thread)
        thread.start()

    read(handle)
    go_on.set()
    for thread in threads:
        thread.join()

    assert came == dict(enumerate(VALUES))


def test_what_a_handler_writes_into_a_packet_does_not_reach_the_next(read: Read) -> None:
    seen: list[tuple[str, str, bytes]] = []

    def handle(dto: ReceivedPacketDto) -> None:
        seen.append((dto.data_source, dto.stream, dto.packet_bytes.data))
        dto.data_source = dto.stream = "changed"
        dto.packet_bytes = PacketBytes(b"changed")

    read(handle)

    assert [data for _, _, data in seen] == VALUES
    assert {(data_source, stream) for data_source, stream, _ in seen} == {
        ("Default", "Stream0"),
        ("Default", "Stream1"),
    }


def test_each_packet_is_parsed_anew(read: Read) -> None:
    values = [Packet(type="Event", id=number).SerializeToString() for number in range(20)]
    ids: list[int] = []
    read(lambda dto: ids.append(dto.packet.id), values)

    assert ids == list(range(20))
