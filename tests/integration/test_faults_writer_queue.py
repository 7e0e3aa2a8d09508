"""The client's queue is full, as when the broker is away: wait or fail, in constant stack and memory (F06, V35)."""

from __future__ import annotations

import functools
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ma_streaming import QueueFullError
from ma_streaming.packet_writing import FullQueuePolicy
from ma_streaming.protos.open_data_pb2 import Packet
from ma_streaming.testing import wait_until
from tests.integration.embedded_writing import DATA_SOURCE, STREAM, EmbeddedWriting, embedded_writing
from tests.integration.library import within
from tests.support import programs
from tests.support.memory import resident_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

TIMEOUT_SECONDS = 2.0
LATE_SECONDS = 1.0
"""How much longer than it should a call may take."""
QUEUED = 100
FRAMES_BYTES = 1024
"""By how much a stack may differ from one look to the next: less than one call more each 100 ms would make."""
MIB = 1024 * 1024
REFUSED = 50_000
"""Calls, three times; .NET collects garbage after tens of thousands of them for the first time."""

CALLS: dict[str, Callable[[EmbeddedWriting], Any]] = {
    "write_data": lambda writing: writing.write(QUEUED + 2),
    "write_data to a new stream": lambda writing: writing.write(QUEUED + 2, "Stream2"),
    "write_data of an essential packet": lambda writing: writing.writer.write_data(
        DATA_SOURCE, STREAM, writing.key, Packet(session_key=writing.key, is_essential=True)
    ),
    "write_many": lambda writing: writing.writer.write_many(
        DATA_SOURCE, STREAM, writing.key, [writing.packet(QUEUED + 2)] * 10
    ),
    "write_info": lambda writing: writing.writer.write_info(writing.packet(QUEUED + 2)),
}


def fill(writing: EmbeddedWriting) -> None:
    """Stop the broker, and write as many packets as the queue takes."""
    writing.broker.set_broker_down()
    for number in range(2, QUEUED + 2):
        if not writing.write(number).success:
            # The first packet has its place in the queue until its report is done with.
            wait_until(functools.partial(lambda each: writing.write(each).success, number), timeout_seconds=20)


def assert_nothing_more_is_in_flight(writing: EmbeddedWriting) -> None:
    """Assert that the calls that failed have left nothing behind."""
    counts = writing.writer.statistics().unwrap()
    assert (counts.accepted, counts.in_flight, counts.failed) == (QUEUED + 1, QUEUED, 0)


@pytest.mark.parametrize("call", CALLS.values(), ids=list(CALLS))
def test_f06_a_full_queue_is_waited_for_until_the_timeout(call: Callable[[EmbeddedWriting], Any]) -> None:
    with embedded_writing(timeout_seconds=TIMEOUT_SECONDS, queue_buffering_max_messages=QUEUED) as writing:
        fill(writing)
        began = time.monotonic()
        result = call(writing)
        took = time.monotonic() - began
        assert TIMEOUT_SECONDS <= took < TIMEOUT_SECONDS + LATE_SECONDS
        assert isinstance(result.error, QueueFullError)
        assert "2 s" in result.message
        assert_nothing_more_is_in_flight(writing)


@pytest.mark.parametrize("call", CALLS.values(), ids=list(CALLS))
def test_f06_a_full_queue_fails_a_writer_that_does_not_wait_at_once(call: Callable[[EmbeddedWriting], Any]) -> None:
    options = {"timeout_seconds": 30.0, "full_queue": FullQueuePolicy.FAIL}
    with embedded_writing(queue_buffering_max_messages=QUEUED, **options) as writing:  # type: ignore[arg-type]
        fill(writing)
        with within(LATE_SECONDS):
            result = call(writing)
        assert isinstance(result.error, QueueFullError)
        assert "stayed" not in result.message
        assert_nothing_more_is_in_flight(writing)


def test_f06_a_write_that_waits_goes_on_as_soon_as_there_is_room() -> None:
    with embedded_writing(timeout_seconds=60, queue_buffering_max_messages=QUEUED) as writing:
        fill(writing)
        results: list[Any] = []
        thread = threading.Thread(target=lambda: results.append(writing.write(QUEUED + 2)))
        thread.start()
        thread.join(0.5)
        assert thread.is_alive(), "the queue was not full"
        writing.broker.set_broker_up()
        thread.join(20)
        assert not thread.is_alive()
        assert results[0].success
        writing.writer.flush(20).unwrap()
        assert writing.stored() == list(range(1, QUEUED + 3))


