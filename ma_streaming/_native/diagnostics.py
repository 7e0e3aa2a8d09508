"""Counters of what lives in the native library, for tests that nothing outlives them."""

from __future__ import annotations

from ma_streaming._native.errors import call
from ma_streaming._native.loader import loaded


def live_handles() -> int:
    """Count the librdkafka objects that are alive; 0 before the library is loaded."""
    library = loaded()
    return int(call(library.runtime.LiveHandles)) if library is not None else 0


def live_threads() -> int:
    """Count the native library's threads that are running; 0 before the library is loaded."""
    library = loaded()
    return int(call(library.runtime.LiveThreads)) if library is not None else 0


def describe() -> str:
    """Say what is alive, for a failed test."""
    library = loaded()
    return str(call(library.runtime.DescribeLive)) if library is not None else "the native library is not loaded"
