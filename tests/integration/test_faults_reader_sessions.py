"""Empty ranges, one session after the other, and how reading ends (faults V09, V15, V17, V18, V37)."""

from __future__ import annotations

import gc
import threading
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ma_streaming._native import diagnostics
from ma_streaming.protos.open_data_pb2 import CoverageCursorInfoPacket, ErrorPacket
from ma_streaming.testing import wait_until
from tests.integration.contract_session import ContractSession
from tests.integration.library import (
    DEADLINE_SECONDS,
    FAILED,
    PACKET,
    SESSION_COMPLETED,
    SESSION_STARTED,
    ReaderLog,
    by_stream,
    started,
)
from tests.integration.one_generation import OneGeneration
from tests.integration.written_session import WrittenSession

if TYPE_CHECKING:
    from collections.abc import Callable

    from ma_streaming import ReceivedPacketDto
    from tests.integration.contract_actor import ContractActor
    from tests.integration.contract_topics import ContractTopics
    from tests.integration.library import Library

TOKYO = timezone(timedelta(hours=9))
LOS_ANGELES = timezone(timedelta(hours=-8))
QUIET_SECONDS = 1.5
CYCLES = 200
RUNTIME = 8
"""Threads and files of .NET's own that may come meanwhile: far fewer than one for each cycle."""


def moments() -> tuple[datetime, datetime]:
    """Give two times before and after everything that this test writes."""
    now = datetime.now(timezone.utc)
    return now - timedelta(hours=1), now + timedelta(hours=1)


def known(library: Library, session: ContractSession) -> None:
    """Wait until the library knows that a session has ended."""
    library.wait_for_session(session.data_source, session.key, historical=True)


class TestRanges(OneGeneration):
    @pytest.mark.parametrize("way", ["handlers", "read_batch"])
    def test_v15_a_range_that_is_reversed_or_empty_is_read_as_nothing(
        self, actor: ContractActor, library: Library, data_source: str, way: str
    ) -> None:
        session = ContractSession(actor, data_source, "Stream1").complete(packets=20)
        known(library, session)
        before, after = moments()
        now = datetime.now(timezone.utc)
        ranges = {
            "reversed": (after, before),
            "reversed within the session": (now, before),
            "empty": (before, before),
            "empty, in two time zones": (before.astimezone(TOKYO), before.astimezone(LOS_ANGELES)),
            "reversed, though the clocks on the walls say otherwise": (
                before.astimezone(TOKYO),
                (before - timedelta(hours=1)).astimezone(LOS_ANGELES),
            ),
            "in the future": (after, after + timedelta(days=1)),
            "before everything": (before - timedelta(days=1), before),
            "before 1970": (datetime(1900, 1, 1, tzinfo=timezone.utc), datetime(1901, 1, 1, tzinfo=timezone.utc)),
            "as wide as can be, reversed": (
                datetime.max.replace(tzinfo=timezone.utc),
                datetime.min.replace(tzinfo=timezone.utc),
            ),
        }
        for name, (first, last) in ranges.items():
            reader = library.historic(data_source, session.key, start_time=first, end_time=last)
            if way == "handlers":
                log = ReaderLog(reader)
                with started(reader):
                    assert log.wait_for_completion(session.key) in {"ended", "end_offset"}, name
                assert [kind for kind, _ in log.entries] == [SESSION_STARTED, SESSION_COMPLETED], name
            else:
                with started(reader):
                    assert reader.read_batch(10, DEADLINE_SECONDS) == [], name
                    assert reader.is_completed, name
        assert library.logger.of("error") == library.logger.of("warning") == []

    def test_v15_of_several_sessions_those_outside_of_the_range_come_empty(
        self, actor: ContractActor, library: Library, data_source: str
    ) -> None:
        first = ContractSession(actor, data_source, "Stream1").complete()
        known(library, first)
        with library.historic(data_source, first.key) as reader:
            last_of_first = max(item.submit_time for item in reader)
        between = last_of_first + timedelta(milliseconds=1)
        wait_until(lambda: datetime.now(timezone.utc) > between + timedelta(milliseconds=1))
        second = ContractSession(actor, data_source, "Stream1").complete()
        known(library, second)
        _, after = moments()
        log = ReaderLog(library.historic(data_source, start_time=between, end_time=after))
        with started(log.reader):
            for session in (first, second):
                log.wait_for_completion(session.key)
        assert log.received(first.key) == {}
        assert log.received(second.key) == second.expected
        assert log.of(FAILED) == []


