"""What a reader has taken from the native library and not yet handed on: packets and events, in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ma_streaming._native.blocks import Block, NativeReader

Records = Iterator[tuple[int, int, int, int]]
"""Stream index, time in ms, start and end in the payload."""


class Packets:
    """Packets in a row, with no event among them.

    Attributes:
        records: Where they are; shared by all who read on, so nothing comes twice.
        payload: Their bytes.
    """

    __slots__ = ("payload", "records")

    def __init__(self, records: Records, payload: bytes) -> None:
        self.records = records
        self.payload = payload


class StreamTable(dict[int, tuple[str, str, str]]):
    """Data source, session key and stream of each stream index, asked for once."""

    def __init__(self, native: NativeReader) -> None:
        super().__init__()
        self._native = native

    def __missing__(self, index: int) -> tuple[str, str, str]:
        found = self._native.stream_at(index)
        known = self[index] = (found["data_source"], found["session_key"], found["stream"])
        return known


class Inbox:
    """The queue between the native library and the handlers of one reader.

    Args:
        native: The native reader.

    Attributes:
        streams: What a record's stream index means.
        is_completed: True when the native library has nothing more.
    """

    def __init__(self, native: NativeReader) -> None:
        self._native = native
        self._items: deque[Packets | int] = deque()
        self.streams = StreamTable(native)
        self.is_completed = False

    def fetch(self, timeout_ms: int) -> None:
        """Take the next block from the native library, waiting for it.

        Raises:
            StreamingError: The reader failed.
        """
        block = self._native.take(timeout_ms)
        if block is None:
            self.is_completed = True
        elif block.streams:
            self._append(block)

    def first(self) -> Packets | dict[str, Any] | None:
        """Give what comes next: packets, which stay until they are `done`; or an event, once; or None."""
        if not self._items:
            return None
        item = self._items[0]
        if isinstance(item, Packets):
            return item
        self._items.popleft()
        return self._native.event_at(item)

    def done(self, packets: Packets) -> None:
        """Forget packets that have all been handed on."""
        if self._items and self._items[0] is packets:
            self._items.popleft()

    def drop_packets(self) -> None:
        """Forget all packets that are here, and keep the events."""
        self._items = deque(item for item in self._items if not isinstance(item, Packets))

    def _append(self, block: Block) -> None:
        streams, times, starts, ends, payload = block
        if min(streams) >= 0:
            self._items.append(Packets(zip(streams, times, starts, ends, strict=True), payload))
            return
        begin = 0
        for position, index in enumerate(streams):
            if index < 0:
                self._append_run(block, begin, position)
                self._items.append(-1 - index)
                begin = position + 1
        self._append_run(block, begin, len(streams))

    def _append_run(self, block: Block, begin: int, end: int) -> None:
        if begin < end:
            columns = (column[begin:end] for column in block[:4])
            self._items.append(Packets(zip(*columns, strict=True), block.payload))
