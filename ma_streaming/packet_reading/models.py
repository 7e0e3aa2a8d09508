"""What goes in and out of packet reading."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import IntEnum
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from ma_streaming import validation
from ma_streaming.errors import ConfigurationError, InvalidPacketError, UnsupportedFeatureError
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


class LiveReadingType(IntEnum):
    """Where to begin in a live session: with its first packet, or with what comes now."""

    FROM_BEGINNING = 0
    LEADING_EDGE = 1


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
        group_id: Not in this version.
        inactivity_timeout_seconds: Reading of a session ends when it has been quiet for so long. None = 30 s for
            historic reads and sessions that have ended, no limit for live ones.
        start_time: For historic reads: begin each stream with its first packet that was given to the broker at this
            time or later, by the broker's index of record timestamps. Aware; None = with the session's beginning.
        end_time: For historic reads: end each stream before the first packet that was given to the broker at this time
            or later. A range that is empty or reversed has no packets.

    Raises:
        ConfigurationError: A value is not allowed.
        UnsupportedFeatureError: An option was used that this version does not have.
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
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)
        if not self.data_source:
            raise ConfigurationError("data_source is ''; allowed is the name of a data source", subject="data_source")
        self._check_reading_type()
        if self.group_id:
            text = f"group_id is {self.group_id!r}; this version does not have that option: leave it out"
            raise UnsupportedFeatureError(text, subject="group_id")

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
class ReaderStatistics:
    """Counters of a reader, since it was made.

    Attributes:
        packets: Packets taken from the broker.
        bytes: Their bytes.
        skipped: Records of other sessions on the same partitions.
        invalid_packets: Records of a session that is read whose value is not a Packet.
        without_handler: Packets that were delivered while no packet handler was set.
        handler_errors: Errors that handlers have raised.
    """

    packets: int
    bytes: int
    skipped: int
    invalid_packets: int
    without_handler: int
    handler_errors: int


def _parse_time(name: str, given: object) -> datetime | None:
    if given is None or (isinstance(given, datetime) and given.utcoffset() is not None):
        return given
    raise validation.refuse(name, given, "a datetime with a time zone, such as datetime.now(timezone.utc), or None")


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
