"""The track, and how fast a car can go around it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]

GRAVITY: Final = 9.81
"""m/s²."""
DRAG: Final = 0.0012
"""Deceleration by air, m/s² at 1 m/s; grows with the square of the speed."""
POWER: Final = 930.0
"""W/kg."""

# Of a polygon, in m from the line, which is on the first straight.
_CORNERS: Final = (
    (-255, 0), (765, 0), (935, -212), (722, -382), (1062, -637), (765, -935), (170, -807), (297, -510), (-170, -382),
    (-552, -595), (-680, -127),
)  # fmt: skip
_LINE: Final = (0.0, 0.0)
_CORNER_METRES: Final = 120
"""How long the way is on which a corner of the polygon is rounded."""
_GRIP: Final = 1.7
_DOWNFORCE: Final = 0.0043
_TRACTION: Final = 1.1
_BRAKES: Final = 1.5
_TOP_SPEED: Final = 92.0
_SMOOTHING_METRES: Final = 25


@dataclass(frozen=True)
class Lap:
    """A lap as fast as possible, at every millisecond, the last one included, which is the first of the next lap.

    Attributes:
        milliseconds: How long it takes: a multiple of 100, so that it has a whole number of samples at any rate.
        metres: How long it is.
        distance: m from the line, ascending, 0 at the beginning.
        speed: m/s.
        acceleration: m/s² forwards.
        curvature: 1/m, positive to the left.
        x: m east of the line.
        y: m north of it.
    """

    milliseconds: int
    metres: float
    distance: Floats
    speed: Floats
    acceleration: Floats
    curvature: Floats
    x: Floats
    y: Floats


@cache
def fastest_lap() -> Lap:
    """Drive around the track."""
    x, y, curvature = _track()
    metres = len(x)  # a point a metre, nearly: `_track` makes the points equally distant
    length = float(np.hypot(np.diff(x, append=x[0]), np.diff(y, append=y[0])).sum())
    step = length / metres
    speed = _smooth(_speeds(curvature, step), _SMOOTHING_METRES)
    durations = step * 2 / (speed + np.roll(speed, -1))
    seconds = float(durations.sum())
    milliseconds = round(seconds * 10) * 100
    speed *= seconds * 1000 / milliseconds
    reached = np.concatenate(([0.0], np.cumsum(durations))) * milliseconds / seconds / 1000
    acceleration = speed * (np.roll(speed, -1) - np.roll(speed, 1)) / (2 * step)
    times = np.arange(milliseconds + 1) / 1000

    def at_times(by_distance: Floats) -> Floats:
        table: Floats = np.interp(times, reached, np.append(by_distance, by_distance[0]))
        return table

    return Lap(
        milliseconds,
        length,
        np.interp(times, reached, np.arange(metres + 1) * step),
        at_times(speed),
        at_times(acceleration),
        at_times(curvature),
        at_times(x),
        at_times(y),
    )


def _track() -> tuple[Floats, Floats, Floats]:
    """Give points about a metre apart, from the line on, and the curvature there.

    The corners of a polygon are rounded by a moving average of its points, so the way stays closed.
    """
    corners = np.array(_CORNERS, float)
    sides = np.roll(corners, -1, 0) - corners
    points = np.concatenate(
        [
            begin + side * np.arange(round(np.hypot(*side)))[:, None] / round(np.hypot(*side))
            for begin, side in zip(corners, sides, strict=True)
        ]
    )
    x, y = (_smooth(points[:, axis], _CORNER_METRES) for axis in (0, 1))
    start = int(np.argmin(np.hypot(x - _LINE[0], y - _LINE[1])))
    x, y = np.roll(x, -start), np.roll(y, -start)
    dx, dy = _slope(x), _slope(y)
    curvature = (dx * _slope(dy) - dy * _slope(dx)) / np.hypot(dx, dy) ** 3
    way = np.concatenate(([0.0], np.cumsum(np.hypot(np.diff(x, append=x[0]), np.diff(y, append=y[0])))))
    even = np.linspace(0, way[-1], round(way[-1]), endpoint=False)
    x, y, curvature = (np.interp(even, way, np.append(each, each[0])) for each in (x, y, curvature))
    return x, y, curvature


def _speeds(curvature: Floats, step: float) -> Floats:
    """Give the highest speed at each point that tyres, brakes and engine allow."""
    bend = np.abs(curvature)
    with np.errstate(divide="ignore", invalid="ignore"):
        in_corner = np.sqrt(_GRIP * GRAVITY / (bend - _DOWNFORCE))
    limit = np.where(bend > _DOWNFORCE, np.minimum(in_corner, _TOP_SPEED), _TOP_SPEED)
    begin = int(np.argmin(limit))  # nothing before the slowest corner matters
    speeds, bends = np.roll(limit, -begin).tolist(), np.roll(bend, -begin).tolist()
    for i in range(1, len(speeds)):
        speeds[i] = min(speeds[i], _next_speed(speeds[i - 1], bends[i - 1], step, braking=False))
    for i in range(len(speeds) - 2, -1, -1):
        speeds[i] = min(speeds[i], _next_speed(speeds[i + 1], bends[i + 1], step, braking=True))
    return np.roll(np.array(speeds), begin)


def _next_speed(speed: float, bend: float, step: float, *, braking: bool) -> float:
    """Give the speed a step on; braking, a step before: what the tyres still have left beside the corner."""
    used = min(1.0, speed * speed * bend / (_GRIP * GRAVITY + _DOWNFORCE * speed * speed))
    left = (1 - used * used) ** 0.5
    air = DRAG * speed * speed
    if braking:
        force = left * (_BRAKES * GRAVITY + 0.6 * _DOWNFORCE * speed * speed) + air
    else:
        force = min(left * (_TRACTION * GRAVITY + 0.5 * _DOWNFORCE * speed * speed), POWER / speed) - air
    changed: float = max(speed * speed + 2 * force * step, 1.0) ** 0.5
    return changed


def _smooth(values: NDArray[Any], width: int) -> Floats:
    """Average over a window of points, around the end."""
    weights = np.hanning(width + 2)
    around = np.concatenate((values[-width:], values, values[:width]))
    return np.convolve(around, weights / weights.sum(), "same")[width:-width]


def _slope(values: Floats) -> Floats:
    return (np.roll(values, -1) - np.roll(values, 1)) / 2
