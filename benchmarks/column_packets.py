"""Periodic packets of several shapes, for whoever decodes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ma_streaming.testing.car import SyntheticCar
from ma_streaming.testing.packets import packet, periodic_data

_BYTES_OF_SAMPLE: Final = 13
_DISTINCT_BYTES: Final = 3_000_000
_INTERVAL_NS: Final = 1_000_000
_START_NS: Final = 1_750_000_000_000_000_000


@dataclass(frozen=True)
class Shape:
    """What is in a packet: samples of each of some parameters."""

    parameters: int
    samples: int

    @property
    def packet_samples(self) -> int:
        """Of all parameters together."""
        return self.parameters * self.samples

    @property
    def packet_bytes(self) -> int:
        """About how large a packet is, with the envelope."""
        return 80 + self.packet_samples * _BYTES_OF_SAMPLE

    @property
    def names(self) -> list[str]:
        """The identifiers of the parameters."""
        return [f"p{number}:Bench" for number in range(self.parameters)]

    def __str__(self) -> str:
        return f"{self.parameters} x {self.samples}"


def make_packets(shape: Shape, values: str, *, session_key: str, data_format: int) -> list[bytes]:
    """Make different packets, together larger than a batch of the broker's.

    Args:
        shape: Of each.
        values: "sensor": accelerations of a car; "random": doubles that don't compress.
        session_key: In the envelopes.
        data_format: An id.
    """
    count = max(8, _DISTINCT_BYTES // shape.packet_bytes)
    series = _series(values, count * shape.packet_samples)
    made: list[bytes] = []
    for number, columns in enumerate(series.reshape(count, shape.parameters, shape.samples)):
        content = periodic_data(
            data_format,
            start_time_ns=_START_NS + number * shape.samples * _INTERVAL_NS,
            interval_ns=_INTERVAL_NS,
            columns=columns.tolist(),
        )
        made.append(packet(content, session_key=session_key, packet_id=number + 1).SerializeToString())
    return made


def car_values(count: int) -> NDArray[np.float64]:
    """Give values as a sensor of a car has them: its accelerations on a few laps, again and again."""
    car = SyntheticCar(laps=2)
    lap: NDArray[np.float64] = car.matrix(["gLat:Chassis", "gLong:Chassis", "gVert:Chassis"]).ravel()
    return np.resize(lap, count)


def _series(values: str, count: int) -> NDArray[np.float64]:
    return car_values(count) if values == "sensor" else np.random.default_rng(1).random(count)
