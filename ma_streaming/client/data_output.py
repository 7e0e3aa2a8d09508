"""The samples of a recording as packets, through the writer of arrays (wire contract 10.3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from ma_streaming.client.samples import SampleGroup
from ma_streaming.client.times import LATEST_NS
from ma_streaming.errors import InvalidArgumentError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ma_streaming.client.sampling import Sampling
    from ma_streaming.client.timeline import Pace, Series, Timeline
    from ma_streaming.packet_writing.service import PacketWriterService
    from ma_streaming.results import ApiResult
    from ma_streaming.session_management.models import SessionInfo

_FEWEST_SAMPLES: Final = 10
_MOST_ROWS: Final = 1_000


class DataOutput:
    """Writes samples to the data stream of one session, about a second in each packet.

    Args:
        session: The session.
        stream: Its data stream.
        writer: Writes them, started.
        timeline: Is told of what was written.

    Attributes:
        samples: How many were accepted.
    """

    def __init__(self, session: SessionInfo, stream: str, writer: PacketWriterService, timeline: Timeline) -> None:
        self._route = (session.data_source, stream, session.session_key)
        self._writer = writer
        self._timeline = timeline
        self.samples = 0

    def going_on(self, groups: Sequence[SampleGroup], sampling: Sampling) -> Sampling:
        """Give the pace of the last samples to samples that go on with it and are too few to tell one."""
        times = sampling.times
        if not sampling.has_open_pace or times is None or not len(times):
            return sampling
        pace = self._timeline.pace_to(_names(groups), times)
        return sampling if pace is None else sampling._replace(pace=pace)

    def require_room(self, groups: Sequence[SampleGroup], sampling: Sampling) -> None:
        """Check that samples end in a time that packets can have.

        Raises:
            InvalidArgumentError: They do not.
        """
        pace, start_ns = sampling.pace, sampling.start_ns
        if pace is None:
            return
        begin_ns = self._timeline.next_ns(_names(groups)) if start_ns is None else start_ns
        last_ns = begin_ns + pace.after(groups[0].values.shape[1] - 1)
        if last_ns > LATEST_NS:
            text = f"the samples from {begin_ns} ns on end at {last_ns} ns; allowed is up to {LATEST_NS}, in 2262"
            raise InvalidArgumentError(text, subject="data")

    def write(self, groups: Sequence[SampleGroup], sampling: Sampling) -> None:
        """Write samples that belong together: at a pace without a start, all of them begin at one time.

        Raises:
            StreamingError: Not all of them could be written.
        """
        pace, start_ns, times, _ = sampling
        if pace is not None and start_ns is None:
            start_ns = self._timeline.common_start(_names(groups))
        for group in groups:
            if pace is not None:
                self._write_series(group, pace, start_ns)
            elif times is not None:
                self._write_rows(group, times)

    def _write_series(self, group: SampleGroup, pace: Pace, start_ns: int | None) -> None:
        """Write samples at equal distances; those too slow for periodic packets become rows.

        Args:
            group: The samples.
            pace: How far apart they are.
            start_ns: Where they begin; None = behind the last ones of their parameters.

        Raises:
            StreamingError: Not all of them could be written.
        """
        series = self._timeline.series_of(group.names, pace, start_ns)
        put = self._put_slow if pace.is_slow else self._put_periodic
        for part in _parts(group, max(_FEWEST_SAMPLES, round(pace.samples_per_second))):
            result = put(part, series)
            self._timeline.advance(group.names, series, result.data or 0)
            self._count(part, result)

    def _write_rows(self, group: SampleGroup, times: NDArray[np.int64]) -> None:
        """Write samples at any times.

        Raises:
            StreamingError: Not all of them could be written.
        """
        for number, part in enumerate(_parts(group, _MOST_ROWS)):
            its_times = times[number * _MOST_ROWS : (number + 1) * _MOST_ROWS]
            result = self._put_rows(part, its_times)
            written = its_times[: result.data or 0]
            if len(written):
                self._timeline.cover(group.names, int(written.min()), int(written.max()))
            self._count(part, result)

    def _put_periodic(self, group: SampleGroup, series: Series) -> ApiResult[int]:
        return self._writer.write_columns(
            *self._route,
            parameters=group.names,
            start_time_ns=series.start_ns,
            interval_ns=series.pace.interval_ns or None,
            rate_hz=series.pace.rate_hz or None,
            first_sample=series.count,
            values=group.values,
            statuses=group.statuses,
        )

    def _put_slow(self, group: SampleGroup, series: Series) -> ApiResult[int]:
        return self._put_rows(group, series.times_of_next(group.values.shape[1]))

    def _put_rows(self, group: SampleGroup, times: NDArray[np.int64]) -> ApiResult[int]:
        statuses = None if group.statuses is None else group.statuses.T
        return self._writer.write_rows(
            *self._route, parameters=group.names, timestamps_ns=times, values=group.values.T, statuses=statuses
        )

    def _count(self, group: SampleGroup, result: ApiResult[int]) -> None:
        self.samples += len(group.names) * (result.data or 0)
        result.unwrap()


def _names(groups: Iterable[SampleGroup]) -> list[str]:
    return [name for group in groups for name in group.names]


def _parts(group: SampleGroup, length: int) -> Iterator[SampleGroup]:
    for first in range(0, group.values.shape[1], length):
        part = slice(first, first + length)
        statuses = None if group.statuses is None else group.statuses[:, part]
        yield SampleGroup(group.names, group.values[:, part], statuses)
