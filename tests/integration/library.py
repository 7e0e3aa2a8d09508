"""The library under test as its users have it: one started API, its services, and a log of what a reader reports."""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ma_streaming import (
    IHandler,
    ILogger,
    PacketReadingConfiguration,
    PacketReadingType,
    StreamingApiConfiguration,
    SupportLibraryBootstrapper,
    TopicNaming,
)
from ma_streaming.testing import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ma_streaming import (
        DataFormatManagementService,
        PacketReaderService,
        PacketWriterService,
        ReceivedPacketDto,
        SessionManagementService,
        SupportLibraryApi,
    )

DEADLINE_SECONDS = 20.0

SESSION_STARTED = "session_reading_started"
STREAM_STARTED = "stream_reading_started"
PACKET = "packet"
STREAM_COMPLETED = "stream_reading_completed"
SESSION_COMPLETED = "session_reading_completed"
INFO_UPDATED = "session_info_updated"
FAILED = "failed"


class RecordingLogger(ILogger):
    """Keeps what the library logs."""

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

    def of(self, level: str) -> list[str]:
        """Give the messages of one level."""
        return [message for at, message in self.lines if at == level]


class Library:
    """One API, and its services, which are made and started when first asked for."""

    def __init__(self, broker_list: str, *, topic_naming: str = "AUTO", domain: str = "", **options: Any) -> None:
        self.logger = RecordingLogger()
        self.configuration = StreamingApiConfiguration(
            broker_list, topic_naming=TopicNaming[topic_naming], domain=domain, **options
        )
        self.api: SupportLibraryApi = SupportLibraryBootstrapper.bootstrap(self.configuration, self.logger).create()
        self._sessions: SessionManagementService | None = None
        self._formats: DataFormatManagementService | None = None
        self._writer: PacketWriterService | None = None

    def start(self) -> Library:
        """Initialise and start the API."""
        self.api.initialise()
        self.api.start()
        return self

    def stop(self) -> None:
        """Stop the API and with it its services."""
        self.api.stop()

    @property
    def sessions(self) -> SessionManagementService:
        """The session service, started."""
        if self._sessions is None:
            self._sessions = started(self.api.get_session_manager_api().create_service().unwrap())
        return self._sessions

    @property
    def formats(self) -> DataFormatManagementService:
        """The data format service, started."""
        if self._formats is None:
            self._formats = started(self.api.get_data_format_manager_api().create_service().unwrap())
        return self._formats

    @property
    def writer(self) -> PacketWriterService:
        """The writer, started."""
        if self._writer is None:
            self._writer = started(self.api.get_writing_packet_api().create_service().unwrap())
        return self._writer

    def reader(self, **options: Any) -> PacketReaderService:
        """Make a reader that is neither initialised nor started."""
        configuration = PacketReadingConfiguration(**options)
        return self.api.get_reading_packet_api().create_service_with_config(configuration).unwrap()

    def historic(self, data_source: str, session_key: str = "", **options: Any) -> PacketReaderService:
        """Make a reader of finished sessions."""
        return self.reader(
            data_source=data_source, session_key=session_key, reading_type=PacketReadingType.HISTORIC, **options
        )

    def live(self, data_source: str, session_key: str = "", **options: Any) -> PacketReaderService:
        """Make a reader of live sessions."""
        return self.reader(
            data_source=data_source, session_key=session_key, reading_type=PacketReadingType.LIVE, **options
        )

    def session_keys(self, data_source: str) -> list[str]:
        """Ask for all sessions and give the keys of one data source's."""
        return [
            info.session_key for info in self.sessions.get_all_sessions().unwrap() if info.data_source == data_source
        ]

    def wait_for_session(self, data_source: str, session_key: str, *, historical: bool = False) -> None:
        """Wait until the library knows a session, and its end where `historical` is asked for."""

        def known() -> bool:
            info = self.sessions.get_session_info(data_source, session_key).data
            return info is not None and info.historical >= historical

        wait_until(known, timeout_seconds=DEADLINE_SECONDS, message=f"session {session_key}")


def started(service: Any) -> Any:
    """Initialise and start a service."""
    service.initialise()
    service.start()
    return service


@dataclass
class ReaderLog(IHandler["ReceivedPacketDto"]):
    """Everything that one reader reports, in the order in which it does; to be attached before or after its start."""

    reader: PacketReaderService
    entries: list[tuple[str, Any]] = field(default_factory=list)
    threads: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        # The handler first, then the events: what users do, and nothing may be lost by it.
        self.reader.set_handler(self)
        for name in (
            SESSION_STARTED,
            INFO_UPDATED,
            SESSION_COMPLETED,
            STREAM_STARTED,
            STREAM_COMPLETED,
            FAILED,
            "session_association_info_updated",
            "coverage_cursor_received",
        ):
            getattr(self.reader, name).subscribe(self._listener(name))

    def handle(self, item: ReceivedPacketDto) -> None:
        """Take a packet."""
        self._add(PACKET, item)

    def _listener(self, name: str) -> Callable[[object, Any], None]:
        return lambda _sender, argument: self._add(name, argument)

    def _add(self, name: str, argument: Any) -> None:
        self.threads.add(threading.get_ident())
        self.entries.append((name, argument))

    def of(self, name: str, session_key: str = "") -> list[Any]:
        """Give the arguments of one kind of entry, of one session where a key is given."""
        return [
            argument
            for kind, argument in list(self.entries)
            if kind == name and session_key in ("", getattr(argument, "session_key", ""))
        ]

    def wait_for(self, name: str, count: int = 1, *, session_key: str = "") -> None:
        """Wait until `count` entries of a kind are there."""
        wait_until(
            lambda: len(self.of(name, session_key)) >= count,
            timeout_seconds=DEADLINE_SECONDS,
            message=lambda: f"{count} {name} of {self.reader}, has {[kind for kind, _ in self.entries]}",
        )

    def wait_for_completion(self, session_key: str) -> str:
        """Wait until the session was read, and give the reason."""
        self.wait_for(SESSION_COMPLETED, session_key=session_key)
        return str(self.of(SESSION_COMPLETED, session_key)[0].reason)

    def received(self, session_key: str) -> dict[str, list[bytes]]:
        """Give the bytes of one session's packets by stream."""
        return by_stream(self.of(PACKET, session_key))


def by_stream(items: list[ReceivedPacketDto]) -> dict[str, list[bytes]]:
    """Sort packets into their streams."""
    streams: dict[str, list[bytes]] = {}
    for item in items:
        streams.setdefault(item.stream, []).append(item.packet_bytes.data)
    return streams


def non_empty(expected: dict[str, list[bytes]]) -> dict[str, list[bytes]]:
    """Leave out streams without packets."""
    return {stream: packets for stream, packets in expected.items() if packets}


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Assert that the block took less time than that."""
    begun = time.monotonic()
    yield
    took = time.monotonic() - begun
    assert took < seconds, f"took {took:.2f} s"
