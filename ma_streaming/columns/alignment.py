"""One row for each timestamp: where the samples of columns with different timestamps go."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ma_streaming.columns.mapping import AnyColumn


class Alignment:
    """The union of the timestamps of columns.

    Args:
        columns: Those of one batch or table.

    Attributes:
        timestamps_ns: int64 [rows], increasing.
    """

    def __init__(self, columns: Iterable[AnyColumn]) -> None:
        timelines = {column.timeline: column.timestamps_ns for column in columns}
        one = next(iter(timelines.values()), np.empty(0, np.int64))
        merged = np.concatenate(list(timelines.values())) if len(timelines) > 1 else one
        increases = len(timelines) == 1 and bool((merged[1:] > merged[:-1]).all())
        self.timestamps_ns: NDArray[np.int64] = merged if increases else np.unique(merged)
        self._sources = {key: None if increases else self._source_of(times) for key, times in timelines.items()}

    def source_of(self, column: AnyColumn) -> NDArray[np.int64] | None:
        """Give, for each row, the index of the column's last sample with that timestamp, -1 for none.

        None where the column has exactly one sample for each row.
        """
        return self._sources[column.timeline]

    def _source_of(self, times: NDArray[np.int64]) -> NDArray[np.int64] | None:
        rows = np.searchsorted(self.timestamps_ns, times)
        source = np.full(len(self.timestamps_ns), -1, np.int64)
        np.maximum.at(source, rows, np.arange(len(times)))
        return source
