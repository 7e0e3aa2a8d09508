"""The synthetic car: the same values every time, which fit one another as those of a real car do."""

from __future__ import annotations

import subprocess
import sys
import threading
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from ma_streaming import InvalidArgumentError, PacketBytes
from ma_streaming.packet_writing.content_rules import problems_of
from ma_streaming.protos.open_data_pb2 import EventPacket, MarkerPacket, Packet
from ma_streaming.results import ApiResult
from ma_streaming.testing.car import SyntheticCar, recording, write_car

START = 1_000_000_000_000_000_000
LAPS = 3
GRAVITY = 9.81


@pytest.fixture(scope="module")
def car() -> SyntheticCar:
    return SyntheticCar(LAPS, seed=5, start_time_ns=START)


def slow(values: np.ndarray[Any, Any], samples: int = 100) -> np.ndarray[Any, Any]:
    """Average over so many samples, which leaves little of the noise."""
    return np.convolve(values, np.ones(samples) / samples, "same")[samples:-samples]


def test_the_same_car_gives_the_same_values_in_whatever_pieces(car: SyntheticCar) -> None:
    again, other = SyntheticCar(LAPS, seed=5, start_time_ns=START), SyntheticCar(LAPS, seed=6)

    for identifier, channel in car.channels.items():
        values = car.values(identifier)
        assert values.dtype == channel.dtype
        assert values.tobytes() == again.values(identifier).tobytes()
        middle = len(values) // 2
        assert car.values(identifier, middle - 3, 7).tobytes() == values[middle - 3 : middle + 4].tobytes()
    assert car.events == again.events
    assert car.values("gLat:Chassis", 0, 100).tolist() != other.values("gLat:Chassis", 0, 100).tolist()


