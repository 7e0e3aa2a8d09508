"""Clocks and time zones: nothing may depend on the zone of the host (faults F31, V08; wire contract 3.9, 3.10)."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest

from ma_streaming.protos.open_data_pb2 import EndOfSessionPacket, NewSessionPacket, Packet
from tests.integration import timed_records
from tests.integration.contract_session import ContractSession
from tests.integration.contract_topics import V2, ContractTopics
from tests.integration.library import DEADLINE_SECONDS, ReaderLog, started, within
from tests.integration.written_session import WrittenSession
from tests.support import programs
from tests.support.requirements import missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.integration.contract_actor import ContractActor
    from tests.integration.library import Library

HOUR = timedelta(hours=1)
PROMPT_SECONDS = 10


@pytest.fixture(params=["America/Los_Angeles", "Asia/Kathmandu"])
def zone(request: pytest.FixtureRequest) -> str:
    """A zone behind UTC and one ahead of it, by no whole number of hours."""
    if sys.platform == "win32":
        pytest.skip("the variable TZ sets no time zone on Windows")
    name: str = request.param
    try:
        ZoneInfo(name)
    except ZoneInfoNotFoundError:
        missing("the time zone database", "install the package tzdata of the operating system")
    return name


@pytest.fixture
def topics(domain: str) -> ContractTopics:
    """Times are the same in both generations."""
    return ContractTopics(V2, domain)


@contextlib.contextmanager
def program(name: str, zone: str, broker_list: str, topics: ContractTopics, data_source: str) -> Iterator[Any]:
    """Run one of the programs in a time zone; it ends, or is ended, with the block."""
    arguments = ", ".join(map(repr, (broker_list, topics.naming, topics.domain, data_source)))
    text = f"from tests.integration import zone_programs\nzone_programs.{name}({arguments})\n"
    process = programs.start(text, environment={"TZ": zone})
    try:
        yield process
        if process.poll() is None:
            process.wait(DEADLINE_SECONDS)
    finally:
        process.kill()
        process.communicate()


def line_of(process: subprocess.Popen[str]) -> dict[str, Any]:
    """Read a line that the program prints, and fail with its errors where it ends without one."""
    assert process.stdout
    assert process.stderr
    line = process.stdout.readline()
    assert line, process.stderr.read()
    found: dict[str, Any] = json.loads(line)
    return found


def assert_now(moment: str | datetime | None) -> None:
    """Assert that a time is that of a moment ago, whatever the zone in which it was taken."""
    taken = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    assert taken is not None
    assert abs(datetime.now(timezone.utc) - taken) < timedelta(minutes=1)


def offset_now(zone: str) -> float:
    """Give a zone's present offset from UTC in seconds."""
    offset = datetime.now(ZoneInfo(zone)).utcoffset()
    assert offset is not None
    return offset.total_seconds()


def contents(actor: ContractActor, session_key: str) -> tuple[NewSessionPacket, EndOfSessionPacket]:
    """Read the two records of a session from the session topic."""
    created, ended = [record.packet for record in actor.read_session(actor.topics.session, session_key)]
    return NewSessionPacket.FromString(created.content), EndOfSessionPacket.FromString(ended.content)


class TestZones:
    def test_f31_a_session_is_created_ended_and_read_in_any_zone(
        self, actor: ContractActor, library: Library, broker_list: str, topics: ContractTopics, zone: str
    ) -> None:
        data_source = "Car"
        with program("create_end_and_read", zone, broker_list, topics, data_source) as process:
            told = line_of(process)
        assert told["local_offset_seconds"] == offset_now(zone), f"the process is in zone {told['zone']}"
        assert told["utc_offset_seconds"] == offset_now(zone)
        assert (told["reason"], told["read"], told["historical"], told["stale"]) == ("ended", True, True, False)
        assert told["end_seconds"] < PROMPT_SECONDS
        assert all(seconds < PROMPT_SECONDS for seconds in told["submitted_seconds"])
        created, ended = contents(actor, told["key"])
        assert created.utc_offset.ToTimedelta().total_seconds() == offset_now(zone)
        for moment in (told["created"], told["terminated"]):
            assert_now(moment)
        for stamp in (created.creation_time, ended.termination_time):
            assert_now(stamp.ToDatetime(tzinfo=timezone.utc))
        library.wait_for_session(data_source, told["key"], historical=True)
        info = library.sessions.get_session_info(data_source, told["key"]).unwrap()
        assert info.utc_offset.total_seconds() == offset_now(zone)
        assert (info.creation_time, info.termination_time) == (
            datetime.fromisoformat(told["created"]),
            datetime.fromisoformat(told["terminated"]),
        )

    def test_v08_a_session_is_read_to_its_end_on_a_host_in_any_zone(
        self, library: Library, broker_list: str, topics: ContractTopics, zone: str
    ) -> None:
        data_source = "Car"
        with program("follow", zone, broker_list, topics, data_source) as process:
            assert line_of(process) == {"ready": True}
            session = WrittenSession(library, data_source, "Stream1", utc_offset=timedelta(hours=1)).open()
            session.write_lap("Stream1", 1)
            assert line_of(process) == {"key": session.key, "stale": False}
            session.write_lap("Stream1", 2)
            ended = session.close().end()
            told = line_of(process)
        assert (told["reason"], told["historical"]) == ("ended", True)
        assert told["packets"] == {stream: len(packets) for stream, packets in session.expected.items()}
        assert 0 <= told["ended_seconds_ago"] < PROMPT_SECONDS
        assert told["utc_offset_seconds"] == 3600
        assert ended.termination_time == datetime.fromisoformat(told["terminated"])
        assert ended.creation_time == datetime.fromisoformat(told["created"])


