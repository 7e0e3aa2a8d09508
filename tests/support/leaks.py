"""The check that a test leaves no thread and no native handle behind."""

from __future__ import annotations

import sys
import threading
import time

import pytest


class LeakCheck:
    """Remembers what is alive when it is made, and fails the test if more is alive later.

    What a fixture of a wider scope has started before is not the test's own, and is not counted.
    """

    def __init__(self) -> None:
        self._threads = set(threading.enumerate())
        self._native = _native_counts()

    def assert_nothing_left(self, timeout_seconds: float) -> None:
        """Wait until what the test started has ended, at most `timeout_seconds`; then fail, naming what is left."""
        deadline = time.monotonic() + timeout_seconds
        left = self._left()
        ended = threading.Event()
        while left and time.monotonic() < deadline:
            ended.wait(0.02)
            left = self._left()
        if left:
            pytest.fail("still alive after the test:\n  " + "\n  ".join(left), pytrace=False)

    def _left(self) -> list[str]:
        left = [f"thread {thread.name}" for thread in threading.enumerate() if thread not in self._threads]
        handles, threads = (now - before for now, before in zip(_native_counts(), self._native, strict=True))
        if handles > 0 or threads > 0:
            from ma_streaming._native import diagnostics

            left.append(f"{handles} native handles, {threads} native threads: {diagnostics.describe()}")
        return left


def _native_counts() -> tuple[int, int]:
    """Return how many native handles and engine threads are alive; none where the runtime was not loaded."""
    if "clr" not in sys.modules:
        return 0, 0
    from ma_streaming._native import diagnostics

    return diagnostics.live_handles(), diagnostics.live_threads()
