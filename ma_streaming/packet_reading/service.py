"""Read the packets of sessions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from ma_streaming import arguments
from ma_streaming._native.client import ReaderOptions
from ma_streaming.contracts import IPacketReaderService
from ma_streaming.events import EventSource
from ma_streaming.hosting import ModuleApi, ServiceHost
from ma_streaming.packet_reading.column_batches import ColumnBatches, column_request
from ma_streaming.packet_reading.models import (
    CoverageCursorInfo,
    LiveReadingType,
    PacketReadingConfiguration,
    PacketReadingType,
    SessionReadingCompletedInfo,
    StreamInfo,
)
from ma_streaming.packet_reading.reading import ReadingService
from ma_streaming.results import ApiResult
from ma_streaming.session_management.models import SessionAssociationInfo, SessionInfo


class PacketReaderService(ReadingService, IPacketReaderService):
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

    def __init__(self, host: ServiceHost, configuration: PacketReadingConfiguration) -> None:
        super().__init__(host, _options(configuration))
        self._configuration = configuration
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

    @property
    def configuration(self) -> PacketReadingConfiguration:
        """What this service reads."""
        return self._configuration

    def columns(
        self,
        parameters: Iterable[str] | None = None,
        max_samples: int = 1_000_000,
        max_latency_seconds: float = 0.1,
        *,
        tables: Iterable[str] = (),
    ) -> ColumnBatches:
        """Pull samples as arrays: what PeriodicData, RowData and SynchroData packets hold (wire contract 5, 7).

        It ends, fails, and fires events as iterating over packets does; a batch never goes beyond the end of its
        stream. A packet whose data format is not defined yet waits for the definition, in bounded memory. What can't be
        decoded is left out, counted in `statistics().data.columns`, and told in the log once for each reason. A batch
        is dealt with, for a group's commits, when the next one is asked for. Once columns were asked for, this reader
        gives no packets any more, and no other columns.

        Args:
            parameters: Identifiers, or patterns of them with `*` and `?`; None for all. It may be empty where tables
                are asked for; then there are no samples.
            max_samples: How many samples a batch has at most, all its columns together, a row of a table counting as
                one; only a single packet may have more.
            max_latency_seconds: How long after a batch's first sample was read it is given, full or not.
            tables: What is to come as small tables, too, in its place among the samples: "events", "markers", "errors"
                and "can" are then attributes of the batches.

        Returns:
            An iterator over `ColumnBatch`, which also has `read(timeout_seconds)`.

        Raises:
            LifecycleError: The service is not started, or other columns were asked for before.
            InvalidArgumentError: An argument is not allowed.
            StreamingError: Reading failed; for instance `StreamingTimeoutError`, see `raise_exception_on_timeout`.
        """
        self._require_started()
        request = column_request(parameters, max_samples, max_latency_seconds, tables)
        return ColumnBatches(self, self._delivery, request)

    def _fire(self, event: dict[str, Any]) -> None:
        fire = _FIRE_BY_KIND.get(event["kind"])
        if fire is None:
            self._log.error(f"The native library sent a reader event of unknown kind {event['kind']}")
        else:
            fire(self, event)


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
        begins_at_leading_edge=configuration.live_reading_type is LiveReadingType.LEADING_EDGE,
        start_time=configuration.start_time,
        end_time=configuration.end_time,
        buffer_length=configuration.buffer_length,
        group_id=configuration.group_id,
        start_from=configuration.start_from,
        from_earliest=configuration.from_earliest,
        skip_duplicates=configuration.skip_duplicates,
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