class TestOneAfterTheOther(OneGeneration):
    def test_v17_each_session_of_a_process_has_its_own_error_packets(self, library: Library, data_source: str) -> None:
        log = ReaderLog(library.live(data_source))
        with started(log.reader):
            for run in range(3):
                session = WrittenSession(library, data_source, "Stream1", identifier=f"Run {run}").open()
                for number in range(20):
                    error = ErrorPacket(
                        error_identifier=f"Error{number}:App", name=f"Run {run}", timestamp=number, description="broken"
                    )
                    session.write("Stream1", "Error", error)
                session.close().end()
                assert log.wait_for_completion(session.key) == "ended"
                assert log.received(session.key) == session.expected
                errors = [item.packet for item in log.of(PACKET, session.key) if item.packet.type == "Error"]
                parsed = [ErrorPacket.FromString(packet.content) for packet in errors]
                assert [error.timestamp for error in parsed] == list(range(20))
                assert {error.name for error in parsed} == {f"Run {run}"}

    def test_v17_a_second_reader_of_a_process_gets_the_second_session_s_errors(
        self, library: Library, data_source: str
    ) -> None:
        for run in range(2):
            session = WrittenSession(library, data_source, "Stream1").open()
            reader = library.live(data_source, session.key)
            log = ReaderLog(reader)
            with started(reader):
                session.write("Stream1", "Error", ErrorPacket(error_identifier="E:App", name=f"Run {run}"))
                log.wait_for(PACKET, 3)
                session.write("", "Error", ErrorPacket(error_identifier="Late:App", name=f"Run {run}"))
                session.close().end()
                assert log.wait_for_completion(session.key) == "ended"
            assert log.received(session.key) == session.expected

    def test_v17_a_quiet_live_session_stays_live_unless_a_time_is_set(
        self, actor: ContractActor, library: Library, data_source: str
    ) -> None:
        session = ContractSession(actor, data_source, "Stream1").announce()
        patient = ReaderLog(library.live(data_source, session.key))
        assert patient.reader.configuration.inactivity_timeout_seconds is None
        hasty = ReaderLog(library.live(data_source, session.key, inactivity_timeout_seconds=1))
        session.open_streams()
        with started(patient.reader), started(hasty.reader):
            patient.wait_for(PACKET, 2)
            assert hasty.wait_for_completion(session.key) == "inactivity"
            session.write_periodic("Stream1", 5)
            patient.wait_for(PACKET, 7)
            assert patient.of(SESSION_COMPLETED) == []
            session.end_streams()
            session.end()
            assert patient.wait_for_completion(session.key) == "ended"
        assert patient.received(session.key) == session.expected
        assert len(hasty.of(PACKET)) <= 2
        assert len(hasty.of(SESSION_COMPLETED)) == 1

    def test_v17_a_heartbeat_keeps_a_live_session_from_being_given_up(
        self, actor: ContractActor, library: Library, data_source: str
    ) -> None:
        session = ContractSession(actor, data_source, "Stream1").announce()
        log = ReaderLog(library.live(data_source, session.key, inactivity_timeout_seconds=QUIET_SECONDS))
        with started(log.reader):
            log.wait_for(SESSION_STARTED)
            for beat in range(6):
                content = CoverageCursorInfoPacket(data_source=data_source, coverage_cursor_time=beat + 1)
                session.write("Stream1", "CoverageCursorInfo", content)
                actor.flush()
                log.wait_for("coverage_cursor_received", beat + 1)
                threading.Event().wait(QUIET_SECONDS / 4)  # the pace of the heartbeat
            assert log.of(SESSION_COMPLETED) == []
            assert log.wait_for_completion(session.key) == "inactivity"
        assert log.received(session.key) == {"Stream1": session.expected["Stream1"]}


