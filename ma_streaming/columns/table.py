"""The samples of a whole session, or of a range of time of it: one column for each parameter."""

from __future__ import annotations

from collections.abc import Iterable, KeysView
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from ma_streaming.columns.mapping import AnyColumn, ColumnMapping, unknown_parameter
from ma_streaming.columns.tables import alike
from ma_streaming.errors import UnsupportedFeatureError
from ma_streaming.tabular import counted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ma_streaming.columns.batch import Column, ColumnBatch
    from ma_streaming.columns.statistics import ColumnStatistics

_MOST_TEXT_BYTES: Final = 2**31 - 1
_KIND_NAMES: Final = {"f": "float64", "i": "int32", "b": "bool", "O": "text"}


class TableColumn(AnyColumn):
    """All samples of one parameter in a table, in the order of their times. The arrays can't be changed.

    Attributes:
        name: The parameter's identifier.
    """

    def __init__(
        self, name: str, timestamps_ns: NDArray[np.int64], values: NDArray[Any], statuses: NDArray[np.uint8]
    ) -> None:
        self.name = name
        self._timestamps_ns = timestamps_ns
        self._values = values
        self._statuses = statuses
        for array in (timestamps_ns, values, statuses):
            array.flags.writeable = False

    @property
    def timestamps_ns(self) -> NDArray[np.int64]:
        """int64 [n]: ns since the Unix epoch (UTC), not decreasing."""
        return self._timestamps_ns

    @property
    def values(self) -> NDArray[Any]:
        """[n]: float64, int32 or bool; objects where there are texts. Where a status says so, a value means nothing."""
        return self._values

    @property
    def statuses(self) -> NDArray[np.uint8]:
        """uint8 [n]: values of DataStatus; 255 stands for statuses above 254."""
        return self._statuses

    @property
    def is_text(self) -> bool:
        """True where there are texts."""
        return bool(self._values.dtype == object)

    @property
    def timeline(self) -> int:
        """Equal for columns of a table that have the same timestamps."""
        return id(self._timestamps_ns)

    @property
    def kind(self) -> str:
        """What the values are: "float64", "int32", "bool" or "text"."""
        return _KIND_NAMES[self._values.dtype.kind]

    @property
    def text_buffers(self) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
        """Of texts: offsets (int32 [n + 1]) into their UTF-8, and that (uint8); as Arrow has them.

        Raises:
            UnsupportedFeatureError: They are more than 2 GiB.
        """
        texts = [str(value).encode() for value in self._values]
        offsets = np.cumsum([0, *map(len, texts)], dtype=np.int64)
        if offsets[-1] > _MOST_TEXT_BYTES:
            most = f"Arrow's strings hold {_MOST_TEXT_BYTES:,}: read a shorter range of time"
            text = f"the texts of {self.name!r} are {offsets[-1]:,} bytes, and {most}"
            raise UnsupportedFeatureError(text, subject=self.name)
        return offsets.astype(np.int32), np.frombuffer(b"".join(texts), np.uint8)

    def __len__(self) -> int:
        return len(self._timestamps_ns)


class ColumnTable(ColumnMapping[TableColumn]):
    """Samples of one session, by parameter.

    The samples of a column are in the order of their times; those of one time in that of their streams, the main stream
    first and then by name, and within a stream as their packets came. `len(table)` is the number of columns.

    Attributes:
        data_source: Whose samples these are.
        session_key: Of which session.
        samples: How many, all columns together.
        reason: Why reading ended: "ended" (read to the session's end), "end_offset", "inactivity" or "stopped".
        statistics: What became of the packets; also those that were left out, and why.
    """

    def __init__(
        self,
        data_source: str,
        session_key: str,
        columns: Iterable[TableColumn],
        *,
        reason: str = "ended",
        statistics: ColumnStatistics | None = None,
    ) -> None:
        self.data_source = data_source
        self.session_key = session_key
        self.reason = reason
        self.statistics = statistics
        self._columns = {column.name: column for column in columns}
        self.samples = sum(map(len, self._columns.values()))

    def __getitem__(self, name: str) -> TableColumn:
        column = self._columns.get(name)
        if column is None:
            raise KeyError(unknown_parameter(name, self._columns, "this table"))
        return column

    def keys(self) -> KeysView[str]:
        """Give the identifiers of the parameters."""
        return self._columns.keys()

    @property
    def left_out(self) -> int:
        """How many packets were left out, because they were malformed or their data format was not defined."""
        counted = self.statistics
        return 0 if counted is None else sum(counted.rejected.values()) + sum(counted.unresolved.values())

    @property
    def title(self) -> str:
        """What it is, in one line."""
        contents = f"{counted(len(self), 'column')} with {counted(self.samples, 'sample')}"
        left_out = f", {counted(self.left_out, 'packet')} left out" if self.left_out else ""
        return f"ColumnTable: session {self.session_key}, {contents}{left_out}"


