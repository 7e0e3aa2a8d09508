"""Session operations in this process or in another one, as JSON: two libraries that share nothing but the broker.

As a program it is the other one: it answers each line of standard input, the first of which has the arguments of
`Library`.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ma_streaming import SessionCreationInfo
from tests.integration.library import Library

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

    from ma_streaming import ApiResult, SessionInfo

ANSWER_SECONDS = 60.0
ROOT = Path(__file__).parents[2]

CREATE = "create_new_session"
LIST = "get_all_sessions"
STATISTICS = "statistics"


class SessionOperations:
    """One library; every operation's outcome is what a JSON line can hold."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def call(self, operation: str, **arguments: Any) -> Any:
        """Do something with the session service.

        Returns:
            `{"success", "error" (its code), "session"}` of an operation on one session, the sessions of `LIST`, and the
            counts of `STATISTICS`.
        """
        sessions = self._library.sessions
        if operation == LIST:
            return [as_fields(info) for info in sessions.get_all_sessions().unwrap()]
        if operation == STATISTICS:
            return asdict(sessions.statistics().unwrap())
        if operation == CREATE:
            offset = arguments.pop("utc_offset_seconds")
            creation = SessionCreationInfo(utc_offset=timedelta(seconds=offset), **arguments)
            return outcome(sessions.create_new_session(creation))
        return outcome(getattr(sessions, operation)(**arguments))


class SessionProcess:
    """The same in a process of its own; a context manager."""

    def __init__(self, broker: str, **options: Any) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.session_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        self.send(broker_list=broker, **options)

    def __enter__(self) -> Self:
        assert self.receive() == "ready"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            code = self._process.wait(ANSWER_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        self._process.stdout.close()
        assert code == 0 or kind is not None, f"the process of the other library ended with {code}"

    def call(self, operation: str, **arguments: Any) -> Any:
        """Do something with the session service, as `SessionOperations` does."""
        self.send(operation=operation, **arguments)
        return self.receive()

    def send(self, **request: Any) -> None:
        """Begin to do something; `receive` gives its outcome."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request) + "\n")

    def receive(self) -> Any:
        """Wait for the outcome of what was sent."""
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], ANSWER_SECONDS)
        line = self._process.stdout.readline() if ready else ""
        assert line, "the process of the other library gave no answer"
        return json.loads(line)


def outcome(result: ApiResult[SessionInfo]) -> dict[str, Any]:
    """Say what came of an operation on one session."""
    return {
        "success": result.success,
        "error": result.error.code if result.error else "",
        "session": as_fields(result.data) if result.data else None,
    }


def as_fields(info: SessionInfo) -> dict[str, Any]:
    """Give what the session records say of a session; times in microseconds."""
    return {
        "session_key": info.session_key,
        "data_source": info.data_source,
        "identifier": info.identifier,
        "type": info.type,
        "version": info.version,
        "historical": info.historical,
        "utc_offset_seconds": info.utc_offset.total_seconds(),
        "details": info.details,
        "associate_session_keys": info.associate_session_keys,
        "creation_time_us": info.creation_time and round(info.creation_time.timestamp() * 1_000_000),
        "termination_time_us": info.termination_time and round(info.termination_time.timestamp() * 1_000_000),
    }


def main() -> None:
    """Answer standard input until it ends."""
    # Whatever prints, prints to stderr: standard output is for answers.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    library = Library(**json.loads(sys.stdin.readline())).start()
    operations = SessionOperations(library)
    answers.write(json.dumps("ready") + "\n")
    for line in sys.stdin:
        answers.write(json.dumps(operations.call(**json.loads(line))) + "\n")
    library.stop()


if __name__ == "__main__":
    main()
