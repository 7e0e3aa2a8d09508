"""Times as users have them, in ns since the Unix epoch."""

from __future__ import annotations

import operator
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Final

from ma_streaming import arguments
from ma_streaming.errors import InvalidArgumentError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)
_FINER: Final = ("ps", "fs", "as")
_UNITS: Final = {"s": 1, "ms": 10**3, "µs": 10**6}
_THIS_CENTURY_SECONDS: Final = range(946_684_800, 4_102_444_800)
LATEST_NS: Final = 2**63 - 1
"""The latest time that can be given, in 2262."""

if TYPE_CHECKING:
    AnyTime = int | np.integer[Any] | datetime | np.datetime64
else:
    AnyTime = object
"""An int of ns since 1970 UTC, an aware datetime or pandas Timestamp, or a numpy.datetime64, which is in UTC."""


def nanoseconds(name: str, given: AnyTime) -> int:
    """Give a time in ns since the Unix epoch.

    Raises:
        InvalidArgumentError: It is no time, has no time zone, or is before 1970 or after 2262.
    """
    is_time = isinstance(given, datetime) and given == given  # noqa: PLR0124 - pandas' NaT is unequal to itself
    if isinstance(given, datetime) and is_time and given.utcoffset() is None:
        raise arguments.refuse(name, given, "a time with a time zone, such as datetime.now(timezone.utc)")
    found = _nanoseconds(given) if is_time or not isinstance(given, datetime) else None
    if found is None or not 0 <= found <= LATEST_NS:
        kinds = "ns since 1970 UTC as an int, an aware datetime, a pandas Timestamp or a numpy.datetime64"
        allowed = f"a time from 1970 to 2262: {kinds}"
        raise arguments.refuse(name, given, allowed)
    require_ns(name, found)
    return found


def require_ns(name: str, time_ns: int) -> None:
    """Check that a time is not in another unit by mistake.

    Raises:
        InvalidArgumentError: In ns it is of 1970, and in s, ms or µs it is of this century.
    """
    for unit, per_second in _UNITS.items():
        if time_ns // per_second in _THIS_CENTURY_SECONDS:
            text = f"{name} has {time_ns} ns, which is in 1970, and in {unit} would be in this century: times are in ns"
            raise InvalidArgumentError(text, subject=name)


def fitting(times: NDArray[np.datetime64], times_ns: NDArray[np.datetime64]) -> NDArray[np.bool_]:
    """Tell which times are the same after they were made ns: numpy wraps what does not fit, without a word."""
    import numpy as np

    is_finer = np.datetime_data(times.dtype)[0] in _FINER
    return ~np.isnat(times_ns) if is_finer else np.asarray(times_ns.astype(times.dtype) == times)


def _nanoseconds(given: object) -> int | None:
    if isinstance(given, datetime):
        # A pandas Timestamp is a datetime, with nanoseconds more.
        return (given - _EPOCH) // timedelta(microseconds=1) * 1_000 + getattr(given, "nanosecond", 0)
    if type(given).__name__ == "datetime64":
        time = given.astype("datetime64[ns]")  # type: ignore[attr-defined]
        return int(time.astype("int64")) if fitting(given, time) else None  # type: ignore[arg-type]
    if isinstance(given, bool) or not hasattr(given, "__index__"):
        return None
    return operator.index(given)
