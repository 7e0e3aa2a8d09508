"""Packets and columns for asyncio programs: one hop between threads and the event loop for each batch.

::

    with library.get_reading_packet_api().create_service("Default", key).unwrap() as reader:
        async for packet in aio.AsyncReader(reader):
            ...

    with library.get_reading_packet_api().create_service("Default", key).unwrap() as reader:
        async for batch in aio.AsyncReader(reader).columns(["vCar:*"]):
            ...

It pulls from a started service, so handlers of that service get no packets; its events still fire, on a thread.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Any, Final, TypeVar

from ma_streaming import arguments
from ma_streaming.errors import LifecycleError
from ma_streaming.packet_reading.models import ReceivedPacketDto
from ma_streaming.packet_reading.service import PacketReaderService

if TYPE_CHECKING:
    from ma_streaming.columns import ColumnBatch
    from ma_streaming.packet_reading.column_inbox import ColumnRequest
    from ma_streaming.packet_reading.reading import ReadingService

T = TypeVar("T")

_SLICE_SECONDS: Final = 0.1
_LARGEST_BATCH: Final = 2**31 - 1


class AsyncReader:
    """The packets of one reading service, or its columns, for one task at a time.

    A task that is cancelled, or that leaves a loop, loses nothing: what was taken for it comes first in the next call,
    which has to ask for the same: packets, or the same columns.

    Args:
        reader: A packet reader or an essentials service, started.
        max_packets: How many packets a batch has at most.

    Raises:
        InvalidArgumentError: `max_packets` is not allowed.
    """

    def __init__(self, reader: ReadingService, *, max_packets: int = 4096) -> None:
        self._reader = reader
        self._max_packets = arguments.integer("max_packets", max_packets, minimum=1, maximum=_LARGEST_BATCH)
        self._pending: asyncio.Future[Any] | None = None
        self._asked: ColumnRequest | None = None
        self._taken: deque[ReceivedPacketDto] = deque()
        self._before_batch: dict[str, int] = {}

    async def read_batch(self) -> list[ReceivedPacketDto]:
        """Wait for packets, and give what is there.

        Returns:
            The packets; an empty list when everything was read, or the service was stopped.

        Raises:
            LifecycleError: The service is not started, or columns are still to come that a cancelled task asked for.
            StreamingError: Reading failed.
        """
        if self._taken:
            left = list(self._taken)
            self._taken.clear()
            return left
        while True:
            batch = await self._take(None, lambda: self._reader.read_batch(self._max_packets, _SLICE_SECONDS))
            if batch or self._has_ended:
                return batch

    async def columns(
        self,
        parameters: Iterable[str] | None = None,
        max_samples: int = 1_000_000,
        max_latency_seconds: float = 0.1,
        *,
        tables: Iterable[str] = (),
    ) -> AsyncIterator[ColumnBatch]:
        """Give batches of columns, as `PacketReaderService.columns` does, until everything was read.

        A batch is dealt with, for a group's commits, when the next one is asked for. The arguments are those of
        `PacketReaderService.columns`.

        Raises:
            InvalidArgumentError: An argument is not allowed, or the service has no columns.
            LifecycleError: The service is not started, other columns were asked for before, or packets are still to
                come that were taken for a cancelled task or a loop that was left.
            StreamingError: Reading failed.
        """
        reader = arguments.instance("reader", self._reader, PacketReaderService)
        batches = reader.columns(parameters, max_samples, max_latency_seconds, tables=tables)
        if self._taken:
            raise _left(None)
        while True:
            batch = await self._take(batches.request, lambda: batches.read(_SLICE_SECONDS))
            if batch is not None:
                yield batch
            elif self._has_ended:
                return

    def position(self) -> dict[str, int]:
        """Tell from where a later reader has to go on, as the service's `position()` does.

        Returns:
            The position before the last batch as long as packets of it were not given yet, so that these come again in
            a whole batch; after it otherwise. `max_packets=1` makes it exact for each packet.

        Raises:
            LifecycleError: The service was never started.
        """
        return dict(self._before_batch) if self._taken or self._pending is not None else self._reader.position()

    async def batches(self) -> AsyncIterator[list[ReceivedPacketDto]]:
        """Give batch after batch, as `read_batch` does, until everything was read."""
        while batch := await self.read_batch():
            yield batch

    async def __aiter__(self) -> AsyncIterator[ReceivedPacketDto]:
        """Give packet after packet, until everything was read."""
        async for batch in self.batches():
            self._taken.extend(batch)
            while self._taken:
                yield self._taken.popleft()

    async def run(self, handler: Callable[[ReceivedPacketDto], Awaitable[None]]) -> None:
        """Await `handler` for each packet, one at a time, until everything was read. What it raises ends this call."""
        async for packet in self:
            await handler(packet)

    @property
    def _has_ended(self) -> bool:
        return self._reader.is_completed or not self._reader.is_started

    async def _take(self, asked: ColumnRequest | None, call: Callable[[], T]) -> T:
        """Make a call on another thread. If the task is cancelled meanwhile, the next call gets what this one gave.

        Args:
            asked: For which columns; None = for packets.
            call: The call.
        """
        pending = self._pending
        if pending is not None and self._asked != asked:
            await asyncio.wait([pending])
            if pending.exception() is None and pending.result() not in (None, []):
                raise _left(self._asked)
            await self._finish(pending)
            pending = None
        if pending is None:
            self._before_batch = self._reader.position()
            pending = asyncio.get_running_loop().run_in_executor(None, call)
            self._asked, self._pending = asked, pending
        return await self._finish(pending)

    async def _finish(self, pending: asyncio.Future[T]) -> T:
        await asyncio.wait([pending])
        self._pending = None
        return pending.result()


def _left(asked: ColumnRequest | None) -> LifecycleError:
    what, call = ("packets", "read_batch()") if asked is None else ("columns", "columns() with the same arguments")
    return LifecycleError(f"{what} that were taken are still to be given: {call} first", subject="AsyncReader")
