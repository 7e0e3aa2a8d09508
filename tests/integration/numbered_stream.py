"""Streams of numbered packets, written as fast as the queue takes them, and what of them is on the broker."""

from __future__ import annotations

import itertools
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from confluent_kafka import Consumer, TopicPartition

from ma_streaming.protos.open_data_pb2 import Packet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ma_streaming import PacketWriterService

ANSWER_SECONDS = 20.0
READING_SECONDS = 120.0
_READ_AT_ONCE = 10_000


class PacketNumbers:
    """Makes packets that differ in their number, without serialising all of each of them."""

    def __init__(self, session_key: str, payload_bytes: int = 100) -> None:
        self._beginning = Packet(
            type="Event", session_key=session_key, content=bytes(payload_bytes)
        ).SerializeToString()

    def packet(self, number: int) -> bytes:
        """Make the packet with this id: fields of a message may come in any order, one after the other."""
        return self._beginning + Packet(id=number).SerializeToString()


class NumberedStream:
    """Writes packets 1, 2, 3 ... to one stream, from a thread of its own, until it is told to stop.

    Attributes:
        writer: Who writes it, and nothing else.
        stream: Name of the stream.
        accepted: How many packets the writer has taken.
        failure: What ended the thread before it was told to; None while all is well.
    """

    def __init__(
        self, writer: PacketWriterService, data_source: str, stream: str, session_key: str, payload_bytes: int = 100
    ) -> None:
        self.stream = stream
        self.accepted = 0
        self.failure: BaseException | None = None
        self.writer = writer
        self._where = (data_source, stream, session_key)
        self._packets = PacketNumbers(session_key, payload_bytes)
        self._has_to_stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"writes {stream}", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread; raises what ended it before."""
        self._has_to_stop.set()
        self._thread.join(READING_SECONDS)
        assert not self._thread.is_alive(), f"the thread that {self._thread.name} does not end"
        if self.failure is not None:
            raise self.failure

    def statistics(self) -> Any:
        """Give the counts of this stream's writer, which writes nothing else."""
        return self.writer.statistics().unwrap()

    def flush(self, timeout_seconds: float) -> Any:
        """Flush this stream's writer; gives the result."""
        return self.writer.flush(timeout_seconds)

    def _run(self) -> None:
        write, packet, where = self.writer.write_data, self._packets.packet, self._where
        try:
            while not self._has_to_stop.is_set():
                write(*where, packet(self.accepted + 1)).unwrap()
                self.accepted += 1
        except BaseException as failure:  # noqa: BLE001 - raised by stop
            self.failure = failure


@dataclass(frozen=True)
class Stored:
    """How what a topic holds of one stream differs from packets 1 to `accepted`.

    Attributes:
        accepted: How many packets the writer took.
        stored: How many different ones are stored.
        lost: How many are not.
        duplicates: How many records are there once more.
        misplaced: How many records come after one with a higher number.
        first: The first number that is not where it should be; 0 where all are.
    """

    accepted: int
    stored: int
    lost: int
    duplicates: int
    misplaced: int
    first: int

    @property
    def is_exact(self) -> bool:
        """Whether each packet is there once, in order."""
        return not (self.lost or self.duplicates or self.misplaced)


def compare(accepted: int, numbers: Sequence[int]) -> Stored:
    """Compare the numbers in a topic, by offset, with those that were accepted."""
    different = set(numbers)
    assert different <= set(range(1, accepted + 1)), "the topic holds packets that were never accepted"
    misplaced = sum(number < before for before, number in itertools.pairwise(numbers))
    wrong = (
        number
        for number, (place, found) in enumerate(zip(range(1, len(numbers) + 1), numbers, strict=True), 1)
        if place != found
    )
    return Stored(
        accepted,
        len(different),
        accepted - len(different),
        len(numbers) - len(different),
        misplaced,
        next(wrong, 0 if len(numbers) == accepted else len(numbers) + 1),
    )


def stored_numbers(bootstrap_servers: str, topic: str, *, partition: int = 0) -> list[int]:
    """Read a partition as it is on the wire: the packet ids by offset, with every duplicate."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap_servers,
            "group.id": "numbers",
            "enable.auto.commit": False,
            "auto.offset.reset": "error",
            "log_level": 0,
        }
    )
    numbers: list[int] = []
    deadline = time.monotonic() + READING_SECONDS
    try:
        low, high = consumer.get_watermark_offsets(TopicPartition(topic, partition), ANSWER_SECONDS)
        consumer.assign([TopicPartition(topic, partition, low)])
        offset = low - 1
        while offset < high - 1:
            assert time.monotonic() < deadline, f"{topic} is read to offset {offset} of {high}"
            for message in consumer.consume(min(_READ_AT_ONCE, high - 1 - offset), 1):
                assert not message.error(), message.error()
                offset = message.offset() or 0
                numbers.append(Packet.FromString(message.value() or b"").id)
    finally:
        consumer.close()
    return numbers
