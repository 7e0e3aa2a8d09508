"""The real broker that tests share, and what happens where none can be had."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from ma_streaming.testing import MissingToolError
from ma_streaming.testing.kafka_admin import create_topics
from tests.support.requirements import missing

RUNNING_BROKER_VARIABLE = "MA_STREAMING_TEST_BROKER"

T = TypeVar("T")


@dataclass(frozen=True)
class SharedBroker:
    """A broker that all tests of a run use: tests keep apart by data source or domain, and never stop it."""

    bootstrap_servers: str

    def create_topic(self, name: str, partitions: int = 1, *, configuration: Mapping[str, str] | None = None) -> None:
        """Create a topic and wait until clients see it."""
        create_topics(self.bootstrap_servers, {name: partitions}, configuration=configuration)


def running_broker() -> SharedBroker | None:
    """Return the broker that MA_STREAMING_TEST_BROKER names, if it does."""
    servers = os.environ.get(RUNNING_BROKER_VARIABLE)
    return SharedBroker(servers) if servers else None


def or_missing(action: Callable[[], T]) -> T:
    """Do something that needs Java and Maven; end the test where one is missing or too old."""
    try:
        return action()
    except MissingToolError as error:
        missing(f"a usable `{error.subject}`", error.remedy)
