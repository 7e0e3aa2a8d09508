"""How packets and events reach users, and on which thread.

Either the reader's own thread pushes what comes to the handlers, or whoever iterates pulls it. Events go to their
handlers on that same thread, in their place among the packets.
"""

from __future__ import annotations

import threading
import time
import weakref
from typing import TYPE_CHECKING, Any, Final, Protocol

from ma_streaming._native.exit_handling import start_thread
from ma_streaming.errors import LifecycleError, StreamingError
from ma_streaming.events import HandlerFailures
from ma_streaming.packet_reading.acknowledgement import Acknowledgement
from ma_streaming.packet_reading.column_inbox import ColumnInbox
from ma_streaming.packet_reading.handlers import PacketHandlers
from ma_streaming.packet_reading.inbox import AnyInbox, Inbox, Packets, Progress

if TYPE_CHECKING:
    from ma_streaming._native.blocks import NativeReader
    from ma_streaming.logger import ILogger

PUSH_DELAY_SECONDS: Final = 0.25
SLICE_MS: Final = 100
SLICE_SECONDS: Final = 0.1
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
        self._inbox: Inbox | ColumnInbox | None = None
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

    def _handled(self, inbox: AnyInbox[object]) -> Progress:
        """How far packets were handed out, save one that a handler, or whoever iterates, has in hand."""
        block, records = inbox.handed_out()
        # Asked in this order: a packet that is handed on in between is not counted, but never one too many.
        in_hand = self._handing_on or self._yielding
        return Progress(block, max(0, records - 1) if in_hand else records)

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
                self._changed.wait(SLICE_SECONDS)
        return False

    def _await_acknowledgement(self) -> None:
        """Stay until whoever pulls has dealt with everything, or stops: only then may the group be left."""
        with self._changed:
            while (
                self._pulled
                and self._acknowledgement is not None
                and not (self._acknowledgement.is_complete or self._stopping or self._owner() is None)
            ):
                self._changed.wait(SLICE_SECONDS)

    def _is_due(self) -> bool:
        if not self._pushing and self._armed_at is not None:
            remaining = self._armed_at + PUSH_DELAY_SECONDS - time.monotonic()
            self._pushing = remaining <= 0
            if 0 < remaining < SLICE_SECONDS:
                self._changed.wait(remaining)
        return self._pushing

    def _push(self) -> None:
        """Hand on what is here, or else wait for the next block."""
        with self._turn:
            owner, inbox = self._owner(), self._inbox
            if owner is None or not isinstance(inbox, Inbox):
                return
            while not self._stopping and not self._pulled:
                item = inbox.first()
                if item is None:
                    del owner
                    inbox.fetch(SLICE_MS)
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

    def _drain(self, inbox: AnyInbox[object]) -> None:
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
                inbox.fetch(SLICE_MS)
        finally:
            self._turn.release()
