"""How packets and events reach users: order, threads, push and pull. With a native side that the test plays."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from ma_streaming import (
    DataExpiredError,
    InternalError,
    InvalidArgumentError,
    LifecycleError,
    PacketReadingConfiguration,
    ReceivedPacketDto,
    StreamInfo,
    StreamingTimeoutError,
)
from ma_streaming.packet_reading import PacketReaderService, PacketReadingModuleApi
from ma_streaming.packet_reading.delivery import PUSH_DELAY_SECONDS
from tests.support.fakes import (
    FakeHost,
    FakeNativeReader,
    FakeReaderClient,
    RecordingLogger,
    event,
    eventually,
    session_fields,
)

SESSION_STARTED, SESSION_UPDATED, SESSION_COMPLETED, STREAM_STARTED, STREAM_COMPLETED = range(1, 6)
ASSOCIATION, CURSOR, FAILED = 6, 7, 8
TIMEOUT_CODE, EXPIRED_CODE = 4, 13


class Rig:
    """A started reader, what the native side gives it, and what came out."""

    def __init__(self) -> None:
        self.client = FakeReaderClient()
        self.host = FakeHost(self.client)
        self.reader = PacketReaderService(self.host, PacketReadingConfiguration())
        self.came: list[Any] = []
        self.threads: set[threading.Thread] = set()

    @property
    def native(self) -> FakeNativeReader:
        return self.client.reader

    @property
    def log(self) -> RecordingLogger:
        return self.host.recorded

    def start(self) -> PacketReaderService:
        self.reader.initialise()
        self.reader.start()
        return self.reader

    def handle(self, dto: ReceivedPacketDto) -> None:
        self.threads.add(threading.current_thread())
        self.came.append(dto.packet_bytes.data)

    def on_event(self, name: str) -> Any:
        def handler(_sender: object, args: Any) -> None:
            self.threads.add(threading.current_thread())
            self.came.append((name, args))

        getattr(self.reader, name).subscribe(handler)
        return handler

    def names(self) -> list[Any]:
        return [each[0] if isinstance(each, tuple) else each for each in self.came]


@pytest.fixture
def rig() -> Iterator[Rig]:
    made = Rig()
    yield made
    made.reader.stop()


def a_session(*packets: bytes) -> list[Any]:
    started = [event(SESSION_STARTED), event(STREAM_STARTED, stream="Stream0")]
    completed = [event(STREAM_COMPLETED, stream="Stream0"), event(SESSION_COMPLETED, reason="ended")]
    return [*started, *packets, *completed]


def test_packets_and_events_come_in_one_order_on_one_thread(rig: Rig) -> None:
    rig.start()
    names = ["session_reading_started", "stream_reading_started", "stream_reading_completed"]
    for name in [*names, "session_reading_completed"]:
        rig.on_event(name)
    rig.reader.set_handler(rig.handle)
    rig.native.put(*a_session(b"a", b"b"))
    rig.native.complete()
    eventually(lambda: rig.reader.is_completed)

    assert rig.names() == [*names[:2], b"a", b"b", names[2], "session_reading_completed"]
    assert len(rig.threads) == 1
    assert threading.current_thread() not in rig.threads
    completed = rig.came[-1][1]
    assert (completed.session_key, completed.reason) == ("key", "ended")
    assert rig.came[1][1] == StreamInfo("Default", "key", "Stream0")


def test_all_kinds_of_events_reach_their_handlers(rig: Rig) -> None:
    rig.start()
    for name in ("session_info_updated", "session_association_info_updated", "coverage_cursor_received", "failed"):
        rig.on_event(name)
    rig.native.put(
        event(SESSION_UPDATED),
        event(ASSOCIATION, associate=session_fields("other")),
        event(CURSOR, coverage_cursor_time=2**63 + 1),
        event(FAILED, error_code=EXPIRED_CODE, message="gone"),
        event(99),
    )
    eventually(lambda: len(rig.came) == 4)

    assert rig.came[0][1].session_key == "key"
    assert rig.came[1][1].associate_session_info.session_key == "other"
    assert rig.came[2][1].coverage_cursor_time == 2**63 + 1
    assert isinstance(rig.came[3][1], DataExpiredError)
    assert any("unknown kind 99" in line for line in rig.log.at("error"))


def test_nothing_is_taken_before_there_is_a_handler(rig: Rig) -> None:
    rig.start()
    rig.native.put(b"a")
    time.sleep(PUSH_DELAY_SECONDS + 0.1)  # the behaviour under test is that nothing happens in this time

    assert rig.native.blocks


def test_push_begins_250_ms_after_the_latest_handler(rig: Rig) -> None:
    rig.start()
    rig.native.put(event(SESSION_STARTED), b"a")
    rig.reader.set_handler(rig.handle)
    time.sleep(PUSH_DELAY_SECONDS / 2)  # a user's program does other things between its calls
    rig.on_event("session_reading_started")
    subscribed = time.monotonic()
    eventually(lambda: b"a" in rig.came)

    assert time.monotonic() - subscribed >= PUSH_DELAY_SECONDS * 0.9
    assert rig.names() == ["session_reading_started", b"a"]


def test_a_handler_set_before_start_counts_too(rig: Rig) -> None:
    rig.reader.set_handler(rig.handle)
    rig.start()
    rig.native.put(b"a")
    eventually(lambda: rig.came == [b"a"])


def test_handlers_are_objects_or_functions_and_several_are_allowed(rig: Rig) -> None:
    class Handler:
        def handle(self, item: ReceivedPacketDto) -> None:
            rig.came.append(("object", item.stream))

    rig.start()
    handler = Handler()
    rig.reader.set_handler(handler)  # type: ignore[arg-type]
    rig.reader.add_handler(rig.handle)
    rig.native.put(b"a", stream=3)
    eventually(lambda: rig.came == [("object", "Stream3"), b"a"])
    rig.reader.remove_handler(handler)  # type: ignore[arg-type]
    rig.native.put(b"b")
    eventually(lambda: rig.came[2:] == [b"b"])


def test_what_is_no_handler_is_refused_and_an_unknown_one_only_warned_of(rig: Rig) -> None:
    with pytest.raises(InvalidArgumentError, match="set_handler"):
        rig.reader.set_handler(5)  # type: ignore[arg-type]
    rig.reader.remove_handler(rig.handle)

    assert "Rig.handle" in rig.log.at("warning")[0]


def test_a_handler_that_raises_is_logged_and_counted_and_delivery_goes_on(rig: Rig) -> None:
    def bad(dto: ReceivedPacketDto) -> None:
        rig.handle(dto)
        raise SystemExit("deliberate")

    rig.start()
    rig.reader.set_handler(bad)
    rig.native.put(b"a", b"b", b"c")
    eventually(lambda: len(rig.came) == 3)

    assert len(rig.log.at("error")) == 3
    assert "deliberate" in rig.log.at("error")[0]
    assert "Traceback" in rig.log.at("error")[0]
    assert rig.reader.statistics().unwrap().handler_errors == 3


def test_packets_without_a_handler_are_counted_and_warned_of_once(rig: Rig) -> None:
    rig.start()
    rig.on_event("session_reading_started")
    rig.native.put(b"a", b"b")
    rig.native.put(b"c")
    eventually(lambda: rig.reader.statistics().unwrap().without_handler == 3)

    assert len([line for line in rig.log.at("warning") if "without a packet handler" in line]) == 1


def test_a_handler_removed_in_the_middle_of_a_block_gets_no_more(rig: Rig) -> None:
    def first_only(dto: ReceivedPacketDto) -> None:
        rig.came.append(dto.packet_bytes.data)
        rig.reader.remove_handler(first_only)
        rig.reader.set_handler(second)

    def second(dto: ReceivedPacketDto) -> None:
        rig.came.append((dto.packet_bytes.data, "second"))

    rig.start()
    rig.reader.set_handler(first_only)
    rig.native.put(b"a", b"b", b"c")
    eventually(lambda: len(rig.came) == 3)

    assert rig.came == [b"a", (b"b", "second"), (b"c", "second")]


def test_iteration_begins_at_once_and_events_fire_on_the_callers_thread(rig: Rig) -> None:
    rig.start()
    rig.native.put(*a_session(b"a", b"b"))
    rig.native.complete()
    rig.on_event("session_reading_started")
    rig.on_event("session_reading_completed")
    began = time.monotonic()
    for dto in rig.reader:
        rig.handle(dto)

    assert rig.names() == ["session_reading_started", b"a", b"b", "session_reading_completed"]
    assert rig.threads == {threading.current_thread()}
    assert time.monotonic() - began < PUSH_DELAY_SECONDS
    assert rig.reader.is_completed


def test_leaving_an_iteration_and_coming_back_loses_nothing(rig: Rig) -> None:
    rig.start()
    rig.native.put(b"a", b"b", b"c")
    rig.native.put(b"d")
    rig.native.complete()
    for dto in rig.reader:
        rig.handle(dto)
        break
    rig.came += [dto.packet_bytes.data for dto in rig.reader]

    assert rig.came == [b"a", b"b", b"c", b"d"]


def test_iteration_takes_over_from_push_without_losing_order(rig: Rig) -> None:
    reached = threading.Event()

    def slow(dto: ReceivedPacketDto) -> None:
        rig.handle(dto)
        reached.set()
        pulling.wait(5)

    pulling = threading.Event()
    rig.start()
    rig.reader.set_handler(slow)
    rig.native.put(b"a", b"b", b"c")
    rig.native.complete()
    assert reached.wait(5)
    iterator = iter(rig.reader)
    threading.Timer(0.05, pulling.set).start()
    rig.came += [dto.packet_bytes.data for dto in iterator]

    assert rig.came == [b"a", b"b", b"c"]


def test_batches_are_what_is_there(rig: Rig) -> None:
    rig.start()
    rig.native.put(b"a", b"b")
    rig.native.put(event(SESSION_STARTED), b"c", b"d")

    def data(batch: list[ReceivedPacketDto]) -> list[bytes]:
        return [dto.packet_bytes.data for dto in batch]

    assert data(rig.reader.read_batch(3, 5)) == [b"a", b"b", b"c"]
    assert data(rig.reader.read_batch(3, 5)) == [b"d"]
    began = time.monotonic()
    assert rig.reader.read_batch(3, 0.2) == []
    assert 0.15 < time.monotonic() - began < 2
    rig.native.complete()
    assert rig.reader.read_batch(3, 5) == []
    assert rig.reader.is_completed


@pytest.mark.parametrize(("count", "seconds"), [(0, 1), (1.5, 1), (1, -1), (1, float("nan")), (1, None)])
def test_batches_check_their_arguments(rig: Rig, count: Any, seconds: Any) -> None:
    rig.start()
    with pytest.raises(InvalidArgumentError):
        rig.reader.read_batch(count, seconds)


def test_a_timeout_is_raised_to_whoever_iterates_after_what_came_before(rig: Rig) -> None:
    rig.start()
    rig.on_event("failed")
    rig.native.put(b"a", event(FAILED, error_code=TIMEOUT_CODE, message="no packet within 1 s"))
    rig.native.complete()
    iterator = iter(rig.reader)
    rig.handle(next(iterator))
    with pytest.raises(StreamingTimeoutError, match="no packet"):
        next(iterator)

    assert rig.came == [b"a"]
    assert list(rig.reader) == []


def test_a_failure_after_packets_comes_with_the_next_batch(rig: Rig) -> None:
    rig.start()
    rig.native.put(b"a", event(FAILED, error_code=TIMEOUT_CODE, message="no packet within 1 s"))

    assert len(rig.reader.read_batch(10, 5)) == 1
    with pytest.raises(StreamingTimeoutError):
        rig.reader.read_batch(10, 5)


def test_a_native_failure_is_told(rig: Rig) -> None:
    rig.start()
    rig.on_event("failed")
    rig.native.failure = InternalError("broken")
    eventually(lambda: rig.came)

    assert str(rig.came[0][1]) == "broken"


def test_a_native_failure_is_raised_to_whoever_iterates(rig: Rig) -> None:
    rig.start()
    rig.native.failure = InternalError("broken")
    with pytest.raises(InternalError, match="broken"):
        list(rig.reader)


def test_stop_from_a_packet_handler_works_and_delivers_no_more_packets(rig: Rig) -> None:
    def stopping(dto: ReceivedPacketDto) -> None:
        rig.handle(dto)
        rig.reader.stop()

    rig.native.at_stop = [b"late", event(SESSION_COMPLETED, reason="stopped")]
    rig.start()
    rig.on_event("session_reading_completed")
    rig.reader.set_handler(stopping)
    rig.native.put(b"a", b"b")
    eventually(lambda: rig.native.closed)

    assert rig.names() == [b"a", "session_reading_completed"]
    assert rig.came[1][1].reason == "stopped"
    assert not rig.reader.is_started


def test_stop_from_another_thread_waits_for_the_events_that_it_causes(rig: Rig) -> None:
    rig.native.at_stop = [event(SESSION_COMPLETED, reason="stopped")]
    rig.start()
    rig.on_event("session_reading_completed")
    rig.reader.stop()

    assert rig.names() == ["session_reading_completed"]
    assert rig.native.closed


def test_stop_is_bounded_when_a_handler_hangs(rig: Rig) -> None:
    entered, go_on = threading.Event(), threading.Event()

    def hanging(_dto: ReceivedPacketDto) -> None:
        entered.set()
        go_on.wait(30)

    rig.reader.limit_stop(0.2)
    rig.start()
    rig.reader.set_handler(hanging)
    rig.native.put(b"a")
    assert entered.wait(5)
    began = time.monotonic()
    rig.reader.stop()

    assert time.monotonic() - began < 2
    assert any("still running" in line for line in rig.log.at("error"))
    go_on.set()
    eventually(lambda: rig.native.closed)


def test_stop_ends_an_iteration_on_another_thread(rig: Rig) -> None:
    rig.start()
    rig.native.put(b"a")
    thread = threading.Thread(target=lambda: rig.came.extend(rig.reader))
    thread.start()
    eventually(lambda: rig.came)
    rig.reader.stop()
    thread.join(5)

    assert not thread.is_alive()
    assert rig.native.closed


def test_a_handler_cant_iterate_over_its_own_reader(rig: Rig) -> None:
    def iterating(_dto: ReceivedPacketDto) -> None:
        list(rig.reader)

    rig.start()
    rig.reader.set_handler(iterating)
    rig.native.put(b"a")
    eventually(lambda: rig.log.at("error"))

    assert "can't iterate over its own reader" in rig.log.at("error")[0]


def test_a_reader_that_is_forgotten_is_stopped_with_a_warning() -> None:
    rig = Rig()
    native = rig.native
    rig.start()
    rig.host.services.clear()
    with pytest.warns(ResourceWarning, match="PacketReaderService"):
        del rig.reader
    eventually(lambda: native.closed)


def test_iteration_keeps_its_reader_alive() -> None:
    rig = Rig()
    rig.start()
    rig.native.put(b"a")
    rig.native.complete()
    rig.host.services.clear()
    iterator = iter(rig.reader)
    reader = rig.reader
    del rig.reader
    gc.collect()

    assert len(list(iterator)) == 1
    reader.stop()


def test_reading_before_start_and_after_stop_says_what_to_call(rig: Rig) -> None:
    with pytest.raises(LifecycleError, match="initialise"):
        iter(rig.reader)
    with pytest.raises(LifecycleError, match="initialise"):
        rig.reader.read_batch()
    assert not rig.reader.statistics().success
    rig.start()
    rig.reader.stop()
    with pytest.raises(LifecycleError, match="new one"):
        iter(rig.reader)


def test_the_native_reader_is_told_what_the_configuration_says() -> None:
    client = FakeReaderClient()
    host = FakeHost(client)
    reader = PacketReadingModuleApi(host).create_service("Car", "key").unwrap()
    with reader:
        pass

    assert (client.options.data_source, client.options.session_key, client.options.reading_type) == ("Car", "key", 2)
    assert client.options.inactivity_timeout_seconds == -1


@pytest.mark.parametrize(("data_source", "session_key"), [("", "key"), ("Car", ""), (None, "key"), ("Car", 5)])
def test_a_service_for_a_session_needs_its_names(data_source: Any, session_key: Any) -> None:
    result = PacketReadingModuleApi(FakeHost()).create_service(data_source, session_key)

    assert isinstance(result.error, InvalidArgumentError)


def test_a_service_needs_a_configuration() -> None:
    result = PacketReadingModuleApi(FakeHost()).create_service_with_config("x")  # type: ignore[arg-type]

    assert isinstance(result.error, InvalidArgumentError)
