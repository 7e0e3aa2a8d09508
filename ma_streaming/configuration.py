"""What `SupportLibraryBootstrapper.bootstrap` is told: broker, topics, client properties, timeouts, retries.

Everything is checked at construction. A wrong value is a `ConfigurationError` that names the field, the value and what
is allowed; an option that this version does not have is an `UnsupportedFeatureError` that names it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import timedelta
from enum import IntEnum
from typing import Final

from ma_streaming import validation
from ma_streaming.errors import ConfigurationError
from ma_streaming.properties import (
    AdditionalProperties,
    Client,
    PartitionMapping,
    has_property,
    only_name,
    parse_additional_properties,
    without_secrets,
)
from ma_streaming.provenance import SourcedValue
from ma_streaming.security import (
    KafkaSecurityConfiguration,
    effective_security,
    security_properties,
    security_sources,
)
from ma_streaming.tuning import CONSUMING, PUBLISHING, WHITELIST, Tuning, read_tuning

__all__ = [
    "KafkaSecurityConfiguration",
    "PartitionMapping",
    "RetryMode",
    "RetryPolicy",
    "StreamCreationStrategy",
    "StreamingApiConfiguration",
    "TopicNaming",
]

DEFAULT_BROKER_LIST: Final = "localhost:9092"
_DOMAIN: Final = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")


class StreamCreationStrategy(IntEnum):
    """How a data source's streams map to Kafka: a topic for each stream, or a partition of one topic."""

    PARTITION_BASE = 1
    TOPIC_BASE = 2
    # Other spellings, which the vendor's documentation has.
    PARTITION_BASED = 1
    TOPIC_BASED = 2
    STREAM_BASE = 1
    PartitionBased = 1
    TopicBased = 2


class TopicNaming(IntEnum):
    """Which generation of topic names is on the broker (wire contract 1.1 and 1.3)."""

    AUTO = 0
    V1 = 1
    V2 = 2
    V2_ALTERNATE = 3


class RetryMode(IntEnum):
    """Whether `RetryPolicy` gives up."""

    FINITE = 0
    INFINITE = 1
    # Other spellings, which the vendor's documentation has.
    Finite = 0
    Infinite = 1


@dataclass(frozen=True)
class RetryPolicy:
    """How often `initialise()` tries again when the broker can't be reached.

    Attributes:
        max_retry_count: Attempts after the first one, 0 or more; not used with `RetryMode.INFINITE`.
        delay_between_retries: Seconds, or a timedelta, 0 or more.
        retry_mode: FINITE gives up after `max_retry_count`, INFINITE when `stop()` is called.

    Raises:
        ConfigurationError: A value is not allowed.
    """

    max_retry_count: int = 3
    delay_between_retries: float | timedelta = 1.0
    retry_mode: RetryMode = RetryMode.FINITE

    def __post_init__(self) -> None:
        validation.integer("max_retry_count", self.max_retry_count, minimum=0)
        object.__setattr__(self, "retry_mode", validation.choice("retry_mode", self.retry_mode, RetryMode))
        validation.seconds("delay_between_retries", self.delay_seconds, allow_zero=True)

    @property
    def delay_seconds(self) -> float:
        """The delay between two attempts in seconds."""
        delay = self.delay_between_retries
        return delay.total_seconds() if isinstance(delay, timedelta) else delay


