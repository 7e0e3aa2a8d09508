"""The control calls of the native library, with plain Python values in and out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ma_streaming._native import marshal
from ma_streaming._native.blocks import NativeReader
from ma_streaming._native.errors import call
from ma_streaming._native.loader import NativeLibrary
from ma_streaming._native.logs import LogLine, log_source
from ma_streaming._native.marshal import Fields
from ma_streaming._native.operations import finish
from ma_streaming._native.outbound import NativeWriter
from ma_streaming._native.queues import EventQueue
from ma_streaming._native.signals import left_to_the_main_thread

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class ClientOptions:
    """What the native client is told."""

    broker_list: str
    domain: str
    topic_naming: int
    producer_properties: Pairs
    consumer_properties: Pairs
    timeout_seconds: float


@dataclass(frozen=True)
class ReaderOptions:
    """What a native reader is told; `inactivity_timeout_seconds` below 0 means the default rule."""

    data_source: str
    session_key: str
    session_identifier_pattern: str
    reading_type: int
    streams: Sequence[str]
    excluded_streams: Sequence[str]
    exclude_main_stream: bool
    inactivity_timeout_seconds: float
    timeout_seconds: float
    raise_exception_on_timeout: bool


class NativeClient:
    """One connection to a broker. Every method raises `StreamingError`, and only that.

    Args:
        library: What the loader gave.
        options: Broker, topics and client properties.

    Raises:
        ConfigurationError: librdkafka refuses a property; the text names it.
    """

    def __init__(self, library: NativeLibrary, options: ClientOptions) -> None:
        self._library = library
        given = library.interop.ClientOptions()
        given.BrokerList = options.broker_list
        given.Domain = options.domain
        given.TopicNaming = options.topic_naming
        given.ProducerProperties = marshal.flattened(options.producer_properties)
        given.ConsumerProperties = marshal.flattened(options.consumer_properties)
        given.TimeoutMilliseconds = max(1, int(options.timeout_seconds * 1000))
        with left_to_the_main_thread():
            self._client = call(library.interop.StreamingClient, given)

    def connect(self, going_on: Callable[[], None]) -> None:
        """Connect, find the topics' generation and load the session state. `going_on` raises to cancel."""
        finish(self._client.Connect, going_on=going_on)

    def stop(self, timeout_seconds: float) -> None:
        """Stop everything that this client made, in bounded time. May be called again."""
        call(self._client.Stop, int(timeout_seconds * 1000))

    def abandon(self) -> None:
        """Stop without waiting for deliveries, for a client that nobody refers to any more."""
        self.stop(0.0)

    def topic_naming(self) -> str:
        """Give the generation of topic names in use, or "UNDECIDED"."""
        return str(call(self._client.TopicNaming))

    def log_source(self) -> Callable[[int], list[LogLine] | None]:
        """Give the source of the client's log lines, for a pump."""
        return log_source(self._client.TakeLogs)

    def sessions(self) -> list[Fields]:
        """Give all known sessions."""
        return [marshal.session_fields(each) for each in call(self._client.Sessions)]

    def session(self, data_source: str, session_key: str) -> Fields:
        """Give one session."""
        return marshal.session_fields(call(self._client.GetSession, data_source, session_key, subject=session_key))

    def create_session(
        self,
        data_source: str,
        identifier: str,
        type: str,
        version: int,
        utc_offset: timedelta,
        details: Pairs,
        associate_session_keys: Sequence[str],
    ) -> Fields:
        """Create and announce a session."""
        details_and_keys = (marshal.flattened(details), list(associate_session_keys))
        return self._session_call(
            "CreateSession", data_source, identifier, type, version, marshal.ticks_of(utc_offset), *details_and_keys
        )

    def update_session_identifier(self, data_source: str, session_key: str, identifier: str) -> Fields:
        """Change a session's identifier."""
        return self._session_call("UpdateSessionIdentifier", data_source, session_key, identifier, subject=session_key)

    def update_session_details(self, data_source: str, session_key: str, details: Pairs) -> Fields:
        """Add or change details of a session."""
        flat = marshal.flattened(details)
        return self._session_call("UpdateSessionDetails", data_source, session_key, flat, subject=session_key)

    def add_associate_session(self, data_source: str, session_key: str, associate_key: str) -> Fields:
        """Associate another session with a session."""
        return self._session_call("AddAssociateSession", data_source, session_key, associate_key, subject=session_key)

    def end_session(self, data_source: str, session_key: str) -> Fields:
        """End a session, after its packets were delivered."""
        return self._session_call("EndSession", data_source, session_key, subject=session_key)

    def open_session_events(self) -> EventQueue:
        """Give a queue of the session events from now on."""
        queue = call(self._client.OpenSessionEvents)
        return EventQueue(queue.Next, queue.IsClosed, queue.Close, marshal.session_event_fields)

    def get_parameter_data_format(self, data_source: str, identifiers: Sequence[str]) -> Fields:
        """Look up the format of a parameter list, or create it."""
        found = finish(self._client.GetParameterDataFormat, data_source, list(identifiers), subject=data_source)
        return marshal.data_format_fields(found)

    def get_event_data_format(self, data_source: str, event_name: str) -> Fields:
        """Look up the format of an event, or create it."""
        return marshal.data_format_fields(
            finish(self._client.GetEventDataFormat, data_source, event_name, subject=data_source)
        )

    def find_parameter_data_format(self, data_source: str, data_format_id: int) -> Fields:
        """Find the parameter list of a format id."""
        found = finish(
            self._client.FindParameterDataFormat, data_source, str(data_format_id), subject=str(data_format_id)
        )
        return marshal.data_format_fields(found)

    def find_event_data_format(self, data_source: str, data_format_id: int) -> Fields:
        """Find the event of a format id."""
        found = finish(self._client.FindEventDataFormat, data_source, str(data_format_id), subject=str(data_format_id))
        return marshal.data_format_fields(found)

    def data_formats(self, data_source: str) -> list[Fields]:
        """Give all formats of a data source."""
        found = finish(self._client.DataFormats, data_source, subject=data_source)
        return [marshal.data_format_fields(each) for each in found]

    def open_data_format_events(self) -> EventQueue:
        """Give a queue of the data formats that appear from now on."""
        queue = call(self._client.OpenDataFormatEvents)
        return EventQueue(queue.Next, queue.IsClosed, queue.Close, marshal.data_format_fields)

    def create_reader(self, options: ReaderOptions) -> NativeReader:
        """Make a reader, not started."""
        given = self._library.interop.ReaderOptions()
        given.DataSource = options.data_source
        given.SessionKey = options.session_key
        given.SessionIdentifierPattern = options.session_identifier_pattern
        given.ReadingType = options.reading_type
        given.Streams = list(options.streams)
        given.ExcludedStreams = list(options.excluded_streams)
        given.ExcludeMainStream = options.exclude_main_stream
        given.InactivityTimeoutSeconds = float(options.inactivity_timeout_seconds)
        given.TimeoutMilliseconds = max(1, int(options.timeout_seconds * 1000))
        given.RaiseOnTimeout = options.raise_exception_on_timeout
        reader = call(self._client.CreateReader, given, subject=options.data_source)
        return NativeReader(reader, call(self._library.runtime.NextBlockPointer))

    def create_writer(self) -> NativeWriter:
        """Make a writer."""
        runtime = self._library.runtime
        return NativeWriter(
            call(self._client.CreateWriter),
            call(runtime.TryWritePointer),
            call(runtime.WritePointer),
            call(runtime.WriteManyPointer),
        )

    def _session_call(self, method: str, *arguments: Any, subject: str = "") -> Fields:
        return marshal.session_fields(finish(getattr(self._client, method), *arguments, subject=subject))
