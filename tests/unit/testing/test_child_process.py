"""Programs that never outlive the Python that started them."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from ma_streaming.testing import wait_until
from ma_streaming.testing.child_process import ChildProcess
from tests.support.processes import is_alive

IDLE = [sys.executable, "-c", "print('here', flush=True); import threading; threading.Event().wait()"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('here', flush=True); signal.pause()",
]
POSIX_ONLY = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")


def start(command: list[str], log: Path) -> ChildProcess:
    process = ChildProcess(command, log_path=log)
    wait_until(lambda: "here" in log.read_text(), message="the program doesn't start")
    return process


def test_ended_program_is_gone_and_its_output_kept(tmp_path: Path) -> None:
    process = start(IDLE, tmp_path / "log")
    assert process.is_running
    process.terminate(timeout_seconds=10)
    process.terminate(timeout_seconds=10)
    process.kill()
    assert process.exit_code is not None
    assert not is_alive(process.pid)
    assert (tmp_path / "log").read_text().strip() == "here"


@POSIX_ONLY
def test_program_that_ignores_the_request_is_killed(tmp_path: Path) -> None:
    process = start(STUBBORN, tmp_path / "log")
    process.terminate(timeout_seconds=0.2)
    assert process.exit_code == -signal.SIGKILL


@POSIX_ONLY
def test_suspended_program_can_be_ended(tmp_path: Path) -> None:
    process = start(IDLE, tmp_path / "log")
    process.suspend()
    process.terminate(timeout_seconds=10)
    assert process.exit_code == -signal.SIGTERM


def test_forgotten_program_is_named_and_killed(tmp_path: Path) -> None:
    process: ChildProcess | None = start(IDLE, tmp_path / "log")
    assert process is not None
    process_id = process.pid
    with pytest.warns(ResourceWarning, match=f"process {process_id} was never ended"):
        process = None
    assert not is_alive(process_id)


def test_missing_program_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        ChildProcess([str(tmp_path / "nothing")], log_path=tmp_path / "log")


@pytest.mark.parametrize("ending", ["exit", "exception", "SIGTERM", "SIGKILL"])
def test_program_ends_with_the_python_that_started_it(ending: str, tmp_path: Path) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    program = textwrap.dedent(
        f"""
        import os, pathlib, signal, sys
        from ma_streaming.testing.child_process import ChildProcess
        folder = pathlib.Path({str(folder)!r})
        process = ChildProcess({IDLE!r}, log_path=folder / "log", remove_at_death=folder)
        print(process.pid, flush=True)
        ending = {ending!r}
        if ending == "exception":
            raise SystemExit("on purpose")
        if ending.startswith("SIG"):
            os.kill(os.getpid(), getattr(signal, ending))
        """
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert ended.stderr.strip() == ("on purpose" if ending == "exception" else "")
    process_id = int(ended.stdout)
    wait_until(lambda: not is_alive(process_id), message="the program outlives its starter")
    wait_until(lambda: not folder.exists(), message=f"{folder} is left behind")


@POSIX_ONLY
def test_exit_of_a_forked_copy_leaves_the_program_alone(tmp_path: Path) -> None:
    program = textwrap.dedent(
        f"""
        import os, pathlib, sys
        from ma_streaming.testing.child_process import ChildProcess
        process = ChildProcess({IDLE!r}, log_path=pathlib.Path({str(tmp_path / "log")!r}))
        if os.fork() == 0:
            sys.exit(0)
        os.wait()
        print(process.is_running)
        process.kill()
        """
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout.strip() == "True"
