"""Waiting for a condition with a deadline, in place of sleeping and hoping."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from ma_streaming.errors import StreamingTimeoutError

T = TypeVar("T")

_FIRST_PAUSE_SECONDS = 0.001
_LONGEST_PAUSE_SECONDS = 0.05


def wait_until(
    condition: Callable[[], T | None], *, timeout_seconds: float = 10.0, message: str | Callable[[], str] = ""
) -> T:
    """Call ``condition`` until it returns something true, and return that.

    The condition is tried at least once, and once more after the deadline, so that a slow machine isn't mistaken for
    a false condition. What it raises is passed on.

    Args:
        condition: Called again and again, from this thread, at first every millisecond and later every 50 ms.
        timeout_seconds: How long to wait.
        message: What to say when it stays false; a function is called then, so that it can tell what is there instead.

    Raises:
        StreamingTimeoutError: The condition was still false at the deadline.
    """
    deadline = time.monotonic() + timeout_seconds
    pause_seconds = _FIRST_PAUSE_SECONDS
    while True:
        remaining_seconds = deadline - time.monotonic()
        outcome = condition()
        if outcome:
            return outcome
        if remaining_seconds <= 0:
            text = message() if callable(message) else message
            raise StreamingTimeoutError(f"not within {timeout_seconds:g} s: {text or 'the condition stayed false'}")
        time.sleep(max(0.0, min(pause_seconds, remaining_seconds)))
        pause_seconds = min(2 * pause_seconds, _LONGEST_PAUSE_SECONDS)
