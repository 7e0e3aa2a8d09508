"""The broker that needs nothing installed: librdkafka's mock cluster, held by the native library."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, final

from ma_streaming.errors import LifecycleError

if TYPE_CHECKING:
    from ma_streaming._native.embedded_broker import EmbeddedBrokerHost


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
