"""Arrays going out, as the native library is told of them: by address and strides, so that nothing is copied."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from numpy.typing import NDArray

# ElementKind.cs, by dtype.str.
_ELEMENT_KINDS: Final = {"<f8": 1, "<f4": 2, "<i4": 3, "<i8": 4, "|b1": 5}


class _ArrayBatch(ctypes.Structure):
    """ArrayBatch.cs, field by field."""

    _fields_ = (
        ("values", ctypes.c_void_p),
        ("values_parameter_stride", ctypes.c_int64),
        ("values_sample_stride", ctypes.c_int64),
        ("statuses", ctypes.c_void_p),
        ("statuses_parameter_stride", ctypes.c_int64),
        ("statuses_sample_stride", ctypes.c_int64),
        ("timestamps", ctypes.c_void_p),
        ("timestamp_stride", ctypes.c_int64),
        ("start_time_ns", ctypes.c_int64),
        ("first_sample", ctypes.c_int64),
        ("interval_ns", ctypes.c_int64),
        ("rate_hz", ctypes.c_double),
        ("samples", ctypes.c_int64),
        ("accepted", ctypes.c_int64),
        ("format_id", ctypes.c_uint64),
        ("kind", ctypes.c_int),
        ("parameters", ctypes.c_int),
        ("route", ctypes.c_int),
        ("are_rows", ctypes.c_int),
        ("are_checked", ctypes.c_int),
    )


@dataclass(frozen=True)
class PeriodicTimes:
    """Times at equal distances: an interval, or a rate where the interval is 0."""

    start_time_ns: int
    first_sample: int
    interval_ns: int
    rate_hz: float


class ArrayBatch:
    """Arrays on the way to one route, and how far they got. It keeps the arrays, whose memory is read until then.

    Args:
        route: Number of the route.
        format_id: Id of the parameters' data format.
        values: By parameter and sample, with any strides; float64, float32, int32, int64 or bool.
        statuses: The same for uint8; None where all are valid.
        times: The time of each sample as int64 or uint64 ns, which makes them rows; or where they are periodic.
    """

    def __init__(
        self,
        route: int,
        format_id: int,
        values: NDArray[Any],
        statuses: NDArray[Any] | None,
        times: NDArray[Any] | PeriodicTimes,
    ) -> None:
        self._arrays = (values, statuses, times)
        parameters, self.samples = values.shape
        fields = _ArrayBatch(
            route=route,
            format_id=format_id,
            kind=_ELEMENT_KINDS[values.dtype.str],
            parameters=parameters,
            samples=self.samples,
            values=_address(values),
            values_parameter_stride=values.strides[0],
            values_sample_stride=values.strides[1],
        )
        if statuses is not None:
            fields.statuses = _address(statuses)
            fields.statuses_parameter_stride, fields.statuses_sample_stride = statuses.strides
        if isinstance(times, PeriodicTimes):
            fields.start_time_ns, fields.first_sample = times.start_time_ns, times.first_sample
            fields.interval_ns, fields.rate_hz = times.interval_ns, times.rate_hz
        else:
            fields.are_rows = 1
            fields.timestamps, fields.timestamp_stride = _address(times), times.strides[0]
        self._fields = fields
        self.pointer = ctypes.byref(fields)

    @property
    def accepted(self) -> int:
        """How many samples of each parameter were accepted, counted from the first."""
        return int(self._fields.accepted)


def _address(array: NDArray[Any]) -> int:
    return int(array.__array_interface__["data"][0])
