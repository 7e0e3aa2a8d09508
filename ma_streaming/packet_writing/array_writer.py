"""Write numpy's arrays as packets, without making an object of each sample."""

from __future__ import annotations

import operator
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, SupportsFloat, TypeAlias

from ma_streaming import arguments
from ma_streaming.errors import InternalError, StreamingError
from ma_streaming.hosting import HostedService, ServiceHost
from ma_streaming.packet_writing.arrays import matrices_of, refuse_repeated, timestamps_of
from ma_streaming.packet_writing.models import FullQueuePolicy
from ma_streaming.results import ApiResult

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from ma_streaming._native.arrays import ArrayBatch, PeriodicTimes
    from ma_streaming._native.outbound import NativeWriter, WriteRoute

    Arrays: TypeAlias = tuple[NDArray[Any], NDArray[Any] | None, NDArray[Any] | PeriodicTimes]

_LONGEST_INTERVAL_NS: Final = 2**32 - 1
_LATEST_NS: Final = 2**63 - 1
_MOST_SAMPLES: Final = 2**62
_SLOWEST_HZ: Final = 1e9 / _LONGEST_INTERVAL_NS
_FASTEST_HZ: Final = 1e9


class ArrayWriterService(HostedService):
    """The part of a packet writer that makes packets of arrays, and what all of its calls need."""

    def __init__(self, host: ServiceHost, full_queue: FullQueuePolicy) -> None:
        super().__init__(host)
        self._waits_for_room = full_queue is FullQueuePolicy.BLOCK
        self._native: NativeWriter | None = None
        self._routes: dict[tuple[str, str, str], WriteRoute] = {}

    def write_columns(  # noqa: PLR0913 - the names of the packet's parts
        self,
        data_source: str,
        stream: str,
        session_key: str,
        *,
        parameters: Sequence[str],
        start_time_ns: int,
        values: ArrayLike,
        interval_ns: int | None = None,
        rate_hz: float | None = None,
        first_sample: int = 0,
        statuses: ArrayLike | None = None,
    ) -> ApiResult[int]:
        """Write samples at equal distances as PeriodicData packets (wire contract 7.2, 10.3).

        The samples of a call are in as few packets as `message.max.bytes` allows. The packets have no ids. The data
        format of the parameters is looked up, or created, which the first call waits for.

        Args:
            data_source: The data source.
            stream: The stream; "" is the main stream.
            session_key: The session.
            parameters: Their identifiers, in the order of the values.
            start_time_ns: Time of sample 0, in ns since 1970 UTC.
            values: Of shape [parameters, samples], or [samples] for one parameter, with any strides; float64, float32,
                int32, int64 whose values fit 32 bits, or bool. They are read from where they are.
            interval_ns: From one sample to the next, 1 to 4,294,967,295 ns.
            rate_hz: Samples per second instead of `interval_ns`. The packets have the interval in whole ns, as they
                must; each starts at the exact time of its first sample, and ends before a microsecond was left off.
            first_sample: Which sample the first of `values` is: where a series is written in several calls, how many
                samples there were before.
            statuses: A DataStatus for each value as uint8, of the same shape; None = all VALID.

        Returns:
            How many samples of each parameter were accepted, counted from the first; a failed result has that too.
        """

        def check(count: int) -> Arrays:
            times = _periodic(start_time_ns, first_sample, interval_ns, rate_hz)
            return (*matrices_of(values, statuses, count, are_rows=False), times)

        return self._write_arrays((data_source, stream, session_key), parameters, check)

    def write_rows(
        self,
        data_source: str,
        stream: str,
        session_key: str,
        *,
        parameters: Sequence[str],
        timestamps_ns: ArrayLike,
        values: ArrayLike,
        statuses: ArrayLike | None = None,
    ) -> ApiResult[int]:
        """Write a value of each parameter at each of some times as RowData packets (wire contract 7.2, 10.3).

        As `write_columns`, but for samples at any times, however slow or irregular. Times may be the same or decrease;
        they are stored as they are given.

        Args:
            data_source: The data source.
            stream: The stream; "" is the main stream.
            session_key: The session.
            parameters: Their identifiers, in the order of the values.
            timestamps_ns: Of shape [rows], in ns since 1970 UTC; int64, uint64 or datetime64[ns].
            values: Of shape [rows, parameters], or [rows] for one parameter; otherwise as in `write_columns`.
            statuses: A DataStatus for each value as uint8, of the same shape; None = all VALID.

        Returns:
            How many rows were accepted, counted from the first; a failed result has that too.
        """

        def check(count: int) -> Arrays:
            matrix, status = matrices_of(values, statuses, count, are_rows=True)
            return matrix, status, timestamps_of(timestamps_ns, matrix.shape[1])

        return self._write_arrays((data_source, stream, session_key), parameters, check)

    def _write_arrays(
        self, names: tuple[str, str, str], parameters: Sequence[str], check: Callable[[int], Arrays]
    ) -> ApiResult[int]:
        """Write arrays to the stream that `names` gives.

        Args:
            names: Data source, stream and session key.
            parameters: As they were given.
            check: Told how many parameters there are; gives values, statuses and times, or raises what is wrong.
        """
        why = self._why_not_started()
        if why is not None:
            return ApiResult.failed(why, 0)
        try:
            batch = self._batch_of(names, parameters, check)
        except StreamingError as error:
            return ApiResult.failed(error.with_traceback(None), 0)
        stopped_by = self._put_arrays(batch)
        if stopped_by is not None:
            return ApiResult.failed(stopped_by, batch.accepted)
        return ApiResult.succeeded(batch.accepted)

    def _batch_of(
        self, names: tuple[str, str, str], parameters: Sequence[str], check: Callable[[int], Arrays]
    ) -> ArrayBatch:
        from ma_streaming._native.arrays import ArrayBatch

        identifiers = arguments.texts("parameters", parameters)
        if not identifiers:
            raise arguments.refuse("parameters", parameters, "a list of one or more identifiers")
        refuse_repeated(identifiers)
        arrays = check(len(identifiers))
        route = self._route(*names)
        # Known by now to everybody who reads the data source's essentials, before a packet refers to it.
        formats = self._host.require_client(started=True).get_parameter_data_format(names[0], identifiers)
        return ArrayBatch(route.number, formats["ids"][0], *arrays)

    def _put_arrays(self, batch: ArrayBatch) -> StreamingError | None:
        """Write a batch, waiting while the queue is full; give what ended it before its end."""
        native = self._require_native()
        deadline = time.monotonic() + self._room_seconds
        while batch.accepted < batch.samples:
            before = batch.accepted
            code = native.write_arrays(batch)
            if code and (code != native.QUEUE_FULL or time.monotonic() >= deadline or not self.is_started):
                return self._error(native, code)
            if batch.accepted > before:
                deadline = time.monotonic() + self._room_seconds
        return None

    @property
    def _room_seconds(self) -> float:
        return self._timeout_seconds if self._waits_for_room else 0.0

    def _error(self, native: NativeWriter, code: int) -> StreamingError:
        error = native.error(code)
        if code == native.QUEUE_FULL and self._waits_for_room:
            error.args = (f"{error} and stayed so for {self._timeout_seconds:g} s",)
        return self._why_not_started() or error if code == native.CLOSED else error

    def _route(self, data_source: str, stream: str, session_key: str) -> WriteRoute:
        key = (
            arguments.text("data_source", data_source),
            arguments.text("stream", stream, empty_allowed=True),
            arguments.text("session_key", session_key),
        )
        route = self._routes.get(key)
        if route is None:
            route = self._require_native().open_route(*key)
            if self.is_started:
                self._routes[key] = route
        return route

    def _require_native(self) -> NativeWriter:
        if self._native is None:
            raise InternalError("the packet writer is started but has no native side")
        return self._native