class TestStaleSessions(OneGeneration):
    def test_v18_packets_of_an_ended_session_do_not_leak_into_the_next_and_are_counted(
        self, actor: ContractActor, library: Library, data_source: str
    ) -> None:
        log = ReaderLog(library.live(data_source))
        with started(log.reader):
            stale = ContractSession(actor, data_source, "Stream1").complete()
            log.wait_for_completion(stale.key)
            complete = {stream: list(packets) for stream, packets in stale.expected.items()}
            session = ContractSession(actor, data_source, "Stream1").announce()
            session.open_streams()
            log.wait_for(PACKET, 2, session_key=session.key)
            skipped = log.reader.statistics().unwrap().skipped
            for _ in range(10):
                stale.write_periodic("Stream1", 3)
                stale.write("", "Marker", b"")
                session.write_periodic("Stream1", 1)
            stale.end_streams()
            session.end_streams()
            session.end()
            assert log.wait_for_completion(session.key) == "ended"
            assert log.reader.statistics().unwrap().skipped == skipped + 10 * 4 + 2
        assert log.received(session.key) == session.expected
        assert log.received(stale.key) == complete
        assert [info.session_key for info in log.of(SESSION_STARTED)] == [stale.key, session.key]
        assert [info.session_key for info in log.of(SESSION_COMPLETED)] == [stale.key, session.key]

    def test_v18_a_session_read_later_has_nothing_of_those_around_it(
        self, actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
    ) -> None:
        stale = ContractSession(actor, data_source, "Stream1").complete()
        session = ContractSession(actor, data_source, "Stream1").announce()
        for _ in range(25):
            stale.write("Stream1", "Error", ErrorPacket(name="stale"))
            session.write("Stream1", "Error", ErrorPacket(name="new"))
        session.end_streams()
        session.end()
        library = connect(topics)
        with library.historic(data_source, session.key) as reader:
            received = by_stream(list(reader))
            assert reader.statistics().unwrap().skipped == 25
        assert received == session.expected


class Stopping:
    """A handler of packets that has its reader stopped, on another thread, after some of them."""

    def __init__(self, log: ReaderLog, after: int) -> None:
        self._log = log
        self._after = after
        self.stopper = threading.Thread(target=log.reader.stop)
        log.reader.set_handler(self.handle)

    def handle(self, _item: ReceivedPacketDto) -> None:
        """Begin to stop the reader when it is time."""
        if len(self._log.of(PACKET)) == self._after:
            self.stopper.start()


