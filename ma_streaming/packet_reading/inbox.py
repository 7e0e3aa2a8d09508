"""What a reader has taken from the native library and not yet handed on: packets and events, in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from operator import length_hint
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

if TYPE_CHECKING:
    from ma_streaming._native.blocks import Block, NativeReader


T_co = TypeVar("T_co", covariant=True)


class AnyInbox(Protocol[T_co]):
    """The queue between the native library and whoever gets what it reads, as packets or as columns.

    Attributes:
        is_completed: True when the native library has nothing more.
    """

    is_completed: bool

    @property
    def streams(self) -> StreamTable:
        """What a stream's index means."""

    @property
    def waiting(self) -> int:
        """How many packets and events, or batches, are here."""

    def fetch(self, timeout_ms: int) -> None:
        """Take more from the native library, waiting for it."""

    def first(self) -> T_co | dict[str, Any] | None:
        """Give what comes next: packets or a batch, which stay until they are done; or an event, once; or None."""

    def drop_packets(self) -> set[str]:
        """Forget all but events, and give the sessions that something was forgotten of."""

    def handed_out(self) -> Progress:
        """Tell how far packets and events, or batches, have been handed out; from any thread."""


class Progress(NamedTuple):
    """How far into the blocks of a reader, or into its batches of columns, which count as blocks of one record.

    Attributes:
        block: Number of the last block that was taken; the first one is 1.
        records: How many of its records, packets and events.
    """

    block: int
    records: int


class Packets:
    """Packets in a row, with no event among them.

    Attributes:
        records: Stream index, time in ms, start and end in the payload; shared by all who read on, so nothing comes
            twice.
        payload: Their bytes.
    """

    __slots__ = ("_streams", "payload", "records")

    def __init__(self, columns: Iterable[list[int]], payload: bytes) -> None:
        streams, *others = columns
        self._streams = iter(streams)
        self.records: Iterator[tuple[int, int, int, int]] = zip(self._streams, *others, strict=True)
        self.payload = payload

    @property
    def remaining(self) -> int:
        """How many have not been handed out."""
        return length_hint(self._streams)


class _Taken:
    """What is left of the block that was taken last."""

    __slots__ = ("items", "number", "records")

    def __init__(self, number: int, records: int, items: deque[Packets | int]) -> None:
        self.number = number
        self.records = records
        self.items = items


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
        self._taken = _Taken(0, 0, deque())
        self.streams = StreamTable(native)
        self.is_completed = False

    def fetch(self, timeout_ms: int) -> None:
        """Take the next block from the native library, waiting for it. What was there before is forgotten.

        Raises:
            StreamingError: The reader failed.
        """
        block = self._native.take(timeout_ms)
        if block is None:
            self.is_completed = True
        elif block.streams:
            self._taken = _Taken(self._taken.number + 1, len(block.streams), deque(_items(block)))

    def first(self) -> Packets | dict[str, Any] | None:
        """Give what comes next: packets, which stay until they are `done`; or an event, once; or None."""
        items = self._taken.items
        if not items:
            return None
        item = items[0]
        if isinstance(item, Packets):
            return item
        items.popleft()
        return self._native.event_at(item)

    def done(self, packets: Packets) -> None:
        """Forget packets that have all been handed on."""
        items = self._taken.items
        if items and items[0] is packets:
            items.popleft()

    def drop_packets(self) -> set[str]:
        """Forget all packets that are here, and keep the events.

        Returns:
            The sessions that packets were forgotten of.
        """
        items = self._taken.items
        self._taken.items = deque(item for item in items if not isinstance(item, Packets))
        dropped = {index for item in items if isinstance(item, Packets) for index, *_ in item.records}
        return {self.streams[index][1] for index in dropped}

    @property
    def waiting(self) -> int:
        """How many packets and events are here."""
        return self._taken.records - self.handed_out().records

    def handed_out(self) -> Progress:
        """Tell how far packets and events have been handed out; from any thread."""
        taken = self._taken
        left = sum(item.remaining if isinstance(item, Packets) else 1 for item in tuple(taken.items))
        return Progress(taken.number, taken.records - left)


def _items(block: Block) -> Iterator[Packets | int]:
    """Split a block into runs of packets and the events between them."""
    *columns, payload = block
    streams = block.streams
    if min(streams) >= 0:
        yield Packets(columns, payload)
        return
    begin = 0
    for position, index in enumerate([*streams, -1]):
        if index < 0:
            if begin < position:
                yield Packets((column[begin:position] for column in columns), payload)
            if position < len(streams):
                yield -1 - index
            begin = position + 1