def _periodic(start_time_ns: int, first_sample: int, interval_ns: int | None, rate_hz: float | None) -> PeriodicTimes:
    """Check what says where the samples are in time.

    Raises:
        InvalidArgumentError: A periodic packet can't express it.
    """
    from ma_streaming._native.arrays import PeriodicTimes

    start = arguments.integer("start_time_ns", _plain(start_time_ns), minimum=0, maximum=_LATEST_NS)
    first = arguments.integer("first_sample", _plain(first_sample), minimum=0, maximum=_MOST_SAMPLES)
    if (interval_ns is None) == (rate_hz is None):
        raise arguments.refuse("interval_ns", interval_ns, "one of interval_ns and rate_hz, not both or none")
    if interval_ns is not None:
        interval = _plain(interval_ns)
        if type(interval) is not int or not 1 <= interval <= _LONGEST_INTERVAL_NS:
            slower = f"an integer from 1 to {_LONGEST_INTERVAL_NS} (4.29 s); write slower samples with write_rows"
            raise arguments.refuse("interval_ns", interval_ns, slower)
        return PeriodicTimes(start, first, interval, 0.0)
    # The protocol comes last, because asking it takes microseconds.
    if not isinstance(rate_hz, (float, int, SupportsFloat)) or not _SLOWEST_HZ <= float(rate_hz) <= _FASTEST_HZ:
        slower = "a number from 0.2329 to 1e9; write slower samples with write_rows"
        raise arguments.refuse("rate_hz", rate_hz, slower)
    return PeriodicTimes(start, first, 0, float(rate_hz))


def _plain(value: object) -> object:
    """Give numpy's integers as Python's; anything else as it is."""
    if type(value) is int or isinstance(value, bool) or not hasattr(value, "__index__"):
        return value
    return operator.index(value)
