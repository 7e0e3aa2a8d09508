"""Columns coming in: batches that .NET decodes into native memory, and that Python looks at in place.

Rows of a batch's directory, eight int64 each: number of the parameter, kind of its values, samples, addresses of
timestamps (int64), of values and of statuses (uint8), address of a text column's UTF-8, and how many bytes that has.
The values of text are offsets into it (int32, one more than samples). Rows of tables follow: columns of events, markers
and so on, with -1 - (16 * table + column) in the place of the parameter's number. Their bytes and lists of doubles are
as texts.
"""

from __future__ import annotations

import ctypes
import os
import weakref
from collections.abc import Callable
from typing import Any, Final, NamedTuple

_CELLS: Final = 8
_TAKEN_CELLS: Final = 5

BATCH: Final = 0
EVENT: Final = 1

DOUBLE: Final = 1
INT32: Final = 2
BOOL: Final = 3
TEXT: Final = 4
INT64: Final = 5
BYTES: Final = 6
DOUBLES: Final = 7

_MOST_TABLE_COLUMNS: Final = 16

NextColumns = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.POINTER(ctypes.c_int64))
ReleaseBatch = ctypes.CFUNCTYPE(None, ctypes.c_int64)


class _Memory:
    """The memory of one batch; freed when nobody has it any more."""

    __slots__ = ("__weakref__",)

    def __init__(self, batch: int, release: Callable[[int], None]) -> None:
        # At exit the memory stays: a thread may still look at it.
        weakref.finalize(self, _release, batch, release, os.getpid()).atexit = False


def _release(batch: int, release: Callable[[int], None], process: int) -> None:
    # The child of a fork has the memory, but no .NET that runs.
    if os.getpid() == process:
        release(batch)


class NativeArray:
    """One array in a batch's memory, for `numpy.asarray`, which can't be made writable and keeps the memory alive."""

    __slots__ = ("__array_interface__", "_memory")

    def __init__(self, memory: _Memory, address: int, count: int, type_code: str) -> None:
        self._memory = memory
        self.__array_interface__ = {"version": 3, "shape": (count,), "typestr": type_code, "data": (address, True)}


class NativeColumn(NamedTuple):
    """One column of a batch.

    Attributes:
        parameter: Number of its parameter.
        kind: What its values are: `DOUBLE`, `INT32`, `BOOL` or `TEXT`; of tables also `INT64`, `BYTES` or `DOUBLES`.
        samples: How many there are.
        times_address: Where its timestamps are; columns may have them in common.
    """

    parameter: int
    kind: int
    samples: int
    times_address: int
    values_address: int
    statuses_address: int
    text_address: int
    text_bytes: int


class NativeBatch:
    """The samples of one stream.

    Attributes:
        stream: Index of the stream.
        samples: Of all columns together.
        columns: By the identifier of the parameter.
        tables: The columns of each table that has rows, by its number.
    """

    __slots__ = ("_memory", "columns", "samples", "stream", "tables")

    def __init__(self, taken: list[int], names: Callable[[int], str], release: Callable[[int], None]) -> None:
        self.stream, batch, directory, count, self.samples = taken
        self._memory = _Memory(batch, release)
        cells = (ctypes.c_int64 * (_CELLS * count)).from_address(directory)[:]
        rows = [NativeColumn(*cells[at : at + _CELLS]) for at in range(0, len(cells), _CELLS)]
        self.columns = {names(row.parameter): row for row in rows if row.parameter >= 0}
        self.tables: dict[int, list[NativeColumn]] = {}
        for row in rows[len(self.columns) :]:
            self.tables.setdefault((-1 - row.parameter) // _MOST_TABLE_COLUMNS, []).append(row)

    def timestamps(self, column: NativeColumn) -> NativeArray:
        """Give a column's timestamps: int64, ns since the Unix epoch."""
        return NativeArray(self._memory, column.times_address, column.samples, "<i8")

    def values(self, column: NativeColumn) -> NativeArray:
        """Give a column's values; of text, bytes and doubles the offsets (int32, one more than samples)."""
        has_offsets = column.kind in _WITH_OFFSETS
        return NativeArray(self._memory, column.values_address, column.samples + has_offsets, _TYPE_CODES[column.kind])

    def statuses(self, column: NativeColumn) -> NativeArray:
        """Give a column's statuses: uint8."""
        return NativeArray(self._memory, column.statuses_address, column.samples, "|u1")

    def text(self, column: NativeColumn) -> NativeArray:
        """Give the UTF-8 of a column of texts, one after the other, or bytes, or those of doubles: uint8."""
        return NativeArray(self._memory, column.text_address, column.text_bytes, "|u1")


_TYPE_CODES: Final = {DOUBLE: "<f8", INT32: "<i4", BOOL: "|b1", TEXT: "<i4", INT64: "<i8", BYTES: "<i4", DOUBLES: "<i4"}
_WITH_OFFSETS: Final = frozenset({TEXT, BYTES, DOUBLES})


class ColumnCalls:
    """The C functions for columns.

    Args:
        next_columns: Address of the one that takes a batch or an event.
        release_batch: Address of the one that frees a batch.
    """

    def __init__(self, next_columns: int, release_batch: int) -> None:
        self._next_columns = NextColumns(next_columns)
        self.release: Callable[[int], None] = ReleaseBatch(release_batch)

    def take(self, columns: int, timeout_ms: int) -> tuple[int, list[int]]:
        """Wait for a batch or an event.

        Returns:
            `BATCH`, `EVENT` or a negative number, and the cells that describe the batch, or the event's index.
        """
        cells = (ctypes.c_int64 * _TAKEN_CELLS)()
        return self._next_columns(columns, timeout_ms, cells), list(cells)


class ParameterNames(list[str]):
    """The identifiers of a reader's parameters by number, asked for once.

    Args:
        ask: Gives those from a number on.
    """

    def __init__(self, ask: Callable[[int], Any]) -> None:
        super().__init__()
        self._ask = ask

    def of(self, number: int) -> str:
        """Give the identifier of a number."""
        if number >= len(self):
            self.extend(self._ask(len(self)))
        return self[number]
