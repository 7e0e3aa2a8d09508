"""A program that reads one session and notes each packet, made to be killed at any moment and started again."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ma_streaming import (
    PacketReadingConfiguration,
    PacketReadingType,
    StreamingApiConfiguration,
    SupportLibraryBootstrapper,
    TopicNaming,
)

if TYPE_CHECKING:
    from ma_streaming import PacketReaderService, ReceivedPacketDto, SupportLibraryApi

LONGEST_SECONDS = 300.0
MAIN = "main"
"""What stands for the main stream in notes."""
SAVED = "saved"
SHORT_SECONDS = 0.004
LONG_SECONDS = 1.0
LONG_EVERY = 100


@dataclass(frozen=True)
class RestartedReader:
    """What one life of the program does.

    Attributes:
        broker: Address of the broker.
        domain: First word of the topics.
        data_source: Whose session is read.
        session_key: Which session.
        notes_file: Gets a line "stream id time_ns" for each packet that was handled, and another one where the
            position behind it was saved; of this life alone.
        group_id: The group that remembers how far reading has come; "" = none.
        position_file: Where this program remembers that itself, where it has no group.
        session_timeout_ms: How long the group waits for a member that was killed.
        is_slow: Whether the handler works on each packet for a while, and on some for longer than it takes to commit.
    """

    broker: str
    domain: str
    data_source: str
    session_key: str
    notes_file: str
    group_id: str = ""
    position_file: str = ""
    session_timeout_ms: int = 3000
    is_slow: bool = False

    def command(self) -> str:
        """Give the program, for `tests.support.programs`."""
        return f"from tests.soak import restarted_reader\nrestarted_reader.main({json.dumps(asdict(self))!r})"

    def read(self) -> str:
        """Read the session from where an earlier life has come to; gives the reason of its end."""
        with self._connect() as api:
            reader = self._reader(api)
            handler = _Handler(self, reader)
            reason: list[str] = []
            ended = threading.Event()

            def end(why: str) -> None:
                reason.append(why)
                ended.set()

            reader.session_reading_completed.subscribe(lambda _reader, session: end(session.reason))
            reader.failed.subscribe(lambda _reader, error: end(f"failed: {error}"))
            reader.set_handler(handler.handle)
            reader.initialise()
            reader.start()
            assert ended.wait(LONGEST_SECONDS), "the session has not come to its end"
            reader.stop()
        return reason[0]

    def _connect(self) -> SupportLibraryApi:
        configuration = StreamingApiConfiguration(
            self.broker,
            domain=self.domain,
            topic_naming=TopicNaming.V2,
            additional_properties={
                "session.timeout.ms": str(self.session_timeout_ms),
                "heartbeat.interval.ms": str(self.session_timeout_ms // 10),
            },
        )
        api = SupportLibraryBootstrapper.bootstrap(configuration).create()
        api.initialise()
        api.start()
        return api

    def _reader(self, api: SupportLibraryApi) -> PacketReaderService:
        options: dict[str, Any] = {"group_id": self.group_id} if self.group_id else {}
        if self.position_file and Path(self.position_file).exists():
            options["start_from"] = json.loads(Path(self.position_file).read_text("utf-8"))
        configuration = PacketReadingConfiguration(
            session_key=self.session_key,
            data_source=self.data_source,
            reading_type=PacketReadingType.HISTORIC,
            **options,
        )
        return api.get_reading_packet_api().create_service_with_config(configuration).unwrap()


class _Handler:
    """Notes a packet when it is done with it, and then saves where to go on."""

    def __init__(self, settings: RestartedReader, reader: PacketReaderService) -> None:
        self._settings = settings
        self._reader = reader
        # Written at once, by one call for each line: what is written survives the process.
        self._notes = os.open(settings.notes_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def handle(self, item: ReceivedPacketDto) -> None:
        packet_id = item.packet.id
        if self._settings.is_slow:
            time.sleep(LONG_SECONDS if packet_id % LONG_EVERY == 0 else SHORT_SECONDS)
        os.write(self._notes, f"{item.stream or MAIN} {packet_id} {time.monotonic_ns()}\n".encode())
        if self._settings.position_file:
            self._save(self._reader.position())
            os.write(self._notes, f"{SAVED}\n".encode())

    def _save(self, position: dict[str, int]) -> None:
        new = Path(f"{self._settings.position_file}.new")
        new.write_text(json.dumps(position), "utf-8")
        new.replace(self._settings.position_file)


def main(settings: str) -> None:
    """Run one life: with fields of `RestartedReader` as JSON."""
    sys.stdout.write(RestartedReader(**json.loads(settings)).read())
