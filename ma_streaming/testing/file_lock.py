"""An advisory lock on a file, released by the operating system when its process dies."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import TracebackType
from typing import final

from ma_streaming.testing.waiting import wait_until

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


@final
class FileLock:
    """Exclusive use of something that processes share, named by a file that stays behind, empty.

    A lock that is held says that its holder lives: a process identifier can be taken over by another process, a lock
    can't.
    """

    def __init__(self, path: Path) -> None:
        """Name the lock; nothing is opened yet."""
        self._path = path
        self._descriptor: int | None = None

    def try_acquire(self) -> bool:
        """Take the lock if nobody has it, and say whether it was taken."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        if not _try_lock(descriptor):
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def acquire(self, *, timeout_seconds: float) -> None:
        """Wait for the lock.

        Raises:
            StreamingTimeoutError: Somebody else kept it for the whole time.
        """
        wait_until(self.try_acquire, timeout_seconds=timeout_seconds, message=f"the lock {self._path} stays taken")

    def release(self) -> None:
        """Give the lock back; nothing happens if it isn't held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def is_held_by_anybody(self) -> bool:
        """Say whether some process, this one included, holds the lock."""
        if self._descriptor is not None:
            return True
        if not self._path.exists():
            return False
        probe = FileLock(self._path)
        if probe.try_acquire():
            probe.release()
            return False
        return True

    def __enter__(self) -> FileLock:
        """Return the lock, which has been acquired."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Release the lock."""
        self.release()


if sys.platform == "win32":

    def _try_lock(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