class _Piece(NamedTuple):
    """Samples of one parameter from one batch; equal timelines are equal timestamps."""

    timeline: tuple[int, int]
    timestamps_ns: NDArray[np.int64]
    values: NDArray[Any]
    statuses: NDArray[np.uint8]


class TableBuilder:
    """Puts batches together.

    Args:
        start_ns: Samples before this time are left out; ns since the Unix epoch.
        end_ns: And those at this time or later.
    """

    def __init__(self, start_ns: int | None = None, end_ns: int | None = None) -> None:
        self._start_ns = start_ns
        self._end_ns = end_ns
        self._batches = 0
        self._pieces: dict[str, dict[str, list[_Piece]]] = {}
        self.samples = 0

    def add(self, batch: ColumnBatch) -> None:
        """Take the samples of a batch that are in the range."""
        self._batches += 1
        inside: dict[int, NDArray[np.bool_] | None] = {}
        for column in batch.values():
            if column.timeline not in inside:
                inside[column.timeline] = self._inside(column.timestamps_ns)
            piece = _cut(column, inside[column.timeline], self._batches)
            self._pieces.setdefault(column.name, {}).setdefault(batch.stream, []).append(piece)
            self.samples += len(piece.timestamps_ns)

    def columns(self) -> list[TableColumn]:
        """Give the columns, in the order in which their parameters came first."""
        orders: dict[tuple[tuple[int, int], ...], tuple[NDArray[np.int64], NDArray[np.int64] | None]] = {}
        made = []
        while self._pieces:
            # Piece by piece out of the builder, so that a batch is freed as soon as all of it was copied.
            name = next(iter(self._pieces))
            streams = self._pieces.pop(name)
            pieces = [piece for stream in sorted(streams) for piece in streams[stream]]
            key = tuple(piece.timeline for piece in pieces)
            if key not in orders:
                orders[key] = _in_order(np.concatenate([piece.timestamps_ns for piece in pieces]))
            times, order = orders[key]
            values = np.concatenate(alike([piece.values for piece in pieces]))
            statuses = np.concatenate([piece.statuses for piece in pieces])
            if order is not None:
                values, statuses = values[order], statuses[order]
            made.append(TableColumn(name, times, values, statuses))
        return made

    def _inside(self, times: NDArray[np.int64]) -> NDArray[np.bool_] | None:
        """Say which samples are in the range; None for all of them."""
        if self._start_ns is None and self._end_ns is None:
            return None
        inside = np.ones(len(times), bool)
        if self._start_ns is not None:
            inside &= times >= self._start_ns
        if self._end_ns is not None:
            inside &= times < self._end_ns
        return None if inside.all() else inside


def _cut(column: Column, inside: NDArray[np.bool_] | None, batch: int) -> _Piece:
    timeline = (batch, column.timeline)
    if inside is None:
        return _Piece(timeline, column.timestamps_ns, column.values, column.statuses)
    return _Piece(timeline, column.timestamps_ns[inside], column.values[inside], column.statuses[inside])


def _in_order(times: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64] | None]:
    """Give times in their order, and from where each one is; None where they were in order."""
    if bool((times[1:] >= times[:-1]).all()):
        return times, None
    order = np.argsort(times, kind="stable")
    return times[order], order


def empty_column(name: str) -> TableColumn:
    """Make the column of a parameter without samples."""
    return TableColumn(name, np.empty(0, np.int64), np.empty(0, np.float64), np.empty(0, np.uint8))
