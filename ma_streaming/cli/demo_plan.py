"""What the demo writes, and the record of what was written and read."""

from __future__ import annotations

import dataclasses
import json
import math
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

NANOSECONDS_PER_SECOND = 1_000_000_000
PERIODIC_DATA = "PeriodicData"
SINE_PERIOD_SECONDS = 2.0


@dataclass(frozen=True)
class DemoPlan:
    """The session of one run of the demo, the same for every process that takes part.

    Attributes:
        broker: Address of the broker, `host:port`.
        embedded: Whether it is the broker inside the demo.
        domain: Prefix of the topic names, or "".
        session_identifier: Name of the session; no other session has it.
        duration_seconds: Time that the data covers.
        frequency_hz: Samples per second.
        samples_per_packet: Samples in one packet.
        data_source: Data source of the session.
        stream: Name of the data stream.
        parameter: Identifier of the parameter, `Name:Application`.
    """

    broker: str
    embedded: bool
    domain: str
    session_identifier: str
    duration_seconds: float
    frequency_hz: float
    samples_per_packet: int
    data_source: str = "Demo"
    stream: str = "Sine"
    parameter: str = "Sin:MyApp"

    @property
    def interval_ns(self) -> int:
        """Time between two samples, nanoseconds."""
        return round(NANOSECONDS_PER_SECOND / self.frequency_hz)

    @property
    def packet_count(self) -> int:
        """Number of packets of samples."""
        return max(1, round(self.duration_seconds * self.frequency_hz / self.samples_per_packet))

    @property
    def sample_count(self) -> int:
        """Number of samples."""
        return self.packet_count * self.samples_per_packet

    def values(self, packet_number: int) -> list[float]:
        """Return the values of one packet.

        Args:
            packet_number: 0 for the first packet.
        """
        first = packet_number * self.samples_per_packet
        radians_per_sample = 2.0 * math.pi * self.interval_ns / NANOSECONDS_PER_SECOND / SINE_PERIOD_SECONDS
        return [math.sin(i * radians_per_sample) for i in range(first, first + self.samples_per_packet)]

    def to_json(self) -> str:
        """Return the plan as the text that `from_json` reads."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, text: str) -> DemoPlan:
        """Return the plan that a text describes."""
        return cls(**json.loads(text))


@dataclass(frozen=True)
class DataPacket:
    """One packet of samples, as it was written or read.

    Attributes:
        packet_id: The packet's id.
        clock_ns: When it was handed to the library, or came out of it: nanoseconds of `time.perf_counter_ns`, which all
            processes of a machine share.
        start_time_ns: Time of the first sample, nanoseconds since the Unix epoch (UTC).
        interval_ns: Time between two samples, nanoseconds.
        values: The samples' values, 8 bytes each, little-endian.
        statuses: The samples' statuses (DataStatus), one byte each.
    """

    packet_id: int
    clock_ns: int
    start_time_ns: int
    interval_ns: int
    values: bytes
    statuses: bytes

    @classmethod
    def of_samples(
        cls,
        *,
        packet_id: int,
        clock_ns: int,
        start_time_ns: int,
        interval_ns: int,
        values: Sequence[float],
        statuses: Sequence[int],
    ) -> DataPacket:
        """Return the record of a packet with these values and statuses."""
        packed = struct.pack(f"<{len(values)}d", *values)
        return cls(packet_id, clock_ns, start_time_ns, interval_ns, packed, bytes(statuses))

    def samples(self) -> Iterator[tuple[int, bytes, int]]:
        """Yield each sample: nanoseconds since the Unix epoch, the 8 bytes of its value, its status."""
        for i, status in enumerate(self.statuses):
            yield self.start_time_ns + i * self.interval_ns, self.values[8 * i : 8 * i + 8], status

    def floats(self) -> tuple[float, ...]:
        """Return the values as numbers."""
        return struct.unpack(f"<{len(self.values) // 8}d", self.values)

    def to_message(self) -> dict[str, Any]:
        """Return the record as values that JSON can hold."""
        return {**dataclasses.asdict(self), "values": self.values.hex(), "statuses": self.statuses.hex()}

    @classmethod
    def from_message(cls, message: dict[str, Any]) -> DataPacket:
        """Return the record that `to_message` gave."""
        fields = {**message, "values": bytes.fromhex(message["values"]), "statuses": bytes.fromhex(message["statuses"])}
        return cls(**fields)
