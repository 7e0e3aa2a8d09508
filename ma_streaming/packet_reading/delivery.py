"""How packets and events reach users, and on which thread.

Either the reader's own thread pushes what comes to the handlers, or whoever iterates pulls it. Events go to their
handlers on that same thread, in their place among the packets.
"""

from __future__ import annotations

import math
import threading
import time
import weakref
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, Protocol

from ma_streaming._native.exit_handling import start_thread
from ma_streaming.errors import LifecycleError, StreamingError
from ma_streaming.events import HandlerFailures
from ma_streaming.packet_reading.acknowledgement import Acknowledgement
from ma_streaming.packet_reading.handlers import PacketHandlers, received
from ma_streaming.packet_reading.inbox import Inbox, Packets, Progress
from ma_streaming.packet_reading.models import ReceivedPacketDto

if TYPE_CHECKING:
    from ma_streaming._native.blocks import NativeReader
    from ma_streaming.logger import ILogger

PUSH_DELAY_SECONDS: Final = 0.25
_SLICE_MS: Final = 100
_SLICE_SECONDS: Final = 0.1
_DRAIN_SECONDS: Final = 2.0
_STOPPED: Final = "stopped"
_READ_TO_THE_END: Final = ("ended", "end_offset")


class DeliveryOwner(Protocol):
    """The service that packets and events are delivered for."""

    def fire_event(self, event: dict[str, Any]) -> StreamingError | None:
        """Fire an event. Where it tells of a failure, give the error instead."""

    def fire_failed(self, error: StreamingError) -> None:
        """Tell of a failure that nobody who iterates gets."""


