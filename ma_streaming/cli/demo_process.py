"""The demo's side of its two processes: start them, hear what they say, and end them whatever happens."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from queue import Queue
from threading import Thread
from typing import Any

from ma_streaming.cli.demo_channel import GO, STOP_TIMEOUT_SECONDS
from ma_streaming.cli.demo_plan import DemoPlan

_LOG_LINES = 20
_EXIT_MARGIN_SECONDS = 1.0


@dataclass(frozen=True)
class Message:
    """What a process said.

    Attributes:
        sender: Name of the process.
        type: Kind of message; every process says "exit", with its exit code, at last.
        fields: The rest of the message.
    """

    sender: str
    type: str
    fields: dict[str, Any]


class DemoProcess:
    """One of the demo's processes. It ends when it is told to, and when the demo dies.

    Args:
        name: Name of the process in messages and errors.
        module: Module that the process runs.
        plan: The session to write or to read.
        messages: Gets what the process says.
    """

    def __init__(self, name: str, module: str, plan: DemoPlan, messages: Queue[Message]) -> None:
        self.name = name
        self._messages = messages
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - close() closes it
        self._process = subprocess.Popen(
            [sys.executable, "-c", _program(module), plan.to_json()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            # Ctrl-C is for the demo alone, which then ends its processes in the right order.
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe
        self._input, self._output = self._process.stdin, self._process.stdout
        self._listener = Thread(target=self._listen, name=f"demo {name}", daemon=True)
        self._listener.start()

    @property
    def pid(self) -> int:
        """The process identifier."""
        return self._process.pid

    def go(self) -> None:
        """Let the process begin with its work."""
        self._input.write(GO)
        self._input.flush()

    def stop(self) -> None:
        """Ask the process to end."""
        if not self._input.closed:
            self._input.close()

    def close(self) -> None:
        """Wait until the process has ended, and kill it if it does not."""
        self.stop()
        try:
            self._process.wait(STOP_TIMEOUT_SECONDS + _EXIT_MARGIN_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._listener.join()
        self._output.close()
        self._log.close()

    def log(self) -> str:
        """Return the last lines that the process wrote to its standard error."""
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").splitlines()
        return "\n".join(f"{self.name}: {line}" for line in lines[-_LOG_LINES:])

    def _listen(self) -> None:
        for line in self._output:
            fields = json.loads(line)
            self._messages.put(Message(self.name, fields.pop("type"), fields))
        self._messages.put(Message(self.name, "exit", {"code": self._process.wait()}))


def _program(module: str) -> str:
    """Return the code that runs a module with this process's import path, and so not from the folder one is in."""
    return f"import sys; sys.path[:] = {sys.path!r}; import runpy; runpy.run_module({module!r}, run_name='__main__')"
