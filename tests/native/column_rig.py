"""A session whose packets hold samples, written by the library, and readers of its columns."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ma_streaming import (
    PacketReaderService,
    PacketReadingConfiguration,
    PacketReadingType,
    PacketWriterService,
    SessionCreationInfo,
    SessionInfo,
    SessionManagementService,
    SupportLibraryApi,
)
from tests.support.samples import packet

if TYPE_CHECKING:
    from ma_streaming.columns import ColumnBatch

STREAM = "Stream1"


@dataclass
class Rig:
    """Started services, and a live session."""

    api: SupportLibraryApi
    sessions: SessionManagementService
    writer: PacketWriterService
    session: SessionInfo
    data_source: str

    @property
    def key(self) -> str:
        return self.session.session_key

    def next_session(self) -> Rig:
        """Begin another session of the same data source."""
        session = self.sessions.create_new_session(SessionCreationInfo(data_source=self.data_source)).unwrap()
        return replace(self, session=session)

    def write(self, *contents: Any, stream: str = STREAM) -> None:
        packets = [each if isinstance(each, bytes) else packet(self.key, each) for each in contents]
        assert self.writer.write_many(self.data_source, stream, self.key, packets).unwrap() == len(packets)

    def end(self, *streams: str) -> None:
        for stream in streams or (STREAM,):
            self.write(packet(self.key, b"", type="EndOfSession"), stream=stream)
        self.sessions.end_session(self.data_source, self.key).unwrap()

    def reader(self, reading_type: PacketReadingType = PacketReadingType.BOTH, **options: Any) -> PacketReaderService:
        configuration = PacketReadingConfiguration(
            session_key=self.key, data_source=self.data_source, reading_type=reading_type, **options
        )
        return self.api.get_reading_packet_api().create_service_with_config(configuration).unwrap()

    def batches(self, *arguments: Any, **options: Any) -> list[ColumnBatch]:
        with self.reader() as reader:
            return list(reader.columns(*arguments, **options))


@contextmanager
def column_rig(api: SupportLibraryApi, data_source: str) -> Iterator[Rig]:
    """Start the services, and a session."""
    with (
        api.get_session_manager_api().create_service().unwrap() as sessions,
        api.get_writing_packet_api().create_service().unwrap() as writer,
    ):
        session = sessions.create_new_session(SessionCreationInfo(data_source=data_source)).unwrap()
        yield Rig(api, sessions, writer, session, data_source)
