"""How programs get at samples without our columns: protobuf parses the packets, and Python goes through them.

All of them decode from memory, which spares them the broker.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.column_packets import Shape, make_packets
from benchmarks.measuring import Stopwatch
from ma_streaming.protos.open_data_pb2 import Packet, PeriodicDataPacket


@dataclass
class Sample:
    """A sample as an object."""

    parameter: str
    timestamp_ns: int
    value: float
    status: int


@dataclass
class Row:
    """The values of all parameters at one time."""

    timestamp_ns: int
    values: dict[str, Sample]


class PeerDecoder:
    """Decodes packets of one shape, over and over."""

    def __init__(self, parameters: int, samples: int, values: str) -> None:
        self._shape = Shape(parameters, samples)
        self._names = self._shape.names
        self._packets = make_packets(self._shape, values, session_key="0" * 36, data_format=1)

    def to_numpy(self, packets: int) -> dict[str, Any]:
        """Make an array of each column."""
        watch = Stopwatch()
        for content in self._parsed(packets):
            for column in content.columns:
                samples = column.double_samples.samples
                count = len(samples)
                values = np.fromiter((sample.value for sample in samples), np.float64, count)
                statuses = np.fromiter((sample.status for sample in samples), np.uint8, count)
                times = content.start_time + np.arange(count) * content.interval
                assert len(values) == len(statuses) == len(times)
        return watch.turn(packets * self._shape.packet_samples)

    def to_objects(self, packets: int) -> dict[str, Any]:
        """Make an object of each sample, as programs do that are written for the vendor's package."""
        watch = Stopwatch()
        for content in self._parsed(packets):
            made: dict[str, list[Sample]] = {}
            for name, column in zip(self._names, content.columns, strict=True):
                time = content.start_time
                made[name] = taken = []
                for sample in column.double_samples.samples:
                    taken.append(Sample(name, time, sample.value, sample.status))
                    time += content.interval
        return watch.turn(packets * self._shape.packet_samples)

    def to_rows(self, packets: int) -> dict[str, Any]:
        """Make an object of each time with an object of each value in it, as streaming libraries give them."""
        watch = Stopwatch()
        for content in self._parsed(packets):
            rows: dict[int, Row] = {}
            for name, column in zip(self._names, content.columns, strict=True):
                for number, sample in enumerate(column.double_samples.samples):
                    time = content.start_time + number * content.interval
                    row = rows.get(time)
                    if row is None:
                        rows[time] = row = Row(time, {})
                    row.values[name] = Sample(name, time, sample.value, sample.status)
            made = sorted(rows.values(), key=lambda row: row.timestamp_ns)
            assert len(made) == self._shape.samples
        return watch.turn(packets * self._shape.packet_samples)

    def close(self) -> None:
        """Nothing is open."""

    def _parsed(self, packets: int) -> Any:
        every = self._packets
        for number in range(packets):
            yield PeriodicDataPacket.FromString(Packet.FromString(every[number % len(every)]).content)
