"""The processes that do the work, as the run sees them."""

from __future__ import annotations

import json
import select
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from typing_extensions import Self

ROOT: Final = Path(__file__).resolve().parent.parent
_ANSWER_SECONDS: Final = 300.0
_END_SECONDS: Final = 30.0


class WorkerError(Exception):
    """A worker failed or did not answer."""


class Worker:
    """A process that runs one side of a comparison; see `benchmarks.worker`.

    Args:
        side: "module:Class" of the side.
        arguments: For the class.
    """

    def __init__(self, side: str, **arguments: Any) -> None:
        self._side = side
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            cwd=ROOT,
        )
        try:
            self._ask({"side": side, "arguments": arguments})
        except BaseException:
            self._end()
            raise

    def call(self, method: str, **arguments: Any) -> Any:
        """Have the side do something.

        Raises:
            WorkerError: It failed, or there was no answer for five minutes.
        """
        return self._ask({"method": method, "arguments": arguments})

    def close(self) -> None:
        """End the process, by force if need be.

        Raises:
            WorkerError: It has crashed, which may have been after its last answer.
        """
        self._end()
        if self._process.returncode not in (0, -signal.SIGKILL):
            raise WorkerError(f"{self._side} has ended with exit code {self._process.returncode}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self._process.kill()
            self._end()

    def _end(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _ask(self, request: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
        except BrokenPipeError:
            raise WorkerError(f"{self._side} has ended") from None
        ready, _, _ = select.select([self._process.stdout], [], [], _ANSWER_SECONDS)
        line = self._process.stdout.readline() if ready else ""
        if not line:
            raise WorkerError(f"{self._side} gave no answer")
        answer = json.loads(line)
        if "error" in answer:
            raise WorkerError(f"{self._side} failed:\n{answer['error']}")
        return answer["result"]
