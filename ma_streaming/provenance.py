"""Which properties each Kafka client of the library has, and where each comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from ma_streaming.errors import ConfigurationError
from ma_streaming.properties import Client

_GIVEN: Final = "given"
_BROKERS: Final = "bootstrap.servers"


@dataclass(frozen=True)
class EffectiveProperty:
    """One librdkafka property that a client of the library has.

    Attributes:
        client: "producer" or "consumer".
        name: The property's name in librdkafka.
        value: Its value; asterisks where it is a secret.
        source: "default" (of this library), "tuning file <path>", "security", "environment variable <name>",
            "additional_properties" or "broker_list"; "derived" where it follows from another one, as idempotence that
            yields to `acks=1`; "fixed" where the library needs it so.
    """

    client: Client
    name: str
    value: str
    source: str


@dataclass(frozen=True)
class SourcedValue:
    """A value with where it comes from; it may be a secret, so its `repr` hides it."""

    value: str = field(repr=False)
    source: str


def traced(
    client: Client, effective: Iterable[tuple[str, str, str]], given: Mapping[str, SourcedValue]
) -> list[EffectiveProperty]:
    """Say where a client's properties come from.

    Args:
        client: Whose they are.
        effective: Name, value and origin of each, as the native library has them.
        given: What it was given.
    """
    return [
        EffectiveProperty(client, name, value, _source(name, origin, given))
        for name, value, origin in sorted(effective)
    ]


def with_source(error: ConfigurationError, given: Iterable[Mapping[str, SourcedValue]]) -> ConfigurationError:
    """Add to librdkafka's refusal of a property where that comes from."""
    for properties in given:
        for name, sourced in properties.items():
            if str(error).startswith(f"property {name} = "):
                return ConfigurationError(f"{error}; it comes from {sourced.source}", subject=name)
    return error


def _source(name: str, origin: str, given: Mapping[str, SourcedValue]) -> str:
    if name == _BROKERS:
        return "broker_list"
    return given[name].source if origin == _GIVEN else origin
