"""The control calls of the native library, with plain Python values in and out."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from ma_streaming._native import marshal
from ma_streaming._native.blocks import NativeReader
from ma_streaming._native.columns import ColumnCalls
from ma_streaming._native.errors import call
from ma_streaming._native.loader import NativeLibrary
from ma_streaming._native.logs import LogLine, log_source
from ma_streaming._native.marshal import Fields
from ma_streaming._native.operations import finish
from ma_streaming._native.outbound import NativeWriter
from ma_streaming._native.queues import EventQueue
from ma_streaming._native.signals import left_to_the_main_thread
from ma_streaming.errors import ClosedError

Pairs = Sequence[tuple[str, str]]
K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_MOST_KEPT: Final = 4096


@dataclass(frozen=True)
class ClientOptions:
    """What the native client is told; `partitions` is None where each stream has a topic of its own."""

    broker_list: str
    domain: str
    topic_naming: int
    producer_properties: Pairs
    consumer_properties: Pairs
    timeout_seconds: float
    partitions: Mapping[str, int] | None = None
    topic_retention: timedelta | None = None
    asks_for_tokens: bool = False


@dataclass(frozen=True)
class ReaderOptions:
    """What a native reader is told; `inactivity_timeout_seconds` below 0 means the default rule."""

    data_source: str
    session_key: str
    reading_type: int
    session_identifier_pattern: str = "*"
    streams: Sequence[str] = ()
    excluded_streams: Sequence[str] = ()
    exclude_main_stream: bool = False
    inactivity_timeout_seconds: float = -1.0
    timeout_seconds: float = 1.0
    raise_exception_on_timeout: bool = False
    begins_at_leading_edge: bool = False
    start_time: datetime | None = None
    end_time: datetime | None = None
    buffer_length: int = 0
    reads_essentials: bool = False
    group_id: str = ""
    start_from: Mapping[str, int] = field(default_factory=dict)
    from_earliest: bool = False
    skip_duplicates: bool = False


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
        self._broker_list = options.broker_list
        given = library.interop.ClientOptions()
        given.BrokerList = options.broker_list
        given.Domain = options.domain
        given.TopicNaming = options.topic_naming
        given.ProducerProperties = marshal.flattened(options.producer_properties)
        given.ConsumerProperties = marshal.flattened(options.consumer_properties)
        given.TimeoutMilliseconds = max(1, int(options.timeout_seconds * 1000))
        given.AsksForTokens = options.asks_for_tokens
        if options.partitions is not None:
            given.StreamsArePartitions = True
            given.MappedStreams = list(options.partitions)
            given.MappedPartitions = list(options.partitions.values())
        if options.topic_retention is not None:
            given.TopicRetentionMilliseconds = marshal.retention_of(options.topic_retention)
        with left_to_the_main_thread():
            self._client = call(library.interop.StreamingClient, given)
        self._session_stamp = self._client.SessionStamp
        self._known_sessions: dict[tuple[str, str], tuple[int, Fields]] = {}
        self._known_formats: dict[Hashable, Fields] = {}

    def connect(self, going_on: Callable[[], None]) -> None:
        """Connect, find the topics' generation and load the session state. `going_on` raises to cancel."""
        finish(self._client.Connect, subject=self._broker_list, going_on=going_on)

    def stop(self, timeout_seconds: float) -> None:
        """Stop everything that this client made, in bounded time. May be called again."""
        call(self._client.Stop, int(timeout_seconds * 1000))

    def abandon(self) -> None:
        """Stop without waiting for deliveries, for a client that nobody refers to any more."""
        self.stop(0.0)

    def topic_naming(self) -> str:
        """Give the generation of topic names in use, or "UNDECIDED"."""
        return str(call(self._client.TopicNaming))

    def effective_properties(self, client: str) -> list[tuple[str, str, str]]:
        """Give name, value and origin of each property of the "producer" or the "consumer", with secrets hidden."""
        flat = list(call(self._client.EffectiveProperties, client == "consumer"))
        return list(zip(flat[::3], flat[1::3], flat[2::3], strict=True))

    def log_source(self) -> Callable[[int], list[LogLine] | None]:
        """Give the source of the client's log lines, for a pump."""
        return log_source(self._client.TakeLogs)

    def take_token_request(self, timeout_ms: int) -> bool | None:
        """Wait until a new token to log in with is wanted; None when none was in time.

        Raises:
            ClosedError: The client has been stopped.
        """
        need = int(call(self._client.AwaitTokenRequest, timeout_ms))
        if need < 0:
            raise ClosedError("the client has been stopped")
        return True if need else None

    def provide_token(self, value: str, expires_at_seconds: float, principal: str, extensions: Pairs) -> str:
        """Have all connections log in with a new token; says why it can't be used, "" where it can."""
        flat = marshal.flattened(extensions)
        return str(call(self._client.ProvideToken, value, int(expires_at_seconds * 1000), principal, flat))

    def fail_token(self, reason: str) -> None:
        """Say that there is no new token; it will be asked for again."""
        call(self._client.FailToken, reason)

    def sessions(self) -> list[Fields]:
        """Give all known sessions."""
        return [marshal.session_fields(each) for each in finish(self._client.Sessions)]

    def session(self, data_source: str, session_key: str) -> Fields:
        """Give one session; what was given before is given again as long as it holds."""
        names = (data_source, session_key)
        known = self._known_sessions.get(names)
        if known is not None and call(self._session_stamp, session_key) == known[0]:
            return marshal.own_session_fields(known[1])
        found = finish(self._client.GetSession, *names, subject=session_key)
        fields = marshal.session_fields(found)
        _keep(self._known_sessions, names, (found.Stamp, fields))
        return marshal.own_session_fields(fields)

    def session_statistics(self) -> list[int]:
        """Count sessions, records passed over, updates that wait for their session, and updates dropped."""
        return list(call(self._client.SessionStatistics))

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

    def end_session(self, data_source: str, session_key: str, force: bool) -> Fields:
        """End a session, after its packets were delivered; by force whatever became of them."""
        return self._session_call("EndSession", data_source, session_key, force, subject=session_key)

    def open_session_events(self) -> EventQueue:
        """Give a queue of the session events from now on."""
        queue = call(self._client.OpenSessionEvents)
        return EventQueue(queue.Next, queue.IsClosed, queue.Close, marshal.session_event_fields)

    def get_parameter_data_format(self, data_source: str, identifiers: Sequence[str]) -> Fields:
        """Look up the format of a parameter list, or create it; the first id of a list never changes."""
        return self._format(self._client.GetParameterDataFormat, data_source, tuple(identifiers))

    def get_event_data_format(self, data_source: str, event_name: str) -> Fields:
        """Look up the format of an event, or create it; its first id never changes."""
        return self._format(self._client.GetEventDataFormat, data_source, event_name)

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

    def data_format_statistics(self) -> list[int]:
        """Count formats, and definitions that gave a known id another meaning."""
        return list(call(self._client.DataFormatStatistics))

    def follow_all_data_formats(self) -> None:
        """Follow the data formats of every data source from now on, not only of those that are asked for."""
        finish(self._client.FollowAllDataFormats)

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
        given.BeginsAtLeadingEdge = options.begins_at_leading_edge
        given.StartTimeMilliseconds = marshal.milliseconds_of(options.start_time)
        given.EndTimeMilliseconds = marshal.milliseconds_of(options.end_time)
        given.BufferLength = options.buffer_length
        given.ReadsEssentials = options.reads_essentials
        given.Group = options.group_id
        given.StartFromPartitions = list(options.start_from)
        given.StartFromOffsets = list(options.start_from.values())
        given.FromEarliest = options.from_earliest
        given.SkipDuplicates = options.skip_duplicates
        reader = call(self._client.CreateReader, given, subject=options.data_source)
        runtime = self._library.runtime
        columns = ColumnCalls(call(runtime.NextColumnsPointer), call(runtime.ReleaseBatchPointer))
        return NativeReader(reader, call(runtime.NextBlockPointer), columns)

    def create_writer(self, full_queue_ms: int) -> NativeWriter:
        """Make a writer. `full_queue_ms` is how long one call waits for room in the queue."""
        runtime = self._library.runtime
        return NativeWriter(
            call(self._client.CreateWriter, full_queue_ms),
            call(runtime.TryWritePointer),
            call(runtime.WritePointer),
            call(runtime.WriteManyPointer),
            call(runtime.WriteArraysPointer),
        )

    def _format(self, look_up: Any, data_source: str, identifiers: tuple[str, ...] | str) -> Fields:
        known = self._known_formats.get((data_source, identifiers))
        if known is None:
            given = identifiers if isinstance(identifiers, str) else list(identifiers)
            known = marshal.data_format_fields(finish(look_up, data_source, given, subject=data_source))
            _keep(self._known_formats, (data_source, identifiers), known)
        return known

    def _session_call(self, method: str, *arguments: Any, subject: str = "") -> Fields:
        return marshal.session_fields(finish(getattr(self._client, method), *arguments, subject=subject))


def _keep(kept: dict[K, V], key: K, value: V) -> None:
    """Keep what may be asked for again, within a bound; the oldest goes first."""
    if len(kept) >= _MOST_KEPT:
        kept.pop(next(iter(kept)), None)
    kept[key] = value
