"""What the tests with .NET share: an embedded broker, and a started API on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ma_streaming import StreamingApiConfiguration, SupportLibraryApi, SupportLibraryBootstrapper
from ma_streaming.testing import EmbeddedBroker
from tests.support.fakes import RecordingLogger


@pytest.fixture(scope="session")
def broker() -> Iterator[EmbeddedBroker]:
    """A broker inside this process, for the whole run; tests keep apart by domain and data source."""
    with EmbeddedBroker() as running:
        yield running


@pytest.fixture
def logger() -> RecordingLogger:
    """A logger that keeps every line."""
    return RecordingLogger()


@pytest.fixture
def configuration(broker: EmbeddedBroker, domain: str) -> StreamingApiConfiguration:
    """A configuration with a domain of its own."""
    return StreamingApiConfiguration(broker.bootstrap_servers, domain=domain)


@pytest.fixture
def api(configuration: StreamingApiConfiguration, logger: RecordingLogger) -> Iterator[SupportLibraryApi]:
    """A started API."""
    with SupportLibraryBootstrapper.bootstrap(configuration, logger).create() as started:
        yield started
