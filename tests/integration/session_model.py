"""What a session topic's records amount to, in plain Python: the merge rules of wire contract 3.4 to 3.6.

Written from the contract, with its two additions for this library: a record that comes before its session's NewSession
waits for it, and associates are a set in order.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from google.protobuf.message import DecodeError

from ma_streaming.protos.open_data_pb2 import EndOfSessionPacket, NewSessionPacket, Packet, SessionInfoPacket

if TYPE_CHECKING:
    from collections.abc import Iterable

    from google.protobuf.message import Message
    from google.protobuf.timestamp_pb2 import Timestamp

M = TypeVar("M", bound="Message")


@dataclass(frozen=True)
class ModelSession:
    """A session; times in microseconds since the Unix epoch, None where no record said one."""

    session_key: str
    data_source: str
    identifier: str = ""
    type: str = ""
    version: int = 0
    historical: bool = False
    utc_offset: timedelta | None = None
    details: dict[str, str] = field(default_factory=dict)
    associate_session_keys: list[str] = field(default_factory=list)
    creation_time_us: int | None = None
    termination_time_us: int | None = None

    def merged(self, info: SessionInfoPacket) -> ModelSession:
        """Apply rule 5; what 3.9 added to the packet replaces what is stored where it is there."""
        return replace(
            self,
            identifier=info.identifier or self.identifier,
            type=info.type or self.type,
            version=info.version or self.version,
            utc_offset=info.utc_offset.ToTimedelta() if info.HasField("utc_offset") else self.utc_offset,
            details={**self.details, **info.details},
            associate_session_keys=distinct(info.associate_session_keys) or self.associate_session_keys,
        )

    def ended(self, end: EndOfSessionPacket) -> ModelSession:
        """Apply rule 7: only the first end counts."""
        if self.historical:
            return self
        return replace(self, historical=True, termination_time_us=microseconds(end.termination_time))


class SessionModel:
    """The state of every session of one session topic; `apply` its records in their order.

    Attributes:
        sessions: By key, in the order in which they began.
        skipped: How many records were not about sessions (rule 2).
    """

    def __init__(self) -> None:
        self.sessions: dict[str, ModelSession] = {}
        self.skipped = 0
        self._waiting: dict[str, list[SessionInfoPacket | EndOfSessionPacket]] = {}

    @property
    def waiting(self) -> int:
        """How many records wait for their sessions."""
        return sum(map(len, self._waiting.values()))

    def apply(self, key: bytes | None, value: bytes) -> None:
        """Take the next record."""
        packet = parsed(Packet, value)
        if key is None or packet is None or not packet.session_key or not self._applied(packet):
            self.skipped += 1

    def of(self, data_source: str) -> list[ModelSession]:
        """List the sessions of exactly that data source, live and historical, in order of insertion (3.6)."""
        return [session for session in self.sessions.values() if session.data_source == data_source]

    def find(self, data_source: str, session_key: str) -> ModelSession | None:
        """Give the session of that key, if it is that data source's."""
        session = self.sessions.get(session_key)
        return session if session and session.data_source == data_source else None

    def _applied(self, packet: Packet) -> bool:
        key = packet.session_key
        if packet.type == "NewSession":
            created = parsed(NewSessionPacket, packet.content)
            return created is not None and self._begin(key, created)
        if packet.type == "SessionInfo":
            return self._merge_or_keep(key, parsed(SessionInfoPacket, packet.content))
        if packet.type == "EndOfSession":
            return self._merge_or_keep(key, parsed(EndOfSessionPacket, packet.content))
        return False

    def _begin(self, key: str, created: NewSessionPacket) -> bool:
        if key in self.sessions:  # rule 3
            return True
        session = ModelSession(
            key,
            created.data_source,
            utc_offset=created.utc_offset.ToTimedelta() if created.HasField("utc_offset") else None,
            creation_time_us=microseconds(created.creation_time),
        )
        if created.session_info.data_source:  # rule 6
            offset = session.utc_offset
            session = session.merged(created.session_info)
            session = session if offset is None else replace(session, utc_offset=offset)
        self.sessions[key] = session
        for update in self._waiting.pop(key, []):
            self._merge(key, update)
        return True

    def _merge_or_keep(self, key: str, update: SessionInfoPacket | EndOfSessionPacket | None) -> bool:
        if update is None:
            return False
        if key in self.sessions:
            self._merge(key, update)
        else:
            self._waiting.setdefault(key, []).append(update)
        return True

    def _merge(self, key: str, update: SessionInfoPacket | EndOfSessionPacket) -> None:
        session = self.sessions[key]
        self.sessions[key] = session.merged(update) if isinstance(update, SessionInfoPacket) else session.ended(update)


def distinct(keys: Iterable[str]) -> list[str]:
    """Leave out what was there before."""
    return list(dict.fromkeys(keys))


def microseconds(time: Timestamp) -> int:
    """Give a time in whole microseconds since the Unix epoch."""
    return int(time.seconds) * 1_000_000 + int(time.nanos) // 1000


def parsed(kind: type[M], value: bytes) -> M | None:
    """Parse a message; None where the bytes are none."""
    try:
        return kind.FromString(value)
    except DecodeError:
        return None
