"""The way between the demo and its two processes: messages out, `go` and the end of the parent in.

A process writes one JSON object per line to its standard output. From its standard input it takes the line `go`; the
end of the input tells it to stop, and comes by itself when the parent dies, so that no process is ever left behind.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from threading import Event, Lock, Thread
from typing import TextIO

from ma_streaming.cli.demo_plan import DemoPlan
from ma_streaming.errors import StreamingError

GO = b"go\n"
STOP_TIMEOUT_SECONDS = 5.0

_STDIN, _STDOUT, _STDERR = 0, 1, 2


class ParentChannel:
    """The process's side of the way to the demo.

    Args:
        output: Where messages are written.
    """

    def __init__(self, output: TextIO) -> None:
        self._output = output
        self._lock = Lock()
        self._go = Event()
        self._stop = Event()

    def listen(self) -> None:
        """Begin to listen to the parent."""
        Thread(target=self._listen, name="demo parent", daemon=True).start()

    def send(self, **message: object) -> None:
        """Send a message to the parent."""
        line = json.dumps(message)
        with self._lock:
            self._output.write(line + "\n")
            self._output.flush()

    @property
    def stopped(self) -> bool:
        """Whether the parent wants the process to end."""
        return self._stop.is_set()

    def wait_for_go(self) -> bool:
        """Wait until the parent says go, or stop.

        Returns:
            Whether to go on.
        """
        self._go.wait()
        return not self.stopped

    def wait(self, seconds: float) -> bool:
        """Wait for a time, or until the parent says stop.

        Returns:
            Whether to go on.
        """
        return not self._stop.wait(max(0.0, seconds))

    def _listen(self) -> None:
        received = b""
        # Read from the descriptor: a thread that waits in `sys.stdin` would hold its lock when the interpreter ends.
        while chunk := os.read(_STDIN, 64):
            received += chunk
            if received.endswith(GO):
                self._go.set()
        self._stop.set()
        self._go.set()
        time.sleep(STOP_TIMEOUT_SECONDS)
        os._exit(1)  # the process would have ended by now: nobody is left to wait for what hangs


def run_process(work: Callable[[DemoPlan, ParentChannel], None]) -> int:
    """Run one of the demo's processes: its plan is the first argument of the command line.

    Returns:
        The exit code: 0 done, 1 failed, after a message that says why.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears Ctrl-C, and tells us to stop
    with os.fdopen(os.dup(_STDOUT), "w", encoding="utf-8") as output:
        os.dup2(_STDERR, _STDOUT)  # whatever else is printed is no message
        channel = ParentChannel(output)
        channel.listen()
        try:
            work(DemoPlan.from_json(sys.argv[1]), channel)
        except StreamingError as error:
            channel.send(type="error", message=str(error))
            return 1
    return 0
