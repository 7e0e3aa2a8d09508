"""Starting and stopping the process that holds a broker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import AbstractContextManager

from ma_streaming.cli.broker_host import BrokerRequest
from ma_streaming.cli.broker_state import BrokerKind, BrokerState, BrokerStateFile
from ma_streaming.errors import LifecycleError, StreamingTimeoutError
from ma_streaming.testing import BrokerStartError, wait_until
from ma_streaming.testing.java_tools import find_java
from ma_streaming.testing.kafka_jars import find_kafka_jars

START_TIMEOUT_SECONDS = 90.0
STOP_TIMEOUT_SECONDS = 20.0
_KILL_TIMEOUT_SECONDS = 10.0
_LOG_TAIL_LINES = 30

if sys.platform == "win32":
    _DETACHED = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
    _KILL = signal.SIGTERM
else:
    _DETACHED = 0
    _KILL = signal.SIGKILL


def prepare(kind: BrokerKind) -> None:
    """See that what the broker needs is there, and download Apache Kafka if need be; says so on a terminal.

    Raises:
        BrokerStartError: Something is missing; the message says what to do.
    """
    if kind is BrokerKind.REAL:
        find_java()
        with _progress("Looking for Apache Kafka; the first time it is downloaded (54 MB) ..."):
            find_kafka_jars()


def start(request: BrokerRequest) -> BrokerState:
    """Start a process that holds the broker, and return when the broker is ready.

    Raises:
        BrokerStartError: The broker could not be started, or not in time; with what its process said.
    """
    prepare(request.kind)
    file = BrokerStateFile(request.kind)
    file.folder.mkdir(parents=True, exist_ok=True)
    file.failure_path.unlink(missing_ok=True)
    with file.log_path.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "ma_streaming.cli.broker_host", request.to_text()],
            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
            start_new_session=True, creationflags=_DETACHED,
        )  # fmt: skip

    def ready() -> BrokerState | None:
        if process.poll() is not None:
            raise BrokerStartError(f"{request.kind.title} did not start: {_what_it_said(file)}")
        state = file.running()
        return state if state is not None and state.process_id == process.pid else None

    try:
        with _progress(f"Starting {request.kind.title} ..."):
            state = wait_until(ready, timeout_seconds=START_TIMEOUT_SECONDS)
    except TimeoutError as error:
        _end(process)
        raise BrokerStartError(
            f"{request.kind.title} was not ready within {START_TIMEOUT_SECONDS:g} s: {_what_it_said(file)}"
        ) from error
    except BaseException:
        _end(process)
        raise
    process.returncode = 0  # it goes on without us, and `subprocess` need not warn of that
    return state


def stop(kind: BrokerKind) -> bool:
    """Stop the broker of this kind, and say whether there was one.

    Asks its process to end it, and kills that process where the answer takes too long.

    Raises:
        LifecycleError: It is being started, and isn't done with that.
        StreamingTimeoutError: Its process can't be ended.
    """
    file = BrokerStateFile(kind)
    if not file.is_claimed():
        return False
    state = _state_once_started(file)
    if state is None:
        return False
    for number, seconds in ((signal.SIGTERM, STOP_TIMEOUT_SECONDS), (_KILL, _KILL_TIMEOUT_SECONDS)):
        os.kill(state.process_id, number)
        try:
            wait_until(lambda: not file.is_claimed(), timeout_seconds=seconds)
        except TimeoutError:
            continue
        return True
    raise StreamingTimeoutError(f"{kind.title}, process {state.process_id}, does not end", subject=kind.value)


def _state_once_started(file: BrokerStateFile) -> BrokerState | None:
    """Return the state, waiting while the broker is being started; None if it is gone by then."""

    def state_or_gone() -> tuple[BrokerState | None] | None:
        state = file.running()
        return (state,) if state is not None or not file.is_claimed() else None

    try:
        return wait_until(state_or_gone, timeout_seconds=STOP_TIMEOUT_SECONDS)[0]
    except TimeoutError as error:
        raise LifecycleError(
            f"{file.kind.title} is being started; try again when it is", subject=file.kind.value
        ) from error


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(_KILL_TIMEOUT_SECONDS)


def _what_it_said(file: BrokerStateFile) -> str:
    """Return the failure that the process noted; where it had no time for that, the end of its log."""
    if file.failure_path.exists():
        return file.failure_path.read_text(encoding="utf-8")
    return "\n".join(file.log_path.read_text(errors="replace").splitlines()[-_LOG_TAIL_LINES:])


def _progress(text: str) -> AbstractContextManager[object]:
    from rich.console import Console

    return Console(stderr=True).status(text)
