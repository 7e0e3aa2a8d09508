"""A program that writes numbered packets to one session, made to end in every way there is."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from ma_streaming import (
    SessionCreationInfo,
    StreamingApiConfiguration,
    SupportLibraryBootstrapper,
    TopicNaming,
)
from ma_streaming.protos.open_data_pb2 import EndOfSessionPacket, NewSessionPacket, Packet
from tests.integration.library import started
from tests.integration.numbered_stream import PacketNumbers

if TYPE_CHECKING:
    from google.protobuf.message import Message

STREAM = "Stream1"
FOR_EVER = 10**9

HELD_BACK = {"linger.ms": 250_000, "batch.num.messages": 1_000_000, "batch.size": 100_000_000}
"""Packets stay in the client's queue until a flush has them sent, so that an end without one loses all of them."""


@dataclass(frozen=True)
class WritingProgram:
    """What the program does first; each part of the source below may be followed by more.

    Attributes:
        broker: Address of the broker.
        domain: First word of the topics.
        data_source: Whose session it is.
        session_key: A session to go on with; "" makes one.
        first: Number of the first packet.
        properties: Of librdkafka.
        options: Further ones of the configuration.
    """

    broker: str
    domain: str
    data_source: str
    session_key: str = ""
    first: int = 1
    properties: dict[str, int] = field(default_factory=dict)
    options: dict[str, float] = field(default_factory=dict)

    def source(self, after: str, *, before: str = "") -> str:
        """Give the program, for `tests.support.programs`: it connects, and `after` has it as `session`.

        Args:
            after: What it does once it is connected.
            before: What it does before that.
        """
        return "\n".join(
            (
                "import signal, sys, threading",
                "from tests.integration import writing_program",
                before,
                f"session = writing_program.connect({json.dumps(asdict(self))!r})",
                after,
            )
        )


class ProgramSession:
    """The session of one run."""

    def __init__(self, settings: WritingProgram) -> None:
        configuration = StreamingApiConfiguration(
            settings.broker,
            domain=settings.domain,
            topic_naming=TopicNaming.V2,
            additional_properties=settings.properties,
            **settings.options,  # type: ignore[arg-type]
        )
        api = SupportLibraryBootstrapper.bootstrap(configuration).create()
        api.initialise()
        api.start()
        self.sessions = started(api.get_session_manager_api().create_service().unwrap())
        self.writer = started(api.get_writing_packet_api().create_service().unwrap())
        self._data_source = settings.data_source
        self.key = settings.session_key
        if not self.key:
            creation = SessionCreationInfo(data_source=self._data_source)
            self.key = self.sessions.create_new_session(creation).unwrap().session_key
            self.frame("NewSession", NewSessionPacket(data_source=self._data_source))
            self.writer.flush(30).unwrap()
        self._next = settings.first
        self._numbers = PacketNumbers(self.key, payload_bytes=20)
        print(self.key, flush=True)  # noqa: T201 - the answer

    def write(self, packets: int) -> None:
        """Write so many packets more."""
        for number in range(self._next, self._next + packets):
            self.writer.write_data(self._data_source, STREAM, self.key, self._numbers.packet(number)).unwrap()
        self._next += packets

    def tell(self, *, acknowledged: bool) -> None:
        """Print the number of the last packet that was accepted, or acknowledged."""
        if acknowledged:
            self.writer.flush(30).unwrap()
        print(self._next - 1, flush=True)  # noqa: T201 - the answer

    def write_for_ever(self, at_once: int, *, acknowledged: bool) -> None:
        """Write, and tell after each so many packets."""
        while self._next < FOR_EVER:
            self.write(at_once)
            self.tell(acknowledged=acknowledged)

    def end(self) -> None:
        """End the session."""
        self.frame("EndOfSession", EndOfSessionPacket(data_source=self._data_source))
        self.sessions.end_session(self._data_source, self.key).unwrap()

    def frame(self, kind: str, content: Message) -> None:
        """Write a packet with id 0 that belongs on each stream."""
        packet = Packet(type=kind, session_key=self.key, content=content.SerializeToString()).SerializeToString()
        for stream in ("", STREAM):
            self.writer.write_data(self._data_source, stream, self.key, packet).unwrap()


def connect(settings: str) -> ProgramSession:
    """Begin: with fields of `WritingProgram` as JSON."""
    return ProgramSession(WritingProgram(**json.loads(settings)))