class TestOffsets:
    def test_v08_sessions_end_at_once_whatever_their_offset_from_utc(
        self, library: Library, connect: Callable[..., Library], topics: ContractTopics, data_source: str
    ) -> None:
        offsets = [timedelta(hours=hours) for hours in (-12, -8, 0, 14)] + [timedelta(hours=5, minutes=45)]
        log = ReaderLog(connect(topics).live(data_source))
        with started(log.reader):
            for offset in offsets:
                session = WrittenSession(library, data_source, utc_offset=offset).complete()
                with within(PROMPT_SECONDS):
                    assert log.wait_for_completion(session.key) == "ended"
                info = library.sessions.get_session_info(data_source, session.key).unwrap()
                assert info.utc_offset == offset
                assert info.creation_time is not None
                assert info.termination_time is not None
                assert info.creation_time <= info.termination_time
                assert_now(info.termination_time)

    def test_f31_sessions_before_and_after_a_change_of_the_clock_keep_their_own_offset(
        self, library: Library, connect: Callable[..., Library], topics: ContractTopics, data_source: str
    ) -> None:
        offsets = [timedelta(hours=-7), timedelta(hours=-8)]
        sessions = [WrittenSession(library, data_source, utc_offset=offset).complete() for offset in offsets]
        listed = connect(topics).sessions.get_all_sessions().unwrap()
        assert [(info.session_key, info.utc_offset) for info in listed] == [
            (session.key, offset) for session, offset in zip(sessions, offsets, strict=True)
        ]


class TestClocks:
    @pytest.mark.parametrize("hours", [-1, 1])
    def test_f31_a_session_ends_though_the_clock_of_its_writer_jumped(
        self, actor: ContractActor, library: Library, data_source: str, hours: int
    ) -> None:
        log = ReaderLog(library.live(data_source))
        with started(log.reader):
            session = ContractSession(actor, data_source, "Stream1")
            session.created += hours * HOUR
            session.announce()
            session.open_streams()
            write_at(session, "Stream1", datetime.now(timezone.utc) - hours * HOUR)
            session.end_streams()
            terminated = session.end()
            with within(PROMPT_SECONDS):
                assert log.wait_for_completion(session.key) == "ended"
        assert log.received(session.key) == session.expected
        library.wait_for_session(data_source, session.key, historical=True)
        info = library.sessions.get_session_info(data_source, session.key).unwrap()
        assert info.creation_time is not None
        assert info.termination_time is not None
        assert abs(info.creation_time - session.created) < timedelta(milliseconds=1)
        assert abs(info.termination_time - terminated) < timedelta(milliseconds=1)

    def test_f31_staleness_counts_from_the_newest_record_whatever_clock_wrote_it(
        self, actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
    ) -> None:
        now = datetime.now(timezone.utc).replace(microsecond=0)
        session = ContractSession(actor, data_source, "Stream1").announce()
        write_at(session, "Stream1", now - HOUR)
        info = connect(topics).sessions.get_session_info(data_source, session.key).unwrap()
        assert_now(info.last_activity_time)
        assert not info.is_stale(HOUR / 2)
        write_at(session, "Stream1", now + HOUR)
        info = connect(topics).sessions.get_session_info(data_source, session.key).unwrap()
        assert info.last_activity_time == now + HOUR
        assert not info.is_stale(timedelta(0), now=now)
        assert not info.is_stale(HOUR, now=now + 1.5 * HOUR)
        assert info.is_stale(HOUR, now=now + 3 * HOUR)
        assert info.is_stale(HOUR, now=(now + 3 * HOUR).astimezone(timezone(timedelta(hours=-8))))


def write_at(session: ContractSession, stream: str, moment: datetime) -> None:
    """Write a packet whose record has the time that a wrong clock showed."""
    value = Packet(type="Marker", session_key=session.key, id=1_000).SerializeToString()
    session.expected[stream].append(value)
    session.actor.flush()
    timed_records.produce(
        session.actor.bootstrap_servers,
        session.actor.topics.stream(session.data_source, stream),
        session.key.encode(),
        value,
        timestamp_ms=round(moment.timestamp() * 1000),
    )
