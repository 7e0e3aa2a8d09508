"""Packets as a car sends them: valid, of a given size, as compressible as measured values are."""

from __future__ import annotations

import random
import zlib
from dataclasses import dataclass
from typing import Final

from benchmarks.column_packets import car_values
from ma_streaming.testing.packets import packet, periodic_data

_SESSION_KEY_BYTES: Final = 36
_SEED: Final = 1
_STEP_NS: Final = 10_000_000
_START_NS: Final = 1_750_000_000_000_000_000
_DISTINCT_BYTES: Final = 4_000_000


@dataclass(frozen=True)
class PacketSet:
    """Different packets to be sent over and over; together they are larger than a batch, so no batch has one twice.

    Attributes:
        packets: The serialised packets.
        mean_bytes: Their mean size.
        compressed: Their size after zlib, as a share of it before: what compression can make of them.
    """

    packets: list[bytes]
    mean_bytes: float
    compressed: float

    def take(self, count: int) -> list[bytes]:
        """Give `count` packets, from the first on again when they run out."""
        return (self.packets * (count // len(self.packets) + 1))[:count]


def make_packets(size: int, session_key: str = "0" * _SESSION_KEY_BYTES, values: str = "sensor") -> PacketSet:
    """Make PeriodicData packets of one parameter with about `size` bytes each.

    Args:
        size: Bytes of a packet.
        session_key: Of 36 characters.
        values: "sensor": accelerations of a car, in steps of their converter; "random": doubles that don't compress.
    """
    samples = _samples_for(size, session_key)
    source = random.Random(_SEED)  # noqa: S311 - noise, not secrets
    count = _DISTINCT_BYTES // size
    every = (
        car_values(count * samples).tolist()
        if values == "sensor"
        else [source.random() for _ in range(count * samples)]
    )
    packets = [
        _packet(number, every[number * samples : (number + 1) * samples], session_key) for number in range(count)
    ]
    joined = b"".join(packets)
    return PacketSet(packets, len(joined) / len(packets), len(zlib.compress(joined, 3)) / len(joined))


def _samples_for(size: int, session_key: str) -> int:
    one, two = (len(_packet(1, [1 / 3] * count, session_key)) for count in (8, 16))
    return max(1, round((size - one) / ((two - one) / 8)) + 8)


def _packet(number: int, values: list[float], session_key: str) -> bytes:
    content = periodic_data(
        1,
        start_time_ns=_START_NS + number * len(values) * _STEP_NS,
        interval_ns=_STEP_NS,
        columns=[values],
    )
    made: bytes = packet(content, session_key=session_key, packet_id=number + 1).SerializeToString()
    return made
