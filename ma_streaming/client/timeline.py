"""Where in time a recording is: one clock for all of its parameters, markers and events (wire contract 10.3, 10.4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple, SupportsFloat

from ma_streaming import arguments

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SLOWEST_INTERVAL_NS: Final = 2**32 - 1
"""The longest interval that a periodic packet can have (wire contract 11.29)."""
_SECOND_NS: Final = 1_000_000_000
_LONGEST_NS: Final = 10**18
_SLOWEST_HZ: Final = 1e-9
_FASTEST_HZ: Final = 1e9


class Pace(NamedTuple):
    """How far apart samples are: by an interval in ns, or by a rate in Hz where that is 0."""

    interval_ns: int
    rate_hz: float

    @property
    def samples_per_second(self) -> float:
        """The rate in Hz."""
        return self.rate_hz or _SECOND_NS / self.interval_ns

    @property
    def is_slow(self) -> bool:
        """True where it is too slow for periodic packets."""
        return (self.interval_ns or _SECOND_NS / self.rate_hz) > SLOWEST_INTERVAL_NS

    def after(self, samples: int) -> int:
        """Give the time from the first sample to that number, in whole ns as the packet writer has it."""
        if self.interval_ns:
            return samples * self.interval_ns
        # A rate such as 1 / 0.007 is not exact, and must not make 6,999,999 of 7,000,000.
        return int(samples * _SECOND_NS / Decimal(f"{self.rate_hz:.15g}") + Decimal("0.01"))


def pace_of(rate_hz: float | None, interval_ns: int | None) -> Pace:
    """Check a rate or an interval; a rate whose interval is in whole ns is the same as that interval.

    Raises:
        InvalidArgumentError: It is 0 or less, or more than a sample in each ns.
    """
    if interval_ns is not None:
        interval = (
            interval_ns if isinstance(interval_ns, bool) else getattr(interval_ns, "__index__", lambda: interval_ns)()
        )
        why = "an integer of ns from 1 on: samples with no time between them, recorders discard"
        if isinstance(interval, bool) or not isinstance(interval, int) or not 1 <= interval <= _LONGEST_NS:
            raise arguments.refuse("interval_ns", interval_ns, why)
        return Pace(interval, 0.0)
    rate = float(rate_hz) if isinstance(rate_hz, SupportsFloat) else 0.0
    if not _SLOWEST_HZ <= rate <= _FASTEST_HZ:
        raise arguments.refuse("rate_hz", rate_hz, "a number of samples per second, above 0 and up to 1e9")
    pace = Pace(0, rate)
    return Pace(pace.after(1), 0.0) if pace.after(1) * 10**6 == pace.after(10**6) else pace


@dataclass
class Series:
    """Samples at one pace, one behind the other.

    Attributes:
        start_ns: Time of the first sample.
        pace: How far apart they are.
        count: How many there are.
    """

    start_ns: int
    pace: Pace
    count: int = 0

    @property
    def next_ns(self) -> int:
        """Time of the sample after the last one."""
        return self.start_ns + self.pace.after(self.count)

    def times_of_next(self, samples: int) -> NDArray[np.int64]:
        """Give the times of that many samples that come next."""
        import numpy as np

        first = self.count
        return np.array([self.start_ns + self.pace.after(first + at) for at in range(samples)], np.int64)


class Timeline:
    """The times of what was written.

    Args:
        start_ns: Time of the first samples that come without one.

    Attributes:
        first_ns: Time of the earliest sample; None while there is none.
        last_ns: A time that the latest sample is not before, and less than a microsecond after.
    """

    def __init__(self, start_ns: int) -> None:
        self.start_ns = start_ns
        self.first_ns: int | None = None
        self.last_ns = start_ns
        self._series: dict[tuple[str, ...], Series] = {}
        self._next_ns: dict[str, int] = {}
        self._paces: dict[str, Pace | None] = {}

    def series_of(self, names: tuple[str, ...], pace: Pace, start_ns: int | None) -> Series:
        """Give the series that the next samples of parameters belong to.

        It goes on where these parameters are, whatever pace they had before; a start begins a new one.
        """
        series = self._series.get(names)
        if start_ns is not None or series is None or series.pace != pace or not self._are_at(names, series.next_ns):
            series = self._series[names] = Series(self.next_ns(names) if start_ns is None else start_ns, pace)
        return series

    def next_ns(self, names: Iterable[str]) -> int:
        """Give the time at which the next samples of parameters begin."""
        return max((self._next_ns.get(name, self.start_ns) for name in names), default=self.start_ns)

    def common_start(self, names: Sequence[str]) -> int | None:
        """Give the time at which the next samples of parameters can begin together; None where all of them are there.

        They are not where some were written without the others, or where writing the others failed.
        """
        times = {self._next_ns.get(name, self.start_ns) for name in names}
        return max(times) if len(times) > 1 else None

    def pace_to(self, names: Sequence[str], times: NDArray[np.int64]) -> Pace | None:
        """Give the pace that parameters are at, where the next samples at it have these times."""
        paces = {self._paces.get(name) for name in names}
        pace = paces.pop()
        if paces or pace is None or not self._are_at(names, int(times[0])):
            return None
        return pace if all(int(time) == times[0] + pace.after(at) for at, time in enumerate(times)) else None

    def advance(self, names: Sequence[str], series: Series, samples: int) -> None:
        """Note that samples of a series were written in one packet, or several."""
        if not samples:
            return
        first = series.next_ns
        # In a packet the interval is in whole ns, so its last sample may be earlier than that of the series.
        series.count += samples
        self._cover(first, first + (samples - 1) * series.pace.after(1), names, series.next_ns, series.pace)

    def cover(self, names: Sequence[str], first_ns: int, last_ns: int) -> None:
        """Note that rows were written."""
        self._cover(first_ns, last_ns, names, last_ns + 1, None)

    def _cover(self, first_ns: int, last_ns: int, names: Sequence[str], next_ns: int, pace: Pace | None) -> None:
        self.last_ns = last_ns if self.first_ns is None else max(self.last_ns, last_ns)
        self.first_ns = first_ns if self.first_ns is None else min(self.first_ns, first_ns)
        self._next_ns.update(dict.fromkeys(names, next_ns))
        self._paces.update(dict.fromkeys(names, pace))

    def _are_at(self, names: Sequence[str], time_ns: int) -> bool:
        return all(self._next_ns.get(name, self.start_ns) == time_ns for name in names)
