"""The check that a test leaves no service, no thread and no native handle behind."""

from __future__ import annotations

import gc
import importlib
import sys
import threading
from typing import Any

import pytest

from ma_streaming.testing import wait_until

_LIFECYCLE = "ma_streaming.lifecycle"
_LOADER = "ma_streaming._native.loader"
_DIAGNOSTICS = "ma_streaming._native.diagnostics"


class LeakCheck:
    """Remembers what is alive when it is made, and fails the test if more is alive later.

    What a fixture of a wider scope has started before is not the test's own, and is not counted.
    """

    def __init__(self) -> None:
        self._threads = set(threading.enumerate())
        self._services = {id(service) for service in _started_services()}
        self._native = _native_counts()

    def assert_nothing_left(self, timeout_seconds: float) -> None:
        """Wait until what the test started has ended, at most `timeout_seconds`; then fail, naming what is left."""
        if not self._left():
            return
        gc.collect()  # a handle in a reference cycle is no leak
        try:
            wait_until(lambda: not self._left(), timeout_seconds=timeout_seconds)
        except TimeoutError:
            pytest.fail("still alive after the test:\n  " + "\n  ".join(self._left()), pytrace=False)

    def _left(self) -> list[str]:
        left = [f"thread {thread.name}" for thread in threading.enumerate() if thread not in self._threads]
        left += [f"service {service!r}" for service in _started_services() if id(service) not in self._services]
        handles, threads = (now - before for now, before in zip(_native_counts(), self._native, strict=True))
        if handles > 0 or threads > 0:
            describe = sys.modules[_DIAGNOSTICS].describe
            left.append(f"{handles} native handles, {threads} native threads: {describe()}")
        return left


def _started_services() -> list[Any]:
    lifecycle = sys.modules.get(_LIFECYCLE)
    if lifecycle is None:
        return []
    return [item for item in gc.get_objects() if isinstance(item, lifecycle.Service) and item.is_started]


def _native_counts() -> tuple[int, int]:
    """Return how many native handles and engine threads are alive; none where nothing native was loaded."""
    if _LOADER not in sys.modules:
        return 0, 0
    diagnostics = importlib.import_module(_DIAGNOSTICS)
    return diagnostics.live_handles(), diagnostics.live_threads()