@dataclass(frozen=True, init=False, repr=False)
class StreamingApiConfiguration:
    """How to reach the broker, and how its topics are laid out.

    Attributes:
        broker_list: Comma-separated ``host:port``; `broker_url` is another name of the argument.
        stream_creation_strategy: TOPIC_BASE, a topic for each stream; or PARTITION_BASE, a partition of the data
            source's topic for each stream of `partition_mappings`. All writers and readers, ATLAS too, must have the
            same (wire contract 1.5).
        additional_properties: Further librdkafka properties, as sorted (key, value) pairs. The argument takes a
            mapping, ``"key=value"`` strings or (key, value) pairs.
        timeout_seconds: How long a call may wait for the broker, or for room in the queue.
        domain: Prefix of the V2 topics; "" for none.
        topic_naming: Which generation of topic names to use; AUTO looks at the broker.
        partition_mappings: The partition of each stream, from 1 on; without meaning for TOPIC_BASE. Packets of a
            stream that is not among them go to the main stream, with a warning.
        security: How to prove who one is, for every client that the library makes; None = not at all. Environment
            variables take the place of its fields, and may be all there is.
        kafka_broker_publishing_config_file_path: JSON file of librdkafka properties of the producer, ".json" may be
            left out; "" for none (wire contract 9.7). It is read at construction, from the working directory unless the
            path is absolute. It overrides the library's defaults; `security` and `additional_properties` override it.
            A file that is not there is a warning.
        kafka_broker_consuming_config_file_path: The same of consumers.
        kafka_broker_config_whitelist_file_path: JSON file of rules for which keys those two files may have.
        initialisation_timeout_seconds: Accepted because the vendor's library has it. That one waits so long for the
            session topic to fall silent; this one reads it to its end, so there is no such wait.
        termination_timeout_seconds: How long `stop()` may wait for delivery and for handlers to return.
        topic_retention: How long topics that the library makes keep records; `timedelta.max` = for ever, None = as the
            broker does by default. Essentials are then kept for ever, as definitions of data formats are written once
            and used by every later session.

    Raises:
        ConfigurationError: A value is not allowed, or contradicts another.
        UnsupportedFeatureError: `security` has a token callback.
    """

    broker_list: str
    stream_creation_strategy: StreamCreationStrategy
    additional_properties: tuple[tuple[str, str], ...]
    timeout_seconds: float
    domain: str
    topic_naming: TopicNaming
    partition_mappings: tuple[PartitionMapping, ...]
    security: KafkaSecurityConfiguration | None
    kafka_broker_publishing_config_file_path: str
    kafka_broker_consuming_config_file_path: str
    kafka_broker_config_whitelist_file_path: str
    initialisation_timeout_seconds: float
    termination_timeout_seconds: float
    topic_retention: timedelta | None
    _tuning: Tuning = field(init=False, repr=False, compare=False)
    _security_sources: dict[str, str] = field(init=False, repr=False, compare=False)

    def __init__(  # noqa: PLR0913 - order and names are the customer's
        self,
        broker_list: str | None = None,
        stream_creation_strategy: StreamCreationStrategy = StreamCreationStrategy.TOPIC_BASE,
        additional_properties: AdditionalProperties = (),
        timeout_seconds: float = 10,
        *,
        broker_url: str | None = None,
        domain: str = "",
        topic_naming: TopicNaming = TopicNaming.AUTO,
        partition_mappings: Iterable[PartitionMapping] = (),
        security: KafkaSecurityConfiguration | None = None,
        kafka_broker_publishing_config_file_path: str = "",
        kafka_broker_consuming_config_file_path: str = "",
        kafka_broker_config_whitelist_file_path: str = "",
        initialisation_timeout_seconds: float = 3,
        termination_timeout_seconds: float = 10,
        topic_retention: timedelta | None = None,
    ) -> None:
        properties, mappings = parse_additional_properties(additional_properties)
        values = {
            "broker_list": _parse_broker_list(broker_list, broker_url),
            "stream_creation_strategy": validation.choice(
                "stream_creation_strategy", stream_creation_strategy, StreamCreationStrategy
            ),
            "additional_properties": properties,
            "timeout_seconds": validation.seconds("timeout_seconds", timeout_seconds),
            "domain": validation.text("domain", domain),
            "topic_naming": validation.choice("topic_naming", topic_naming, TopicNaming),
            "partition_mappings": _parse_mappings((*mappings, *partition_mappings)),
            "security": effective_security(security),
            PUBLISHING: validation.text(PUBLISHING, kafka_broker_publishing_config_file_path),
            CONSUMING: validation.text(CONSUMING, kafka_broker_consuming_config_file_path),
            WHITELIST: validation.text(WHITELIST, kafka_broker_config_whitelist_file_path),
            "initialisation_timeout_seconds": validation.seconds(
                "initialisation_timeout_seconds", initialisation_timeout_seconds
            ),
            "termination_timeout_seconds": validation.seconds(
                "termination_timeout_seconds", termination_timeout_seconds
            ),
            "topic_retention": _parse_retention(topic_retention),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)
        self._check_domain()
        self._check_security()
        self._read_tuning()

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the tuning files say that is not used, and which of them are not there; `bootstrap` logs it."""
        return self._tuning.warnings

    def properties_of(self, client: Client) -> dict[str, SourcedValue]:
        """Give the librdkafka properties that a client gets beyond the library's defaults, with secrets as they are.

        What the program says counts more than what a tuning file says.

        Raises:
            ConfigurationError: A file that `security` names is no longer there.
        """
        file = self._tuning.files[client]
        properties = {name: SourcedValue(value, f"tuning file {file.path}") for name, value in file.properties.items()}
        for name, value in security_properties(self.security):
            properties[name] = SourcedValue(value, self._security_sources.get(name, "security"))
        for name, value in self.additional_properties:
            if has_property(client, name):
                properties[only_name(name)] = SourcedValue(value, "additional_properties")
        return properties

    @property
    def broker_url(self) -> str:
        """Another name of `broker_list`."""
        return self.broker_list

    def __repr__(self) -> str:
        shown: dict[str, object] = {each.name: getattr(self, each.name) for each in fields(self) if each.repr}
        shown["additional_properties"] = without_secrets(self.additional_properties)
        return f"StreamingApiConfiguration({', '.join(f'{name}={value!r}' for name, value in shown.items())})"

    def _read_tuning(self) -> None:
        paths = {name: getattr(self, name) for name in (PUBLISHING, CONSUMING, WHITELIST)}
        object.__setattr__(self, "_tuning", read_tuning(paths, dict(security_properties(self.security))))
        object.__setattr__(self, "_security_sources", security_sources())

    def _check_domain(self) -> None:
        if self.domain and not _DOMAIN.fullmatch(self.domain):
            raise ConfigurationError(
                f"domain is {self.domain!r}; allowed are letters, digits, '_' and '-', in parts joined by '.'",
                subject="domain",
            )
        if self.domain and self.topic_naming is TopicNaming.V1:
            raise ConfigurationError(
                f"domain is {self.domain!r} with topic_naming V1; topic names of V1 have no domain: leave domain "
                "empty, or use V2 or V2_ALTERNATE",
                subject="domain",
            )

    def _check_security(self) -> None:
        """Refuse properties that say something else than `security`."""
        for key, value in self.additional_properties:
            if dict(security_properties(self.security)).get(only_name(key), value) != value:
                text = f"additional_properties sets {key!r} to another value than security does: leave out one of them"
                raise ConfigurationError(text, subject="additional_properties")


def _parse_mappings(given: tuple[PartitionMapping, ...]) -> tuple[PartitionMapping, ...]:
    """Check that streams and partitions are each other's only ones (wire contract 1.5)."""
    by_stream: dict[str, PartitionMapping] = {}
    by_partition: dict[int, PartitionMapping] = {}
    for mapping in given:
        validation.instance("partition_mappings", mapping, PartitionMapping)
        other = by_stream.setdefault(mapping.stream, mapping)
        if other is mapping:
            other = by_partition.setdefault(mapping.partition, mapping)
        if other is not mapping:
            raise ConfigurationError(
                f"partition_mappings has {other!r} and {mapping!r}; each stream needs a partition of its own",
                subject="partition_mappings",
            )
    return given


