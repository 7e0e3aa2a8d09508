"""What goes in and out of packet reading."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import IntEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from ma_streaming import validation
from ma_streaming.columns.statistics import ColumnStatistics
from ma_streaming.errors import ConfigurationError, InvalidPacketError
from ma_streaming.packets import PacketBytes
from ma_streaming.session_management.models import SessionInfo

if TYPE_CHECKING:
    from ma_streaming.protos.open_data_pb2 import Packet

T_contra = TypeVar("T_contra", contravariant=True)

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)


class IHandler(ABC, Generic[T_contra]):
    """What takes the packets of a reader. Any object with this method will do, and so will a plain function."""

    @abstractmethod
    def handle(self, item: T_contra) -> None:
        """Take one item."""


class PacketReadingType(IntEnum):
    """Which sessions to read: those that are live, those that have ended, or both."""

    LIVE = 0
    HISTORIC = 1
    BOTH = 2
    # Other spellings, which the vendor's documentation has.
    HISTORICAL = 1
    Live = 0
    Historic = 1
    Historical = 1
    Both = 2


ReadingType = PacketReadingType
"""Another name of `PacketReadingType`, which the vendor's documentation has."""


class LiveReadingType(IntEnum):
    """Where to begin in a live session: with its first packet, or with what comes now."""

    FROM_BEGINNING = 0
    LEADING_EDGE = 1
    # Other spellings, which the vendor's documentation has.
    FromBeginning = 0
    LeadingEdge = 1


