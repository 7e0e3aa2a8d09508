"""Delivery to whoever asks: packets one by one or in batches, or columns.

Events go to their handlers on the thread of whoever asks, in their place among what comes.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from typing import Final, TypeVar

from ma_streaming.columns import ColumnBatch
from ma_streaming.errors import LifecycleError
from ma_streaming.packet_reading.column_inbox import ColumnInbox, ColumnRequest
from ma_streaming.packet_reading.delivery import SLICE_MS, SLICE_SECONDS, Delivery
from ma_streaming.packet_reading.handlers import received
from ma_streaming.packet_reading.inbox import AnyInbox, Inbox
from ma_streaming.packet_reading.models import ReceivedPacketDto

T = TypeVar("T")

_GIVES_COLUMNS: Final = "this reader gives columns: make another reader for packets"


class PullDelivery(Delivery):
    """A delivery that packets and columns can be pulled from, too."""

    def iterate(self, owner: object) -> Iterator[ReceivedPacketDto]:
        """Pull packets until there are no more, or delivery is stopped. Keeps `owner` alive meanwhile.

        Raises:
            StreamingError: The reader failed.
        """
        inbox = self._begin_packets()
        self._acknowledge()
        while owner is not None and (packets := self._pull(inbox, None)) is not None:
            epoch, streams, payload = self.handlers.epoch, inbox.streams, packets.payload
            self._yielding = True
            for index, time_ms, start, end in packets.records:
                data_source, session_key, stream = streams[index]
                yield ReceivedPacketDto(data_source, session_key, stream, time_ms, payload[start:end])
                if self.handlers.epoch is not epoch:
                    break
            else:
                inbox.done(packets)
            self._yielding = False
        self._acknowledge(everything=inbox.is_completed)

    def next_columns(self, request: ColumnRequest, timeout_seconds: float | None) -> ColumnBatch | None:
        """Pull the next batch of columns; the one before is dealt with.

        Args:
            request: Which columns, always the same.
            timeout_seconds: How long to wait; None for as long as it takes.

        Returns:
            The batch; None when there are no more, none came in time, or delivery is stopped.

        Raises:
            LifecycleError: Other columns of this reader were asked for before.
            StreamingError: The reader failed.
        """
        deadline = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        inbox = self._begin_columns(request)
        if inbox is None:
            return None
        self._yielding = False
        self._acknowledge()
        batch = self._pull(inbox, deadline)
        if batch is None:
            self._acknowledge(everything=inbox.is_completed)
            return None
        self._yielding = True
        inbox.done()
        return ColumnBatch(*inbox.streams[batch.stream], batch, request.tables)

    def read_batch(self, max_packets: int, timeout_seconds: float) -> list[ReceivedPacketDto]:
        """Wait for packets, and give what is there, up to `max_packets`.

        Raises:
            StreamingError: The reader failed.
        """
        inbox = self._begin_packets()
        self._acknowledge(holds_batch=True)
        deadline = time.monotonic() + timeout_seconds
        batch: list[ReceivedPacketDto] = []
        while len(batch) < max_packets:
            packets = self._pull(inbox, 0.0 if batch else deadline, keep_error=bool(batch))
            if packets is None:
                break
            batch += received(packets, max_packets - len(batch), inbox.streams)
            if len(batch) < max_packets:
                inbox.done(packets)
        if not batch and inbox.is_completed:
            self._acknowledge(everything=True)
        return batch

    def _begin_packets(self) -> Inbox:
        inbox = self._begin_pull()
        if isinstance(inbox, ColumnInbox):
            raise LifecycleError(_GIVES_COLUMNS)
        return inbox

    def _begin_columns(self, request: ColumnRequest) -> ColumnInbox | None:
        """Take columns from here on, behind the packets that were handed out; None when delivery is stopped."""
        self._begin_pull()
        while not self._stopping:
            if not self._turn.acquire(timeout=SLICE_SECONDS):
                continue
            try:
                inbox = self._inbox
                if isinstance(inbox, Inbox) and self._native is not None:
                    progress = inbox.handed_out()
                    inbox.drop_packets()
                    inbox = ColumnInbox(self._native, request, progress, inbox.streams)
                    self._inbox = inbox
                    if self._acknowledgement is not None:
                        self._acknowledgement.inbox = inbox
                if isinstance(inbox, ColumnInbox) and inbox.request == request:
                    return inbox
                raise LifecycleError("this reader gives other columns already: make another reader for these")
            finally:
                self._turn.release()
        return None

    def _begin_pull(self) -> Inbox | ColumnInbox:
        if self._inbox is None:
            raise LifecycleError("the reader is not started: call initialise() and start() first")
        if self.is_current_thread:
            raise LifecycleError("a packet handler can't iterate over its own reader: the packets come to it already")
        with self._changed:
            if not self._pulled:
                self._pulled = True
                self.handlers.interrupt()
                self._changed.notify_all()
        return self._inbox

    def _acknowledge(self, *, holds_batch: bool = False, everything: bool = False) -> None:
        if self._acknowledgement is not None:
            self._acknowledgement.pulled(holds_batch=holds_batch, everything=everything)

    def _pull(self, inbox: AnyInbox[T], deadline: float | None, *, keep_error: bool = False) -> T | None:
        """Wait for packets, firing the events before them; None at the end, or at the deadline (`time.monotonic()`)."""
        waited = False
        while not self._stopping:
            if not self._turn.acquire(timeout=SLICE_SECONDS):
                if deadline is not None and time.monotonic() >= deadline:
                    return None
                continue
            outer, self._turn_holder = self._turn_holder, threading.get_ident()
            try:
                current: object = self._inbox
                if inbox is not current:
                    raise LifecycleError(_GIVES_COLUMNS)
                packets = self._next_packets(inbox)
                if packets is not None:
                    return packets
                if self._error is not None:
                    if not keep_error:
                        self._raise_error()
                    return None
                remaining = SLICE_SECONDS if deadline is None else deadline - time.monotonic()
                if self._has_ended(inbox) or (waited and remaining <= 0):
                    return None
                inbox.fetch(max(0, min(SLICE_MS, math.ceil(remaining * 1000))))
                waited = True
            finally:
                self._turn_holder = outer
                self._turn.release()
        return None

    def _has_ended(self, inbox: AnyInbox[object]) -> bool:
        """Tell whether nothing may be fetched any more; a handler may have called `stop()` meanwhile."""
        return self._stopping or inbox.is_completed

    def _next_packets(self, inbox: AnyInbox[T]) -> T | None:
        """Give the packets that come next, firing the events before them; None for none, or after a failure."""
        while self._error is None and not self._stopping:
            item = inbox.first()
            if not isinstance(item, dict):
                return item
            owner = self._owner()
            self._error = owner.fire_event(item) if owner is not None else None
        return None

    def _raise_error(self) -> None:
        error, self._error = self._error, None
        if error is not None:
            raise error
