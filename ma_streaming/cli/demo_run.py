"""Run the demo: a writer and a live reader as two processes, then a historic read of the finished session."""

from __future__ import annotations

import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from queue import Empty, Queue
from typing import Protocol

from ma_streaming.cli.demo_library import support_library
from ma_streaming.cli.demo_plan import DataPacket, DemoPlan
from ma_streaming.cli.demo_process import DemoProcess, Message
from ma_streaming.cli.demo_reader import read_historic
from ma_streaming.errors import StreamingError

READER, WRITER = "reader", "writer"

_MODULES = {READER: "ma_streaming.cli.demo_reader", WRITER: "ma_streaming.cli.demo_writer"}
_POLL_SECONDS = 0.1
_START_TIMEOUT_SECONDS = 30.0
_END_TIMEOUT_SECONDS = 20.0


class DemoError(StreamingError):
    """The demo could not be run to its end."""

    code = "demo"


@dataclass
class DemoRun:
    """One run of the demo, as far as it has come.

    Attributes:
        plan: What is written.
        session_key: Key of the session, "" before it has been created.
        written: The packets of samples in the order in which they were written.
        live: The packets that the live reader got.
        historic: The packets that the historic reader got.
        log: What the two processes logged.
    """

    plan: DemoPlan
    session_key: str = ""
    written: list[DataPacket] = field(default_factory=list)
    live: list[DataPacket] = field(default_factory=list)
    historic: list[DataPacket] = field(default_factory=list)
    log: str = ""


class DemoDisplay(Protocol):
    """Shows how a run goes."""

    def stage(self, text: str) -> None:
        """Say what happens next."""

    def update(self, run: DemoRun) -> None:
        """Show how far it has come."""


def run_demo(run: DemoRun, display: DemoDisplay) -> None:
    """Write and read the session of `run.plan`, and keep what came of it in `run`.

    Raises:
        DemoError: A process failed, or did not get on.
        StreamingError: The session could not be read.
    """
    _write_and_read_live(run, display)
    display.stage("Reading the finished session")
    with support_library(run.plan) as api:
        run.historic = read_historic(run.plan, api, run.session_key, _END_TIMEOUT_SECONDS)
    display.update(run)


def _write_and_read_live(run: DemoRun, display: DemoDisplay) -> None:
    messages: Queue[Message] = Queue()
    with ExitStack() as stack:
        processes = {}
        for name, module in _MODULES.items():
            processes[name] = DemoProcess(name, module, run.plan, messages)
            stack.callback(processes[name].close)
        for process in processes.values():
            stack.callback(process.stop)  # both are told to end before either is waited for
        listener = _Listener(run, processes, messages, display)
        display.stage("Starting a writer and a live reader")
        listener.wait_for({WRITER: "ready", READER: "ready"}, _START_TIMEOUT_SECONDS)
        display.stage("Writing a session, and reading it live")
        processes[WRITER].go()
        listener.wait_for({WRITER: "exit"}, run.plan.duration_seconds + _END_TIMEOUT_SECONDS)
        listener.wait_for({READER: "exit"}, _END_TIMEOUT_SECONDS)
        run.log = "\n".join(filter(None, (process.log() for process in processes.values())))


class _Listener:
    """Takes what the processes say into the run."""

    def __init__(
        self, run: DemoRun, processes: dict[str, DemoProcess], messages: Queue[Message], display: DemoDisplay
    ) -> None:
        self._run = run
        self._processes = processes
        self._messages = messages
        self._display = display
        self._said: set[tuple[str, str]] = set()

    def wait_for(self, awaited: dict[str, str], timeout_seconds: float) -> None:
        """Wait until each of these processes has said its word.

        Raises:
            DemoError: A process failed, or did not say it in time.
        """
        deadline = time.monotonic() + timeout_seconds
        while missing := awaited.items() - self._said:
            if time.monotonic() > deadline:
                name, word = min(missing)
                raise DemoError(self._with_log(name, f"the {name} did not come to '{word}' in {timeout_seconds:g} s"))
            with suppress(Empty):
                self._take(self._messages.get(timeout=_POLL_SECONDS))
            self._display.update(self._run)

    def _take(self, message: Message) -> None:
        run, fields = self._run, message.fields
        self._said.add((message.sender, message.type))
        match message.type:
            case "session":
                run.session_key = fields["session_key"]
            case "written":
                run.written.append(DataPacket.from_message(fields["packet"]))
            case "read":
                run.live.append(DataPacket.from_message(fields["packet"]))
            case "error":
                raise DemoError(f"the {message.sender} failed: {fields['message']}")
            case "exit" if fields["code"] != 0:
                name = message.sender
                raise DemoError(self._with_log(name, f"the {name} ended with exit code {fields['code']}"))

    def _with_log(self, name: str, text: str) -> str:
        return f"{text}\n{self._processes[name].log()}".rstrip()
