"""Read the packets of sessions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final, TypeVar

from ma_streaming import arguments
from ma_streaming._native.client import ReaderOptions
from ma_streaming._native.errors import error_of
from ma_streaming.errors import InternalError, InvalidArgumentError, StreamingError
from ma_streaming.events import EventSource, HandlerFailures, describe
from ma_streaming.hosting import HostedService, ModuleApi, ServiceHost
from ma_streaming.packet_reading.delivery import Delivery
from ma_streaming.packet_reading.handlers import Handle
from ma_streaming.packet_reading.models import (
    CoverageCursorInfo,
    IHandler,
    PacketReadingConfiguration,
    PacketReadingType,
    ReaderStatistics,
    ReceivedPacketDto,
    SessionReadingCompletedInfo,
    StreamInfo,
)
from ma_streaming.results import ApiResult
from ma_streaming.session_management.models import SessionAssociationInfo, SessionInfo

if TYPE_CHECKING:
    from ma_streaming._native.blocks import NativeReader

T = TypeVar("T")
AnyHandler = IHandler[ReceivedPacketDto] | Handle

_FAILED: Final = 8


class PacketReaderService(HostedService):
    """Read the packets of the sessions that a configuration names.

    Packets and events come in one order: `session_reading_started`, `stream_reading_started`, the stream's packets as
    the broker has them, `stream_reading_completed`, `session_reading_completed`. They are pushed to handlers, one at a
    time, on the service's own thread, from 250 ms after the latest `set_handler` or `subscribe` on; or pulled by
    whoever iterates or calls `read_batch`, who then gets the packets instead of the handlers, while the events fire on
    the caller's thread. Until then everything waits, in order, and in bounded memory.

    Attributes:
        session_reading_started: A session is being read; `SessionInfo`.
        session_info_updated: Its information changed; `SessionInfo`.
        session_reading_completed: Its reading has come to the end; `SessionReadingCompletedInfo`.
        stream_reading_started: The first packet of a stream comes next; `StreamInfo`.
        stream_reading_completed: A stream's last packet has come; `StreamInfo`.
        session_association_info_updated: The session named an associate; `SessionAssociationInfo`.
        coverage_cursor_received: The session says how far it is complete; `CoverageCursorInfo`.
        failed: Reading failed; the `StreamingError`. Not for failures that whoever iterates gets raised.
    """

    stop_order = 1

    def __init__(self, host: ServiceHost, configuration: PacketReadingConfiguration) -> None:
        super().__init__(host)
        self._configuration = configuration
        self._failures = HandlerFailures(host.logger)
        self._delivery = Delivery(self, self._failures, host.logger)
        self._native: NativeReader | None = None
        self.session_reading_started: EventSource[SessionInfo] = self._event("session_reading_started")
        self.session_info_updated: EventSource[SessionInfo] = self._event("session_info_updated")
        self.session_reading_completed: EventSource[SessionReadingCompletedInfo] = self._event(
            "session_reading_completed"
        )
        self.stream_reading_started: EventSource[StreamInfo] = self._event("stream_reading_started")
        self.stream_reading_completed: EventSource[StreamInfo] = self._event("stream_reading_completed")
        self.session_association_info_updated: EventSource[SessionAssociationInfo] = self._event(
            "session_association_info_updated"
        )
        self.coverage_cursor_received: EventSource[CoverageCursorInfo] = self._event("coverage_cursor_received")
        self.failed: EventSource[StreamingError] = self._event("failed")

    @property
    def configuration(self) -> PacketReadingConfiguration:
        """What this service reads."""
        return self._configuration

    def set_handler(self, handler: AnyHandler) -> None:
        """Give every packet to `handler`, too: an object with a method `handle(item)`, or a function.

        Raises:
            InvalidArgumentError: It is neither.
        """
        handle = getattr(handler, "handle", None)
        chosen = handle if callable(handle) else handler
        if not callable(chosen):
            raise InvalidArgumentError(
                f"set_handler() was given {handler!r}; it needs an object with a method handle(item), or a function",
                subject="handler",
            )
        self._delivery.handlers.add(handler, chosen)
        self._delivery.arm()

    def add_handler(self, handler: AnyHandler) -> None:
        """Do the same as `set_handler`.

        Raises:
            InvalidArgumentError: It is neither an object with a method `handle(item)` nor a function.
        """
        self.set_handler(handler)

    def remove_handler(self, handler: AnyHandler) -> None:
        """Give packets no longer to `handler`. One that was not set is left alone, with a warning."""
        if not self._delivery.handlers.remove(handler):
            self._log.warning(f"remove_handler() was given {describe(handler)}, which was not set")

    def __iter__(self) -> Iterator[ReceivedPacketDto]:
        """Pull packets one by one. It ends by itself after a historic read, and when the service is stopped.

        Raises:
            LifecycleError: The service is not started.
            StreamingError: Reading failed; for instance `StreamingTimeoutError`, see `raise_exception_on_timeout`.
        """
        self._require_started()
        return self._delivery.iterate(self)

    def read_batch(self, max_packets: int = 1000, timeout_seconds: float = 1.0) -> list[ReceivedPacketDto]:
        """Pull packets: wait for the first one, then take what is there without waiting any longer.

        Args:
            max_packets: How many to take at most.
            timeout_seconds: How long to wait for the first one.

        Returns:
            The packets; an empty list when none came in time, or when everything is read (see `is_completed`).

        Raises:
            LifecycleError: The service is not started.
            InvalidArgumentError: An argument is not allowed.
            StreamingError: Reading failed.
        """
        self._require_started()
        count = arguments.integer("max_packets", max_packets, minimum=1, maximum=2**31 - 1)
        timeout = arguments.seconds("timeout_seconds", timeout_seconds)
        return self._delivery.read_batch(count, timeout)

    @property
    def is_completed(self) -> bool:
        """True when everything was read and delivered, and nothing more will come."""
        return self._delivery.is_completed

    def statistics(self) -> ApiResult[ReaderStatistics]:
        """Give the counters of this reader."""

        def count() -> ReaderStatistics:
            if self._native is None:
                raise InternalError("the packet reader is started but has no native side")
            return ReaderStatistics(
                **self._native.statistics(),
                without_handler=self._delivery.handlers.without_handler,
                handler_errors=self._failures.count,
            )

        return self._answer(count)

    def fire_event(self, event: dict[str, Any]) -> StreamingError | None:
        """Fire an event of the native library. For the delivery, not for users.

        Returns:
            The error, where the event tells of a failure; it is not fired.
        """
        if event["kind"] == _FAILED:
            return error_of(event["error_code"], event["message"], event["session_key"])
        fire = _FIRE_BY_KIND.get(event["kind"])
        if fire is None:
            self._log.error(f"The native library sent a reader event of unknown kind {event['kind']}")
        else:
            fire(self, event)
        return None

    def fire_failed(self, error: StreamingError) -> None:
        """Fire the event `failed`. For the delivery, not for users."""
        self._log.error(f"Reading failed: {error}")
        self.failed.fire(error)

    def _event(self, name: str) -> EventSource[Any]:
        return EventSource(name, self, self._log, failures=self._failures, subscribed=self._delivery.arm)

    def _require_started(self) -> None:
        why = self._why_not_started()
        if why is not None:
            raise why

    def _on_initialise(self) -> None:
        self._host.require_client(started=False)

    def _on_start(self) -> None:
        client = self._host.require_client(started=True)
        native = client.create_reader(_options(self._configuration))
        try:
            native.start(self._require_going_on)
        except BaseException:
            native.stop(self._stop_timeout_seconds)
            native.close()
            raise
        self._native = native
        self._delivery.begin(native, f"ma-streaming reader {self.id}")

    def _on_stop(self) -> None:
        self._delivery.stop(self._stop_timeout_seconds)

    def _is_own_thread(self) -> bool:
        return self._delivery.is_current_thread

    def _abandon(self, cause: StreamingError) -> None:
        super()._abandon(cause)
        self._delivery.abandon()


class PacketReadingModuleApi(ModuleApi):
    """Makes packet reader services."""

    def create_service(self, data_source: str, session_key: str) -> ApiResult[PacketReaderService]:
        """Make a service that reads one session, live or ended; it waits for a session that is not there yet."""

        def build() -> PacketReaderService:
            configuration = PacketReadingConfiguration(
                session_key=arguments.text("session_key", session_key),
                data_source=arguments.text("data_source", data_source),
                reading_type=PacketReadingType.BOTH,
            )
            return PacketReaderService(self._host, configuration)

        return self._make(build)

    def create_service_with_config(self, configuration: PacketReadingConfiguration) -> ApiResult[PacketReaderService]:
        """Make a service that reads what the configuration names."""
        return self._make(
            lambda: PacketReaderService(
                self._host, arguments.instance("configuration", configuration, PacketReadingConfiguration)
            )
        )


def _options(configuration: PacketReadingConfiguration) -> ReaderOptions:
    quiet = configuration.inactivity_timeout_seconds
    return ReaderOptions(
        data_source=configuration.data_source,
        session_key=configuration.session_key,
        session_identifier_pattern=configuration.session_identifier_pattern,
        reading_type=configuration.reading_type.value,
        streams=configuration.streams,
        excluded_streams=configuration.excluded_streams,
        exclude_main_stream=configuration.exclude_main_stream,
        inactivity_timeout_seconds=-1.0 if quiet is None else quiet,
        timeout_seconds=configuration.timeout_seconds,
        raise_exception_on_timeout=configuration.raise_exception_on_timeout,
    )


def _completed(service: PacketReaderService, event: dict[str, Any]) -> None:
    service.session_reading_completed.fire(SessionReadingCompletedInfo(**event["session"], reason=event["reason"]))


def _association(service: PacketReaderService, event: dict[str, Any]) -> None:
    associate = SessionInfo(**event["associate"]) if event["associate"] is not None else None
    service.session_association_info_updated.fire(
        SessionAssociationInfo(SessionInfo(**event["session"]), associate, "")
    )


def _stream(event: dict[str, Any]) -> StreamInfo:
    return StreamInfo(event["data_source"], event["session_key"], event["stream"])


def _cursor(event: dict[str, Any]) -> CoverageCursorInfo:
    return CoverageCursorInfo(event["data_source"], event["session_key"], event["coverage_cursor_time"])


_FIRE_BY_KIND: Final[dict[int, Callable[[PacketReaderService, dict[str, Any]], None]]] = {
    1: lambda service, event: service.session_reading_started.fire(SessionInfo(**event["session"])),
    2: lambda service, event: service.session_info_updated.fire(SessionInfo(**event["session"])),
    3: _completed,
    4: lambda service, event: service.stream_reading_started.fire(_stream(event)),
    5: lambda service, event: service.stream_reading_completed.fire(_stream(event)),
    6: _association,
    7: lambda service, event: service.coverage_cursor_received.fire(_cursor(event)),
}
