"""The broker that needs nothing installed: librdkafka's mock cluster, held by the native library."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import IntEnum
from types import TracebackType
from typing import TYPE_CHECKING, final

from ma_streaming.errors import LifecycleError

if TYPE_CHECKING:
    from ma_streaming._native.embedded_broker import EmbeddedBrokerHost


class KafkaRequest(IntEnum):
    """Kinds of requests, as the Kafka protocol numbers them."""

    PRODUCE = 0
    FETCH = 1
    LIST_OFFSETS = 2
    METADATA = 3
    OFFSET_COMMIT = 8
    OFFSET_FETCH = 9
    FIND_COORDINATOR = 10
    JOIN_GROUP = 11
    HEARTBEAT = 12
    SYNC_GROUP = 14
    INIT_PRODUCER_ID = 22


@final
class EmbeddedBroker:
    """A Kafka broker inside this process, on a TCP port that other processes can use too.

    For unit tests and for trying things out: data are in memory, and the oldest go at 5 MiB of compressed data a
    partition; clients can't create topics other than by writing to them, which gives them 4 partitions; looking up
    offsets by time isn't supported. As a context manager it is started and stopped::

        with EmbeddedBroker(topics={"SessionInfo": 1}) as broker:
            print(broker.bootstrap_servers)
    """

    def __init__(self, *, topics: Mapping[str, int] | None = None, brokers: int = 1) -> None:
        """Describe the broker; the native library is loaded by `start`.

        Args:
            topics: Topics to create, with their partition counts.
            brokers: How many brokers the cluster has.
        """
        self._topics = dict(topics or {})
        self._brokers = brokers
        self._host: EmbeddedBrokerHost | None = None

    @property
    def bootstrap_servers(self) -> str:
        """The address for clients.

        Raises:
            LifecycleError: The broker isn't running.
        """
        return self._running_host().bootstrap_servers

    @property
    def is_running(self) -> bool:
        """Whether it has been started and not stopped."""
        return self._host is not None

    def start(self) -> None:
        """Start the broker; nothing happens if it runs already.

        Raises:
            NativeLoadError: There is no .NET runtime or no librdkafka; the message says how to mend it.
            StreamingError: The broker can't be started.
        """
        if self._host is None:
            from ma_streaming._native.embedded_broker import EmbeddedBrokerHost

            self._host = EmbeddedBrokerHost(self._topics.items(), self._brokers)

    def stop(self) -> None:
        """Stop the broker; its data are lost. Idempotent."""
        host, self._host = self._host, None
        if host is not None:
            host.stop()

    def create_topic(self, name: str, partitions: int = 1) -> None:
        """Create a topic.

        Raises:
            LifecycleError: The broker isn't running.
            StreamingError: The topic can't be created.
        """
        self._running_host().create_topic(name, partitions)

    def push_request_errors(self, request: KafkaRequest, errors: Iterable[int]) -> None:
        """Let the next requests of a kind fail, one error each, whichever client sends them.

        Args:
            request: The kind.
            errors: Codes of Kafka in their order, as `confluent_kafka.KafkaError` names them, such as
                `NOT_LEADER_FOR_PARTITION`; `_TRANSPORT` cuts the connection.

        Raises:
            LifecycleError: The broker isn't running.
        """
        self._running_host().push_request_errors(request, errors)

    def set_partition_leader(self, topic: str, partition: int, broker: int) -> None:
        """Make another broker the leader of a partition.

        Args:
            topic: The topic; it is made where it isn't there.
            partition: The partition, from 0.
            broker: The broker, from 1.

        Raises:
            LifecycleError: The broker isn't running.
            StreamingError: There is no such broker.
        """
        self._running_host().set_partition_leader(topic, partition, broker)

    def set_broker_down(self, broker: int = 1) -> None:
        """Cut the connections of a broker and refuse new ones. What it stores stays.

        Args:
            broker: The broker, from 1.

        Raises:
            LifecycleError: The broker isn't running.
            StreamingError: There is no such broker.
        """
        self._running_host().set_broker_down(broker)

    def set_broker_up(self, broker: int = 1) -> None:
        """Let a broker accept connections again.

        Args:
            broker: The broker, from 1.

        Raises:
            LifecycleError: The broker isn't running.
            StreamingError: There is no such broker.
        """
        self._running_host().set_broker_up(broker)

    def __enter__(self) -> EmbeddedBroker:
        """Start the broker."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop the broker."""
        self.stop()

    def _running_host(self) -> EmbeddedBrokerHost:
        if self._host is None:
            raise LifecycleError("the embedded broker isn't running: call start() first")
        return self._host
