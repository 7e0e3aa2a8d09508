"""What all tests share: a marker for each folder, a real broker, names of their own, and the check for leftovers."""

from __future__ import annotations

import signal
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ma_streaming.testing import EmbeddedBroker, KafkaBroker
from tests.support.brokers import SharedBroker, or_missing, running_broker
from tests.support.leaks import LeakCheck
from tests.support.wheels import Wheels, build_wheels

if TYPE_CHECKING:
    from tests.support.secured_broker import SecuredBroker

KINDS = ("unit", "native", "integration", "samples")


def pytest_configure() -> None:
    """Let the programs that tests start take Ctrl-C, also where this run is a shell's background job and ignores it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test with the name of its folder, so that `-m` selects by what is needed."""
    here = Path(__file__).parent
    for item in items:
        kind = item.path.relative_to(here).parts[0] if item.path.is_relative_to(here) else ""
        if kind in KINDS:
            item.add_marker(kind)


@pytest.fixture(autouse=True)
def nothing_outlives_the_test() -> Iterator[None]:
    """Fail a test that leaves behind a service, a thread or a native handle."""
    check = LeakCheck()
    yield
    check.assert_nothing_left(timeout_seconds=5)


@pytest.fixture(scope="session")
def kafka_broker() -> Iterator[SharedBroker]:
    """A real Apache Kafka for the whole run: the one MA_STREAMING_TEST_BROKER names, or one started here."""
    running = running_broker()
    if running is not None:
        yield running
        return
    broker = KafkaBroker()
    or_missing(broker.start)
    try:
        yield SharedBroker(broker.bootstrap_servers)
    finally:
        broker.stop()


@pytest.fixture(scope="session")
def embedded_broker() -> Iterator[EmbeddedBroker]:
    """The embedded broker for the whole run; tests create the topics that need one partition."""
    with EmbeddedBroker() as broker:
        yield broker


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Wheels:
    """The wheels of ma-streaming and of ma-streaming-drop-in."""
    return build_wheels(tmp_path_factory.mktemp("wheels"))


@pytest.fixture
def own_kafka_broker() -> Iterator[KafkaBroker]:
    """A started real broker for one test, which may kill, pause or fill it."""
    broker = KafkaBroker()
    or_missing(broker.start)
    try:
        yield broker
    finally:
        broker.stop()


@pytest.fixture
def data_source() -> str:
    """A data source that no other test uses."""
    return f"Source{uuid.uuid4().hex[:12]}"


@pytest.fixture
def domain() -> str:
    """A domain (prefix of the topic names of generation V2) that no other test uses."""
    return f"Test{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="session")
def secured_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredBroker]:
    """A real Apache Kafka with a listener for each kind of security, for the whole run."""
    from tests.support.secured_broker import SecuredBroker

    broker = SecuredBroker(tmp_path_factory.mktemp("certificates"))
    or_missing(broker.start)
    try:
        yield broker
    finally:
        broker.stop()