class Delivery:
    """Delivers what one reader reads.

    Its thread keeps this object alive, so this object holds the service weakly.

    Args:
        owner: The service; delivery ends when it is garbage-collected.
        failures: Counts what handlers raise.
        logger: For warnings.

    Attributes:
        handlers: Who gets the packets.
        handler_seconds: How long handlers and event handlers ran on the delivery thread, in s.
    """

    def __init__(self, owner: DeliveryOwner, failures: HandlerFailures, logger: ILogger) -> None:
        self._owner = weakref.ref(owner)
        self._log = logger
        self._changed = threading.Condition()
        self._turn = threading.RLock()
        self._turn_holder = 0
        self.handlers = PacketHandlers(failures, logger)
        self.handler_seconds = 0.0
        self._armed_at: float | None = None
        self._pushing = False
        self._pulled = False
        self._stopping = False
        self._native_stop_begun = False
        self._native: NativeReader | None = None
        self._inbox: Inbox | None = None
        self._acknowledgement: Acknowledgement | None = None
        self._handing_on = False
        self._yielding = False
        self._final_position: dict[str, int] | None = None
        self._error: StreamingError | None = None
        self._name = ""
        self._thread: threading.Thread | None = None

    @property
    def is_current_thread(self) -> bool:
        """True on the delivery thread."""
        return threading.current_thread() is self._thread

    @property
    def is_completed(self) -> bool:
        """True when nothing more will come."""
        return self._inbox is not None and self._inbox.is_completed

    @property
    def waiting(self) -> int:
        """How many packets and events were taken from the native library and not handed out yet."""
        return self._inbox.waiting if self._inbox is not None else 0

    def begin(self, native: NativeReader, name: str, *, acknowledges: bool) -> None:
        """Start the delivery thread for a native reader that was started."""
        self._name = name
        self._native = native
        self._inbox = Inbox(native)
        if acknowledges:
            self._acknowledgement = Acknowledgement(native, self._inbox, self._handled, name)
        self._thread = start_thread(name, self._run)

    def arm(self) -> None:
        """Let push begin 250 ms from now; for each new handler."""
        with self._changed:
            self._armed_at = time.monotonic()
            self._changed.notify_all()

    def position(self) -> dict[str, int]:
        """Tell from where to go on, for everything that was not handed out: offsets by "topic:partition"."""
        if self._final_position is not None:
            return dict(self._final_position)
        if self._native is None or self._inbox is None:
            raise LifecycleError("the reader is not started: call initialise() and start() first")
        counts_in_hand = self._pulled or self.is_current_thread
        return self._native.positions(self._inbox.handed_out() if counts_in_hand else self._handled(self._inbox))

    def iterate(self, owner: object) -> Iterator[ReceivedPacketDto]:
        """Pull packets until there are no more, or delivery is stopped. Keeps `owner` alive meanwhile.

        Raises:
            StreamingError: The reader failed.
        """
        inbox = self._begin_pull()
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

    def read_batch(self, max_packets: int, timeout_seconds: float) -> list[ReceivedPacketDto]:
        """Wait for packets, and give what is there, up to `max_packets`.

        Raises:
            StreamingError: The reader failed.
        """
        inbox = self._begin_pull()
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

    def stop(self, timeout_seconds: float) -> None:
        """End delivery and reading, in bounded time. From a handler it returns at once; the rest happens afterwards.

        What waits for handlers is dropped, and sessions of which something was dropped are completed as stopped.

        Raises:
            StreamingError: The native reader did not stop in time.
        """
        with self._changed:
            self._stopping = True
            self.handlers.interrupt()
            own_thread = self.is_current_thread or self._turn_holder == threading.get_ident()
            waits_for_handler = own_thread or self._acknowledgement is not None
            self._native_stop_begun = self._native_stop_begun or not waits_for_handler
            self._changed.notify_all()
        if own_thread or self._native is None or self._thread is None:
            return
        deadline = time.monotonic() + timeout_seconds
        if waits_for_handler:
            # What the handler is at is committed if it returns in time, and before the group is left.
            self._thread.join(timeout_seconds / 2)
        self._native.stop(max(0.1, deadline - time.monotonic()))
        self._thread.join(max(0.1, deadline - time.monotonic()))
        if self._thread.is_alive():
            self._log.error("A packet handler is still running after stop(); it goes on in the background")

    def abandon(self) -> None:
        """Deliver nothing any more, without touching anything native; for the child of a fork."""
        self._changed = threading.Condition()
        self._turn = threading.RLock()
        self._stopping = True
        self.handlers.interrupt()

    def _begin_pull(self) -> Inbox:
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

    def _handled(self, inbox: Inbox) -> Progress:
        """How far packets were handed out, save one that a handler, or whoever iterates, has in hand."""
        block, records = inbox.handed_out()
        # Asked in this order: a packet that is handed on in between is not counted, but never one too many.
        in_hand = self._handing_on or self._yielding
        return Progress(block, max(0, records - 1) if in_hand else records)

    def _pull(self, inbox: Inbox, deadline: float | None, *, keep_error: bool = False) -> Packets | None:
        """Wait for packets, firing the events before them; None at the end, or at the deadline (`time.monotonic()`)."""
        waited = False
        while not self._stopping:
            if not self._turn.acquire(timeout=_SLICE_SECONDS):
                if deadline is not None and time.monotonic() >= deadline:
                    return None
                continue
            outer, self._turn_holder = self._turn_holder, threading.get_ident()
            try:
                packets = self._next_packets(inbox)
                if packets is not None:
                    return packets
                if self._error is not None:
                    if not keep_error:
                        self._raise_error()
                    return None
                remaining = _SLICE_SECONDS if deadline is None else deadline - time.monotonic()
                if self._has_ended(inbox) or (waited and remaining <= 0):
                    return None
                inbox.fetch(max(0, min(_SLICE_MS, math.ceil(remaining * 1000))))
                waited = True
            finally:
                self._turn_holder = outer
                self._turn.release()
        return None

    def _has_ended(self, inbox: Inbox) -> bool:
        """Tell whether nothing may be fetched any more; a handler may have called `stop()` meanwhile."""
        return self._stopping or inbox.is_completed

    def _next_packets(self, inbox: Inbox) -> Packets | None:
        """Give the packets that come next, firing the events before them; None for none, or after a failure."""
        while self._error is None and not self._stopping:
            item = inbox.first()
            if item is None or isinstance(item, Packets):
                return item
            owner = self._owner()
            self._error = owner.fire_event(item) if owner is not None else None
        return None

    def _raise_error(self) -> None:
        error, self._error = self._error, None
        if error is not None:
            raise error

    def _run(self) -> None:
        try:
            while self._await_push():
                self._push()
            self._await_acknowledgement()
        except StreamingError as error:
            owner = self._owner()
            if owner is not None:
                owner.fire_failed(error)
        finally:
            self._finish()

    def _await_push(self) -> bool:
        """Wait until packets are to be pushed; False when there is nothing more to do for this thread."""
        with self._changed:
            while not self._stopping and self._inbox is not None and not self._inbox.is_completed:
                if self._owner() is None:
                    return False
                if not self._pulled and self._is_due():
                    return True
                self._changed.wait(_SLICE_SECONDS)
        return False

    def _await_acknowledgement(self) -> None:
        """Stay until whoever pulls has dealt with everything, or stops: only then may the group be left."""
        with self._changed:
            while (
                self._pulled
                and self._acknowledgement is not None
                and not (self._acknowledgement.is_complete or self._stopping or self._owner() is None)
            ):
                self._changed.wait(_SLICE_SECONDS)

    def _is_due(self) -> bool:
        if not self._pushing and self._armed_at is not None:
            remaining = self._armed_at + PUSH_DELAY_SECONDS - time.monotonic()
            self._pushing = remaining <= 0
            if 0 < remaining < _SLICE_SECONDS:
                self._changed.wait(remaining)
        return self._pushing

    def _push(self) -> None:
        """Hand on what is here, or else wait for the next block."""
        with self._turn:
            owner, inbox = self._owner(), self._inbox
            if owner is None or inbox is None:
                return
            while not self._stopping and not self._pulled:
                item = inbox.first()
                if item is None:
                    del owner
                    inbox.fetch(_SLICE_MS)
                    return
                began = time.perf_counter()
                if isinstance(item, Packets):
                    self._handing_on = True
                    if self.handlers.hand_on(inbox, item):
                        inbox.done(item)
                    self._handing_on = False
                else:
                    error = owner.fire_event(item)
                    if error is not None:
                        owner.fire_failed(error)
                self.handler_seconds += time.perf_counter() - began

    def _finish(self) -> None:
        """Stop the native reader, tell of what it completes then, and give its memory back."""
        native, inbox = self._native, self._inbox
        if native is None or inbox is None:
            return
        with self._changed:
            begun, self._native_stop_begun = self._native_stop_begun, True
        self._final_position = native.positions(inbox.handed_out())
        if self._acknowledgement is not None:
            self._acknowledgement.end()
        try:
            if self._stopping and not inbox.is_completed:
                stopping = None if begun else start_thread(f"{self._name} stop", self._stop_native)
                self._drain(inbox)
                if stopping is not None:
                    stopping.join(_DRAIN_SECONDS)
            elif not begun:
                self._stop_native()
            native.close()
        except StreamingError as error:
            self._log.error(f"The reader did not stop in order: {error}")

    def _stop_native(self) -> None:
        try:
            if self._native is not None:
                self._native.stop(_DRAIN_SECONDS)
        except StreamingError as error:
            self._log.error(f"The reader did not stop in order: {error}")

    def _drain(self, inbox: Inbox) -> None:
        """Fire the events that are still to come, and pass over the packets."""
        deadline = time.monotonic() + _DRAIN_SECONDS
        dropped: set[str] = set()
        if not self._turn.acquire(timeout=_DRAIN_SECONDS):
            return
        try:
            while time.monotonic() < deadline:
                dropped |= inbox.drop_packets()
                while isinstance(item := inbox.first(), dict):
                    if item["session_key"] in dropped and item["reason"] in _READ_TO_THE_END:
                        item["reason"] = _STOPPED
                    owner = self._owner()
                    error = owner.fire_event(item) if owner is not None else None
                    if error is not None and owner is not None:
                        owner.fire_failed(error)
                if inbox.is_completed:
                    return
                inbox.fetch(_SLICE_MS)
        finally:
            self._turn.release()