def test_f06_many_packets_pass_through_a_small_queue_in_order() -> None:
    with embedded_writing(timeout_seconds=60, queue_buffering_max_messages=QUEUED) as writing:
        packets = [writing.packet(number) for number in range(2, 5001)]
        assert writing.writer.write_many(DATA_SOURCE, STREAM, writing.key, packets).unwrap() == len(packets)
        for number in range(5001, 10_001):
            writing.write(number).unwrap()
        writing.writer.flush(20).unwrap()
        assert writing.stored() == list(range(1, 10_001))


def test_v35_a_write_that_waits_for_long_neither_recurses_nor_holds_up_others() -> None:
    with embedded_writing(timeout_seconds=4, queue_buffering_max_messages=QUEUED) as writing:
        fill(writing)
        results: list[Any] = []
        thread = threading.Thread(target=lambda: results.append(writing.write(QUEUED + 2)))
        thread.start()
        samples: list[tuple[int, int]] = []

        def sample() -> bool:
            frame = sys._current_frames().get(thread.ident or 0)
            depth = 0
            while frame is not None:
                depth, frame = depth + 1, frame.f_back
            samples.append((depth, stack_pointer(thread)))
            return not thread.is_alive()

        wait_until(sample, timeout_seconds=20)
        assert isinstance(results[0].error, QueueFullError)
    third = len(samples) // 3
    assert third > 20
    for kind in (0, 1):
        early, late = ([each[kind] for each in part if each[kind]] for part in (samples[:third], samples[third:-3]))
        if kind == 0:
            assert max(late) <= max(early), "Python calls itself"
        elif early:
            assert min(late) > min(early) - FRAMES_BYTES, "the native side calls itself"


def stack_pointer(thread: threading.Thread) -> int:
    """Say how far down the stack of a thread that waits in the kernel is; 0 where it does not, or cannot be seen."""
    try:
        fields = Path(f"/proc/self/task/{thread.native_id}/syscall").read_text("ascii").split()
    except OSError:
        return 0
    return int(fields[-2], 16) if len(fields) > 2 else 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends Ctrl-C to a whole console, the test too")
@pytest.mark.parametrize("call", ["write_data", "essential"])
def test_f06_ctrl_c_ends_a_write_that_waits(call: str) -> None:
    process = programs.start(
        f"""
        from tests.integration.embedded_writing import *
        from tests.integration.test_faults_writer_queue import CALLS, QUEUED, fill
        from tests.support.programs import say_when_waiting
        call = next(call for name, call in CALLS.items() if {call!r} in name)
        with embedded_writing(timeout_seconds=60, queue_buffering_max_messages=QUEUED) as writing:
            fill(writing)
            say_when_waiting()
            try:
                print(call(writing))
            except KeyboardInterrupt:
                print("interrupted")
        """
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "waiting\n", process.communicate()
    process.send_signal(signal.SIGINT)
    with within(LATE_SECONDS):
        line = process.stdout.readline()
    code, out, err = programs.finish(process)
    assert (line, code) == ("interrupted\n", 0), out + err


@pytest.mark.skipif(sys.platform != "linux", reason="resident memory is read from /proc")
@pytest.mark.parametrize(
    ("limits", "payload_bytes", "most_bytes"),
    [
        ({"queue_buffering_max_kbytes": 32 * 1024}, 20_000, 48 * MIB),
        ({"queue_buffering_max_messages": 100_000}, 10, 64 * MIB),
    ],
    ids=["kilobytes", "messages"],
)
def test_f06_memory_is_bounded_by_the_queue_however_long_the_broker_is_down(
    limits: dict[str, int], payload_bytes: int, most_bytes: int
) -> None:
    with embedded_writing(full_queue=FullQueuePolicy.FAIL, **limits) as writing:  # type: ignore[arg-type]
        writing.broker.set_broker_down()
        packet = Packet(session_key=writing.key, content=os.urandom(payload_bytes)).SerializeToString()
        before = resident_bytes()
        while writing.writer.write_data(DATA_SOURCE, STREAM, writing.key, packet).success:
            assert resident_bytes() - before < most_bytes
        assert resident_bytes() - before < most_bytes
        refused: list[float] = []
        for _ in range(3):
            for _ in range(REFUSED):
                assert not writing.writer.write_data(DATA_SOURCE, STREAM, writing.key, packet).success
            refused.append(resident_bytes() / MIB)
        assert refused[-1] - refused[-2] < 8, f"refused packets take memory: {refused} MiB"
