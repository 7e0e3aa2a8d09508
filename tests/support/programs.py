"""Small Python programs that tests run in a process of their own, two at a time at most."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
_LOOKS = 5
_LOOK_SECONDS = 0.02


def start(program: str, *, environment: Mapping[str, str | None] | None = None) -> subprocess.Popen[str]:
    """Start a program; None in `environment` takes a variable away."""
    variables = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    for name, value in (environment or {}).items():
        if value is None:
            variables.pop(name, None)
        else:
            variables[name] = value
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=variables,
        cwd=ROOT,
    )


def finish(process: subprocess.Popen[str], timeout_seconds: float = 60) -> tuple[int, str, str]:
    """Wait for a program; give exit code, stdout and stderr. One that does not end is killed, and fails the test."""
    try:
        out, err = process.communicate(timeout=timeout_seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        raise AssertionError(f"the program did not end within {timeout_seconds} s\n{out}\n{err}") from None
    return process.returncode, out, err


def run(
    program: str, *, environment: Mapping[str, str | None] | None = None, timeout_seconds: float = 60
) -> tuple[int, str, str]:
    """Run a program to its end; give exit code, stdout and stderr."""
    return finish(start(program, environment=environment), timeout_seconds)


def say_when_waiting() -> None:
    """For programs: print "waiting" once the calling thread has stood at one place for a while, from another thread."""
    watched = threading.get_ident()

    def watch() -> None:
        places: list[tuple[int, int]] = []
        while len(places) < _LOOKS or len(set(places[-_LOOKS:])) > 1:
            time.sleep(_LOOK_SECONDS)
            frame = sys._current_frames()[watched]
            places.append((id(frame), frame.f_lasti))
        sys.stdout.write("waiting\n")
        sys.stdout.flush()

    threading.Thread(target=watch, daemon=True).start()
