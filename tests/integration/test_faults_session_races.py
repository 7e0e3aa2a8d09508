"""Sessions that change, overlap and follow each other fast (faults V05, V11, V14)."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING

from ma_streaming.protos.open_data_pb2 import Packet
from tests.integration.at_once import at_once
from tests.integration.library import (
    DEADLINE_SECONDS,
    SESSION_COMPLETED,
    SESSION_STARTED,
    ReaderLog,
    started,
)
from tests.integration.one_generation import OneGeneration
from tests.integration.session_log import CHANGED, ENDED, STARTED, SessionLog
from tests.integration.written_session import WrittenSession

if TYPE_CHECKING:
    from collections.abc import Callable

    from ma_streaming import SessionInfo, SessionManagementService
    from tests.integration.contract_topics import ContractTopics
    from tests.integration.library import Library

ROUNDS = 200
SESSIONS = 100


def info_of(library: Library, session: WrittenSession) -> SessionInfo:
    """Ask the library for a session."""
    return library.sessions.get_session_info(session.data_source, session.key).unwrap()


class TestDetails(OneGeneration):
    def test_v05_readers_see_the_final_details_of_each_session(
        self, library: Library, connect: Callable[..., Library], topics: ContractTopics, data_source: str
    ) -> None:
        other = connect(topics)
        events = SessionLog(other.sessions, data_source)
        service = library.sessions
        wanted: dict[str, dict[str, str]] = {}

        def write(writer: int) -> None:
            for number in range(ROUNDS // 2):
                session = WrittenSession(library, data_source, details={"writer": str(writer), "a": "0"})
                service.update_session_details(data_source, session.key, {"a": str(number), "b": ""}).unwrap()
                service.update_identifier(data_source, session.key, f"run {number}").unwrap()
                final = service.update_session_details(data_source, session.key, [("b", "2"), ("c", "3")]).unwrap()
                wanted[session.key] = {"writer": str(writer), "a": str(number), "b": "2", "c": "3"}
                assert final.details == wanted[session.key]
                session.end()

        at_once(lambda: write(1), lambda: write(2))
        assert len(wanted) == ROUNDS
        events.wait_for(ENDED, *wanted)
        for library_after in (other, connect(topics)):
            listed = library_after.sessions.get_all_sessions().unwrap()
            assert {info.session_key: info.details for info in listed} == wanted
            assert {info.identifier for info in listed} == {f"run {number}" for number in range(ROUNDS // 2)}
        assert {info.session_key: info.details for name, info in events.entries if name == ENDED} == wanted

    def test_v05_a_session_that_another_process_just_made_can_be_changed_at_once(
        self, library: Library, connect: Callable[..., Library], topics: ContractTopics, data_source: str
    ) -> None:
        # The other process knows no session topic yet: the first session makes it.
        other = connect(topics).sessions
        for number in range(20):
            session = WrittenSession(library, data_source, details={"a": "1"})
            changed = other.update_session_details(data_source, session.key, {"b": str(number)}).unwrap()
            assert changed.details == {"a": "1", "b": str(number)}
            assert other.end_session(data_source, session.key).unwrap().historical

    def test_v05_changes_from_several_threads_of_a_process_are_all_kept(
        self, library: Library, connect: Callable[..., Library], topics: ContractTopics, data_source: str
    ) -> None:
        service = library.sessions
        sessions = [WrittenSession(library, data_source, details={"a": "", "b": ""}) for _ in range(10)]

        def count(key: str, name: str) -> None:
            for step in range(5):
                service.update_session_details(data_source, key, {name: str(step)}).unwrap()

        for key in [session.key for session in sessions]:
            renamed, associated = at_once(
                partial(service.update_identifier, data_source, key, "renamed"),
                partial(service.add_associate_session, data_source, key, "other"),
                partial(count, key, "a"),
                partial(count, key, "b"),
            )[:2]
            assert (renamed.error_message, associated.error_message) == ("", "")
        for each in (library, connect(topics)):
            for info in (info_of(each, session) for session in sessions):
                assert info.details == {"a": "4", "b": "4"}
                assert (info.identifier, info.associate_session_keys) == ("renamed", ["other"])

    def test_v05_changes_from_two_processes_at_once_are_all_kept(
        self, library: Library, connect: Callable[..., Library], topics: ContractTopics, data_source: str
    ) -> None:
        other = connect(topics)
        session = WrittenSession(library, data_source)
        other.wait_for_session(data_source, session.key)
        services = [library.sessions, other.sessions]
        together = threading.Barrier(2, timeout=DEADLINE_SECONDS)

        def change(name: str, service: SessionManagementService) -> None:
            for step in range(30):
                together.wait()
                service.update_session_details(
                    data_source, session.key, {f"{name}{step}": "new", name: str(step)}
                ).unwrap()

        at_once(*(partial(change, name, service) for name, service in zip("ab", services, strict=True)))
        wanted = {f"{name}{step}": "new" for name in "ab" for step in range(30)}
        assert session.end().details == {**wanted, "a": "29", "b": "29"}

    def test_v05_a_process_does_not_take_back_what_another_changes_at_once(
        self, library: Library, connect: Callable[..., Library], topics: ContractTopics, data_source: str
    ) -> None:
        other = connect(topics)
        services = [library.sessions, other.sessions]
        lost = []
        for number in range(30):
            session = WrittenSession(library, data_source, identifier="old", details={"a": "old"})
            other.wait_for_session(data_source, session.key)
            results = at_once(
                partial(services[0].update_identifier, data_source, session.key, "new"),
                partial(services[1].update_session_details, data_source, session.key, {"a": "new"}),
            )
            assert [result.error_message for result in results] == ["", ""]
            ended = session.end()
            if (ended.identifier, ended.details) != ("new", {"a": "new"}):
                lost.append((number, ended.identifier, ended.details))
        assert not lost

    def test_v05_associates_that_two_processes_add_at_once_are_all_kept(
        self, library: Library, connect: Callable[..., Library], topics: ContractTopics, data_source: str
    ) -> None:
        other = connect(topics)
        session = WrittenSession(library, data_source)
        other.wait_for_session(data_source, session.key)

        def add(service: SessionManagementService, name: str) -> None:
            for step in range(20):
                service.add_associate_session(data_source, session.key, f"{name}{step}").unwrap()

        at_once(partial(add, library.sessions, "a"), partial(add, other.sessions, "b"))
        assert set(session.end().associate_session_keys) == {f"{name}{step}" for name in "ab" for step in range(20)}

    def test_v05_readers_hear_of_each_change_in_order(
        self, library: Library, connect: Callable[..., Library], topics: ContractTopics, data_source: str
    ) -> None:
        other = connect(topics)
        events = SessionLog(other.sessions, data_source)
        reading = ReaderLog(other.live(data_source))
        with started(reading.reader):
            session = WrittenSession(library, data_source, details={"step": "0"}).open()
            for step in range(1, 21):
                library.sessions.update_session_details(data_source, session.key, {"step": str(step)}).unwrap()
            session.close().end()
            reading.wait_for_completion(session.key)
            events.wait_for(ENDED, session.key)
        told = [info.details["step"] for name, info in events.entries if name in (STARTED, CHANGED)]
        assert told == [str(step) for step in range(21)]
        steps = [int(info.details["step"]) for info in reading.of("session_info_updated")]
        assert steps == sorted(steps)
        assert reading.of(SESSION_COMPLETED)[0].details == {"step": "20"}


class TestOverlaps(OneGeneration):
    def test_v11_sessions_that_overlap_start_and_end_in_order_and_none_is_stuck(
        self, library: Library, connect: Callable[..., Library], topics: ContractTopics, data_source: str
    ) -> None:
        other = connect(topics)
        events = SessionLog(other.sessions, data_source)
        reading = ReaderLog(other.live(data_source))
        written: list[WrittenSession] = []
        with started(reading.reader):
            for number in range(SESSIONS):
                written.append(WrittenSession(library, data_source, "Stream1", identifier=f"Run {number}").open())
                written[-1].write_lap("Stream1", 1)
                if number:
                    written[-2].close().end()
            written[-1].close().end()
            keys = [session.key for session in written]
            reading.wait_for(SESSION_COMPLETED, SESSIONS)
            events.wait_for(ENDED, *keys)
        assert events.keys(STARTED) == keys
        assert events.keys(ENDED) == keys
        assert {tuple(events.names(key)) for key in keys} == {(STARTED, ENDED)}
        assert [info.session_key for info in reading.of(SESSION_STARTED)] == keys
        assert {info.reason for info in reading.of(SESSION_COMPLETED)} == {"ended"}
        assert {info.session_key for info in reading.of(SESSION_COMPLETED)} == set(keys)
        assert [reading.received(session.key) for session in written] == [session.expected for session in written]

    def test_v11_a_session_that_overlaps_many_others_is_read_to_its_end(
        self, library: Library, connect: Callable[..., Library], topics: ContractTopics, data_source: str
    ) -> None:
        reading = ReaderLog(connect(topics).live(data_source, session_identifier_pattern="long"))
        with started(reading.reader):
            long = WrittenSession(library, data_source, "Stream1", identifier="long").open()
            for number in range(20):
                WrittenSession(library, data_source, "Stream1", identifier="short").complete()
                long.write_lap("Stream1", number)
            long.close().end()
            assert reading.wait_for_completion(long.key) == "ended"
        assert reading.received(long.key) == long.expected


class TestTwoAtOnce(OneGeneration):
    def test_v14_two_sessions_on_the_same_streams_keep_their_own_laps(
        self, library: Library, connect: Callable[..., Library], topics: ContractTopics, data_source: str
    ) -> None:
        reading = ReaderLog(connect(topics).live(data_source))
        with started(reading.reader):
            pair = [WrittenSession(library, data_source, "Stream1", identifier="same").open() for _ in range(2)]
            for number in range(1, 11):
                pair[0].write_lap("Stream1", number)
                pair[1].write_lap("Stream1", 100 + number)
                pair[1].write_lap("", 200 + number)
            pair[0].close().end()
            assert reading.wait_for_completion(pair[0].key) == "ended"
            assert not reading.of(SESSION_COMPLETED, pair[1].key)
            pair[1].write_lap("Stream1", 111)
            pair[1].close().end()
            assert reading.wait_for_completion(pair[1].key) == "ended"
        for session in pair:
            assert reading.received(session.key) == session.expected
        laps = [
            [
                packet.content
                for value in reading.received(session.key)["Stream1"]
                if (packet := Packet.FromString(value)).type == "Marker"
            ]
            for session in pair
        ]
        assert (len(laps[0]), len(laps[1])) == (10, 11)
        assert not set(laps[0]) & set(laps[1])

    def test_v14_two_sessions_keep_their_own_information(
        self, library: Library, connect: Callable[..., Library], topics: ContractTopics, data_source: str
    ) -> None:
        other = connect(topics)
        first, second = (
            WrittenSession(library, data_source, identifier="same", details={"lap": "0", "driver": name})
            for name in ("A", "B")
        )
        for lap in range(1, 6):
            library.sessions.update_session_details(data_source, first.key, {"lap": str(lap)}).unwrap()
            library.sessions.update_session_details(data_source, second.key, {"lap": str(10 * lap)}).unwrap()
        library.sessions.update_identifier(data_source, first.key, "renamed").unwrap()
        library.sessions.add_associate_session(data_source, second.key, first.key).unwrap()
        first.end()
        for each in (library, other, connect(topics)):
            each.wait_for_session(data_source, first.key, historical=True)
            one, two = info_of(each, first), info_of(each, second)
            assert (one.identifier, one.details, one.associate_session_keys) == (
                "renamed",
                {"lap": "5", "driver": "A"},
                [],
            )
            assert (two.identifier, two.details, two.associate_session_keys) == (
                "same",
                {"lap": "50", "driver": "B"},
                [first.key],
            )
            assert (one.historical, two.historical, two.termination_time) == (True, False, None)
        second.end()

    def test_v14_two_data_sources_at_once_keep_their_own_sessions(
        self, library: Library, connect: Callable[..., Library], topics: ContractTopics, data_source: str
    ) -> None:
        other = connect(topics)
        names = (data_source, f"{data_source}2")
        readings = [ReaderLog(other.live(name)) for name in names]
        with started(readings[0].reader), started(readings[1].reader):
            pair = [WrittenSession(library, name, "Stream1").open() for name in names]
            for number in range(10):
                for session in pair:
                    session.write_lap("Stream1", number)
            for session in pair:
                session.close().end()
            for reading, session in zip(readings, pair, strict=True):
                assert reading.wait_for_completion(session.key) == "ended"
        for reading, session in zip(readings, pair, strict=True):
            assert reading.received(session.key) == session.expected
            assert {item.session_key for item in reading.of("packet")} == {session.key}
