"""Compare what was read with what was written."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ma_streaming.cli.demo_plan import DataPacket


@dataclass(frozen=True)
class Comparison:
    """How the samples that were read differ from those that were written.

    Attributes:
        written: Number of samples written.
        missing: Samples written but not read.
        different: Samples of which the value's 8 bytes or the status changed.
        unexpected: Samples read that were not written, or read once more.
        out_of_order: Samples read after a later one.
    """

    written: int
    missing: int = 0
    different: int = 0
    unexpected: int = 0
    out_of_order: int = 0

    @property
    def identical(self) -> bool:
        """Whether every sample was read once, in order, bit for bit. Never true when nothing was written."""
        return self.written > 0 and not (self.missing or self.different or self.unexpected or self.out_of_order)

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as values that JSON can hold."""
        return {"identical": self.identical, **asdict(self)}

    def __str__(self) -> str:
        if self.identical:
            return "identical"
        counts = {
            "missing": self.missing,
            "different": self.different,
            "unexpected": self.unexpected,
            "out of order": self.out_of_order,
        }
        return ", ".join(f"{count:,} {name}" for name, count in counts.items() if count) or "nothing written"


def compare(written: Sequence[DataPacket], read: Sequence[DataPacket]) -> Comparison:
    """Compare samples by their timestamps: values as bytes, and statuses.

    Args:
        written: The packets in the order in which they were written.
        read: The packets in the order in which they were read.
    """
    expected = {timestamp_ns: (value, status) for packet in written for timestamp_ns, value, status in packet.samples()}
    seen: set[int] = set()
    different = unexpected = out_of_order = 0
    latest_ns = -1
    for packet in read:
        for timestamp_ns, value, status in packet.samples():
            if timestamp_ns not in expected or timestamp_ns in seen:
                unexpected += 1
            elif expected[timestamp_ns] != (value, status):
                different += 1
            out_of_order += timestamp_ns < latest_ns
            latest_ns = max(latest_ns, timestamp_ns)
            seen.add(timestamp_ns)
    return Comparison(len(expected), len(expected.keys() - seen), different, unexpected, out_of_order)


def latencies_ms(written: Sequence[DataPacket], read: Sequence[DataPacket]) -> list[float]:
    """Return, sorted, the time from the call that wrote a packet to the call of the handler that got it.

    Args:
        written: The packets, with the clock of the call of `write_data`.
        read: The same packets, with the clock at the beginning of `handle`.

    Returns:
        Milliseconds, for every packet that was read.
    """
    written_at = {packet.packet_id: packet.clock_ns for packet in written}
    return sorted((p.clock_ns - written_at[p.packet_id]) / 1e6 for p in read if p.packet_id in written_at)


def percentile(ordered: Sequence[float], fraction: float) -> float | None:
    """Return the smallest value that at least this fraction of the values does not exceed; None when there are none."""
    if not ordered:
        return None
    return ordered[max(0, math.ceil(fraction * len(ordered)) - 1)]
