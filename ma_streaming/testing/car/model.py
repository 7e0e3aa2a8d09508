"""A car that drives laps: what each of its channels has at any time, and what happens on the way."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from ma_streaming.errors import InvalidArgumentError
from ma_streaming.testing.car import channels
from ma_streaming.testing.car.channels import CHANNELS, Channel, Motion
from ma_streaming.testing.car.track import Floats, fastest_lap

if TYPE_CHECKING:
    from ma_streaming.protos.open_data_pb2 import ConfigurationPacket

START_TIME_NS: Final = 1_750_000_000_000_000_000
"""2025-06-15 15:06:40 UTC."""
GEAR_EVENT: Final = "0001:Chassis"
DRS_EVENT: Final = "0002:Chassis"
EVENTS: Final = MappingProxyType({GEAR_EVENT: "Gear shift", DRS_EVENT: "Rear wing opened or closed"})
"""Descriptions of the events, by identifier."""
_EVENT_STEP_MS: Final = 20
_MOST_LATE_TENTHS: Final = 12


@dataclass(frozen=True)
class Lap:
    """A lap that was driven.

    Attributes:
        number: From 1.
        start_time_ns: When it began, in ns since 1970 UTC.
        end_time_ns: When the next one begins.
    """

    number: int
    start_time_ns: int
    end_time_ns: int


@dataclass(frozen=True)
class CarEvent:
    """Something that happened.

    Attributes:
        identifier: A key of `EVENTS`.
        time_ns: When, in ns since 1970 UTC.
        values: What was before, what is now, and the speed in km/h.
    """

    identifier: str
    time_ns: int
    values: tuple[float, float, float]


class SyntheticCar:
    """A racing car on flying laps of one track. The same arguments give the same values, in whatever pieces one asks.

    A lap is as fast as tyres, brakes and engine allow, or up to 1.2 s slower. Accelerations, wheel speeds, gears and
    all else follow from speed and curvature; sensors add noise and give steps. Laps take a whole number of tenths of
    a second, so each has a whole number of samples at every rate.

    Args:
        laps: How many it drives, one after the other.
        seed: Decides lap times and noise.
        start_time_ns: When the first lap begins, in ns since 1970 UTC.

    Raises:
        InvalidArgumentError: Less than one lap, or a time before 1970.
    """

    def __init__(self, laps: int = 1, *, seed: int = 1, start_time_ns: int = START_TIME_NS) -> None:
        if laps < 1:
            raise InvalidArgumentError(f"laps is {laps}; it must be at least 1", subject="laps")
        if start_time_ns < 0:
            raise InvalidArgumentError(
                f"start_time_ns is {start_time_ns}; it must be 0 or more", subject="start_time_ns"
            )
        self._seed = seed
        self._start_time_ns = start_time_ns
        late = (_noise(seed, 0, 0, laps) + 1) / 2 * _MOST_LATE_TENTHS
        self._lap_ms = fastest_lap().milliseconds + np.floor(late).astype(np.int64) * 100
        self._starts_ms = np.concatenate(([0], np.cumsum(self._lap_ms)))

    @property
    def channels(self) -> Mapping[str, Channel]:
        """What it measures, by identifier."""
        return MappingProxyType({channel.identifier: channel for channel in CHANNELS})

    @property
    def start_time_ns(self) -> int:
        """When the first lap begins, which is the time of the first sample of each channel."""
        return self._start_time_ns

    @property
    def duration_ms(self) -> int:
        """How long it drives."""
        return int(self._starts_ms[-1])

    @property
    def laps(self) -> tuple[Lap, ...]:
        """The laps, each of which begins where the one before ends."""
        ends = [self._start_time_ns + int(each) * 1_000_000 for each in self._starts_ms]
        return tuple(Lap(i + 1, *pair) for i, pair in enumerate(pairwise(ends)))

    @cached_property
    def events(self) -> tuple[CarEvent, ...]:
        """Gear shifts, and the rear wing's flap, in the order of their times."""
        motion = self.motion(np.arange(0, self.duration_ms, _EVENT_STEP_MS))
        found = [
            CarEvent(
                identifier,
                self._start_time_ns + int(i) * _EVENT_STEP_MS * 1_000_000,
                (float(states[i - 1]), float(states[i]), round(float(motion.speed[i]) * 3.6, 2)),
            )
            for identifier, states in ((GEAR_EVENT, channels.gear(motion)), (DRS_EVENT, channels.drs(motion)))
            for i in np.flatnonzero(np.diff(states)) + 1
        ]
        return tuple(sorted(found, key=lambda event: event.time_ns))

    def count(self, identifier: str) -> int:
        """Give how many samples a channel has."""
        return self.duration_ms * self._channel(identifier).rate_hz // 1000

    def times_ns(self, identifier: str) -> NDArray[np.int64]:
        """Give the times of a channel's samples."""
        step_ns = 1_000_000_000 // self._channel(identifier).rate_hz
        return self._start_time_ns + np.arange(self.count(identifier), dtype=np.int64) * step_ns

    def values(self, identifier: str, first: int = 0, count: int | None = None) -> NDArray[Any]:
        """Give samples of a channel; the array has the channel's dtype.

        Args:
            identifier: Of the channel.
            first: The first sample to give.
            count: How many; None = all behind it.

        Raises:
            InvalidArgumentError: There is no such channel, or it has not that many samples.
        """
        values: NDArray[Any] = self.matrix([identifier], first, count)[0]
        return values

    def matrix(self, identifiers: Sequence[str], first: int = 0, count: int | None = None) -> NDArray[Any]:
        """Give samples of several channels of one rate and one dtype, of shape [channels, samples].

        Raises:
            InvalidArgumentError: As in `values`; or rates or dtypes differ.
        """
        chosen = [self._channel(identifier) for identifier in identifiers]
        if len({(channel.rate_hz, channel.dtype) for channel in chosen}) != 1:
            raise InvalidArgumentError(f"{list(identifiers)} are not of one rate and one dtype", subject="identifiers")
        every = self.count(identifiers[0])
        count = every - first if count is None else count
        if not 0 <= first <= first + count <= every:
            text = f"{count} samples from {first} on are not within the {every} of {identifiers[0]!r}"
            raise InvalidArgumentError(text, subject="first")
        motion = self.motion(np.arange(first, first + count, dtype=np.int64) * (1000 // chosen[0].rate_hz))
        return np.stack([self._measured(channel, motion, first) for channel in chosen])

    def _measured(self, channel: Channel, motion: Motion, first: int) -> NDArray[Any]:
        values = channel.formula(motion)
        if channel.dtype != "float64":
            return values
        if channel.noise:
            values = values + channel.noise * _noise(self._seed, 1 + CHANNELS.index(channel), first, len(values))
        made: Floats = np.round(values * channel.steps) / channel.steps
        return made

    def motion(self, milliseconds: NDArray[np.int64]) -> Motion:
        """Give how the car moves at some times, in ms since the first lap began.

        A slower lap is the fastest one with its time stretched, most in the middle, so speed and acceleration have no
        jump where the next lap begins.
        """
        fastest = fastest_lap()
        lap = np.searchsorted(self._starts_ms, milliseconds, "right") - 1
        duration = self._lap_ms[lap]
        part = (milliseconds - self._starts_ms[lap]) / duration
        late = (fastest.milliseconds - duration) / 1000
        stretch = 1 + late * 1000 / duration * 30 * part**2 * (1 - part) ** 2
        bend = late * (1000 / duration) ** 2 * 60 * part * (1 - part) * (1 - 2 * part)
        at_ms = part * duration + late * 1000 * part**3 * (10 - 15 * part + 6 * part**2)

        whole = np.minimum(at_ms.astype(np.int64), fastest.milliseconds - 1)

        def at(table: Floats) -> Floats:
            given: Floats = table[whole] + (at_ms - whole) * (table[whole + 1] - table[whole])
            return given

        lap_distance, speed = at(fastest.distance), at(fastest.speed)
        return Motion(
            time=milliseconds / 1000,
            distance=lap_distance + lap * fastest.metres,
            lap_distance=lap_distance,
            speed=speed * stretch,
            acceleration=at(fastest.acceleration) * stretch**2 + speed * bend,
            curvature=at(fastest.curvature),
            x=at(fastest.x),
            y=at(fastest.y),
        )

    def configuration(self, config_id: str = "") -> ConfigurationPacket:
        """Make the packet that describes channels and events (wire contract 10.2).

        Args:
            config_id: Unique in the world; "" = a new GUID.
        """
        from ma_streaming.protos import open_data_pb2 as open_data
        from ma_streaming.testing.packets import configuration, parameter_definition

        definitions = []
        for channel in CHANNELS:
            definition = parameter_definition(
                channel.name,
                channel.application_name,
                units=channel.unit,
                minimum=channel.minimum,
                maximum=channel.maximum,
                frequencies_hz=[channel.rate_hz],
            )
            definition.description = channel.description
            definitions.append(definition)
        made = configuration(config_id or str(uuid.uuid4()), "Car", definitions)
        made.event_definitions.extend(
            open_data.EventDefinition(
                identifier=identifier,
                definition_id=int(identifier.partition(":")[0], 16),
                application_name=identifier.partition(":")[2],
                description=description,
            )
            for identifier, description in EVENTS.items()
        )
        return made

    def _channel(self, identifier: str) -> Channel:
        channel = self.channels.get(identifier)
        if channel is None:
            known = ", ".join(self.channels)
            raise InvalidArgumentError(f"no channel {identifier!r}; there are {known}", subject="identifier")
        return channel


def _noise(seed: int, stream: int, first: int, count: int) -> Floats:
    """Give numbers from -1 to 1, most of them near 0, each of which depends on its index alone."""
    with np.errstate(over="ignore"):
        mixed = np.arange(first, first + count, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        mixed += np.uint64((seed * 0xD1B54A32D192ED03 + stream * 0x8CB92BA72F3D8DD7) % 2**64)
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
        mixed ^= mixed >> np.uint64(31)
    low, high = (mixed & np.uint64(0xFFFFFFFF)), mixed >> np.uint64(32)
    return (low.astype(np.float64) + high.astype(np.float64)) / 2**32 - 1
