"""The end of the process, and fork: stop what runs before .NET goes, and keep children of a fork off it.

At exit, .NET must not be unloaded while a thread of ours still calls it: that aborts the process. So everything is
stopped and joined first, in bounded time; where that fails, .NET is left loaded. From Python 3.13 on it is unloaded
even so, because there the process aborts when Python destroys what it holds of a .NET that is still loaded; what can
still run then is a handler of the user's, outside .NET.
"""

from __future__ import annotations

import atexit
import ctypes
import gc
import logging
import os
import sys
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any, Final, Protocol

from ma_streaming._native import errors

EXIT_TIMEOUT_SECONDS: Final = 10.0
_MUST_UNLOAD: Final = sys.version_info >= (3, 13)


class Stoppable(Protocol):
    """What must be stopped before the process ends."""

    @property
    def exit_order(self) -> int:
        """Lower numbers are stopped first: clients before the broker that they use."""

    @property
    def exit_timeout_seconds(self) -> float:
        """How long the end of the process may wait for this."""

    def stop_at_exit(self, timeout_seconds: float) -> None:
        """Stop everything, in bounded time."""

    def abandon_after_fork(self) -> None:
        """Fail every call from now on, without touching anything native."""


_stoppables: weakref.WeakSet[Stoppable] = weakref.WeakSet()
_threads: weakref.WeakSet[threading.Thread] = weakref.WeakSet()
_installed = False
_exiting = False
_unload: Callable[[], object] | None = None


def install(unload: Callable[[], object] | None) -> None:
    """Arrange for exit and fork, once: right after .NET was loaded, so that our handler runs before pythonnet's.

    Args:
        unload: Unloads .NET, where that is for us to do; None where the program loaded .NET itself.
    """
    global _installed, _unload  # noqa: PLW0603 - the state of the process
    if _installed:
        return
    _installed = True
    _unload = unload
    atexit.register(_at_exit)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_after_fork_in_child)


def stop_before_exit(stoppable: Stoppable) -> None:
    """Have `stoppable` stopped at exit, if it still lives then."""
    _stoppables.add(stoppable)


def start_thread(name: str, target: Callable[[], None]) -> threading.Thread:
    """Start a daemon thread that exit waits for."""
    thread = threading.Thread(target=target, name=name, daemon=True)
    _threads.add(thread)
    thread.start()
    return thread


def keep_for_ever(thing: Any) -> None:
    """Never let Python destroy `thing`: a runtime that is destroyed at the very end complains on stderr."""
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(thing))


def is_exiting() -> bool:
    """Tell whether the process is at its end, and stops everything."""
    return _exiting


def exit_timeout_seconds() -> float:
    """Tell how long the end of the process may wait for what runs."""
    return max([EXIT_TIMEOUT_SECONDS, *(each.exit_timeout_seconds for each in _stoppables)])


def stop_everything() -> None:
    """Stop all that was given to `stop_before_exit`, in bounded time."""
    deadline = time.monotonic() + exit_timeout_seconds()
    for stoppable in sorted(_stoppables, key=lambda each: each.exit_order):
        try:
            stoppable.stop_at_exit(max(0.1, deadline - time.monotonic()))
        except Exception:
            logging.getLogger("ma_streaming").exception("%r could not be stopped at exit", stoppable)


def _at_exit() -> None:
    global _exiting  # noqa: PLW0603 - the state of the process
    deadline = time.monotonic() + exit_timeout_seconds()
    _exiting = True
    stop_everything()
    for thread in list(_threads):
        thread.join(max(0.0, deadline - time.monotonic()))
    running = [thread.name for thread in list(_threads) if thread.is_alive()]
    if running:
        logging.getLogger("ma_streaming").error("Still running at exit: %s", ", ".join(running))
        if not _MUST_UNLOAD:
            leave_loaded()
            return
    if _unload is not None:
        # pythonnet collects garbage up to 20 times while it unloads: 0.3 to 2 s, or 0.08 s with what lives set aside.
        gc.freeze()
        _unload()
        gc.unfreeze()


def _after_fork_in_child() -> None:
    errors.mark_forked()
    atexit.unregister(_at_exit)
    leave_loaded()
    for stoppable in list(_stoppables):
        stoppable.abandon_after_fork()


def leave_loaded() -> None:
    """Keep pythonnet from unloading .NET at exit."""
    import pythonnet

    atexit.unregister(pythonnet.unload)
