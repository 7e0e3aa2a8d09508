"""How columns reach whoever asks for them: what is dealt with when, and what the rest of the reader does meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from ma_streaming import (
    InvalidArgumentError,
    LifecycleError,
    PacketReaderService,
    PacketReadingConfiguration,
    StreamingTimeoutError,
)
from tests.support.fakes import FakeHost, FakeNativeReader, FakeReaderClient, event, eventually

SESSION_COMPLETED, FAILED, TIMEOUT_CODE = 3, 8, 4


class Rig:
    """A started member of a group, and what the native side gives it."""

    def __init__(self) -> None:
        client = FakeReaderClient()
        self.reader = PacketReaderService(FakeHost(client), PacketReadingConfiguration(group_id="group"))
        self.reader.initialise()
        self.reader.start()
        self.native: FakeNativeReader = client.reader

    @property
    def handled(self) -> tuple[int, ...]:
        return self.native.handled[-1] if self.native.handled else ()


@pytest.fixture
def rig() -> Iterator[Rig]:
    made = Rig()
    yield made
    made.reader.stop()


def batch(stream: int = 0) -> Any:
    return SimpleNamespace(stream=stream, samples=1, columns={})


def test_a_batch_is_dealt_with_when_the_next_one_is_asked_for(rig: Rig) -> None:
    rig.native.put_columns(batch(1), batch(2))
    batches = rig.reader.columns(["A"], 7, 0.25)

    assert next(batches).stream == "Stream1"
    assert rig.native.asked_for == (["A"], 0, 7, 250, (0, 0))
    marks = len(rig.native.handled)
    eventually(lambda: len(rig.native.handled) > marks + 2)
    assert set(rig.native.handled[1:]) == {(1, 0)}
    assert rig.reader.position() == {"Data.Default:0": 101}, "what is in hand was handed out"

    assert next(batches).stream == "Stream2"
    assert (1, 1) in rig.native.handled
    eventually(lambda: rig.handled == (2, 0))
    assert (2, 1) not in rig.native.handled

    rig.native.complete()
    assert list(batches) == []
    assert rig.handled == (2, 1)


def test_read_comes_back_in_time_with_or_without_a_batch(rig: Rig) -> None:
    batches = rig.reader.columns()

    assert batches.read(0) is None
    rig.native.put_columns(batch(3))
    taken = batches.read(60)
    assert taken is not None
    assert taken.stream == "Stream3"
    marks = len(rig.native.handled)
    eventually(lambda: len(rig.native.handled) > marks + 2)
    assert rig.handled == (1, 0), "the batch is in hand"
    assert batches.read(0) is None
    assert rig.handled == (1, 1)

    rig.native.complete()
    assert batches.read(60) is None
    assert rig.reader.is_completed
    with pytest.raises(InvalidArgumentError, match="timeout_seconds"):
        batches.read(-1)


def test_events_fire_between_the_batches_on_the_thread_that_asks(rig: Rig) -> None:
    came: list[Any] = []
    rig.reader.session_reading_completed.subscribe(lambda _sender, info: came.append(info.reason))
    rig.native.put_columns(batch(), event(SESSION_COMPLETED, reason="ended"), batch())
    rig.native.complete()

    for _ in rig.reader.columns():
        came.append("batch")  # noqa: PERF401 - in their order

    assert came == ["batch", "ended", "batch"]


def test_a_failure_is_raised_behind_the_batches_before_it(rig: Rig) -> None:
    rig.native.put_columns(batch(), event(FAILED, error_code=TIMEOUT_CODE, message="late"))
    batches = rig.reader.columns()

    assert next(batches).samples == 1
    with pytest.raises(StreamingTimeoutError, match="late"):
        next(batches)


def test_a_suspended_iteration_gives_no_packets_once_columns_were_asked_for(rig: Rig) -> None:
    rig.native.put(b"a", b"b", b"c")
    packets = iter(rig.reader)
    assert next(packets).packet_bytes.data == b"a"
    rig.native.put_columns(batch())

    next(rig.reader.columns())

    assert rig.native.asked_for is not None
    assert rig.native.asked_for[-1] == (1, 1), "columns begin behind the packet that was handed out"
    with pytest.raises(LifecycleError, match="gives columns"):
        next(packets)


def test_a_batch_that_was_not_handed_out_makes_its_session_stopped(rig: Rig) -> None:
    reasons: list[str] = []
    rig.reader.session_reading_completed.subscribe(lambda _sender, info: reasons.append(info.reason))
    rig.native.put_columns(batch())
    batches = rig.reader.columns()
    next(batches)
    rig.native.put_columns(batch(), event(SESSION_COMPLETED, reason="ended"))

    rig.reader.stop()

    assert list(batches) == []
    eventually(lambda: reasons == ["stopped"])
