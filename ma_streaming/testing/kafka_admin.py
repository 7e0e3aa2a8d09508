"""What the runners ask of a broker: whether it is ready, and topics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ma_streaming.errors import TopicUnavailableError
from ma_streaming.testing.ports import LOOPBACK, accepts_connections
from ma_streaming.testing.waiting import wait_until

if TYPE_CHECKING:
    from confluent_kafka.admin import AdminClient

_REQUEST_TIMEOUT_SECONDS = 2.0
_TOPIC_TIMEOUT_SECONDS = 30.0


def is_ready(port: int) -> bool:
    """Say whether the broker at this port serves clients and every partition it knows has its leader."""
    if not accepts_connections(port):
        return False
    from confluent_kafka import KafkaException

    try:
        metadata = _admin_client(f"{LOOPBACK}:{port}").list_topics(timeout=_REQUEST_TIMEOUT_SECONDS)
    except KafkaException:
        return False
    partitions = [partition for topic in metadata.topics.values() for partition in topic.partitions.values()]
    return bool(metadata.brokers) and all(partition.leader >= 0 for partition in partitions)


def create_topics(
    bootstrap_servers: str, topics: Mapping[str, int], *, configuration: Mapping[str, str] | None = None
) -> None:
    """Create topics with their partition counts and wait until clients see them; existing ones stay as they are.

    Raises:
        TopicUnavailableError: The broker refused one.
        StreamingTimeoutError: One was accepted and is still not seen.
    """
    from confluent_kafka.cimpl import NewTopic

    client = _admin_client(bootstrap_servers)
    wanted = [NewTopic(name, partitions, 1, config=dict(configuration or {})) for name, partitions in topics.items()]
    for name, result in client.create_topics(wanted, operation_timeout=_TOPIC_TIMEOUT_SECONDS).items():
        failure = result.exception(_TOPIC_TIMEOUT_SECONDS)
        if failure is not None and not _is_already_there(failure):
            raise TopicUnavailableError(f"topic {name!r} can't be created: {_text(failure)}", subject=name) from failure

    def all_seen() -> bool:
        seen = client.list_topics(timeout=_REQUEST_TIMEOUT_SECONDS).topics
        return all(name in seen and len(seen[name].partitions) > 0 for name in topics)

    wait_until(all_seen, timeout_seconds=_TOPIC_TIMEOUT_SECONDS, message=f"topics {sorted(topics)} are not all seen")


def _is_already_there(failure: BaseException) -> bool:
    from confluent_kafka import KafkaError

    return isinstance(failure.args[0], KafkaError) and failure.args[0].code() == KafkaError.TOPIC_ALREADY_EXISTS


def _text(failure: BaseException) -> str:
    from confluent_kafka import KafkaError

    return failure.args[0].str() if isinstance(failure.args[0], KafkaError) else str(failure)


def _admin_client(bootstrap_servers: str) -> AdminClient:
    from confluent_kafka.admin import AdminClient

    # What librdkafka would print while the broker comes up is of no use to anybody: the outcome is reported here.
    return AdminClient({"bootstrap.servers": bootstrap_servers, "log_level": 0})
