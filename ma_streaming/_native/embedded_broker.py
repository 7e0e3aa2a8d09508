"""The Kafka broker inside this process: librdkafka's mock cluster."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Final

from ma_streaming._native import exit_handling
from ma_streaming._native.errors import call
from ma_streaming._native.loader import load
from ma_streaming._native.logs import LogLine, log_source
from ma_streaming._native.pump import Pump
from ma_streaming._native.signals import left_to_the_main_thread
from ma_streaming.logger import guarded

_STOP_TIMEOUT_SECONDS: Final = 5.0


class EmbeddedBrokerHost:
    """A broker that keeps its data in memory and listens on a TCP port of this machine.

    Args:
        topics: Topics to create, with their numbers of partitions.
        brokers: How many brokers the cluster has.

    Raises:
        NativeLoadError: The native library can't be loaded.
        StreamingError: The broker can't be started.
    """

    exit_order = 1
    exit_timeout_seconds = 10.0

    def __init__(self, topics: Iterable[tuple[str, int]] = (), brokers: int = 1) -> None:
        library = load()
        with left_to_the_main_thread():
            self._broker = call(library.interop.EmbeddedBroker, brokers)
        self._running = True
        self._log = guarded(None)
        self._pump: Pump[EmbeddedBrokerHost, list[LogLine]] = Pump(
            "ma-streaming embedded broker",
            self,
            log_source(self._broker.TakeLogs),
            EmbeddedBrokerHost._write_log,
            self._broker.Stop,
            self._log,
        )
        exit_handling.stop_before_exit(self)
        for topic, partitions in topics:
            self.create_topic(topic, partitions)

    @property
    def bootstrap_servers(self) -> str:
        """Comma-separated ``host:port``, for a broker list."""
        return str(call(self._broker.BootstrapServers))

    def create_topic(self, name: str, partitions: int = 1) -> None:
        """Create a topic.

        Raises:
            StreamingError: It can't be created.
        """
        call(self._broker.CreateTopic, name, partitions, subject=name)

    def push_request_errors(self, api_key: int, codes: Iterable[int]) -> None:
        """Let the next requests of a kind fail, one error each."""
        call(self._broker.PushRequestErrors, api_key, list(codes))

    def set_partition_leader(self, topic: str, partition: int, broker: int) -> None:
        """Make a broker the leader of a partition.

        Raises:
            StreamingError: There is no such broker.
        """
        call(self._broker.SetPartitionLeader, topic, partition, broker, subject=topic)

    def set_broker_down(self, broker: int) -> None:
        """Cut a broker's connections and refuse new ones.

        Raises:
            StreamingError: There is no such broker.
        """
        call(self._broker.SetBrokerDown, broker)

    def set_broker_up(self, broker: int) -> None:
        """Let a broker accept connections again.

        Raises:
            StreamingError: There is no such broker.
        """
        call(self._broker.SetBrokerUp, broker)

    def stop(self) -> None:
        """Stop the broker, and lose its data. May be called again."""
        if self._running:
            self._running = False
            call(self._broker.Stop)
            self._pump.stop(_STOP_TIMEOUT_SECONDS)

    def stop_at_exit(self, timeout_seconds: float) -> None:  # noqa: ARG002 - bounded anyway
        """Stop, for the end of the process."""
        self.stop()

    def abandon_after_fork(self) -> None:
        """Count as stopped, in the child of a fork."""
        self._running = False

    def _write_log(self, lines: list[LogLine]) -> None:
        for level, line in lines:
            # What the broker says in passing does not concern whoever uses it for trying things out.
            self._log.log(level if level >= logging.WARNING else logging.DEBUG, f"embedded broker: {line}")
