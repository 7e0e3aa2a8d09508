"""A writer on an embedded broker of its own, which a test can have go down or refuse requests."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from ma_streaming import DeliveryFailedInfo, SessionCreationInfo
from ma_streaming.testing import EmbeddedBroker
from tests.integration.contract_topics import V2, ContractTopics
from tests.integration.library import Library, started
from tests.integration.numbered_stream import PacketNumbers, stored_numbers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ma_streaming import ApiResult, PacketWriterService

DATA_SOURCE = "Default"
STREAM = "Stream1"
TOPICS = ContractTopics(V2, "Embedded")


class EmbeddedWriting:
    """A library, a session and a writer, whose topics have one partition each.

    Attributes:
        broker: The broker.
        library: The library.
        writer: A writer for which `writer_options` were given.
        key: The session.
        told: What `delivery_failed` has told.
    """

    def __init__(self, broker: EmbeddedBroker, library: Library, **writer_options: Any) -> None:
        self.broker = broker
        self.library = library
        created = library.sessions.create_new_session(SessionCreationInfo(data_source=DATA_SOURCE)).unwrap()
        self.key = created.session_key
        self.writer = self.another_writer(**writer_options)
        self.told: list[DeliveryFailedInfo] = []
        self.writer.delivery_failed.subscribe(lambda _sender, failure: self.told.append(failure))
        self._packets = PacketNumbers(self.key)

    def another_writer(self, **options: Any) -> PacketWriterService:
        """Make and start a writer."""
        writer: PacketWriterService = started(
            self.library.api.get_writing_packet_api().create_service(**options).unwrap()
        )
        return writer

    def packet(self, number: int) -> bytes:
        """Make the packet with this id."""
        return self._packets.packet(number)

    def write(self, number: int, stream: str = STREAM) -> ApiResult[bool]:
        """Write the packet with this id."""
        return self.writer.write_data(DATA_SOURCE, stream, self.key, self.packet(number))

    def is_live(self) -> bool:
        """Say whether the session has not ended."""
        return not self.library.sessions.get_session_info(DATA_SOURCE, self.key).unwrap().historical

    def end_session(self) -> Any:
        """End the session; gives the result."""
        return self.library.sessions.end_session(DATA_SOURCE, self.key)

    def stored(self, stream: str = STREAM) -> list[int]:
        """Give the ids in a stream's topic."""
        return stored_numbers(self.broker.bootstrap_servers, TOPICS.stream(DATA_SOURCE, stream))


@contextlib.contextmanager
def embedded_writing(
    *, brokers: int = 1, full_queue: Any = None, sync: bool = False, timeout_seconds: float = 5.0, **properties: object
) -> Iterator[EmbeddedWriting]:
    """Start a broker and a writer on it, and write one packet, with the id 1; the broker is up again when it ends.

    Args:
        brokers: How many brokers the cluster has.
        full_queue: As of the writer.
        sync: As of the writer.
        timeout_seconds: As of the configuration.
        properties: Of librdkafka, with "_" for ".".
    """
    streams = ("Stream1", "Stream2")
    names = [TOPICS.session, *TOPICS.of(DATA_SOURCE, *streams)]
    options = {"sync": sync, **({} if full_queue is None else {"full_queue": full_queue})}
    with EmbeddedBroker(topics=dict.fromkeys(names, 1), brokers=brokers) as broker:
        library = Library(
            broker.bootstrap_servers,
            topic_naming=V2,
            domain=TOPICS.domain,
            timeout_seconds=timeout_seconds,
            additional_properties={name.replace("_", "."): str(value) for name, value in properties.items()},
        )
        try:
            writing = EmbeddedWriting(broker, library.start(), **options)
            writing.write(1).unwrap()
            writing.writer.flush(20).unwrap()
            yield writing
        finally:
            for number in range(1, brokers + 1):
                broker.set_broker_up(number)
            library.stop()
