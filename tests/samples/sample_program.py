"""Run a program as a user does: its keyboard, its screen, Ctrl-C."""

from __future__ import annotations

import os
import queue
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Thread
from typing import IO, final

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "sample_code"
START_SECONDS = 30.0


def sample_reader(*arguments: str, environment: Mapping[str, str] | None = None) -> Program:
    """Start the sample reader as its documentation says: in its own folder."""
    command = [sys.executable, "main.py", *arguments]
    return Program(command, folder=SAMPLES / "sample_reader", environment=environment)


def columns_reader(*arguments: str, environment: Mapping[str, str] | None = None) -> Program:
    """Start the sample that reads columns as its documentation says: in its own folder."""
    command = [sys.executable, "main.py", *arguments]
    return Program(command, folder=SAMPLES / "columns_reader", environment=environment)


def sample_writer(*arguments: str, environment: Mapping[str, str] | None = None) -> Program:
    """Start the sample writer as its documentation says: in its own folder."""
    command = [sys.executable, "main.py", *arguments]
    return Program(command, folder=SAMPLES / "sample_writer", environment=environment)


def dataframe_writer(*arguments: str, environment: Mapping[str, str] | None = None) -> Program:
    """Start the sample that records a DataFrame as its documentation says: in its own folder."""
    command = [sys.executable, "main.py", *arguments]
    return Program(command, folder=SAMPLES / "dataframe_writer", environment=environment)


def run_into_closed_pipe(sample: str, *arguments: str) -> tuple[int, str]:
    """Run a sample whose output nobody reads; return its exit code, and what it printed to standard error."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        ended = subprocess.run(
            [sys.executable, "main.py", *arguments],
            cwd=SAMPLES / sample,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=writing,
            stderr=subprocess.PIPE,
            text=True,
            timeout=2 * START_SECONDS,
            check=False,
        )
    finally:
        os.close(writing)
    return ended.returncode, ended.stderr


def ma_streaming(*arguments: str, environment: Mapping[str, str] | None = None) -> Program:
    """Start a command of the command line interface."""
    command = [sys.executable, "-m", "ma_streaming.cli", *arguments]
    return Program(command, folder=ROOT, environment=environment)


@final
class Program:
    """A running program. As a context manager it is killed at the end, if it still runs."""

    def __init__(self, command: Sequence[str], *, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
        unset = {"MA_STREAMING_BROKER"}
        inherited = {name: value for name, value in os.environ.items() if name not in unset}
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env={**inherited, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8", **(environment or {})},
            start_new_session=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._stdin = self._process.stdin
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._errors: list[str] = []
        self.output: list[str] = []
        self._threads = [
            Thread(target=self._read_output, args=[self._process.stdout], name="program output"),
            Thread(target=self._read_errors, args=[self._process.stderr], name="program errors"),
        ]
        for thread in self._threads:
            thread.start()

    @property
    def pid(self) -> int:
        """The process identifier."""
        return self._process.pid

    @property
    def text(self) -> str:
        """What has been printed so far."""
        return "\n".join(self.output)

    @property
    def errors(self) -> str:
        """What has been printed to standard error so far."""
        return "".join(self._errors)

    def wait_for(self, pattern: str, timeout_seconds: float = START_SECONDS) -> re.Match[str]:
        """Wait for a line that the pattern is found in, beyond those that earlier calls have read."""
        deadline = time.monotonic() + timeout_seconds
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                line = None
            if line is None:
                raise AssertionError(f"no line with {pattern!r} in {timeout_seconds:g} s:\n{self._everything()}")
            self.output.append(line)
            found = re.search(pattern, line)
            if found:
                return found

    def type(self, text: str) -> None:
        """Type a line."""
        self._stdin.write(text + "\n")
        self._stdin.flush()

    def close_keyboard(self) -> None:
        """End the program's standard input."""
        self._stdin.close()

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        os.killpg(self._process.pid, signal.SIGINT)

    def kill(self) -> None:
        """End the program with no warning, and nothing but the program."""
        self._process.kill()

    def wait(self, timeout_seconds: float = START_SECONDS) -> int:
        """Wait for the end, read the rest of the output, and return the exit code."""
        try:
            code = self._process.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running after {timeout_seconds:g} s:\n{self._everything()}") from None
        self._join()
        return code

    def succeed(self, timeout_seconds: float = START_SECONDS) -> str:
        """Wait for the end, which must be a success without a word on standard error, and return the output."""
        code = self.wait(timeout_seconds)
        assert code == 0, f"exit code {code}:\n{self._everything()}"
        assert self.errors == ""
        return self.text

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._join()
        self._stdin.close()

    def _join(self) -> None:
        for thread in self._threads:
            thread.join()
        while not self._lines.empty():
            line = self._lines.get()
            if line is not None:
                self.output.append(line)

    def _read_output(self, stream: IO[str]) -> None:
        with stream:
            for line in stream:
                self._lines.put(line.rstrip("\n"))
        self._lines.put(None)

    def _read_errors(self, stream: IO[str]) -> None:
        with stream:
            self._errors.extend(stream)

    def _everything(self) -> str:
        self.output.extend(line for line in list(self._lines.queue) if line is not None)
        return f"{self.text}\n-- standard error --\n{self.errors}"