@dataclass(frozen=True, init=False)
class PacketReadingConfiguration:
    """What to read.

    Attributes:
        session_key: Read this one session, waiting for it where it is not there yet; "" = every one that matches.
        timeout_seconds: For `raise_exception_on_timeout`.
        raise_exception_on_timeout: Fail when no matching session, or no packet, is seen for `timeout_seconds`.
        data_source: Whose sessions to read.
        session_identifier_pattern: Which identifiers to read; `*` and `?`, the whole identifier, case-sensitive.
        reading_type: Live sessions, ended ones, or both.
        streams: Names of the streams to read; empty = all, also those that appear later. "" is the main stream.
        excluded_streams: Streams not to read, whatever `streams` says.
        exclude_main_stream: Don't read the main stream.
        live_reading_type: LEADING_EDGE reads a session that is live when the reader starts from its present end on,
            and every later one from its beginning.
        buffer_length: How many packets may wait for the handler before reading from the broker pauses; 0 = as many as
            6 MiB hold, 24,576 at most. Counted in blocks of packets, so that up to one block more may be waiting.
        group_id: Share the reading with all readers that have the same Kafka consumer group id, in any process: each
            partition is read by one of them, and goes to another one when that ends. Offsets are committed after the
            handlers have returned, or when the next packets are pulled, at least every second and at `stop()`: so each
            packet is delivered at least once, however readers end, and a reader with a group id that is used again goes
            on where the group is. Reading of a session is completed when the group has dealt with all of it. All
            readers of a group need the same streams and sessions: a group has one offset for each partition, whichever
            sessions were read, so give a reader of one session a group id of its own, such as "mine-<session key>".
            "" = no group; the broker then keeps nothing about this reader.
        inactivity_timeout_seconds: Reading of a session ends when it has been quiet for so long. None = 30 s for
            historic reads and sessions that have ended, no limit for live ones.
        start_time: For historic reads: begin each stream with its first packet that was given to the broker at this
            time or later, by the broker's index of record timestamps. Aware; None = with the session's beginning.
        end_time: For historic reads: end each stream before the first packet that was given to the broker at this time
            or later. A range that is empty or reversed has no packets.
        start_from: Go on where an earlier reader was: what its `position()` gave, offsets by "topic:partition". A
            session that lies before it altogether is announced and completed without packets. Partitions that are
            not in it are read from the session's beginning. Not with `group_id`.
        from_earliest: Where the broker has deleted packets before they were read, or a topic was made anew, go on with
            what is there: that is said once for a session, and `statistics().expired` counts it. Otherwise reading of
            the session fails with `DataExpiredError` or `TopicUnavailableError`.
        skip_duplicates: Pass over a packet that is the same, to the byte, as one of the last 65,536 that came of the
            same stream and session; `statistics().duplicates` counts them. A packet's id is part of its bytes.

    Raises:
        ConfigurationError: A value is not allowed.
    """

    session_key: str
    timeout_seconds: float
    raise_exception_on_timeout: bool
    data_source: str
    session_identifier_pattern: str
    reading_type: PacketReadingType
    streams: tuple[str, ...]
    excluded_streams: tuple[str, ...]
    exclude_main_stream: bool
    live_reading_type: LiveReadingType
    buffer_length: int
    group_id: str
    inactivity_timeout_seconds: float | None
    start_time: datetime | None
    end_time: datetime | None
    start_from: Mapping[str, int]
    from_earliest: bool
    skip_duplicates: bool

    def __init__(  # noqa: PLR0913 - order and names are the customer's
        self,
        session_key: str = "",
        timeout_seconds: float = 10,
        raise_exception_on_timeout: bool = False,
        data_source: str = "Default",
        session_identifier_pattern: str = "*",
        reading_type: PacketReadingType = PacketReadingType.LIVE,
        streams: Iterable[str] | None = (),
        *,
        excluded_streams: Iterable[str] | None = (),
        exclude_main_stream: bool = False,
        live_reading_type: LiveReadingType = LiveReadingType.FROM_BEGINNING,
        buffer_length: int = 0,
        group_id: str = "",
        inactivity_timeout_seconds: float | None = None,
        start_time: datetime | None = None,
        end_time: datetime | None = None,
        start_from: Mapping[str, int] | None = None,
        from_earliest: bool = False,
        skip_duplicates: bool = False,
    ) -> None:
        quiet = inactivity_timeout_seconds
        values = {
            "session_key": validation.text("session_key", session_key or ""),
            "timeout_seconds": validation.seconds("timeout_seconds", timeout_seconds),
            "raise_exception_on_timeout": validation.boolean("raise_exception_on_timeout", raise_exception_on_timeout),
            "data_source": validation.text("data_source", data_source),
            "session_identifier_pattern": validation.text("session_identifier_pattern", session_identifier_pattern),
            "reading_type": validation.choice("reading_type", reading_type, PacketReadingType),
            "streams": validation.texts("streams", streams),
            "excluded_streams": validation.texts("excluded_streams", excluded_streams),
            "exclude_main_stream": validation.boolean("exclude_main_stream", exclude_main_stream),
            "live_reading_type": validation.choice("live_reading_type", live_reading_type, LiveReadingType),
            "buffer_length": validation.integer("buffer_length", buffer_length, minimum=0),
            "group_id": validation.text("group_id", group_id),
            "inactivity_timeout_seconds": None
            if quiet is None
            else validation.seconds("inactivity_timeout_seconds", quiet),
            "start_time": _parse_time("start_time", start_time),
            "end_time": _parse_time("end_time", end_time),
            "start_from": _parse_position(start_from),
            "from_earliest": validation.boolean("from_earliest", from_earliest),
            "skip_duplicates": validation.boolean("skip_duplicates", skip_duplicates),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)
        if not self.data_source:
            raise ConfigurationError("data_source is ''; allowed is the name of a data source", subject="data_source")
        self._check_reading_type()
        if self.group_id and self.start_from:
            text = f"start_from is given with group_id {self.group_id!r}; a group goes on where it is: leave out one"
            raise ConfigurationError(text, subject="start_from")

    def _check_reading_type(self) -> None:
        """Refuse options that the chosen kind of reading gives no meaning to."""
        historic = self.reading_type is PacketReadingType.HISTORIC
        for name in ("start_time", "end_time"):
            if getattr(self, name) is not None and not historic:
                raise _contradiction(name, getattr(self, name), self.reading_type, "use PacketReadingType.HISTORIC")
        if self.live_reading_type is LiveReadingType.LEADING_EDGE and historic:
            raise _contradiction(
                "live_reading_type", self.live_reading_type, self.reading_type, "use PacketReadingType.LIVE or BOTH"
            )


@dataclass(frozen=True)
class SessionReadingCompletedInfo(SessionInfo):
    """A session whose reading has come to its end.

    Attributes:
        reason: "ended" (read to the session's end), "end_offset", "inactivity", "stopped", "data_expired" or "error".
    """

    reason: str


@dataclass(frozen=True)
class StreamInfo:
    """A stream of a session.

    Attributes:
        data_source: Whose stream it is.
        session_key: Of which session.
        stream: Its name; "" is the main stream.
    """

    data_source: str
    session_key: str
    stream: str


@dataclass(frozen=True)
class CoverageCursorInfo:
    """How far the data of a session is complete.

    Attributes:
        data_source: Of which data source.
        session_key: Of which session.
        coverage_cursor_time: ns since the Unix epoch, as the packet has it.
    """

    data_source: str
    session_key: str
    coverage_cursor_time: int


@dataclass(frozen=True)
class StreamStatistics:
    """Counters of one stream of a session.

    Attributes:
        data_source: Whose stream it is.
        session_key: Of which session.
        stream: Its name; "" is the main stream.
        packets: Its packets that were taken from the broker.
        lag: Records between the next one to be handed out and the end of the stream, as far as the broker has told:
            about four times a second. Records of other sessions on the same partitions are among them.
    """

    data_source: str
    session_key: str
    stream: str
    packets: int
    lag: int


