"""Packets coming in: blocks of native memory that .NET fills and Python reads in bulk.

Rows of the directory, four int64 each: address of the block, its size in bytes, number of records, generation.
A block starts with five columns of int64, each with room for as many records as a block can hold: 0 stream index (or
-1 - e for event e), 1 record time in ms since the Unix epoch, 2 and 3 start and end of the packet's bytes counted from
the block's address, 4 Kafka offset. The packets' bytes follow, one after the other; an event has none.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from ma_streaming._native.columns import BATCH, EVENT, ColumnCalls, NativeBatch, ParameterNames
from ma_streaming._native.errors import call
from ma_streaming._native.marshal import (
    Fields,
    column_statistics_fields,
    reader_event_fields,
    reader_statistics_fields,
    stream_fields,
)
from ma_streaming._native.operations import finish
from ma_streaming.errors import InternalError

_COLUMNS: Final = 5
_INT64_BYTES: Final = 8
_COPIED_WHOLE_FROM: Final = 256

_TIMEOUT: Final = -1
_COMPLETED: Final = -2

NOTHING_CAME: Final = "nothing came"
NOTHING_MORE: Final = "nothing more"

_NextBlock = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_int)


class Block(NamedTuple):
    """The records of one block, copied out of native memory.

    Attributes:
        streams: Index of each record's stream, or -1 - e for event e.
        times_ms: Record times in ms since the Unix epoch.
        starts: Where each packet starts in `payload`.
        ends: Where each packet ends in `payload`.
        payload: The packets' bytes.
    """

    streams: list[int]
    times_ms: list[int]
    starts: list[int]
    ends: list[int]
    payload: bytes


class _View:
    """Memory of one block, seen from Python."""

    __slots__ = ("bytes", "columns", "generation")

    def __init__(self, address: int, size: int, capacity: int, generation: int) -> None:
        self.generation = generation
        self.bytes = memoryview((ctypes.c_ubyte * size).from_address(address)).cast("B")
        cells = self.bytes[: _COLUMNS * capacity * _INT64_BYTES].cast("q")
        self.columns = [cells[column * capacity : (column + 1) * capacity] for column in range(_COLUMNS)]


class NativeReader:
    """One reader of the native library.

    Args:
        reader: The .NET PacketReader.
        next_block: Address of the C function that gives the next block.
        columns: The C functions for columns.
    """

    def __init__(self, reader: Any, next_block: int, columns: ColumnCalls) -> None:
        self._reader = reader
        self._id = call(reader.Id)
        self._next_block = _NextBlock(next_block)
        self._column_calls = columns
        self._columns_id = -1
        self._names = ParameterNames(lambda first: call(reader.ParameterNames, first))
        self._capacity = call(reader.RecordCapacity)
        self._views: list[_View | None] = [None] * call(reader.BlockCount)
        rows = (ctypes.c_int64 * (4 * len(self._views))).from_address(call(reader.DirectoryAddress))
        self._directory: memoryview = memoryview(rows).cast("B").cast("q")
        self._memory = threading.Lock()
        self._open = True

    def start(self, going_on: Callable[[], None]) -> None:
        """Begin to read. `going_on` raises to cancel.

        Raises:
            StreamingError: It can't be started.
        """
        finish(self._reader.Start, going_on=going_on)

    def take(self, timeout_ms: int) -> Block | None:
        """Wait for the next block and copy it.

        Returns:
            The block; one without records when nothing came in time; None when nothing more will come.

        Raises:
            StreamingError: The reader failed.
        """
        with self._memory:
            if not self._open:
                return None
            index = self._next_block(self._id, timeout_ms)
            if index >= 0:
                return self._copy(index)
        if index == _TIMEOUT:
            return _EMPTY
        if index == _COMPLETED:
            return None
        raise InternalError(f"the reader's blocks can't be taken: {call(self._reader.LastError)}")

    def open_columns(
        self,
        parameters: list[str] | None,
        tables: int,
        max_samples: int,
        latency_ms: int,
        progress: tuple[int, int],
    ) -> None:
        """Give columns from now on, by `take_columns`; `positions` and `mark_handled` then count batches of 1 record.

        Args:
            parameters: Identifiers, or patterns of them; None for all, empty for no samples.
            tables: A bit for each table that is wanted: 1 events, 2 markers, 4 errors, 8 CAN.
            max_samples: How many samples and rows of tables a batch has at most.
            latency_ms: How long after its first sample a batch is given.
            progress: How far packets were handed out, see `positions`.
        """
        with self._memory:
            if self._open:
                opened = call(self._reader.OpenColumns, parameters, tables, max_samples, latency_ms, *progress)
                self._columns_id = opened

    def take_columns(self, timeout_ms: int) -> NativeBatch | Fields | str:
        """Wait for the next batch of columns, or event.

        Returns:
            The batch or the event's fields; `NOTHING_CAME` in time, or `NOTHING_MORE` will come.

        Raises:
            StreamingError: The reader failed.
        """
        with self._memory:
            if not self._open:
                return NOTHING_MORE
            found, cells = self._column_calls.take(self._columns_id, timeout_ms)
            if found == BATCH:
                return NativeBatch(cells, self._names.of, self._column_calls.release)
            if found == EVENT:
                return self.event_at(cells[0])
        if found == _TIMEOUT:
            return NOTHING_CAME
        if found == _COMPLETED:
            return NOTHING_MORE
        raise InternalError(f"the reader's columns can't be taken: {call(self._reader.LastError)}")

    def column_statistics(self) -> Fields | None:
        """Give what became of the packets that columns are made of; None where no columns were asked for."""
        found = call(self._reader.ColumnStatistics)
        return None if found is None else column_statistics_fields(found)

    def stream_at(self, index: int) -> Fields:
        """Give the stream that a record's index means."""
        return stream_fields(call(self._reader.StreamAt, index))

    def event_at(self, index: int) -> Fields:
        """Give the event that a record's index means."""
        return reader_event_fields(call(self._reader.EventAt, index))

    def positions(self, progress: tuple[int, int]) -> dict[str, int]:
        """Give the offsets, by "topic:partition", from which everything comes that was not handed out.

        Args:
            progress: Number of the block that was taken last, from 1, and how many of its records were handed out.
        """
        found = call(self._reader.Positions, *progress)
        return dict(zip(found.Partitions, found.Offsets, strict=True))

    def mark_handled(self, progress: tuple[int, int]) -> None:
        """Say that everything up to here was dealt with; for the argument see `positions`."""
        call(self._reader.MarkHandled, *progress)

    def statistics(self) -> Fields:
        """Give the reader's counters."""
        return reader_statistics_fields(call(self._reader.Statistics))

    def stop(self, timeout_seconds: float) -> None:
        """Stop reading, in bounded time. A waiting `take` returns; what was read before can still be taken."""
        call(self._reader.Stop, int(timeout_seconds * 1000))

    def close(self) -> None:
        """Give the memory back. Waits for a `take` on another thread, which lasts no longer than its timeout."""
        with self._memory:
            if self._open:
                self._open = False
                self._views = []
                self._directory = memoryview(b"")
                call(self._reader.Close)

    def _copy(self, index: int) -> Block:
        address, size, count, generation = self._directory[4 * index : 4 * index + 4]
        view = self._views[index]
        if view is None or view.generation != generation:
            view = self._views[index] = _View(address, size, self._capacity, generation)
        streams, times, ends = (view.columns[column][:count].tolist() for column in (0, 1, 3))
        first = _COLUMNS * self._capacity * _INT64_BYTES
        last = ends[-1] if count else first
        whole = count >= _COPIED_WHOLE_FROM
        if not whole:
            ends = [end - first for end in ends]
        # Each record begins where the one before it ends, so that column need not be converted.
        starts = [first if whole else 0, *ends]
        starts.pop()
        return Block(streams, times, starts, ends, view.bytes[0 if whole else first : last].tobytes())


_EMPTY: Final = Block([], [], [], [], b"")
