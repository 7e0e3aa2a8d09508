"""Handlers that raise, hang or call the library, and readers that are stopped at any moment (faults F18, F20)."""

from __future__ import annotations

import contextlib
import sys
import threading
import uuid
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from ma_streaming import IHandler, LifecycleError, OperationCancelledError, SessionCreationInfo
from ma_streaming.protos.open_data_pb2 import Packet
from ma_streaming.testing import wait_until
from tests.integration.at_once import at_once
from tests.integration.contract_actor import ContractActor
from tests.integration.contract_session import ContractSession
from tests.integration.contract_topics import V2, ContractTopics
from tests.integration.library import (
    DEADLINE_SECONDS,
    FAILED,
    PACKET,
    SESSION_COMPLETED,
    SESSION_STARTED,
    STREAM_COMPLETED,
    STREAM_STARTED,
    Library,
    ReaderLog,
    by_stream,
    started,
    within,
)
from tests.integration.written_session import WrittenSession

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from typing_extensions import Self

    from ma_streaming import PacketReaderService, ReceivedPacketDto
    from ma_streaming.testing import KafkaBroker

EVENTS = [SESSION_STARTED, STREAM_STARTED, STREAM_COMPLETED, SESSION_COMPLETED]
STOP_SECONDS = 1.0
AT_ONCE_SECONDS = 1.0
AFTER_STOP_SECONDS = 2.0
"""What `stop()` may take beyond its own limit: it waits for the packet in hand, and the machine may be busy."""


class Gate(IHandler["ReceivedPacketDto"]):
    """A handler that stays in its first call until it is let go; a context manager, so that no test leaves it there."""

    def __init__(self) -> None:
        self.received: list[bytes] = []
        self._entered = threading.Event()
        self._opened = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.open()

    def handle(self, item: ReceivedPacketDto) -> None:
        """Take a packet and wait."""
        self.received.append(item.packet_bytes.data)
        self._entered.set()
        assert self._opened.wait(2 * DEADLINE_SECONDS)

    def wait(self) -> None:
        """Wait until the handler was called."""
        assert self._entered.wait(DEADLINE_SECONDS), "the handler got no packet"

    def open(self) -> None:
        """Let the handler return, now and ever after."""
        self._opened.set()


