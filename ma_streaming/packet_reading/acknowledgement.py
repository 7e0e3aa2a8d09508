"""Telling the native library what has been dealt with, so that a group commits that and nothing beyond it."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from ma_streaming._native.exit_handling import start_thread
from ma_streaming.packet_reading.inbox import AnyInbox, Progress

if TYPE_CHECKING:
    from ma_streaming._native.blocks import NativeReader

_INTERVAL_SECONDS: Final = 0.05


class Acknowledgement:
    """What a member of a group has dealt with.

    Packets that are pushed are dealt with when the handler has returned; those that are pulled, when the next one, or
    the next batch, is asked for.

    Args:
        native: The native reader.
        inbox: Where its packets wait.
        handled: Tells how far handlers have returned, or whoever iterates has asked for more.
        name: Of the reader, for the name of a thread.

    Attributes:
        inbox: Where its packets, or columns, wait.
        is_complete: True when all is dealt with.
    """

    def __init__(
        self, native: NativeReader, inbox: AnyInbox[object], handled: Callable[[AnyInbox[object]], Progress], name: str
    ) -> None:
        self._native = native
        self.inbox = inbox
        self._handled = weakref.WeakMethod(handled)
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._holds_batch = False
        self._thread = start_thread(f"{name} acknowledgement", self._run)
        self.is_complete = False

    def pulled(self, *, holds_batch: bool, everything: bool) -> None:
        """Say that what was given out before is dealt with, as more is asked for.

        Args:
            holds_batch: What is asked for is a whole batch, dealt with when the next one is asked for.
            everything: There is nothing more, so all is dealt with.
        """
        with self._lock:
            self._holds_batch = holds_batch
            if not self._ended.is_set():
                self._native.mark_handled(self.inbox.handed_out())
                self.is_complete = self.is_complete or everything

    def end(self) -> None:
        """Say for the last time what is dealt with."""
        self._mark()
        with self._lock:
            self._ended.set()

    def _run(self) -> None:
        while not self._ended.wait(_INTERVAL_SECONDS) and self._mark():
            pass

    def _mark(self) -> bool:
        with self._lock:
            handled = self._handled()
            if handled is not None and not self._holds_batch and not self._ended.is_set():
                self._native.mark_handled(handled(self.inbox))
        return handled is not None