def _parse_retention(given: object) -> timedelta | None:
    if given is None or (isinstance(given, timedelta) and given >= timedelta(milliseconds=1)):
        return given
    raise validation.refuse(
        "topic_retention", given, "a timedelta of a millisecond or more, timedelta.max for ever, or None"
    )


def _parse_broker_list(broker_list: str | None, broker_url: str | None) -> str:
    if broker_list is not None and broker_url is not None and broker_list != broker_url:
        raise ConfigurationError(
            f"broker_list is {broker_list!r} and broker_url is {broker_url!r}; these are two names of one argument: "
            "give one",
            subject="broker_list",
        )
    given = broker_list if broker_list is not None else broker_url
    value = validation.text("broker_list", DEFAULT_BROKER_LIST if given is None else given)
    brokers = [each.strip() for each in value.split(",")]
    for broker in brokers:
        match = re.fullmatch(r"(?P<host>[^\s:/\[\]]+|\[[0-9A-Fa-f:.]+\])(:(?P<port>\d{1,5}))?", broker)
        if match is None or not 1 <= int(match["port"] or 9092) <= 65535:  # noqa: PLR2004 - the range of a TCP port
            raise ConfigurationError(
                f"broker_list is {value!r}, where {broker!r} is no broker; allowed is host:port, several joined by "
                "commas",
                subject="broker_list",
            )
    return ",".join(brokers)