class TestStop(OneGeneration):
    PACKETS = 300

    def check(self, session: ContractSession, reason: str, received: dict[str, list[bytes]]) -> None:
        """Assert that nothing is missing, or that the reading was stopped and what came has no gap."""
        assert reason in {"ended", "stopped"}
        if reason == "ended":
            assert received == session.expected
        for stream, packets in received.items():
            assert packets == session.expected[stream][: len(packets)]

    def ended_session(self, actor: ContractActor, library: Library, data_source: str) -> ContractSession:
        """Write a session and wait until the library knows it."""
        session = ContractSession(actor, data_source, "Stream1").complete(packets=self.PACKETS)
        known(library, session)
        return session

    def test_v37_a_reader_stopped_at_any_packet_says_so_or_has_delivered_all(
        self, actor: ContractActor, library: Library, data_source: str
    ) -> None:
        session = self.ended_session(actor, library, data_source)
        total = sum(map(len, session.expected.values()))
        reasons = []
        for after in (1, 2, total // 2, total - 1, total):
            log = ReaderLog(library.historic(data_source, session.key))
            stopping = Stopping(log, after)
            started(log.reader)
            reasons.append(log.wait_for_completion(session.key))
            stopping.stopper.join(DEADLINE_SECONDS)
            self.check(session, reasons[-1], log.received(session.key))
            assert len(log.of(SESSION_COMPLETED)) == 1
            assert log.entries[-1][0] == SESSION_COMPLETED
            assert len(log.of(PACKET)) >= after
        assert reasons[0] == "stopped"

    def test_v37_a_reader_stopped_before_it_delivers_anything_says_stopped(
        self, actor: ContractActor, library: Library, data_source: str
    ) -> None:
        session = self.ended_session(actor, library, data_source)
        total = sum(map(len, session.expected.values()))
        reader = started(library.historic(data_source, session.key))
        # Everything is read and waits for a handler when the reader is stopped.
        wait_until(lambda: reader.statistics().unwrap().packets == total, timeout_seconds=DEADLINE_SECONDS)
        log = ReaderLog(reader)
        reader.stop()
        self.check(session, log.wait_for_completion(session.key), log.received(session.key))
        assert len(log.of(SESSION_COMPLETED)) == 1

    @pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
    def test_v37_a_reader_stopped_between_batches_says_stopped_unless_all_were_given(
        self, actor: ContractActor, library: Library, data_source: str, share: float
    ) -> None:
        session = self.ended_session(actor, library, data_source)
        total = sum(map(len, session.expected.values()))
        reader = library.historic(data_source, session.key)
        completed: list[Any] = []
        reader.session_reading_completed.subscribe(lambda _sender, info: completed.append(info))
        started(reader)
        wait_until(lambda: reader.statistics().unwrap().packets == total, timeout_seconds=DEADLINE_SECONDS)
        received: list[ReceivedPacketDto] = []
        while len(received) < share * total:
            received += reader.read_batch(50, DEADLINE_SECONDS)
        reader.stop()
        wait_until(lambda: bool(completed), timeout_seconds=DEADLINE_SECONDS)
        self.check(session, completed[0].reason, by_stream(received))
        assert len(completed) == 1

    def test_v37_what_was_written_before_a_live_session_s_end_is_all_there_at_its_completion(
        self, actor: ContractActor, library: Library, data_source: str
    ) -> None:
        session = ContractSession(actor, data_source, "Stream1").announce()
        log = ReaderLog(library.live(data_source, session.key))
        released = threading.Event()
        log.reader.set_handler(lambda _item: released.wait(DEADLINE_SECONDS))
        with started(log.reader):
            session.open_streams()
            session.write_periodic("Stream1", self.PACKETS)
            session.end_streams()
            session.end()
            # The session has ended, and all of its packets are waiting, before the second of them is handed on.
            total = sum(map(len, session.expected.values()))
            wait_until(lambda: log.reader.statistics().unwrap().packets == total, timeout_seconds=DEADLINE_SECONDS)
            library.wait_for_session(data_source, session.key, historical=True)
            log.wait_for(PACKET)
            assert len(log.of(PACKET)) == 1
            released.set()
            assert log.wait_for_completion(session.key) == "ended"
        assert log.received(session.key) == session.expected


def open_now() -> dict[str, int]:
    """Count what this process has open; threads and files of the system where the system tells."""
    folders = {"system threads": Path("/proc/self/task"), "files": Path("/proc/self/fd")}
    return {
        "Python threads": threading.active_count(),
        "native threads": diagnostics.live_threads(),
        "native handles": diagnostics.live_handles(),
        **{name: len(list(folder.iterdir())) for name, folder in folders.items() if folder.is_dir()},
    }


class TestCycles(OneGeneration):
    def test_v09_200_readers_opened_and_stopped_leave_no_thread_file_or_handle(
        self, actor: ContractActor, library: Library, data_source: str
    ) -> None:
        ended = ContractSession(actor, data_source, "Stream1").complete(packets=100)
        live = ContractSession(actor, data_source, "Stream1").announce()
        live.write_periodic("Stream1", 20)
        known(library, ended)

        def handle_and_stop() -> None:
            reader = library.live(data_source, live.key)
            stopped = threading.Event()

            def handle(_item: ReceivedPacketDto) -> None:
                reader.stop()
                stopped.set()

            reader.set_handler(handle)
            started(reader)
            assert stopped.wait(DEADLINE_SECONDS)

        def pull_and_stop() -> None:
            with library.live(data_source, live.key) as reader:
                assert reader.read_batch(5, DEADLINE_SECONDS)

        def read_whole() -> None:
            with library.historic(data_source, ended.key) as reader:
                assert by_stream(list(reader)) == ended.expected

        def stop_at_once() -> None:
            started(library.live(data_source)).stop()

        # Few with a handler: delivery to one begins a quarter of a second after it was set.
        ways = [handle_and_stop, pull_and_stop, read_whole, stop_at_once, pull_and_stop, pull_and_stop, stop_at_once]
        for way in ways:
            way()
        before = open_now()
        for number in range(CYCLES):
            ways[number % len(ways)]()
        gc.collect()
        allowed = {"system threads": RUNTIME, "files": RUNTIME}
        wait_until(
            lambda: all(count <= before[name] + allowed.get(name, 0) for name, count in open_now().items()),
            timeout_seconds=10,
            message=lambda: f"{open_now()} to be {before}",
        )
