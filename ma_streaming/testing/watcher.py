"""Kills a process when the one that started both of them is gone.

Run as a program, with nothing but the standard library: ``python watcher.py PID [FOLDER]``. It reads one line from
standard input. ``released`` ends it, ``remove`` has it remove the folder first. The end of the input means that the
parent died, however it died: then the process is killed and the folder removed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import time
from pathlib import Path

RELEASED = b"released\n"
REMOVE = b"remove\n"

_REMOVAL_TRIES = 50
_REMOVAL_PAUSE_SECONDS = 0.1


def main(arguments: list[str]) -> int:
    """Wait for the parent's word or its end."""
    word = sys.stdin.buffer.readline()
    if word == RELEASED:
        return 0
    if word != REMOVE:
        with contextlib.suppress(OSError):
            os.kill(int(arguments[0]), signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
    for folder in arguments[1:]:
        _remove(folder)
    return 0


def _remove(folder: str) -> None:
    for _ in range(_REMOVAL_TRIES):
        shutil.rmtree(folder, ignore_errors=True)
        if not Path(folder).exists():
            return
        time.sleep(_REMOVAL_PAUSE_SECONDS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
