"""Signals stay with Python: its handlers survive the loading of .NET, and its main thread is the one that gets them."""

from __future__ import annotations

import faulthandler
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_RESTORED: Final = ("SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT")
_FOR_THE_MAIN_THREAD: Final = [getattr(signal, name) for name in _RESTORED if hasattr(signal, name)]


@contextmanager
def kept_while_dotnet_loads() -> Iterator[None]:
    """Keep Python's signal handlers, which CoreCLR overwrites while it loads.

    faulthandler goes first: enabled after CoreCLR it would turn each NullReferenceException into a crash.
    """
    for stream in (sys.__stderr__, sys.stderr):
        if stream is None or faulthandler.is_enabled():
            continue
        try:
            faulthandler.enable(stream)
        except (OSError, ValueError, RuntimeError, AttributeError):
            continue  # no file behind this stream, so faulthandler has nothing to write to
    handlers = {number: signal.getsignal(number) for number in _FOR_THE_MAIN_THREAD}
    try:
        with left_to_the_main_thread():
            yield
    finally:
        if threading.current_thread() is threading.main_thread():
            for number, handler in handlers.items():
                if callable(handler):
                    signal.signal(number, handler)


@contextmanager
def left_to_the_main_thread() -> Iterator[None]:
    """Have threads that .NET starts meanwhile block the signals that Python handles.

    A signal that another thread gets does not wake a main thread that sleeps: Ctrl-C would wait for the sleep's end.
    Not for threads that run handlers: a program started from there would inherit it, and could not be terminated.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _FOR_THE_MAIN_THREAD)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
