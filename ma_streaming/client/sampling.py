"""When samples are, as those who record say it: at a pace, or each at a time of its own (wire contract 10.3)."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from ma_streaming import arguments
from ma_streaming.client.samples import is_frame
from ma_streaming.client.timeline import Pace, pace_of
from ma_streaming.client.times import LATEST_NS, AnyTime, fitting, nanoseconds, require_ns
from ma_streaming.errors import InvalidArgumentError
from ma_streaming.packet_writing.arrays import refuse_masked

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_FEWEST_REGULAR: Final = 3
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)
_TOO_LATE: Final = datetime(2262, 4, 11, tzinfo=timezone.utc)


class Sampling(NamedTuple):
    """When samples are.

    Attributes:
        pace: How far apart they are; None where each has a time of its own.
        start_ns: With a pace: the time of the first one; None = behind the last ones of their parameters.
        times: int64 [samples]: where they were given.
        has_open_pace: True where these are of a DataFrame that has too few rows to tell a pace.
    """

    pace: Pace | None
    start_ns: int | None
    times: NDArray[np.int64] | None
    has_open_pace: bool = False

    def require_fit(self, samples: int) -> None:
        """Check that there is a time for each sample.

        Raises:
            InvalidArgumentError: There is not.
        """
        if self.times is not None and self.times.shape != (samples,):
            text = f"timestamps_ns has the shape {self.times.shape} for {samples} samples: each has one time"
            raise InvalidArgumentError(text, subject="timestamps_ns")


def sampling_of(
    data: object,
    *,
    rate_hz: float | None,
    interval_ns: int | None,
    timestamps_ns: ArrayLike | None,
    start: AnyTime | None,
) -> Sampling:
    """Check what says when samples are; the arguments are those of `Recording.write`.

    Raises:
        InvalidArgumentError: Nothing says it, or more than one thing, or something is not allowed.
    """
    is_told_by_frame = is_frame(data) and rate_hz is interval_ns is timestamps_ns is None
    times = times_of_frame(data) if is_told_by_frame else _times(rate_hz, interval_ns, timestamps_ns)
    if times is None:
        return Sampling(pace_of(rate_hz, interval_ns), None if start is None else nanoseconds("start", start), None)
    if start is not None:
        raise arguments.refuse("start", start, "None where every sample has a time of its own")
    interval = interval_of(times) if is_told_by_frame else None
    if interval is None:
        return Sampling(None, None, times, is_told_by_frame and len(times) < _FEWEST_REGULAR)
    return Sampling(Pace(interval, 0.0), int(times[0]), times)


def times_of_frame(frame: Any) -> NDArray[np.int64]:  # noqa: ANN401 - pandas is optional
    """Give the times of a DataFrame's rows: int64 [rows], ns since the Unix epoch.

    Raises:
        InvalidArgumentError: Its index has no times, or no time zone, or a row has none.
    """
    index = frame.index
    if not hasattr(index, "as_unit") or not hasattr(index, "tz"):
        allowed = "a DatetimeIndex; or say by rate_hz, interval_ns or timestamps_ns where the rows are in time"
        raise InvalidArgumentError(f"the DataFrame has a {type(index).__name__}; allowed is {allowed}", subject="data")
    if index.tz is None:
        text = "the DataFrame's index has no time zone: say which it is, as by frame.tz_localize('UTC')"
        raise InvalidArgumentError(text, subject="data")
    if index.hasnans:
        raise InvalidArgumentError("the DataFrame's index has rows without a time (NaT): drop them", subject="data")
    earliest, latest = (index.min(), index.max()) if len(index) else (_EPOCH, _EPOCH)
    if earliest < _EPOCH or latest >= _TOO_LATE:
        text = f"the DataFrame's index is from {earliest} to {latest}; allowed are times from 1970 to 2262"
        raise InvalidArgumentError(text, subject="data")
    return np.asarray(index.as_unit("ns").asi8)


def times_of(timestamps_ns: ArrayLike) -> NDArray[np.int64]:
    """Give times as int64 ns since the Unix epoch.

    Raises:
        InvalidArgumentError: They are something else.
    """
    refuse_masked("timestamps_ns", timestamps_ns)
    given = np.asarray(timestamps_ns)
    allowed = "a list or array of times from 1970 to 2262, as int ns or datetime64, one for each sample"
    if given.dtype.kind not in "iuM" or given.ndim != 1:
        raise arguments.refuse("timestamps_ns", timestamps_ns, allowed)
    if given.dtype.kind == "M":
        in_ns = given.astype("datetime64[ns]")
        times, fits = in_ns.view(np.int64), fitting(given, in_ns)
    else:
        times, fits = given.astype(np.int64, copy=False), given <= LATEST_NS
    fits &= times >= 0
    if not fits.all():
        first = int(fits.argmin())
        text = f"timestamps_ns[{first}] is {given[first]}; allowed is {allowed}"
        raise InvalidArgumentError(text, subject="timestamps_ns")
    return times


def interval_of(times: NDArray[np.int64]) -> int | None:
    """Give the interval of times that are at equal distances in whole ns; None for others, and for one or two times."""
    if len(times) < _FEWEST_REGULAR:
        return None
    steps = np.diff(times)
    return int(steps[0]) if steps[0] > 0 and bool((steps == steps[0]).all()) else None


def _times(rate_hz: float | None, interval_ns: int | None, timestamps_ns: ArrayLike | None) -> Any:  # noqa: ANN401
    """Give the times of samples that have one each, None for those at a rate or interval."""
    ways = {"rate_hz": rate_hz, "interval_ns": interval_ns, "timestamps_ns": timestamps_ns}
    given = [name for name, each in ways.items() if each is not None]
    if len(given) != 1:
        text = f"{' and '.join(given) or 'nothing'} says when the samples are; allowed is one of {', '.join(ways)}"
        raise InvalidArgumentError(text, subject="rate_hz")
    if timestamps_ns is None:
        return None
    times = times_of(timestamps_ns)
    if times.size:
        require_ns("timestamps_ns", int(times.min()))
    return times
