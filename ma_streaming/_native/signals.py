"""Signals stay with Python: its handlers survive the loading of .NET, and its main thread is the one that gets them."""

from __future__ import annotations

import ctypes
import faulthandler
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

_KEPT: Final = ("SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT")
_FOR_THE_MAIN_THREAD: Final = [getattr(signal, name) for name in _KEPT if hasattr(signal, name)]
_MOST_BYTES: Final = 1024  # of a struct sigaction; 152 with glibc


@contextmanager
def kept_while_dotnet_loads() -> Iterator[None]:
    """Keep the process's signal handlers, which CoreCLR before .NET 10 overwrites while it loads.

    faulthandler goes first: enabled after CoreCLR it would turn each NullReferenceException into a crash.
    """
    for stream in (sys.__stderr__, sys.stderr):
        if stream is None or faulthandler.is_enabled():
            continue
        try:
            faulthandler.enable(stream)
        except (OSError, ValueError, RuntimeError, AttributeError):
            continue  # no file behind this stream, so faulthandler has nothing to write to
    if os.name != "posix":
        yield
        return
    # As C sees them: from any thread, and those too that Python knows nothing of.
    system = ctypes.CDLL(None)
    actions = {number: ctypes.create_string_buffer(_MOST_BYTES) for number in _FOR_THE_MAIN_THREAD}
    for number, action in actions.items():
        system.sigaction(number, None, action)
    try:
        with left_to_the_main_thread():
            yield
    finally:
        for number, action in actions.items():
            system.sigaction(number, action, None)


def stop_at_termination(
    stop: Callable[[], None], longest_seconds: Callable[[], float], is_exiting: Callable[[], bool]
) -> None:
    """Have SIGTERM call `stop` before it ends the process, where the program has no handler of its own.

    A program that was started with SIGTERM ignored goes on ignoring it. On another thread than the main one Python can
    install no handler.

    Args:
        stop: Is called on a thread, because the one that the signal meets may hold any lock.
        longest_seconds: Tells how long to wait for it.
        is_exiting: Tells whether the process is at its end anyway, which then goes on.
    """
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        return
    owner = os.getpid()

    def terminate(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)  # so a second SIGTERM ends the process at once
        if is_exiting():
            return
        if os.getpid() == owner:
            thread = threading.Thread(target=stop, name="ma-streaming termination", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # Python 3.12 starts none once the main thread has ended, which then holds no lock
                stop()
            else:
                thread.join(longest_seconds())
        signal.raise_signal(number)

    signal.signal(signal.SIGTERM, terminate)


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
