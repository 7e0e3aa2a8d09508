"""Additional librdkafka properties: what customers may pass, and to which of the two clients each one goes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from ma_streaming import validation
from ma_streaming.errors import ConfigurationError


@dataclass(frozen=True)
class PartitionMapping:
    """Which partition of the data source's topic holds a stream, for `StreamCreationStrategy.PARTITION_BASE`.

    Partition 0 is the main stream's (wire contract 1.5).

    Raises:
        ConfigurationError: A value is not allowed.
    """

    stream: str
    partition: int

    def __post_init__(self) -> None:
        if not validation.text("stream", self.stream):
            raise validation.refuse(
                "stream", self.stream, "the name of a stream; the main stream always has partition 0"
            )
        validation.integer("partition", self.partition, minimum=1)


Properties = tuple[tuple[str, str], ...]
AdditionalProperties = Mapping[str, object] | Iterable[str | tuple[str, object] | PartitionMapping]

HIDDEN: Final = "********"
_SECRET_WORDS: Final = re.compile(r"password|secret|token|oauthbearer\.config|jaas|\.pem\b|ssl\.key\b", re.IGNORECASE)
_SET_BY_THE_LIBRARY: Final = {
    "bootstrap.servers": "use the argument broker_list",
    "metadata.broker.list": "use the argument broker_list",
    "group.id": "give a group_id to a PacketReadingConfiguration",
    "auto.offset.reset": "it reads from exact offsets",
    "enable.auto.commit": "it commits what a group has dealt with, and nothing else",
    "enable.auto.offset.store": "it commits what a group has dealt with, and nothing else",
    "enable.partition.eof": "it needs it on",
    "log.queue": "log lines go to the logger",
}
# librdkafka's CONFIGURATION.md, column C/P: the client that does not have a property would warn about it.
_PRODUCER_ONLY: Final = frozenset(
    [
        "acks",
        "batch.num.messages",
        "batch.size",
        "compression.codec",
        "compression.level",
        "compression.type",
        "delivery.report.only.error",
        "delivery.timeout.ms",
        "enable.gapless.guarantee",
        "enable.idempotence",
        "linger.ms",
        "message.send.max.retries",
        "message.timeout.ms",
        "msg_order_cmp",
        "partitioner",
        "queue.buffering.backpressure.threshold",
        "queue.buffering.max.kbytes",
        "queue.buffering.max.messages",
        "queue.buffering.max.ms",
        "queuing.strategy",
        "request.required.acks",
        "request.timeout.ms",
        "retries",
        "sticky.partitioning.linger.ms",
        "transaction.timeout.ms",
        "transactional.id",
    ]
)
_CONSUMER_ONLY: Final = frozenset(
    [
        "auto.commit.enable",
        "auto.commit.interval.ms",
        "check.crcs",
        "consume.callback.max.messages",
        "coordinator.query.interval.ms",
        "fetch.error.backoff.ms",
        "fetch.max.bytes",
        "fetch.message.max.bytes",
        "fetch.min.bytes",
        "fetch.queue.backoff.ms",
        "fetch.wait.max.ms",
        "group.instance.id",
        "group.protocol",
        "group.protocol.type",
        "group.remote.assignor",
        "heartbeat.interval.ms",
        "isolation.level",
        "max.partition.fetch.bytes",
        "max.poll.interval.ms",
        "offset.store.method",
        "offset.store.path",
        "offset.store.sync.interval.ms",
        "partition.assignment.strategy",
        "queued.max.messages.kbytes",
        "queued.min.messages",
        "session.timeout.ms",
    ]
)


def parse_additional_properties(given: AdditionalProperties) -> tuple[Properties, tuple[PartitionMapping, ...]]:
    """Sort what customers pass as `additional_properties` into properties and partition mappings.

    Raises:
        ConfigurationError: An item has no allowed form, sets what the library sets itself, or contradicts another.
    """
    if isinstance(given, (str, bytes)) or not isinstance(given, Iterable):
        raise _bad_property(given, 'a mapping, or a list of "key=value" strings or (key, value) pairs')
    properties: dict[str, str] = {}
    mappings: list[PartitionMapping] = []
    items: Iterable[object] = given.items() if isinstance(given, Mapping) else given
    for item in items:
        if isinstance(item, PartitionMapping):
            mappings.append(item)
            continue
        key, value = _parse_property(item)
        if key in _SET_BY_THE_LIBRARY:
            raise ConfigurationError(
                f"additional_properties sets {key!r}, which the library sets itself: {_SET_BY_THE_LIBRARY[key]}",
                subject="additional_properties",
            )
        if properties.setdefault(key, value) != value:
            raise ConfigurationError(
                f"additional_properties sets {key!r} twice, to different values", subject="additional_properties"
            )
    return tuple(sorted(properties.items())), tuple(mappings)


def for_producer(properties: Properties) -> Properties:
    """Leave out what only the consumer has."""
    return tuple(each for each in properties if each[0] not in _CONSUMER_ONLY)


def for_consumer(properties: Properties) -> Properties:
    """Leave out what only the producer has."""
    return tuple(each for each in properties if each[0] not in _PRODUCER_ONLY)


def without_secrets(properties: Properties) -> Properties:
    """Hide the values of passwords, keys and tokens, for a `repr`."""
    return tuple((key, HIDDEN if _SECRET_WORDS.search(key) else value) for key, value in properties)


def _parse_property(item: object) -> tuple[str, str]:
    if isinstance(item, str):
        key, equals, value = item.partition("=")
        if equals and key.strip():
            return key.strip(), value.strip()
    elif isinstance(item, (tuple, list)) and len(item) == 2 and isinstance(item[0], str) and item[0].strip():  # noqa: PLR2004
        value = item[1]
        if isinstance(value, bool):
            return item[0].strip(), str(value).lower()
        if isinstance(value, (str, int, float)):
            return item[0].strip(), str(value)
    allowed = '"key=value", a pair of a name and a string, number or bool, or a PartitionMapping'
    raise _bad_property(item, allowed)


def _bad_property(item: object, allowed: str) -> ConfigurationError:
    shown = HIDDEN if _SECRET_WORDS.search(repr(item)) else repr(item)
    return ConfigurationError(
        f"additional_properties holds {shown}; allowed is {allowed}", subject="additional_properties"
    )
