"""A process that doesn't outlive the one that started it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import warnings
import weakref
from pathlib import Path

from ma_streaming.errors import UnsupportedFeatureError
from ma_streaming.testing.watcher import RELEASED, REMOVE

_WATCHER = Path(__file__).with_name("watcher.py")
_KILL_TIMEOUT_SECONDS = 15.0
_WATCHER_TIMEOUT_SECONDS = 5.0


class ChildProcess:
    """A running program whose output goes to a file.

    It is killed when this process exits, when this object is garbage-collected, and, by a small watching process,
    also when this process is killed. It has a session of its own, so Ctrl-C in a terminal doesn't reach it.
    """

    def __init__(self, command: list[str], *, log_path: Path, remove_at_death: Path | None = None) -> None:
        """Start the program.

        Args:
            command: The program and its arguments.
            log_path: The file that its output is appended to.
            remove_at_death: A folder that is removed if this process ends, in whatever way, without ending the program.

        Raises:
            OSError: The program can't be started.
        """
        with log_path.open("ab") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        try:
            self._watcher = _start_watcher(self._process.pid, remove_at_death)
        except BaseException:
            self._process.kill()
            self._process.wait(_KILL_TIMEOUT_SECONDS)
            raise
        self._finalizer = weakref.finalize(self, _end, self._process, self._watcher, os.getpid(), REMOVE)

    @property
    def pid(self) -> int:
        """The process identifier."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """The exit code (negative: the signal that ended it), None while the program runs."""
        return self._process.poll()

    @property
    def is_running(self) -> bool:
        """Whether the program runs (or is suspended)."""
        return self.exit_code is None

    def terminate(self, *, timeout_seconds: float) -> None:
        """Ask the program to end, wait for it, and kill it if it doesn't within the time."""
        if self.is_running:
            self._process.terminate()
            if sys.platform != "win32":
                self.resume()  # a suspended process would never see the request
            try:
                self._process.wait(timeout_seconds)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self.kill()

    def kill(self) -> None:
        """End the program with no warning, and wait until it is gone. Idempotent."""
        if self._finalizer.detach() is not None:
            _end(self._process, self._watcher, os.getpid(), RELEASED)

    def suspend(self) -> None:
        """Halt the program where it is (SIGSTOP).

        Raises:
            UnsupportedFeatureError: On Windows, which has no such signal.
        """
        self._signal("SIGSTOP")

    def resume(self) -> None:
        """Let a suspended program go on (SIGCONT).

        Raises:
            UnsupportedFeatureError: On Windows, which has no such signal.
        """
        self._signal("SIGCONT")

    def __del__(self) -> None:
        """Name a program that nobody ended; it is killed now."""
        finalizer = getattr(self, "_finalizer", None)
        if finalizer is not None and finalizer.alive:
            warnings.warn(f"process {self.pid} was never ended", ResourceWarning, source=self, stacklevel=2)

    def _signal(self, name: str) -> None:
        if sys.platform == "win32":
            raise UnsupportedFeatureError(f"Windows has no {name}: a process can't be suspended there", subject=name)
        self._process.send_signal(getattr(signal, name))


def _start_watcher(pid: int, folder: Path | None) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-I", "-S", str(_WATCHER), str(pid), *([str(folder)] if folder else [])]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True, cwd=tempfile.gettempdir(),
    )  # fmt: skip


def _end(process: subprocess.Popen[bytes], watcher: subprocess.Popen[bytes], owner_pid: int, word: bytes) -> None:
    if os.getpid() != owner_pid:  # a forked copy of the owner, at its own exit
        return
    process.kill()
    process.wait(_KILL_TIMEOUT_SECONDS)
    watcher.communicate(word, timeout=_WATCHER_TIMEOUT_SECONDS)
