"""Sessions that other programs wrote to the session topic are listed and followed (wire contract 3)."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from ma_streaming import SessionCreationInfo
from ma_streaming.protos.open_data_pb2 import NewSessionPacket, Packet, SessionInfoPacket
from ma_streaming.testing import wait_until
from tests.integration.contract_session import ContractSession
from tests.integration.contract_topics import V2_ALTERNATE, ContractTopics

if TYPE_CHECKING:
    from collections.abc import Callable

    from ma_streaming import SessionInfo
    from tests.integration.contract_actor import ContractActor
    from tests.integration.library import Library


def info_of(library: Library, session: ContractSession) -> SessionInfo:
    """Ask the library for a session."""
    return library.sessions.get_session_info(session.data_source, session.key).unwrap()


def test_sessions_of_other_writers_are_listed_with_all_they_say(
    actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
) -> None:
    session = ContractSession(actor, data_source, "Stream1", identifier="Qualifying 1")
    session.announce(
        info=session.info(
            type="Rig", version=7, details={"Driver": "A", "Leeg": ""}, associate_session_keys=["k1", "k2"]
        ),
        utc_offset=timedelta(hours=-9, minutes=-30),
    )
    terminated = session.end()
    library = connect(topics)
    (listed,) = [info for info in library.sessions.get_all_sessions().unwrap() if info.data_source == data_source]
    assert listed == info_of(library, session)
    assert (listed.session_key, listed.identifier, listed.type) == (session.key, "Qualifying 1", "Rig")
    assert listed.version == 7
    assert listed.historical
    assert listed.utc_offset == timedelta(hours=-9, minutes=-30)
    assert listed.details == {"Driver": "A", "Leeg": ""}
    assert listed.associate_session_keys == ["k1", "k2"]
    assert listed.creation_time is not None
    assert listed.termination_time is not None
    assert abs(listed.creation_time - session.created) < timedelta(milliseconds=1)
    assert abs(listed.termination_time - terminated) < timedelta(milliseconds=1)
    assert listed.creation_time.utcoffset() == timedelta(0)


def test_a_session_is_live_until_its_end_is_on_the_session_topic(
    library: Library, actor: ContractActor, data_source: str
) -> None:
    session = ContractSession(actor, data_source).announce()
    session.end_streams()
    library.wait_for_session(data_source, session.key)
    assert not info_of(library, session).historical
    assert info_of(library, session).termination_time is None
    session.end()
    library.wait_for_session(data_source, session.key, historical=True)


def test_session_dictionaries_serve_as_protobuf_arguments(
    library: Library, actor: ContractActor, data_source: str
) -> None:
    session = ContractSession(actor, data_source)
    session.announce(info=session.info(details={"a": "b"}, associate_session_keys=["k"]), utc_offset=timedelta(hours=1))
    library.wait_for_session(data_source, session.key)
    info = info_of(library, session)
    packet = NewSessionPacket(
        data_source=info.data_source,
        utc_offset=info.utc_offset,
        session_info=SessionInfoPacket(
            identifier=info.identifier,
            type=info.type,
            version=info.version,
            details=info.details,
            associate_session_keys=info.associate_session_keys,
        ),
    )
    assert packet.utc_offset.ToTimedelta() == timedelta(hours=1)
    assert dict(packet.session_info.details) == {"a": "b"}


def test_updates_are_merged_by_the_contracts_rule(
    actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
) -> None:
    session = ContractSession(actor, data_source, identifier="first")
    session.announce(info=session.info(type="Rig", version=2, details={"a": "1"}, associate_session_keys=["x"]))
    session.update(SessionInfoPacket(data_source=data_source, details={"b": "2"}))
    session.update(SessionInfoPacket(data_source=data_source, details={"a": "3"}, associate_session_keys=["y", "z"]))
    session.update(SessionInfoPacket(data_source=data_source, identifier="second"))
    info = info_of(connect(topics), session)
    assert (info.identifier, info.type, info.version) == ("second", "Rig", 2)
    assert info.details == {"a": "3", "b": "2"}
    assert info.associate_session_keys == ["y", "z"]


def test_the_first_new_session_and_the_first_end_count(
    actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
) -> None:
    session = ContractSession(actor, data_source, identifier="first").announce()
    session.announce(info=session.info(identifier="again"))
    terminated = session.end()
    session.end()
    info = info_of(connect(topics), session)
    assert info.identifier == "first"
    assert info.termination_time is not None
    assert abs(info.termination_time - terminated) < timedelta(milliseconds=1)


def test_session_info_without_a_data_source_is_not_used(
    actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
) -> None:
    session = ContractSession(actor, data_source)
    session.announce(info=SessionInfoPacket(identifier="ignored", type="Rig", version=4, details={"a": "b"}))
    info = info_of(connect(topics), session)
    assert (info.identifier, info.type, info.version, info.details) == ("", "", 0, {})


def test_identity_is_the_packets_session_key_and_not_the_records(
    actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
) -> None:
    session = ContractSession(actor, data_source).announce(record_key="something else")
    assert connect(topics).session_keys(data_source) == [session.key]


def test_foreign_records_on_the_session_topic_are_skipped(
    actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
) -> None:
    before = ContractSession(actor, data_source, identifier="before").announce()
    unkeyed = Packet(
        type="NewSession",
        session_key=str(uuid.uuid4()),
        content=NewSessionPacket(data_source=data_source).SerializeToString(),
    )
    foreign: list[tuple[bytes | None, bytes]] = [
        (None, unkeyed.SerializeToString()),
        (b"key", b"\xff\xff\xff\xff"),
        (b"key", b""),
        (b"\xff\xfe", b"{}"),
        (b"key", Packet(type="SystemStatus", session_key="key", content=b"\x01").SerializeToString()),
        (b"key", Packet(type="NewSession", session_key="key", content=b"\xff\xff").SerializeToString()),
        (b"key", Packet(type="EndOfSession", session_key="never seen").SerializeToString()),
        (before.key.encode(), Packet(type="SessionInfo", session_key=before.key, content=b"\xff").SerializeToString()),
    ]
    for key, value in foreign:
        actor.produce(topics.session, key=key, value=value)
    actor.flush()
    after = ContractSession(actor, data_source, identifier="after").announce()
    library = connect(topics)
    assert sorted(library.session_keys(data_source)) == sorted([before.key, after.key])
    assert info_of(library, before).identifier == "before"


def test_an_update_that_came_before_its_session_is_kept(
    actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
) -> None:
    session = ContractSession(actor, data_source, identifier="first")
    actor.create_data_source(data_source)
    session.update(SessionInfoPacket(data_source=data_source, details={"early": "yes"}))
    session.announce()
    info = info_of(connect(topics), session)
    assert (info.identifier, info.details) == ("first", {"early": "yes"})


def test_sessions_of_a_data_source_whose_name_begins_another_stay_apart(
    actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
) -> None:
    car = ContractSession(actor, data_source).announce()
    car2 = ContractSession(actor, f"{data_source}2").announce()
    library = connect(topics)
    assert library.session_keys(data_source) == [car.key]
    assert library.session_keys(f"{data_source}2") == [car2.key]
    assert not library.sessions.get_session_info(data_source, car2.key).success


def test_session_events_report_what_other_processes_do(
    library: Library, actor: ContractActor, data_source: str
) -> None:
    events: list[tuple[str, str]] = []

    def note(name: str, key: str, data_source_of_event: str) -> None:
        if data_source_of_event == data_source:
            events.append((name, key))

    service = library.sessions
    for name in ("live_session_started", "live_session_state_change", "live_session_ended"):
        getattr(service, name).subscribe(
            lambda _sender, info, name=name: note(name, info.session_key, info.data_source)
        )
    associations: list[tuple[SessionInfo, SessionInfo | None]] = []
    service.new_association_detected.subscribe(
        lambda _sender, info: associations.append((info.main_session_info, info.associate_session_info))
    )
    first = ContractSession(actor, data_source).announce()
    second = ContractSession(actor, data_source).announce()
    first.update(first.info(identifier="renamed"))
    first.update(SessionInfoPacket(data_source=data_source, associate_session_keys=[second.key]))
    first.end()
    wait_until(
        lambda: ("live_session_ended", first.key) in events,
        timeout_seconds=20,
        message=lambda: f"the end, has {events}",
    )
    names = [name for name, key in events if key == first.key]
    assert (names[0], names[-1]) == ("live_session_started", "live_session_ended")
    assert set(names[1:-1]) == {"live_session_state_change"}
    (associated,) = [both for both in associations if both[0].session_key == first.key]
    assert associated[1] is not None
    assert associated[1].session_key == second.key


def test_session_events_are_only_for_changes_after_start(
    actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
) -> None:
    old = ContractSession(actor, data_source).announce()
    ended = ContractSession(actor, data_source).announce()
    ended.end()
    service = connect(topics).api.get_session_manager_api().create_service().unwrap()
    keys: list[str] = []
    service.live_session_started.subscribe(lambda _sender, info: keys.append(info.session_key))
    service.live_session_ended.subscribe(lambda _sender, info: keys.append(info.session_key))
    with service:
        new = ContractSession(actor, data_source).announce()
        wait_until(lambda: new.key in keys, timeout_seconds=20, message="the new session's event")
    assert old.key not in keys
    assert ended.key not in keys


def test_our_sessions_are_seen_by_another_library(
    library: Library, connect: Callable[..., Library], topics: ContractTopics, data_source: str
) -> None:
    other = connect(topics)
    creation = SessionCreationInfo(data_source=data_source, identifier="ours", details={"a": "b"})
    session = library.sessions.create_new_session(creation).unwrap()
    other.wait_for_session(data_source, session.session_key)
    seen = other.sessions.get_session_info(data_source, session.session_key).unwrap()
    assert (seen.identifier, seen.details, seen.type, seen.version) == ("ours", {"a": "b"}, "Session", 1)
    assert seen.utc_offset == session.utc_offset
    library.sessions.end_session(data_source, session.session_key).unwrap()
    other.wait_for_session(data_source, session.session_key, historical=True)


@pytest.mark.parametrize("topics", [ContractTopics(V2_ALTERNATE, "TestAlternate")])
def test_alternate_spelling_is_read_where_it_is_asked_for(
    actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
) -> None:
    session = ContractSession(actor, data_source).complete()
    assert connect(topics).session_keys(data_source) == [session.key]
