"""What the car measures: its channels, and how each follows from the motion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ma_streaming.testing.car.track import DRAG, GRAVITY, POWER, Floats

TRACK_WIDTH_METRES: Final = 1.6
"""Between the wheels of an axle."""
GEAR_METRES_PER_SECOND: Final = (0.0, 22.0, 31.0, 41.0, 52.0, 63.0, 74.0, 84.0)
"""From which speed on each gear is used, the first one from 0."""
_RPM_PER_METRE_PER_SECOND: Final = tuple(12_000 / top for top in (*GEAR_METRES_PER_SECOND[1:], 94.0))
_WHEELBASE_METRES: Final = 3.6
_STEERING_RATIO: Final = 12.0
_DRS_METRES_PER_SECOND: Final = 70.0
_DRS_CURVATURE: Final = 1e-4
_FUEL_KG: Final = 100.0
_FUEL_KG_PER_METRE: Final = 0.00035


@dataclass(frozen=True)
class Motion:
    """The car at some times, all arrays of one length.

    Attributes:
        time: s since the beginning of the first lap.
        distance: m since then.
        lap_distance: m since the line.
        speed: m/s.
        acceleration: m/s² forwards.
        curvature: 1/m, positive to the left.
        x: m east of the line.
        y: m north of it.
    """

    time: Floats
    distance: Floats
    lap_distance: Floats
    speed: Floats
    acceleration: Floats
    curvature: Floats
    x: Floats
    y: Floats


_Formula: TypeAlias = Callable[[Motion], NDArray[Any]]


@dataclass(frozen=True)
class Channel:
    """A parameter that is sampled at a fixed rate.

    Attributes:
        identifier: `Name:AppName`.
        unit: Of the values; "" where there is none.
        description: What it is.
        minimum: Lower end of the display scale.
        maximum: Upper end.
        rate_hz: Samples a second, a divisor of 1,000.
        dtype: "float64", "int32" or "bool".
        steps: Of a converter, for each unit: a float64 is a multiple of one of them.
        noise: Largest deviation from what the motion says.
        formula: What the motion says.
    """

    identifier: str
    unit: str
    description: str
    minimum: float
    maximum: float
    rate_hz: int
    dtype: str
    steps: int
    noise: float
    formula: _Formula

    @property
    def name(self) -> str:
        """The part before the colon."""
        return self.identifier.partition(":")[0]

    @property
    def application_name(self) -> str:
        """The part behind it."""
        return self.identifier.partition(":")[2]


def gear(motion: Motion) -> NDArray[np.int32]:
    """Give the gear, 1 to 8."""
    return np.searchsorted(GEAR_METRES_PER_SECOND, motion.speed, "right").astype(np.int32)


def drs(motion: Motion) -> NDArray[np.bool_]:
    """Say whether the flap of the rear wing is open: fast, straight on, and not braking."""
    is_straight = np.abs(motion.curvature) < _DRS_CURVATURE
    opened: NDArray[np.bool_] = is_straight & (motion.speed > _DRS_METRES_PER_SECOND) & (motion.acceleration > -1)
    return opened


def _engine(motion: Motion) -> Floats:
    engine: Floats = motion.speed * np.array(_RPM_PER_METRE_PER_SECOND)[gear(motion) - 1]
    return engine


def _drive(motion: Motion) -> Floats:
    """Give what engine or brakes do to the car, m/s²: its acceleration without that of the air."""
    drive: Floats = motion.acceleration + DRAG * motion.speed**2
    return drive


def _forward(motion: Motion) -> Floats:
    forward: Floats = motion.acceleration / GRAVITY
    return forward


def _throttle(motion: Motion) -> Floats:
    available = np.minimum(POWER / motion.speed, 1.1 * GRAVITY)
    return np.clip(100 * _drive(motion) / available, 0, 100)


def _brake(motion: Motion) -> Floats:
    return np.clip(-2.6 * _drive(motion), 0, 150)


def _wheel(side: int) -> _Formula:
    """Give the speed of a wheel in km/h; `side` is 1 on the left and -1 on the right, where a left turn is wider."""
    return lambda motion: 3.6 * (motion.speed - side * TRACK_WIDTH_METRES / 2 * motion.speed * motion.curvature)


def _tyre(side: int) -> _Formula:
    def temperature(motion: Motion) -> Floats:
        lateral = _lateral(motion)
        warm: Floats = 95 + 2.5 * np.abs(lateral) - 1.5 * side * lateral - 10 * np.exp(-motion.time / 60)
        return warm

    return temperature


def _steering(motion: Motion) -> Floats:
    return np.degrees(np.arctan(_WHEELBASE_METRES * motion.curvature) * _STEERING_RATIO)


def _oil(motion: Motion) -> Floats:
    oil: Floats = 110 - 25 * np.exp(-motion.time / 90) + _engine(motion) / 6000
    return oil


def _vertical(motion: Motion) -> Floats:
    speed = motion.speed / 90
    bumps = np.sin(motion.lap_distance * 2.1) + np.sin(motion.lap_distance * 0.83) + np.sin(motion.lap_distance * 5.7)
    vertical: Floats = 1 + 0.08 * speed * bumps
    return vertical


def _lateral(motion: Motion) -> Floats:
    lateral: Floats = motion.speed**2 * motion.curvature / GRAVITY
    return lateral


def _yaw(motion: Motion) -> Floats:
    return np.degrees(motion.speed * motion.curvature)


def _fuel(motion: Motion) -> Floats:
    return np.maximum(_FUEL_KG - _FUEL_KG_PER_METRE * motion.distance, 0)


def _sensor(
    identifier: str,
    unit: str,
    description: str,
    limits: tuple[float, float],
    rate_hz: int,
    steps_and_noise: tuple[int, float],
    formula: _Formula,
) -> Channel:
    return Channel(identifier, unit, description, *limits, rate_hz, "float64", *steps_and_noise, formula)


_WHEELS: Final = (("FL", "front left", 1), ("FR", "front right", -1), ("RL", "rear left", 1), ("RR", "rear right", -1))

CHANNELS: Final = (
    _sensor("gLat:Chassis", "g", "Acceleration to the left", (-5, 5), 1000, (500, 0.04), _lateral),
    _sensor("gLong:Chassis", "g", "Acceleration forwards", (-6, 3), 1000, (500, 0.04), _forward),
    _sensor("gVert:Chassis", "g", "Acceleration upwards", (-1, 3), 1000, (500, 0.1), _vertical),
    _sensor("nEngine:Engine", "rpm", "Engine speed", (0, 13_000), 200, (1, 12.0), _engine),
    _sensor("nYaw:Chassis", "deg/s", "Yaw rate to the left", (-90, 90), 200, (20, 0.2), _yaw),
    _sensor("vCar:Chassis", "km/h", "Speed of the car", (0, 360), 100, (100, 0.05), lambda motion: 3.6 * motion.speed),
    *(
        _sensor(f"vWheel{short}:Chassis", "km/h", f"Speed, {name} wheel", (0, 360), 100, (100, 0.1), _wheel(side))
        for short, name, side in _WHEELS
    ),
    _sensor("aSteer:Chassis", "deg", "Steering wheel to the left", (-200, 200), 100, (10, 0.3), _steering),
    _sensor("rThrottle:Chassis", "%", "Throttle pedal", (0, 100), 100, (10, 0.0), _throttle),
    _sensor("pBrake:Chassis", "bar", "Pressure of the brakes", (0, 150), 100, (20, 0.0), _brake),
    Channel("NGear:Chassis", "", "Gear", 0, 8, 50, "int32", 1, 0.0, gear),
    Channel("BDrs:Chassis", "", "Flap of the rear wing is open", 0, 1, 50, "bool", 1, 0.0, drs),
    _sensor("sLap:Chassis", "m", "Way since the line", (0, 5100), 50, (100, 0.0), lambda motion: motion.lap_distance),
    _sensor("xCar:Chassis", "m", "Position east of the line", (-750, 1100), 10, (100, 0.02), lambda motion: motion.x),
    _sensor("yCar:Chassis", "m", "Position north of the line", (-950, 50), 10, (100, 0.02), lambda motion: motion.y),
    _sensor("TOil:Engine", "degC", "Temperature of the oil", (0, 150), 10, (10, 0.1), _oil),
    _sensor("mFuel:Engine", "kg", "Fuel in the tank", (0, 110), 10, (100, 0.0), _fuel),
    *(
        _sensor(f"TTyre{short}:Chassis", "degC", f"Temperature, {name} tyre", (20, 140), 10, (10, 0.2), _tyre(side))
        for short, name, side in _WHEELS
    ),
)
