"""Stand-ins that let the Python side be tested without .NET."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from ma_streaming import StreamingApiConfiguration
from ma_streaming._native.blocks import NOTHING_CAME, NOTHING_MORE, Block
from ma_streaming.errors import ClosedError, LifecycleError, StreamingError
from ma_streaming.hosting import HostedService
from ma_streaming.logger import GuardedLogger, ILogger, guarded
from ma_streaming.testing import wait_until


class RecordingLogger(ILogger):
    """Keeps every line with its level."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []

    def debug(self, message: str) -> None:
        self.lines.append(("debug", message))

    def info(self, message: str) -> None:
        self.lines.append(("info", message))

    def warning(self, message: str) -> None:
        self.lines.append(("warning", message))

    def error(self, message: str) -> None:
        self.lines.append(("error", message))

    def at(self, level: str) -> list[str]:
        """Give the lines of one level."""
        return [message for each, message in self.lines if each == level]


class FakeHost:
    """Stands in for the SupportLibraryApi."""

    def __init__(self, client: Any = None) -> None:
        self.recorded = RecordingLogger()
        self.client = client
        self.services: list[HostedService] = []

    @property
    def configuration(self) -> StreamingApiConfiguration:
        return StreamingApiConfiguration(timeout_seconds=0.3, termination_timeout_seconds=5)

    @property
    def logger(self) -> GuardedLogger:
        return guarded(self.recorded)

    def require_client(self, *, started: bool) -> Any:  # noqa: ARG002 - the protocol's signature
        if self.client is None:
            raise LifecycleError("SupportLibraryApi is not started: call initialise() and start() first")
        return self.client

    def why_no_service(self) -> StreamingError | None:
        return None

    def adopt(self, service: HostedService) -> None:
        self.services.append(service)


def session_fields(key: str = "key") -> dict[str, Any]:
    """Give the fields of a session as the native side gives them."""
    from datetime import timedelta

    return {
        "session_key": key,
        "data_source": "Default",
        "identifier": "one",
        "type": "Session",
        "version": 1,
        "historical": False,
        "utc_offset": timedelta(hours=1),
        "details": {},
        "associate_session_keys": [],
        "creation_time": None,
        "termination_time": None,
        "streams": [],
        "last_activity_time": None,
    }


def event(kind: int, **fields: Any) -> dict[str, Any]:
    """Give a reader event as the native side gives it."""
    session = session_fields()
    defaults = {
        "session": session,
        "associate": None,
        "data_source": session["data_source"],
        "session_key": session["session_key"],
        "stream": "",
        "reason": "",
        "coverage_cursor_time": 0,
        "error_code": 0,
        "message": "",
    }
    return {"kind": kind, **defaults, **fields}


class FakeEventQueue:
    """A queue of native events that the test puts in."""

    def __init__(self) -> None:
        self.items: list[dict[str, Any]] = []
        self.closed = threading.Event()

    def take(self, timeout_ms: int) -> dict[str, Any] | None:
        if self.items:
            return self.items.pop(0)
        if self.closed.wait(min(timeout_ms, 10) / 1000):
            raise ClosedError("closed")
        return None

    def close(self) -> None:
        self.closed.set()


class FakeNativeReader:
    """A native reader whose blocks the test puts in: packets as bytes, events as dicts."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.blocks: deque[Block] = deque()
        self.events: list[dict[str, Any]] = []
        self.batches: deque[Any] = deque()
        self.asked_for: tuple[Any, ...] | None = None
        self.completed = False
        self.failure: StreamingError | None = None
        self.at_stop: list[bytes | dict[str, Any]] = []
        self.handled: list[tuple[int, ...]] = []
        self.started = self.stopped = self.closed = False

    def put(self, *items: bytes | dict[str, Any], stream: int = 0) -> None:
        """Add one block."""
        streams, starts, ends, payload = [], [], [], b""
        for item in items:
            starts.append(len(payload))
            if isinstance(item, bytes):
                streams.append(stream)
                payload += item
            else:
                streams.append(-1 - len(self.events))
                self.events.append(item)
            ends.append(len(payload))
        with self.changed:
            self.blocks.append(Block(streams, [1_000] * len(streams), starts, ends, payload))
            self.changed.notify_all()

    def complete(self) -> None:
        """Say that nothing more will come."""
        with self.changed:
            self.completed = True
            self.changed.notify_all()

    def start(self, going_on: Callable[[], None]) -> None:
        going_on()
        self.started = True

    def take(self, timeout_ms: int) -> Block | None:
        assert not self.closed, "the memory was given back"
        with self.changed:
            if not self.blocks and not self.completed:
                self.changed.wait(timeout_ms / 1000)
            if self.failure is not None:
                raise self.failure
            if self.blocks:
                return self.blocks.popleft()
            return None if self.completed else Block([], [], [], [], b"")

    def stream_at(self, index: int) -> dict[str, Any]:
        return {"data_source": "Default", "session_key": "key", "stream": f"Stream{index}"}

    def event_at(self, index: int) -> dict[str, Any]:
        return self.events[index]

    def positions(self, progress: tuple[int, int]) -> dict[str, int]:
        return {"Data.Default:0": 100 * progress[0] + progress[1]}

    def open_columns(
        self, parameters: list[str] | None, tables: int, max_samples: int, latency_ms: int, progress: tuple[int, int]
    ) -> None:
        self.asked_for = (parameters, tables, max_samples, latency_ms, tuple(progress))

    def take_columns(self, timeout_ms: int) -> Any:
        with self.changed:
            if not self.batches and not self.completed:
                self.changed.wait(timeout_ms / 1000)
            if self.batches:
                return self.batches.popleft()
            return NOTHING_MORE if self.completed else NOTHING_CAME

    def put_columns(self, *items: Any) -> None:
        """Add batches, and events as dicts."""
        with self.changed:
            self.batches.extend(items)
            self.changed.notify_all()

    def column_statistics(self) -> None:
        """Tell that no columns were asked for."""

    def mark_handled(self, progress: tuple[int, int]) -> None:
        self.handled.append(tuple(progress))

    def statistics(self) -> dict[str, Any]:
        stream = {"data_source": "Default", "session_key": "key", "stream": "Stream0", "packets": 7, "lag": 3}
        counts = dict.fromkeys(("duplicates", "late_packets", "expired", "failed", "commit_failures"), 0)
        queue = {"queued_packets": 5, "queue_fill": 0.5}
        return {"packets": 7, "bytes": 70, "skipped": 1, "invalid_packets": 2, "streams": [stream], **counts, **queue}

    def stop(self, timeout_seconds: float) -> None:  # noqa: ARG002 - the native signature
        self.stopped = True
        if self.at_stop:
            self.put(*self.at_stop)
        self.complete()

    def close(self) -> None:
        self.closed = True


class FakeReaderClient:
    """A native client that makes fake readers."""

    def __init__(self) -> None:
        self.reader = FakeNativeReader()
        self.options: Any = None

    def create_reader(self, options: Any) -> FakeNativeReader:
        self.options = options
        return self.reader


def eventually(condition: Callable[[], object], timeout_seconds: float = 5) -> None:
    """Wait until a condition holds; fail the test where it never does."""
    wait_until(lambda: bool(condition()), timeout_seconds=timeout_seconds)
