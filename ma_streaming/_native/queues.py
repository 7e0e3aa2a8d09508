"""Event queues of the native library, as sources for a pump."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ma_streaming._native.errors import call
from ma_streaming._native.marshal import Fields
from ma_streaming.errors import ClosedError


class EventQueue:
    """A queue of native events that come out as keyword arguments.

    Args:
        next_event: .NET method that waits so many ms for the next one, and gives null when there is none.
        is_closed: .NET method that tells whether nothing more will come.
        close: .NET method that closes the queue.
        read: Turns a .NET event into keyword arguments.
    """

    def __init__(
        self, next_event: Any, is_closed: Any, close: Callable[[], None], read: Callable[[Any], Fields]
    ) -> None:
        self._next = next_event
        self._is_closed = is_closed
        self._close = close
        self._read = read

    def take(self, timeout_ms: int) -> Fields | None:
        """Wait for the next event; None when there was none in time.

        Raises:
            ClosedError: The queue is closed and empty.
        """
        data = call(self._next, timeout_ms)
        if data is not None:
            return self._read(data)
        if call(self._is_closed):
            raise ClosedError("the event queue is closed")
        return None

    def close(self) -> None:
        """Close the queue; a waiting `take` returns. May be called again."""
        call(self._close)
