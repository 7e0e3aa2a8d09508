"""`TopicNaming.AUTO` finds the generation that a broker has (contract 1.3), on brokers with nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ma_streaming import SessionCreationInfo
from ma_streaming.testing import EmbeddedBroker, wait_until
from tests.integration.contract_actor import ContractActor
from tests.integration.contract_session import ContractSession
from tests.integration.contract_topics import V1, V2, V2_ALTERNATE, ContractTopics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.integration.library import Library

EVERY_NAMING = [
    ContractTopics(V1),
    ContractTopics(V2),
    ContractTopics(V2, "Team"),
    ContractTopics(V2_ALTERNATE),
    ContractTopics(V2_ALTERNATE, "Team"),
]
NAMES = ["V1", "V2", "V2 with domain", "V2_ALTERNATE", "V2_ALTERNATE with domain"]


@pytest.fixture
def empty_broker() -> Iterator[EmbeddedBroker]:
    """A broker without a topic."""
    with EmbeddedBroker() as broker:
        yield broker


def actor_on(broker: EmbeddedBroker, topics: ContractTopics) -> ContractActor:
    """Make an actor for a broker that does not answer CreateTopics."""
    return ContractActor(
        broker.bootstrap_servers, topics, create_topic=lambda name: broker.create_topic(name, partitions=1)
    )


@pytest.mark.parametrize("topics", EVERY_NAMING, ids=NAMES)
def test_the_generation_on_the_broker_is_found(
    connect: Callable[..., Library], empty_broker: EmbeddedBroker, topics: ContractTopics, data_source: str
) -> None:
    with actor_on(empty_broker, topics) as actor:
        session = ContractSession(actor, data_source, "Stream1").complete()
        library = connect(broker=empty_broker.bootstrap_servers, domain=topics.domain)
        assert library.session_keys(data_source) == [session.key]
        with library.historic(data_source, session.key) as reader:
            assert len(list(reader)) == sum(map(len, session.expected.values()))
        ours = library.sessions.create_new_session(SessionCreationInfo(data_source=data_source)).unwrap()
        assert len(actor.read_session(topics.session, ours.session_key)) == 1
    assert library.logger.of("warning") == []


@pytest.mark.parametrize("topics", EVERY_NAMING, ids=NAMES)
def test_on_an_empty_broker_the_first_session_that_appears_decides(
    connect: Callable[..., Library], empty_broker: EmbeddedBroker, topics: ContractTopics, data_source: str
) -> None:
    library = connect(broker=empty_broker.bootstrap_servers, domain=topics.domain)
    assert library.sessions.get_all_sessions().unwrap() == []
    with actor_on(empty_broker, topics) as actor:
        session = ContractSession(actor, data_source, "Stream1").complete()
    wait_until(lambda: library.session_keys(data_source) == [session.key], timeout_seconds=20, message="the session")


@pytest.mark.parametrize("domain", ["", "Team"])
def test_on_an_empty_broker_the_first_session_we_create_is_of_the_second_generation(
    connect: Callable[..., Library], empty_broker: EmbeddedBroker, domain: str, data_source: str
) -> None:
    library = connect(broker=empty_broker.bootstrap_servers, domain=domain)
    with actor_on(empty_broker, ContractTopics(V2, domain)) as actor:
        assert [name for name in actor.topic_partitions() if "SessionInfo" in name] == []
        session = library.sessions.create_new_session(SessionCreationInfo(data_source=data_source)).unwrap()
        (record,) = actor.read_session(actor.topics.session, session.session_key)
        assert record.packet.type == "NewSession"
        assert [name for name in actor.topic_partitions() if "SessionInfo" in name] == [actor.topics.session]


def test_where_both_generations_are_the_second_is_taken_with_one_warning(
    connect: Callable[..., Library], empty_broker: EmbeddedBroker, data_source: str
) -> None:
    with actor_on(empty_broker, ContractTopics(V1)) as actor:
        ContractSession(actor, data_source, identifier="first").complete()
    with actor_on(empty_broker, ContractTopics(V2)) as actor:
        session = ContractSession(actor, data_source, identifier="second").complete()
    library = connect(broker=empty_broker.bootstrap_servers)
    assert library.session_keys(data_source) == [session.key]
    (warning,) = library.logger.of("warning")
    assert "V1" in warning
    assert "V2" in warning


def test_the_first_generation_is_not_taken_where_a_domain_is_given(
    connect: Callable[..., Library], empty_broker: EmbeddedBroker, data_source: str
) -> None:
    with actor_on(empty_broker, ContractTopics(V1)) as actor:
        ContractSession(actor, data_source).complete()
    library = connect(broker=empty_broker.bootstrap_servers, domain="Team")
    assert library.sessions.get_all_sessions().unwrap() == []
    with actor_on(empty_broker, ContractTopics(V2, "Team")) as actor:
        session = library.sessions.create_new_session(SessionCreationInfo(data_source=data_source)).unwrap()
        assert len(actor.read_session(actor.topics.session, session.session_key)) == 1