@dataclass(frozen=True)
class ReaderStatistics:
    """Counters of a reader, since it was made.

    Attributes:
        packets: Packets taken from the broker.
        bytes: Their bytes.
        skipped: Records of other sessions on the same partitions.
        invalid_packets: Records of a session that is read whose value is not a Packet.
        duplicates: Packets passed over because of `skip_duplicates`.
        late_packets: Packets whose record is more than 1 s older than one before it on the same stream; delivered.
        expired: Records that were deleted before they were read, and passed over because of `from_earliest`.
        failed: Sessions whose reading failed.
        commit_failures: Times that offsets of the group could not be committed; what they stand for may come again.
        queued_packets: Packets and events that wait for the handler.
        queue_fill: Which share of the reader's memory they take, 0 to 1.
        lag: The lag of all streams together, in records.
        streams: Each stream that is read, and up to 4,096 that were.
        handler_seconds: How long handlers and event handlers ran on the reader's own thread, in s.
        without_handler: Packets that were delivered while no packet handler was set.
        handler_errors: Errors that handlers have raised.
        columns: What became of the packets that columns were made of; None where no columns were asked for.
    """

    packets: int
    bytes: int
    skipped: int
    invalid_packets: int
    duplicates: int
    late_packets: int
    expired: int
    failed: int
    commit_failures: int
    queued_packets: int
    queue_fill: float
    lag: int
    streams: tuple[StreamStatistics, ...]
    handler_seconds: float
    without_handler: int
    handler_errors: int
    columns: ColumnStatistics | None = None


def _parse_time(name: str, given: object) -> datetime | None:
    if given is None or (isinstance(given, datetime) and given.utcoffset() is not None):
        return given
    raise validation.refuse(name, given, "a datetime with a time zone, such as datetime.now(timezone.utc), or None")


def _parse_position(given: object) -> Mapping[str, int]:
    """Give an immutable copy of what `position()` gave; None is the empty one."""
    allowed = 'a mapping of "topic:partition" to offsets from 0 on, as position() gives it'
    if given is None:
        return MappingProxyType({})
    if not isinstance(given, Mapping):
        raise validation.refuse("start_from", given, allowed)
    for key, offset in given.items():
        topic, _, partition = key.rpartition(":") if isinstance(key, str) else ("", "", "")
        fits = isinstance(offset, int) and not isinstance(offset, bool) and 0 <= offset < 2**63
        if not (topic and partition.isascii() and partition.isdecimal() and fits):
            raise validation.refuse("start_from", {key: offset}, allowed)
    return MappingProxyType(dict(given))


def _contradiction(name: str, value: object, reading_type: PacketReadingType, way_out: str) -> ConfigurationError:
    return ConfigurationError(f"{name} is {value} with reading_type {reading_type.name}: {way_out}", subject=name)


class ReceivedPacketDto:
    """One packet as it came from the broker.

    Attributes:
        data_source: Whose packet it is.
        session_key: Of which session.
        stream: Of which stream; "" is the main stream.
        packet_bytes: The serialised packet.
    """

    # Delivery fills these in without a call of __init__, and uses them again: keep it in step.
    __slots__ = ("_packet", "_submit_time_ms", "data_source", "packet_bytes", "session_key", "stream")

    def __init__(self, data_source: str, session_key: str, stream: str, submit_time_ms: int, data: bytes) -> None:
        """Keep what came; the rest is made when it is asked for.

        Args:
            data_source: Whose packet it is.
            session_key: Of which session.
            stream: Of which stream.
            submit_time_ms: The record's time in ms since the Unix epoch.
            data: The serialised `Packet`.
        """
        self.data_source = data_source
        self.session_key = session_key
        self.stream = stream
        self._submit_time_ms = submit_time_ms
        self.packet_bytes = PacketBytes(data)
        self._packet: Packet | None = None

    @property
    def submit_time(self) -> datetime:
        """When the packet was given to the broker: an aware datetime, UTC, in whole ms."""
        return _EPOCH + timedelta(milliseconds=self._submit_time_ms)

    @property
    def packet(self) -> Packet:
        """The parsed packet; parsed at the first call.

        Raises:
            InvalidPacketError: The bytes are no Packet.
        """
        if self._packet is None:
            self._packet = _parse(self.packet_bytes.data)
        return self._packet

    def __repr__(self) -> str:
        where = f"data_source={self.data_source!r}, session_key={self.session_key!r}, stream={self.stream!r}"
        return f"ReceivedPacketDto({where}, submit_time={self.submit_time.isoformat()}, {len(self.packet_bytes)} bytes)"


def _parse(data: bytes) -> Packet:
    from google.protobuf.message import DecodeError

    from ma_streaming.protos.open_data_pb2 import Packet

    try:
        return Packet.FromString(data)
    except DecodeError as error:
        raise InvalidPacketError(f"the {len(data)} bytes are no Packet: {error}") from None
