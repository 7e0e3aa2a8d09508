"""Fixtures of the tests against a real Kafka: topic names, the contract actor, the library under test."""

from __future__ import annotations

import contextlib
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.contract_actor import ContractActor
from tests.integration.contract_topics import V1, ContractTopics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.integration.library import Library


@pytest.fixture(params=["V1", "V2"])
def topics(request: pytest.FixtureRequest) -> ContractTopics:
    """The topic names of each generation; a domain of its own for each test of the second."""
    naming: str = request.param
    return ContractTopics(naming, "" if naming == V1 else f"Test{uuid.uuid4().hex[:8]}")


@pytest.fixture(scope="session")
def broker_list(kafka_broker: Any) -> str:
    """The address of the shared broker."""
    return str(kafka_broker.bootstrap_servers)


@pytest.fixture
def actor(broker_list: str, topics: ContractTopics) -> Iterator[ContractActor]:
    """A writer and reader that does what the contract says."""
    with ContractActor(broker_list, topics) as actor:
        yield actor


@pytest.fixture
def connect(broker_list: str) -> Iterator[Callable[..., Library]]:
    """Make started libraries; each is stopped when the test ends."""
    from tests.integration.library import Library

    with contextlib.ExitStack() as stack:

        def connect(topics: ContractTopics | None = None, **options: Any) -> Library:
            names = {"topic_naming": topics.naming, "domain": topics.domain} if topics else {}
            library = Library(options.pop("broker", broker_list), **{**names, **options})
            stack.callback(library.stop)
            return library.start()

        yield connect


@pytest.fixture
def library(connect: Callable[..., Library], topics: ContractTopics) -> Library:
    """The library, started, with the topic names of the test's generation."""
    return connect(topics)