class Once:
    """Does something at the first call, on the thread that calls, and keeps what came of it."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self._work = work
        self._outcome: Future[Any] = Future()
        self.calls = 0

    def __call__(self, *_: object) -> None:
        self.calls += 1
        if self.calls == 1:
            try:
                self._outcome.set_result(self._work())
            except BaseException as error:  # noqa: BLE001 - it is raised again where the test asks for it
                self._outcome.set_exception(error)

    def outcome(self) -> Any:
        """Wait for what the work returned, or raise what it raised."""
        return self._outcome.result(DEADLINE_SECONDS)


def attach(reader: PacketReaderService, occasion: str, handler: Callable[..., None]) -> None:
    """Have `handler` called with every packet, or at every event of that name."""
    if occasion == PACKET:
        reader.set_handler(handler)
    else:
        getattr(reader, occasion).subscribe(handler)


def wait_for(condition: Callable[[], bool], what: str) -> None:
    """Wait until a condition holds."""
    wait_until(condition, timeout_seconds=DEADLINE_SECONDS, message=what)


def threads_of(reader: PacketReaderService) -> list[str]:
    """Name the Python threads that a reader has."""
    return [thread.name for thread in threading.enumerate() if str(reader.id) in thread.name]


def use_everything(library: Library, session: ContractSession) -> None:
    """Call each module of the library, as a handler may."""
    data_source = session.data_source
    ours = library.sessions.create_new_session(SessionCreationInfo(data_source=data_source)).unwrap()
    library.sessions.update_session_details(data_source, ours.session_key, {"a": "1"}).unwrap()
    assert session.key in library.session_keys(data_source)
    format_info = library.formats.get_parameter_data_format_id(data_source, ["Sin:MyApp"]).unwrap()
    found = library.formats.get_parameters_list(data_source, format_info.data_format_id).unwrap()
    assert found.parameter_list == ["Sin:MyApp"]
    packet = Packet(type="Marker", session_key=ours.session_key)
    library.writer.write_data(data_source, "Stream1", ours.session_key, packet).unwrap()
    assert library.writer.flush(10).unwrap().failed == 0
    assert library.sessions.end_session(data_source, ours.session_key).unwrap().historical
    with library.historic(data_source, session.key) as other:
        assert by_stream(list(other)) == session.expected
        assert other.statistics().unwrap().packets == sum(map(len, session.expected.values()))
    with library.api.get_essentials_api().create_service(data_source, session.key).unwrap() as essentials:
        assert [item.packet.type for item in essentials] == ["Configuration"] * len(session.expected)


@pytest.fixture(scope="module")
def topics() -> ContractTopics:
    """The topics of a domain that the tests of this file share."""
    return ContractTopics(V2, f"Test{uuid.uuid4().hex[:8]}")


@pytest.fixture(scope="module")
def actor(broker_list: str, topics: ContractTopics) -> Iterator[ContractActor]:
    """A writer that does what the contract says."""
    with ContractActor(broker_list, topics) as actor:
        yield actor


@pytest.fixture(scope="module")
def session(actor: ContractActor) -> ContractSession:
    """A session that has ended, with 100 packets of data."""
    return ContractSession(actor, f"Source{uuid.uuid4().hex[:12]}", "Stream1").complete(packets=100)


@pytest.fixture(scope="module")
def library(broker_list: str, session: ContractSession) -> Iterator[Library]:
    """The library, started, with all that it keeps for later: so the check for leftovers sees what a test leaves."""
    topics = session.actor.topics
    library = Library(broker_list, topic_naming=topics.naming, domain=topics.domain).start()
    use_everything(library, session)
    yield library
    library.stop()


@pytest.fixture
def hasty(connect: Callable[..., Library], session: ContractSession) -> Library:
    """A library whose services wait a second at most for a handler at `stop()`."""
    return connect(session.actor.topics, termination_timeout_seconds=STOP_SECONDS)


class TestHandlersThatFail:
    def test_f18_handlers_that_raise_are_counted_and_nobody_loses_anything(
        self, library: Library, session: ContractSession
    ) -> None:
        reader = library.historic(session.data_source, session.key)
        seen: list[str] = []

        def fail(occasion: str) -> Callable[..., None]:
            def failing(*_: object) -> None:
                seen.append(occasion)
                raise ValueError(occasion)

            return failing

        for occasion in (PACKET, *EVENTS):
            attach(reader, occasion, fail(occasion))
        log = ReaderLog(reader)
        with started(reader):
            assert log.wait_for_completion(session.key) == "ended"
            wait_for(lambda: reader.is_completed, "the reader to be at its end")
            statistics = reader.statistics().unwrap()
        assert log.received(session.key) == session.expected
        assert seen == [kind for kind, _ in log.entries if kind in {PACKET, *EVENTS}]
        assert statistics.handler_errors == len(seen) == sum(map(len, session.expected.values())) + 6
        assert log.of(FAILED) == []

    def test_f18_a_handler_that_hangs_holds_up_its_own_reader_only(
        self, hasty: Library, session: ContractSession
    ) -> None:
        with Gate() as gate:
            stuck = started(hasty.historic(session.data_source, session.key))
            stuck.set_handler(gate)
            gate.wait()
            use_everything(hasty, session)
            assert len(gate.received) == 1
            assert stuck.statistics().unwrap().packets > 1
            with within(STOP_SECONDS + AFTER_STOP_SECONDS):
                stuck.stop()
            assert not stuck.is_started
            assert any("still running" in line for line in hasty.logger.of("error"))
        wait_for(lambda: not threads_of(stuck), "the delivery thread to end")
        assert len(gate.received) == 1

    def test_f18_a_hanging_handler_does_not_keep_the_api_from_stopping(
        self, hasty: Library, session: ContractSession
    ) -> None:
        with Gate() as gate:
            log = ReaderLog(started(hasty.historic(session.data_source, session.key)))
            other = ReaderLog(started(hasty.live(session.data_source)))
            log.reader.set_handler(gate)
            gate.wait()
            with within(STOP_SECONDS + 2 * AFTER_STOP_SECONDS):
                hasty.stop()
            assert not log.reader.is_started
            assert not other.reader.is_started


class TestHandlersThatCallTheLibrary:
    @pytest.mark.parametrize("occasion", [SESSION_STARTED, PACKET, SESSION_COMPLETED])
    def test_f18_a_handler_may_use_all_of_the_library(
        self, library: Library, session: ContractSession, occasion: str
    ) -> None:
        reader = library.historic(session.data_source, session.key)
        using = Once(lambda: use_everything(library, session))
        attach(reader, occasion, using)
        log = ReaderLog(reader)
        with started(reader):
            using.outcome()
            assert log.wait_for_completion(session.key) == "ended"
        assert log.received(session.key) == session.expected
        assert log.of(FAILED) == []

    def test_f18_a_handler_may_ask_its_own_reader_how_far_it_is(
        self, library: Library, session: ContractSession, topics: ContractTopics
    ) -> None:
        reader = library.historic(session.data_source, session.key, streams=["Stream1"])
        asking = Once(lambda: (reader.statistics().unwrap(), reader.is_completed, reader.position()))
        attach(reader, PACKET, asking)
        with started(reader):
            statistics, is_completed, position = asking.outcome()
        assert statistics.packets >= 1
        assert not is_completed
        assert position == {f"{topics.stream(session.data_source, 'Stream1')}:0": 1}

    @pytest.mark.parametrize("occasion", [SESSION_STARTED, PACKET])
    @pytest.mark.parametrize("way", ["iteration", "read_batch"])
    def test_f18_pulling_from_a_reader_that_pushes_is_refused_and_harms_nothing(
        self, library: Library, session: ContractSession, occasion: str, way: str
    ) -> None:
        reader = library.historic(session.data_source, session.key)
        pulling = Once(lambda: next(iter(reader)) if way == "iteration" else reader.read_batch(1, 1))
        attach(reader, occasion, pulling)
        log = ReaderLog(reader)
        with started(reader):
            with pytest.raises(LifecycleError):
                pulling.outcome()
            assert log.wait_for_completion(session.key) == "ended"
        assert log.received(session.key) == session.expected

    def test_f18_an_event_handler_may_pull_from_the_reader_that_is_iterated(
        self, library: Library, session: ContractSession
    ) -> None:
        received: list[ReceivedPacketDto] = []
        with library.historic(session.data_source, session.key) as reader:
            pulling = Once(lambda: received.extend(reader.read_batch(5, 10)))
            attach(reader, SESSION_STARTED, pulling)
            received.extend(iter(reader))
            pulling.outcome()
        assert by_stream(received) == session.expected

    def test_f18_a_handler_may_end_the_session_that_it_reads(
        self, actor: ContractActor, library: Library, session: ContractSession
    ) -> None:
        live = ContractSession(actor, session.data_source, "Stream1").announce()
        live.open_streams("Sin:MyApp")
        live.end_streams()
        reader = library.live(live.data_source, live.key)
        ending = Once(lambda: library.sessions.end_session(live.data_source, live.key).unwrap())
        attach(reader, PACKET, ending)
        log = ReaderLog(reader)
        with started(reader):
            assert ending.outcome().historical
            assert log.wait_for_completion(live.key) == "ended"
        assert log.received(live.key) == live.expected


class TestStop:
    @pytest.mark.parametrize("occasion", [*EVENTS, PACKET])
    def test_f20_stop_from_any_handler_ends_the_reader(
        self, library: Library, session: ContractSession, occasion: str
    ) -> None:
        reader = library.historic(session.data_source, session.key)
        log = ReaderLog(reader)
        before: list[int] = []

        def stop() -> None:
            before.append(len(log.of(PACKET)))
            with within(AT_ONCE_SECONDS):
                reader.stop()
                reader.stop()

        stopping = Once(stop)
        attach(reader, occasion, stopping)
        started(reader)
        stopping.outcome()
        assert not reader.is_started
        log.wait_for_completion(session.key)
        with within(AFTER_STOP_SECONDS):
            reader.stop()
        wait_for(lambda: not threads_of(reader), "the delivery thread to end")
        assert len(log.of(PACKET)) == before[0]
        assert len(log.of(SESSION_COMPLETED)) == 1
        assert log.of(FAILED) == []

    @pytest.mark.parametrize("occasion", EVENTS)
    def test_f20_stop_from_an_event_handler_ends_an_iteration(
        self, library: Library, session: ContractSession, occasion: str
    ) -> None:
        reader = library.historic(session.data_source, session.key)
        completed: list[str] = []
        reader.session_reading_completed.subscribe(lambda _sender, info: completed.append(info.reason))

        def stop() -> None:
            with within(AT_ONCE_SECONDS):
                reader.stop()

        stopping = Once(stop)
        attach(reader, occasion, stopping)
        received = by_stream(list(started(reader)))
        stopping.outcome()
        assert not reader.is_started
        for stream, packets in received.items():
            assert packets == session.expected[stream][: len(packets)]
        wait_for(lambda: len(completed) > 0, "the session's completion")
        assert completed == ["stopped"] or (completed == ["ended"] and received == session.expected)

    @pytest.mark.parametrize("occasion", EVENTS[:3])
    def test_f20_stop_from_another_thread_during_an_event_of_an_iteration_ends_it(
        self, library: Library, session: ContractSession, occasion: str
    ) -> None:
        reader = library.historic(session.data_source, session.key)
        completed: list[str] = []
        reader.session_reading_completed.subscribe(lambda _sender, info: completed.append(info.reason))
        waiting = Once(lambda: wait_for(lambda: not reader.is_started, "the other thread to call stop()"))
        attach(reader, occasion, waiting)
        started(reader)
        iterating = Once(lambda: by_stream(list(reader)))
        thread = threading.Thread(target=iterating)
        thread.start()
        wait_for(lambda: waiting.calls > 0, "the event")
        with within(AFTER_STOP_SECONDS):
            reader.stop()
            received = iterating.outcome()
        thread.join(DEADLINE_SECONDS)
        assert completed == ["stopped"] or (completed == ["ended"] and received == session.expected)

    def test_f20_stop_on_many_threads_while_a_handler_hangs_returns_to_all(
        self, hasty: Library, session: ContractSession
    ) -> None:
        stopped: list[object] = []
        with Gate() as gate:
            reader = started(hasty.historic(session.data_source, session.key))
            reader.stopped.subscribe(lambda _sender, at: stopped.append(at))
            reader.set_handler(gate)
            gate.wait()
            with within(STOP_SECONDS + AFTER_STOP_SECONDS):
                at_once(*[reader.stop] * 5)
            assert len(stopped) == 1

    def test_f20_stop_from_a_handler_and_from_another_thread_at_once_returns_to_both(
        self, library: Library, session: ContractSession
    ) -> None:
        reader = library.historic(session.data_source, session.key)

        def stop_too() -> None:
            wait_for(lambda: not reader.is_started, "the other thread to call stop()")
            reader.stop()

        stopping = Once(stop_too)
        attach(reader, PACKET, stopping)
        started(reader)
        wait_for(lambda: stopping.calls > 0, "a packet")
        with within(AFTER_STOP_SECONDS):
            reader.stop()
            stopping.outcome()

    def test_f20_readers_whose_handlers_stop_each_other_end(self, hasty: Library, session: ContractSession) -> None:
        readers = [hasty.historic(session.data_source, session.key) for _ in range(2)]
        together = threading.Barrier(2, timeout=DEADLINE_SECONDS)

        def stop(other: PacketReaderService) -> None:
            together.wait()
            other.stop()

        stopping = [Once(partial(stop, other)) for other in reversed(readers)]
        for reader, once in zip(readers, stopping, strict=True):
            attach(reader, PACKET, once)
            started(reader)
        with within(STOP_SECONDS + 2 * AFTER_STOP_SECONDS):
            for once in stopping:
                once.outcome()
        assert [reader.is_started for reader in readers] == [False, False]

    def test_f20_stop_while_the_reader_starts_leaves_it_stopped(
        self, library: Library, session: ContractSession
    ) -> None:
        for _ in range(30):
            reader = library.historic(session.data_source, session.key)
            reader.initialise()

            def start(reader: PacketReaderService = reader) -> None:
                with contextlib.suppress(OperationCancelledError, LifecycleError):
                    reader.start()

            with within(2 * AFTER_STOP_SECONDS):
                at_once(start, reader.stop)
            assert not reader.is_started
            with pytest.raises(LifecycleError):
                iter(reader)

    @pytest.mark.skipif(sys.platform == "win32", reason="Windows can't suspend a process")
    def test_f20_stop_ends_a_start_that_waits_for_the_broker(
        self,
        own_kafka_broker: KafkaBroker,
        connect: Callable[..., Library],
        topics: ContractTopics,
        data_source: str,
    ) -> None:
        library = connect(topics, broker=own_kafka_broker.bootstrap_servers, termination_timeout_seconds=STOP_SECONDS)
        WrittenSession(library, data_source).complete()
        reader = library.live(data_source)
        reader.initialise()
        starting = Once(reader.start)
        thread = threading.Thread(target=starting)
        own_kafka_broker.pause()
        try:
            thread.start()
            wait_for(lambda: not reader.is_started and starting.calls > 0, "start() to be called")
            with within(STOP_SECONDS + AFTER_STOP_SECONDS):
                reader.stop()
        finally:
            own_kafka_broker.resume()
            thread.join(DEADLINE_SECONDS)
        with pytest.raises(OperationCancelledError):
            starting.outcome()
        # Stopped for good, though start() may have been at work still when stop() returned.
        with pytest.raises(LifecycleError, match="stopped"):
            reader.start()
