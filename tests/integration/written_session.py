"""A session that the library writes, with what a reader of it must get."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from ma_streaming import SessionCreationInfo
from ma_streaming.protos.open_data_pb2 import EndOfSessionPacket, MarkerPacket, NewSessionPacket, Packet

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from ma_streaming import SessionInfo
    from tests.integration.library import Library


class WrittenSession:
    """One session, created at once; `open` and `close` frame its streams as the wire contract wants it (10.1).

    Attributes:
        key: The session key.
        expected: For each stream (`""` is main) the bytes of the packets written, in order.
    """

    def __init__(self, library: Library, data_source: str, *streams: str, **creation: Any) -> None:
        """Create the session; `creation` are fields of `SessionCreationInfo`."""
        self.library = library
        self.data_source = data_source
        self.created = library.sessions.create_new_session(
            SessionCreationInfo(data_source=data_source, **creation)
        ).unwrap()
        self.key = self.created.session_key
        self.expected: dict[str, list[bytes]] = {"": [], **{stream: [] for stream in streams}}

    def open(self) -> WrittenSession:
        """Write NewSession into each stream."""
        for stream in self.expected:
            self.write(stream, "NewSession", NewSessionPacket(data_source=self.data_source))
        return self

    def write(self, stream: str, kind: str, content: Message) -> None:
        """Write one packet."""
        packet = Packet(type=kind, session_key=self.key, content=content.SerializeToString())
        packet.id = sum(map(len, self.expected.values())) + 1
        value = packet.SerializeToString()
        self.library.writer.write_data(self.data_source, stream, self.key, value).unwrap()
        self.expected[stream].append(value)

    def write_lap(self, stream: str, number: int) -> None:
        """Write a lap marker (contract 10.4)."""
        lap = MarkerPacket(
            timestamp=time.time_ns(), label=f"Lap {number}", type="Lap Trigger", source="0", value=number
        )
        self.write(stream, "Marker", lap)

    def close(self) -> WrittenSession:
        """Write EndOfSession into each stream."""
        for stream in self.expected:
            self.write(stream, "EndOfSession", EndOfSessionPacket(data_source=self.data_source))
        return self

    def end(self) -> SessionInfo:
        """End the session."""
        return self.library.sessions.end_session(self.data_source, self.key).unwrap()

    def complete(self, *, laps: int = 1) -> WrittenSession:
        """Write and end everything."""
        self.open()
        for stream in self.expected:
            for number in range(1, laps + 1):
                self.write_lap(stream, number)
        self.close().end()
        return self
