"""The packets around the data of a recording, and on which streams they are (wire contract 10.1)."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from ma_streaming.packet_writing.splitting import split_configuration
from ma_streaming.protos import open_data_pb2 as open_data

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from ma_streaming.packet_writing.service import PacketWriterService
    from ma_streaming.session_management.models import SessionInfo


class SessionOutput:
    """Writes the packets of one session, numbered.

    Args:
        session: The session, as it was created.
        stream: Its data stream; "" is the main stream.
        writer: Writes them, started.
    """

    def __init__(self, session: SessionInfo, stream: str, writer: PacketWriterService) -> None:
        self._session = session
        self._stream = stream
        self._streams = tuple(dict.fromkeys(("", stream)))
        self._writer = writer
        self._ids = itertools.count(1)

    def new_session(self) -> None:
        """Announce the session on its streams."""
        session = self._session
        info = open_data.SessionInfoPacket(
            data_source=session.data_source,
            identifier=session.identifier,
            type=session.type,
            version=session.version,
            details=session.details,
            associate_session_keys=session.associate_session_keys,
            utc_offset=session.utc_offset,
        )
        content = open_data.NewSessionPacket(
            data_source=session.data_source, utc_offset=session.utc_offset, session_info=info
        )
        self._write_everywhere("NewSession", content, is_essential=False)

    def configuration(self, configuration: open_data.ConfigurationPacket) -> None:
        """Write a configuration, in parts where it is large, to all streams: recorders read each one by itself."""
        for part in split_configuration(configuration):
            self._write_everywhere("Configuration", part, is_essential=True)

    def marker(self, marker: open_data.MarkerPacket) -> None:
        """Write a marker to all streams."""
        self._write_everywhere("Marker", marker, is_essential=True)

    def event(self, event: open_data.EventPacket) -> None:
        """Write an event to the data stream."""
        self._write((self._stream,), "Event", event, is_essential=False)

    def end_of_session(self) -> None:
        """Write the end of the session to all streams."""
        content = open_data.EndOfSessionPacket(data_source=self._session.data_source)
        self._write_everywhere("EndOfSession", content, is_essential=False)

    def _write_everywhere(self, kind: str, content: Message, *, is_essential: bool) -> None:
        self._write(self._streams, kind, content, is_essential=is_essential)

    def _write(self, streams: tuple[str, ...], kind: str, content: Message, *, is_essential: bool) -> None:
        session = self._session
        packet = open_data.Packet(
            type=kind,
            session_key=session.session_key,
            is_essential=is_essential,
            content=content.SerializeToString(),
            id=next(self._ids),
        )
        value = packet.SerializeToString()
        for stream in streams:
            self._writer.write_data(session.data_source, stream, session.session_key, value).unwrap()
