"""A plain confluent-kafka and protobuf client that does what the wire contract says, and knows nothing of the library.

Topic names, keys, type strings and offset maps are written out from the contract; only the generated protobuf classes
are shared with the library under test.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from confluent_kafka import (
    TIMESTAMP_CREATE_TIME,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from ma_streaming.protos.open_data_pb2 import Packet
from ma_streaming.testing import wait_until

if TYPE_CHECKING:
    from typing_extensions import Self

    from tests.integration.contract_topics import ContractTopics

DEADLINE_SECONDS = 20.0

_LEADERLESS = {
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.UNKNOWN_TOPIC_OR_PART,
}


@dataclass(frozen=True)
class Record:
    """One record as Kafka gives it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes
    headers: list[Any]
    timestamp_ms: int
    has_create_time: bool

    @property
    def packet(self) -> Packet:
        """Parse the value, which is the bytes of one `Packet` and nothing else (contract 2)."""
        return Packet.FromString(self.value)

    @classmethod
    def of(cls, message: Message) -> Record:
        """Copy a consumed message."""
        kind, timestamp_ms = message.timestamp()
        return cls(
            topic=message.topic() or "",
            partition=message.partition() or 0,
            offset=message.offset() or 0,
            key=message.key(),
            value=message.value() or b"",
            headers=list(message.headers() or []),
            timestamp_ms=timestamp_ms,
            has_create_time=kind == TIMESTAMP_CREATE_TIME,
        )


class ContractActor:
    """Write and read records as the contract's peers do; a context manager."""

    def __init__(
        self,
        bootstrap_servers: str,
        topics: ContractTopics,
        *,
        create_topic: Callable[[str], None] | None = None,
        compression: str = "zstd",
    ) -> None:
        """Connect to a broker.

        Args:
            bootstrap_servers: The broker.
            topics: Names to use.
            create_topic: How to create a topic, for a broker that does not answer CreateTopics; None asks the broker.
            compression: Codec of the records; the contract's writers use zstd (2.1).
        """
        common: dict[str, Any] = {"bootstrap.servers": bootstrap_servers, "log_level": 0}
        self.topics = topics
        self.bootstrap_servers = bootstrap_servers
        self._create_topic = create_topic
        self._admin = AdminClient(common)
        self._producer = Producer({**common, "compression.type": compression, "linger.ms": 0, "acks": "all"})
        self._consumer = Consumer(
            {
                **common,
                "group.id": "contract-actor",
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "fetch.wait.max.ms": 10,
            }
        )
        self._reading = threading.Lock()
        self._failures: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._producer.flush(DEADLINE_SECONDS)
        self._consumer.close()

    def topic_partitions(self) -> dict[str, int]:
        """List the broker's topics with their partition counts."""
        metadata = self._admin.list_topics(timeout=DEADLINE_SECONDS)
        return {name: len(topic.partitions) for name, topic in metadata.topics.items()}

    def create_topics(self, names: Iterable[str], *, partitions: int = 1, config: dict[str, str] | None = None) -> None:
        """Create the topics that are not there, with one partition each (contract 1.4), and wait until they show."""
        missing = [name for name in dict.fromkeys(names) if name not in self.topic_partitions()]
        if self._create_topic:
            for name in missing:
                self._create_topic(name)
        elif missing:
            wanted = [NewTopic(name, partitions, replication_factor=1, config=config or {}) for name in missing]
            for created in self._admin.create_topics(wanted).values():
                created.result(DEADLINE_SECONDS)
        wait_until(
            lambda: set(missing) <= self.topic_partitions().keys(),
            timeout_seconds=DEADLINE_SECONDS,
            message=f"the broker to show {missing}",
        )

    def create_data_source(self, data_source: str, *streams: str) -> None:
        """Create the session topic and what a data source needs."""
        self.create_topics([self.topics.session, *self.topics.of(data_source, *streams)])

    def high_watermark(self, topic: str) -> int:
        """Give the offset that the next record of partition 0 will get; 0 for a topic that is not there."""
        if topic not in self.topic_partitions():
            return 0
        with self._reading:
            return self._watermarks(topic, 0)[1]

    def _watermarks(self, topic: str, partition: int) -> tuple[int, int]:
        """Ask for low and high watermark; a topic just made may have no leader for a moment."""

        def ask() -> tuple[int, int] | None:
            try:
                return self._consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=DEADLINE_SECONDS)
            except KafkaException as error:
                if error.args[0].code() not in _LEADERLESS:
                    raise
                return None

        found = wait_until(ask, timeout_seconds=DEADLINE_SECONDS, message=f"a leader for {topic}")
        assert found
        return found

    def offsets(self, topics: Iterable[str]) -> dict[str, int]:
        """Make a map `topic:partition` → high watermark (contract 3.2)."""
        return {f"{topic}:0": self.high_watermark(topic) for topic in topics}

    def produce(self, topic: str, *, key: bytes | None, value: bytes, partition: int = 0) -> None:
        """Queue one record without headers."""
        self._producer.produce(topic, value=value, key=key, partition=partition, on_delivery=self._delivered)

    def flush(self) -> None:
        """Wait until everything queued is on the broker.

        Raises:
            AssertionError: A record could not be delivered.
        """
        left = self._producer.flush(DEADLINE_SECONDS)
        assert not left, f"{left} records are still not delivered"
        assert not self._failures, self._failures

    def _delivered(self, error: object, message: Message) -> None:
        if error is not None:
            self._failures.append(f"{message.topic()}: {error}")

    def define_format(self, data_source: str, content: bytes, *, on_main: bool = True) -> None:
        """Publish a DataFormatDefinitionPacket: empty key, empty session key, essential (contract 2 and 4.3)."""
        value = Packet(type="DataFormatDefinition", is_essential=True, content=content).SerializeToString()
        self.produce(self.topics.essentials(data_source), key=b"", value=value)
        if on_main:
            self.produce(self.topics.main(data_source), key=b"", value=value)
        self.flush()

    def read(self, topic: str) -> list[Record]:
        """Read a topic from its first record to its high watermark, every partition, in offset order for each."""
        with self._reading:
            return self._read(topic)

    def _read(self, topic: str) -> list[Record]:
        starts, left = [], 0
        for partition in range(self.topic_partitions()[topic]):
            low, high = self._watermarks(topic, partition)
            starts.append(TopicPartition(topic, partition, low))
            left += high - low
        records: list[Record] = []
        self._consumer.assign(starts)

        def complete() -> bool:
            for message in self._consumer.consume(left - len(records), timeout=1) if left else []:
                assert not message.error(), message.error()
                records.append(Record.of(message))
            return len(records) >= left

        wait_until(complete, timeout_seconds=DEADLINE_SECONDS, message=f"the end of {topic}")
        self._consumer.unassign()
        return sorted(records, key=lambda record: (record.partition, record.offset))

    def read_session(self, topic: str, session_key: str) -> list[Record]:
        """Read the records of a topic whose key is the session's (contract 6.3)."""
        return [record for record in self.read(topic) if record.key == session_key.encode()]