def test_laps_follow_one_another_and_have_whole_numbers_of_samples_at_each_rate(car: SyntheticCar) -> None:
    laps = car.laps

    assert [lap.number for lap in laps] == [1, 2, 3]
    assert laps[0].start_time_ns == START
    assert all(before.end_time_ns == after.start_time_ns for before, after in pairwise(laps))
    assert len({lap.end_time_ns - lap.start_time_ns for lap in laps}) > 1
    assert {channel.rate_hz for channel in car.channels.values()} == {10, 50, 100, 200, 1000}
    for identifier, channel in car.channels.items():
        times = car.times_ns(identifier)
        assert np.all(np.diff(times) == 10**9 // channel.rate_hz)
        for lap in laps:
            inside = np.count_nonzero((times >= lap.start_time_ns) & (times < lap.end_time_ns))
            assert inside * 10**9 == (lap.end_time_ns - lap.start_time_ns) * channel.rate_hz
        assert len(times) == car.count(identifier) == car.duration_ms * channel.rate_hz // 1000


def test_the_track_is_closed_and_has_corners_and_straights(car: SyntheticCar) -> None:
    motion = car.motion(np.arange(car.duration_ms))
    last = car.motion(np.array([car.laps[1].start_time_ns - START]) // 1_000_000)
    turned = np.sum(motion.speed * motion.curvature) / 1000 / LAPS

    assert turned == pytest.approx(-2 * np.pi, rel=0.001)
    assert motion.x[0] == pytest.approx(last.x[0])
    assert motion.y[0] == pytest.approx(last.y[0])
    assert np.max(np.hypot(np.diff(motion.x), np.diff(motion.y))) < 0.1
    assert np.max(np.abs(motion.curvature)) > 1 / 50
    assert 0.3 < np.mean(np.abs(motion.curvature) < 1e-6) < 0.8


def test_speed_acceleration_and_way_are_those_of_one_motion(car: SyntheticCar) -> None:
    speed = car.values("vCar:Chassis") / 3.6
    forwards = car.values("gLong:Chassis") * GRAVITY
    motion = car.motion(np.arange(car.duration_ms))

    assert np.sum(motion.speed) / 1000 == pytest.approx(motion.distance[-1], rel=1e-4)
    assert motion.distance[-1] / LAPS == pytest.approx(5064, abs=1)
    # What the sensor of acceleration adds up to is what the one of speed shows.
    gained = np.cumsum(forwards)[::10] / 1000
    assert np.max(np.abs(slow(gained + speed[0]) - slow(speed))) < 0.5
    assert (speed.max(), speed.min()) == (pytest.approx(91.5, abs=0.5), pytest.approx(16.5, abs=0.5))
    assert (forwards.min() / GRAVITY, forwards.max() / GRAVITY) == (
        pytest.approx(-4.3, abs=0.2),
        pytest.approx(1.4, abs=0.2),
    )
    # The laps join without a jolt.
    for lap in car.laps[1:]:
        at = (lap.start_time_ns - START) // 1_000_000
        assert np.max(np.abs(np.diff(motion.acceleration[at - 5 : at + 5]))) < 0.05


def test_lateral_acceleration_follows_from_speed_and_yaw_rate(car: SyntheticCar) -> None:
    speed = np.repeat(car.values("vCar:Chassis") / 3.6, 2)
    yaw = np.radians(car.values("nYaw:Chassis"))
    lateral = car.values("gLat:Chassis")[::5]

    assert np.max(np.abs(slow(speed * yaw / GRAVITY) - slow(lateral))) < 0.05
    assert lateral.min() < -3
    assert lateral.max() > 2


def test_wheels_turn_as_fast_as_the_corner_wants(car: SyntheticCar) -> None:
    left, right = car.values("vWheelFL:Chassis"), car.values("vWheelFR:Chassis")
    yaw = np.radians(car.values("nYaw:Chassis"))[::2]

    assert np.max(np.abs(slow((left + right) / 2) - slow(car.values("vCar:Chassis")))) < 0.1
    assert np.max(np.abs(slow(right - left) - slow(3.6 * 1.6 * yaw))) < 0.2


def test_engine_speed_follows_from_speed_and_gear(car: SyntheticCar) -> None:
    speed, gear = car.values("vCar:Chassis")[::2], car.values("NGear:Chassis")
    engine = car.values("nEngine:Engine")[::4]

    assert (gear.min(), gear.max()) == (1, 8)
    for each in range(1, 9):
        steady = np.flatnonzero((gear[1:-1] == each) & (gear[:-2] == each) & (gear[2:] == each)) + 1
        ratios = engine[steady] / speed[steady]
        assert len(steady)
        assert np.ptp(ratios) / np.mean(ratios) < 0.01
    assert engine.max() < 12_100


def test_values_are_within_their_limits(car: SyntheticCar) -> None:
    for identifier, channel in car.channels.items():
        values = car.values(identifier)
        assert channel.minimum <= values.min() <= values.max() <= channel.maximum, identifier
        assert channel.description


def test_events_tell_the_gear_shifts(car: SyntheticCar) -> None:
    gear, times = car.values("NGear:Chassis"), car.times_ns("NGear:Chassis")
    shifts = {event.time_ns: event.values[:2] for event in car.events if event.identifier == "0001:Chassis"}
    changed = np.flatnonzero(np.diff(gear)) + 1

    assert shifts == {int(times[i]): (gear[i - 1], gear[i]) for i in changed}
    assert len(shifts) > 30 * LAPS
    assert any(event.identifier == "0002:Chassis" for event in car.events)
    assert [event.time_ns for event in car.events] == sorted(event.time_ns for event in car.events)


def test_the_configuration_describes_all_channels_as_atlas_wants_it(car: SyntheticCar) -> None:
    made = car.configuration()

    assert list(problems_of(made)) == []
    assert [each.identifier for each in made.parameter_definitions] == list(car.channels)
    assert [each.identifier for each in made.event_definitions] == ["0001:Chassis", "0002:Chassis"]
    speed = next(each for each in made.parameter_definitions if each.name == "vCar")
    assert (speed.units, speed.min_value, speed.max_value, list(speed.frequencies)) == ("km/h", 0, 360, [100])
    assert made.config_id != car.configuration().config_id


class FakeWriter:
    """Keeps what is written, and lets each call take its time on a clock of its own."""

    def __init__(self, call_seconds: float = 0.0) -> None:
        self.now = 100.0
        self.columns: list[tuple[float, int, int]] = []
        self.packets: list[tuple[str, Packet]] = []
        self._call_seconds = call_seconds

    def write_columns(self, *_names: str, **columns: Any) -> ApiResult[int]:
        self.now += self._call_seconds
        values = columns["values"]
        begins = columns["start_time_ns"] + columns["first_sample"] * columns["interval_ns"]
        self.columns.append((self.now, begins, begins + values.shape[1] * columns["interval_ns"]))
        assert values.shape[0] == len(columns["parameters"])
        return ApiResult.succeeded(values.shape[1])

    def write_data(self, _data_source: str, stream: str, _key: str, data: Packet | PacketBytes) -> ApiResult[bool]:
        assert isinstance(data, Packet)
        self.packets.append((stream, data))
        return ApiResult.succeeded(True)


def test_everything_is_written_in_the_order_of_time(car: SyntheticCar) -> None:
    writer: Any = FakeWriter()
    written = write_car(car, writer, "Source", "Stream", "key")

    assert written == sum(car.count(identifier) for identifier in car.channels)
    starts = [begins for _, begins, _ in writer.columns]
    assert starts == sorted(starts)
    assert (starts[0], writer.columns[-1][2]) == (START, car.laps[-1].end_time_ns)
    packets = writer.packets
    markers = [(stream, MarkerPacket.FromString(each.content)) for stream, each in packets if each.type == "Marker"]
    events = [EventPacket.FromString(each.content) for stream, each in packets if each.type == "Event"]
    assert {stream for stream, each in packets if each.type == "Event"} == {"Stream"}
    assert [(stream, each.type, each.value, each.timestamp) for stream, each in markers] == [
        (stream, "Lap Trigger", lap.number, lap.start_time_ns) for lap in car.laps for stream in ("", "Stream")
    ]
    assert [(each.data_format.event_identifier, each.timestamp) for each in events] == [
        (event.identifier, event.time_ns) for event in car.events
    ]


def test_real_time_keeps_its_pace_without_drift_and_ends_when_told(
    car: SyntheticCar, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer: Any = FakeWriter(call_seconds=0.004)
    groups = len({(channel.rate_hz, channel.dtype) for channel in car.channels.values()})

    class Stop(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            assert timeout is not None
            writer.now += timeout
            return len(writer.columns) == 50 * groups

    monkeypatch.setattr(recording, "time", SimpleNamespace(monotonic=lambda: writer.now))
    write_car(car, writer, "Source", "Stream", "key", real_time=True, stop=Stop())

    assert len(writer.columns) == 50 * groups
    firsts = [now - 0.004 for now, *_ in writer.columns[::groups]]
    assert firsts == pytest.approx([100 + 0.1 * (number + 1) for number in range(50)])


def test_writing_that_was_told_to_end_writes_nothing(car: SyntheticCar) -> None:
    stop, writer = threading.Event(), FakeWriter()
    stop.set()
    either: Any = writer

    assert write_car(car, either, "Source", "Stream", "key", stop=stop) == 0
    assert write_car(car, either, "Source", "Stream", "key", stop=stop, real_time=True) == 0
    assert not writer.columns


@pytest.mark.parametrize("arguments", [{"laps": 0}, {"start_time_ns": -1}])
def test_a_car_that_cannot_be_is_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgumentError, match=next(iter(arguments))):
        SyntheticCar(**arguments)


def test_samples_that_are_not_there_are_refused(car: SyntheticCar) -> None:
    with pytest.raises(InvalidArgumentError, match="vCar:Chassis"):
        car.values("vCar")
    with pytest.raises(InvalidArgumentError, match="are not within"):
        car.values("vCar:Chassis", car.count("vCar:Chassis") - 1, 2)
    with pytest.raises(InvalidArgumentError, match="one rate"):
        car.matrix(["vCar:Chassis", "gLat:Chassis"])


def test_the_car_needs_no_pandas_and_the_package_does_not_need_the_car() -> None:
    program = (
        "import sys, ma_streaming; assert not any('testing' in name for name in sys.modules), 'the car is loaded'\n"
        "sys.modules['pandas'] = sys.modules['pyarrow'] = None\n"
        "from ma_streaming.testing.car import SyntheticCar; SyntheticCar().values('vCar:Chassis')\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
