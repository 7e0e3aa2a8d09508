"""A client on a domain of its own, and a session that it recorded."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from ma_streaming import Event
from tests.integration.client.whole_session import PARAMETERS, START, Recorded, connected, write_everything
from tests.integration.library import RecordingLogger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ma_streaming import Client, SessionInfo


@pytest.fixture(scope="module")
def domain() -> str:
    """One for all tests of this module."""
    return f"Test{uuid.uuid4().hex[:8]}"


@pytest.fixture
def log() -> RecordingLogger:
    return RecordingLogger()


@pytest.fixture
def client(broker_list: str, domain: str, log: RecordingLogger) -> Iterator[Client]:
    with connected(broker_list, domain, log) as client:
        yield client


@pytest.fixture(scope="module")
def record(broker_list: str, domain: str) -> Recorded:
    log = RecordingLogger()
    with connected(broker_list, domain, log) as client:
        recording = client.record(
            "Car",
            identifier="run 1",
            parameters=PARAMETERS,
            events=[Event("1A:Chassis", description="over speed", priority="high", units=("km/h",))],
            details={"Driver": "A"},
            start=START,
        )
        with recording:
            write_everything(recording)
        assert recording.report is not None
        assert (recording.report.failed, recording.report.in_flight) == (0, 0)
        return Recorded(client.sessions(data_source="Car", live=False)[0], log.of("warning"))


@pytest.fixture
def recorded(record: Recorded) -> SessionInfo:
    return record.session
