"""Threads that take items from the native library and give them to a Python object, as long as that lives."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from typing import Generic, TypeVar

from ma_streaming._native import exit_handling
from ma_streaming._native.operations import SLICE_MS
from ma_streaming.errors import ClosedError, StreamingError
from ma_streaming.logger import ILogger

Owner = TypeVar("Owner")
Item = TypeVar("Item")


class Pump(Generic[Owner, Item]):
    """One daemon thread that takes items and delivers them, one at a time and in order.

    It holds its owner weakly: when that is garbage-collected, the pump releases the source and ends.

    Args:
        name: Name of the thread.
        owner: Whom the items are for.
        take: Gives the next item, or None after so many ms without one; raises ClosedError at the end.
        deliver: Called with the owner and each item; must not raise.
        release: Closes the source when the owner is gone.
        logger: Where an unexpected end is reported.
    """

    def __init__(
        self,
        name: str,
        owner: Owner,
        take: Callable[[int], Item | None],
        deliver: Callable[[Owner, Item], None],
        release: Callable[[], None],
        logger: ILogger,
    ) -> None:
        self._owner = weakref.ref(owner)
        self._take = take
        self._deliver = deliver
        self._release = release
        self._log = logger
        self._stopping = False
        self._thread = exit_handling.start_thread(name, self._run)

    @property
    def is_current_thread(self) -> bool:
        """True on the pump's own thread."""
        return threading.current_thread() is self._thread

    def stop(self, timeout_seconds: float) -> bool:
        """End the thread, in bounded time.

        Returns:
            True when it ended; False where a handler still keeps it, or where this is the pump's own thread.
        """
        self._stopping = True
        if self.is_current_thread:
            return False
        self._thread.join(timeout_seconds)
        return not self._thread.is_alive()

    def finish(self, timeout_seconds: float) -> bool:
        """Wait until the source, which is closed, has given its last item; then end.

        Returns:
            As `stop` does.
        """
        if not self.is_current_thread:
            self._thread.join(timeout_seconds)
        return self.stop(timeout_seconds)

    def _run(self) -> None:
        try:
            while not self._stopping and self._step():
                pass
        except ClosedError:
            return
        except StreamingError as error:
            if not self._stopping:
                self._log.error(f"{self._thread.name} ended: {error}")

    def _step(self) -> bool:
        item = self._take(SLICE_MS)
        owner = self._owner()
        if owner is None:
            self._release()
            return False
        if item is not None:
            self._deliver(owner, item)
        return True
