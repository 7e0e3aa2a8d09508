"""Sessions for the samples to read, written as plain Kafka records."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ma_streaming.testing import packets
from tests.samples.kafka_records import write_packets

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from tests.support.brokers import SharedBroker

START_NS = 1_790_000_000_000_000_000
START_TEXT = "2026-09-21T14:13:20"


@dataclass(frozen=True)
class Source:
    """A data source of a test's own, and the options that lead to it."""

    broker: str
    domain: str
    data_source: str

    @property
    def options(self) -> list[str]:
        return ["--broker", self.broker, "--domain", self.domain, "--data-source", self.data_source]

    def write_session(self, identifier: str, *contents: Message) -> str:
        """Write an ended session with these contents on its data stream, as plain Kafka records; return its key."""
        key = str(uuid.uuid4())
        session_topic, main = f"{self.domain}.Sys.SessionInfo", f"{self.domain}.Data.{self.data_source}"
        stream, essentials = f"{main}.Stream1", f"{self.domain}.Essential.{self.data_source}"
        info = packets.session_info(self.data_source, identifier=identifier)
        offsets = {f"{topic}:0": 0 for topic in (main, stream, essentials)}
        begin = packets.new_session(self.data_source, topic_partition_offsets=offsets, info=info)
        end = packets.end_of_session(self.data_source)
        on_stream = [packets.new_session(self.data_source), *contents, end]
        markers = [content for content in contents if content.DESCRIPTOR.name == "MarkerPacket"]  # on every stream
        records = [
            (session_topic, begin),
            *((main, content) for content in (on_stream[0], *markers, end)),
            *((stream, content) for content in on_stream),
            (session_topic, end),
        ]
        write_packets(
            self.broker, [(topic, key, packets.packet(content, session_key=key)) for topic, content in records]
        )
        return key


def make_source(broker: SharedBroker, domain: str, data_source: str) -> Source:
    """Make the topics of a data source."""
    topics = ["Sys.SessionInfo", f"Data.{data_source}", f"Data.{data_source}.Stream1", f"Essential.{data_source}"]
    for topic in topics:
        broker.create_topic(f"{domain}.{topic}")
    return Source(broker.bootstrap_servers, domain, data_source)
