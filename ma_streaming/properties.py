"""Additional librdkafka properties: what customers may pass, and to which of the two clients each one goes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

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


Client = Literal["producer", "consumer"]
CLIENTS: Final[tuple[Client, ...]] = ("producer", "consumer")
Properties = tuple[tuple[str, str], ...]
AdditionalProperties = Mapping[str, object] | Iterable[str | tuple[str, object] | PartitionMapping]

HIDDEN: Final = "********"
_SECRET_WORDS: Final = re.compile(
    r"password|passphrase|secret|token|oauthbearer\.config|jaas|\.pem\b|ssl\.key\b", re.IGNORECASE
)
SET_BY_THE_LIBRARY: Final = {
    "bootstrap.servers": "use the argument broker_list",
    "group.id": "give a group_id to a PacketReadingConfiguration",
    "auto.offset.reset": "it reads from exact offsets",
    "enable.auto.commit": "it commits what a group has dealt with, and nothing else",
    "enable.auto.offset.store": "it commits what a group has dealt with, and nothing else",
    "enable.partition.eof": "it needs it on",
    "log.queue": "log lines go to the logger",
}
# librdkafka's CONFIGURATION.md, "Alias for". Of two names of one property the one that is set last would win.
_OTHER_NAMES: Final = {
    "auto.commit.enable": "enable.auto.commit",
    "compression.codec": "compression.type",
    "delivery.timeout.ms": "message.timeout.ms",
    "max.in.flight": "max.in.flight.requests.per.connection",
    "max.partition.fetch.bytes": "fetch.message.max.bytes",
    "message.send.max.retries": "retries",
    "metadata.broker.list": "bootstrap.servers",
    "queue.buffering.max.ms": "linger.ms",
    "request.required.acks": "acks",
    "sasl.mechanism": "sasl.mechanisms",
    "sasl.oauthbearer.client.credentials.client.id": "sasl.oauthbearer.client.id",
    "sasl.oauthbearer.client.credentials.client.secret": "sasl.oauthbearer.client.secret",
}
# librdkafka's CONFIGURATION.md, column C/P: the client that does not have a property would warn about it.
_PRODUCER_ONLY: Final = frozenset(
    [
        "acks",
        "batch.num.messages",
        "batch.size",
        "compression.level",
        "compression.type",
        "delivery.report.only.error",
        "enable.gapless.guarantee",
        "enable.idempotence",
        "linger.ms",
        "message.timeout.ms",
        "msg_order_cmp",
        "partitioner",
        "produce.offset.report",
        "queue.buffering.backpressure.threshold",
        "queue.buffering.max.kbytes",
        "queue.buffering.max.messages",
        "queuing.strategy",
        "request.timeout.ms",
        "retries",
        "sticky.partitioning.linger.ms",
        "transaction.timeout.ms",
        "transactional.id",
    ]
)
_CONSUMER_ONLY: Final = frozenset(
    [
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
        "max.poll.interval.ms",
        "max.poll.records",
        "offset.store.method",
        "offset.store.path",
        "offset.store.sync.interval.ms",
        "partition.assignment.strategy",
        "queued.max.messages.kbytes",
        "queued.min.messages",
        "session.timeout.ms",
        "share.acknowledgement.mode",
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
        if only_name(key) in SET_BY_THE_LIBRARY:
            why = SET_BY_THE_LIBRARY[only_name(key)]
            raise ConfigurationError(
                f"additional_properties sets {key!r}, which the library sets itself: {why}",
                subject="additional_properties",
            )
        if properties.setdefault(key, value) != value:
            raise ConfigurationError(
                f"additional_properties sets {key!r} twice, to different values", subject="additional_properties"
            )
    require_one_value("additional_properties", properties, subject="additional_properties")
    return tuple(sorted(properties.items())), tuple(mappings)


def require_one_value(where: str, properties: Mapping[str, str], *, subject: str) -> None:
    """Check that a property that has two names is not set to two values.

    Raises:
        ConfigurationError: One is; the text names `where` and both names.
    """
    for name, value in properties.items():
        other = only_name(name)
        if properties.get(other, value) != value:
            text = f"{where} sets {name!r} and {other!r}, two names of one property, to different values: leave out one"
            raise ConfigurationError(text, subject=subject)


def only_name(name: str) -> str:
    """Give the one of a property's names that this library uses; librdkafka has two for some."""
    return _OTHER_NAMES.get(name, name)


def has_property(client: Client, name: str) -> bool:
    """Tell whether a client may have a property; one that librdkafka does not know counts as a property of both."""
    return only_name(name) not in (_CONSUMER_ONLY if client == "producer" else _PRODUCER_ONLY)


def without_secrets(properties: Properties) -> Properties:
    """Hide the values of passwords, keys and tokens, for a `repr`."""
    return tuple((key, HIDDEN if _SECRET_WORDS.search(key) else value) for key, value in properties)


def text_of(value: object) -> str | None:
    """Give a property's value as librdkafka takes it; None where it is no string, number or bool."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (str, int, float)) else None


def _parse_property(item: object) -> tuple[str, str]:
    if isinstance(item, str):
        key, equals, value = item.partition("=")
        if equals and key.strip():
            return key.strip(), value.strip()
    elif isinstance(item, (tuple, list)) and len(item) == 2 and isinstance(item[0], str) and item[0].strip():  # noqa: PLR2004
        text = text_of(item[1])
        if text is not None:
            return item[0].strip(), text
    allowed = '"key=value", a pair of a name and a string, number or bool, or a PartitionMapping'
    raise _bad_property(item, allowed)


def _bad_property(item: object, allowed: str) -> ConfigurationError:
    shown = HIDDEN if _SECRET_WORDS.search(repr(item)) else repr(item)
    return ConfigurationError(
        f"additional_properties holds {shown}; allowed is {allowed}", subject="additional_properties"
    )
