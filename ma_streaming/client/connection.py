"""The client: one connection, and what programs and notebooks do with it most."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ma_streaming import arguments
from ma_streaming.client.reading import SessionReading
from ma_streaming.client.sessions import SessionList, find_session
from ma_streaming.client.times import AnyTime, nanoseconds
from ma_streaming.configuration import RetryPolicy, StreamingApiConfiguration
from ma_streaming.errors import LifecycleError
from ma_streaming.session_management.models import SessionCreationInfo
from ma_streaming.support_library import SupportLibraryBootstrapper

if TYPE_CHECKING:
    from types import TracebackType

    import pandas as pd
    from typing_extensions import Self

    from ma_streaming.client.parameters import Event, Parameter, ParameterTable
    from ma_streaming.client.recording import Recording
    from ma_streaming.columns import ColumnBatch
    from ma_streaming.columns.table import ColumnTable
    from ma_streaming.data_format_management.service import DataFormatManagementService
    from ma_streaming.logger import ILogger
    from ma_streaming.session_management.models import Details, SessionInfo
    from ma_streaming.session_management.service import SessionManagementService
    from ma_streaming.support_library import SupportLibraryApi


def connect(
    broker_url: str | None = None,
    *,
    logger: ILogger | None = None,
    retry_policy: RetryPolicy | None = None,
    **options: Any,  # noqa: ANN401 - the arguments of StreamingApiConfiguration
) -> Client:
    """Connect to a broker.

    Args:
        broker_url: Comma-separated ``host:port``; None = that of `StreamingApiConfiguration`, localhost:9092.
        logger: Where log lines go; None = the default `Logger`.
        retry_policy: How often to try again where the broker can't be reached; None = not at all.
        options: Any other argument of `StreamingApiConfiguration`, such as `security` or `domain`.

    Returns:
        The client, connected; it is a context manager, and `close()` ends it, too.

    Raises:
        ConfigurationError: An option is not allowed.
        NativeLoadError: There is no .NET runtime; the text says how to mend that.
        BrokerUnavailableError: The broker can't be reached.
    """
    if broker_url is not None:
        options["broker_url"] = broker_url
    configuration = StreamingApiConfiguration(**options)
    library = SupportLibraryBootstrapper.bootstrap(configuration, logger, retry_policy).create()
    return Client(library.__enter__())


class Client:
    """A connection to a broker; `connect()` makes one.

    Unlike those of the services, its methods give what was asked for, and raise where that is not to be had.

    Args:
        library: The connection, started. The client stops it.
    """

    def __init__(self, library: SupportLibraryApi) -> None:
        self._library = library
        self._lock = threading.Lock()
        self._session_service: SessionManagementService | None = None
        self._format_service: DataFormatManagementService | None = None

    def __enter__(self) -> Self:
        self._require_open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "" if self._library.is_started else ", closed"
        return f"<Client: {self._library.configuration.broker_list}{state}>"

    def close(self) -> None:
        """Stop everything, in bounded time. Does nothing when it was closed already."""
        self._library.stop()

    def sessions(self, data_source: str | None = None, live: bool | None = None) -> SessionList:
        """Give the sessions that the broker knows, newest first.

        Args:
            data_source: Those of one data source; None = all.
            live: True for live ones, False for those that have ended; None = both.

        Raises:
            LifecycleError: The client is closed.
        """
        known = self._sessions.get_all_sessions().unwrap()
        return SessionList(
            each
            for each in reversed(known)
            if data_source in (None, each.data_source) and live in (None, not each.historical)
        )

    def parameters(self, session: SessionInfo | str) -> ParameterTable:
        """Give what a session's configuration says of its parameters (wire contract 10.2).

        A configuration may come in parts, in any order, more than once, or never; `notes` of the result says what is
        missing. Then the names that the data source's data formats have come after those that are configured, and are
        all that is known of these parameters.

        Args:
            session: A session, or its key. Of a live one, what is there now: that takes a second.

        Raises:
            UnknownSessionError: There is no such session.
            StreamingError: It could not be read, or the client is closed (`LifecycleError`).
        """
        return self._reading(session).parameters()

    def read(
        self,
        session: SessionInfo | str,
        parameters: Iterable[str] | None = None,
        start: AnyTime | None = None,
        end: AnyTime | None = None,
        *,
        stream: str | Iterable[str] | None = None,
        inactivity_timeout_seconds: float | None = None,
        progress: bool | None = None,
    ) -> ColumnTable:
        """Read the samples of a session that has ended, as one table.

        Where several streams have one parameter, its samples are put in the order of their times.

        Args:
            session: A session, or its key.
            parameters: Identifiers, and patterns of them with `*` and `?`; None for all. One that is known but has no
                samples in the range gives an empty column.
            start: Time of the first samples wanted: ns since 1970 UTC, an aware datetime, a pandas Timestamp, or a
                numpy.datetime64, which counts as UTC. None = from the beginning.
            end: Time before which the last samples are; None = to the end.
            stream: Read this stream alone, or these; "" is the main stream. None = all.
            inactivity_timeout_seconds: Also of a session that is live, read until no packet has come for so long.
            progress: Whether to show a bar on standard error; None = on a terminal, for reads above half a second.

        Raises:
            UnknownSessionError: There is no such session.
            InvalidArgumentError: An argument is not allowed; the session is live; or it has no such stream, or nothing
                with such a name, and then the text has near matches.
            StreamingError: Reading failed, or the client is closed (`LifecycleError`).
        """
        return self._reading(session).table(
            parameters,
            streams=_streams(stream),
            start=start,
            end=end,
            inactivity_timeout_seconds=inactivity_timeout_seconds,
            progress=progress,
        )

    def follow(
        self,
        session: SessionInfo | str,
        parameters: Iterable[str] | None = None,
        *,
        stream: str | Iterable[str] | None = None,
        from_now: bool = False,
        tables: Iterable[str] = (),
        max_samples: int = 1_000_000,
        max_latency_seconds: float = 0.1,
    ) -> Generator[ColumnBatch, None, None]:
        """Give the samples of a session while it is written, in batches, until it has ended.

        Reading begins when the first batch is asked for, and stops when the iterator is closed or dropped.

        Args:
            session: A session, or its key; one that has ended is read from its beginning to its end.
            parameters: As for `read`; for one that nothing has fitted when the session has ended, there is a warning.
            stream: As for `read`; of a live session also one that has yet to come. A batch is always of one stream.
            from_now: Begin with what comes now, not with the session's beginning.
            tables: What to give beside samples: "events", "markers", "errors", "can"; as `PacketReaderService.columns`.
            max_samples: How many samples a batch has at most.
            max_latency_seconds: How long after a batch's first sample was read it is given, full or not.

        Raises:
            UnknownSessionError: There is no such session.
            InvalidArgumentError: An argument is not allowed.
            StreamingError: Reading failed, or the client is closed (`LifecycleError`).
        """
        return self._reading(session).batches(
            parameters,
            streams=_streams(stream),
            from_now=arguments.instance("from_now", from_now, bool),
            tables=tables,
            max_samples=max_samples,
            max_latency_seconds=max_latency_seconds,
        )

    def record(
        self,
        data_source: str,
        *,
        identifier: str,
        parameters: Iterable[Parameter | str] | None = None,
        events: Iterable[Event] = (),
        stream: str = "Stream1",
        details: Details = (),
        start: AnyTime | None = None,
    ) -> Recording:
        """Record a session that ATLAS can read: `with client.record(...) as recording: recording.write(...)`.

        Leaving the block ends the session, and raises `DeliveryError` where something was not delivered.

        Args:
            data_source: Whose session it is.
            identifier: Its name for people.
            parameters: What is recorded, or identifiers alone; None = the parameters of the first samples. What they do
                not say of limits and rates is taken from the first samples.
            events: Which events may be recorded.
            stream: The data stream; "" is the main stream.
            details: Of the session: a mapping, pairs or `SessionDetail` items.
            start: Time of the first samples that come without one, as for `read`; None = when recording begins.

        Raises:
            InvalidArgumentError: ATLAS could not use it, such as an identifier that is not `Name:Application`.
            LifecycleError: The client is closed.
        """
        from ma_streaming.client.contents import RecordingContents
        from ma_streaming.client.recording import Recording, RecordingServices

        self._require_open()
        log = self._library.logger
        source = arguments.text("data_source", data_source)
        # What is wrong with it is said before there is a session.
        contents = RecordingContents(source, parameters, events, log)
        creation = SessionCreationInfo(source, arguments.text("identifier", identifier), details=details)
        writer = self._library.get_writing_packet_api().create_service().unwrap()
        return Recording(
            RecordingServices(self._sessions, self._formats, writer, log),
            creation,
            contents,
            stream=arguments.text("stream", stream, empty_allowed=True),
            start_ns=None if start is None else nanoseconds("start", start),
        )

    def record_dataframe(
        self,
        data_source: str,
        frame: pd.DataFrame,
        *,
        identifier: str,
        parameters: Iterable[Parameter | str] | None = None,
        stream: str = "Stream1",
        details: Details = (),
    ) -> SessionInfo:
        """Record a DataFrame as a session, in one call.

        Args:
            data_source: Whose session it is.
            frame: A column for each parameter, with a DatetimeIndex that has a time zone; see `Recording.write`.
            identifier: The session's name for people.
            parameters: Units, limits and so on; None = nothing but what the DataFrame says.
            stream: The data stream.
            details: Of the session.

        Returns:
            The session, which has ended.

        Raises:
            InvalidArgumentError: Something does not fit.
            DeliveryError: Something was not delivered.
            StreamingError: The session could not be made or written, or the client is closed (`LifecycleError`).
        """
        recording = self.record(
            data_source, identifier=identifier, parameters=parameters, stream=stream, details=details
        )
        recording.require_writable(frame)
        with recording:
            recording.write(frame)
        return find_session(recording.session_key, self._sessions.get_all_sessions().unwrap())

    def _reading(self, session: SessionInfo | str) -> SessionReading:
        found = find_session(session, self._sessions.get_all_sessions().unwrap())
        return SessionReading(self._library, self._formats, found)

    def _require_open(self) -> None:
        if not self._library.is_started:
            raise LifecycleError("the client is closed: connect() again", subject="Client")

    @property
    def _sessions(self) -> SessionManagementService:
        self._require_open()
        with self._lock:
            if self._session_service is None:
                service = self._library.get_session_manager_api().create_service().unwrap()
                self._session_service = service.__enter__()
            return self._session_service

    @property
    def _formats(self) -> DataFormatManagementService:
        self._require_open()
        with self._lock:
            if self._format_service is None:
                service = self._library.get_data_format_manager_api().create_service().unwrap()
                self._format_service = service.__enter__()
            return self._format_service


def _streams(stream: str | Iterable[str] | None) -> Sequence[str]:
    if stream is None:
        return ()
    return arguments.texts("stream", [stream] if isinstance(stream, str) else stream)
