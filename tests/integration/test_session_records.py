"""The record of each session and data format operation, compared with the wire contract field by field (2 to 4)."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from itertools import chain
from typing import TYPE_CHECKING, Any

import pytest

from ma_streaming import SessionCreationInfo
from ma_streaming.protos.open_data_pb2 import (
    DATA_FORMAT_TYPE_EVENT,
    DATA_FORMAT_TYPE_PARAMETER,
    DataFormatDefinitionPacket,
    EndOfSessionPacket,
    NewSessionPacket,
    Packet,
    ParameterList,
    SessionInfoPacket,
)
from tests.integration.contract_formats import ticks_now
from tests.integration.contract_records import (
    assert_content,
    assert_envelope,
    content_of,
    nanoseconds,
    watermarks,
)
from tests.integration.contract_session import ContractSession

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.contract_actor import ContractActor, Record
    from tests.integration.contract_topics import ContractTopics
    from tests.integration.library import Library

STREAM = "Stream1"
EVERYTHING: dict[str, Any] = {
    "identifier": "Qualifying 1, Köln",
    "type": "Rig",
    "version": 2_147_483_647,
    "utc_offset": timedelta(hours=-3, minutes=-30),
    "details": {"Driver": "A. Nother", "Rundnr.": "7", "Ort": "Nürburg"},
    "associate_session_keys": ["5d9b9ad4-3a8c-4c62-9fb6-6c1c3ae9d5b8", "no GUID"],
}
"""What a session can be created with, with nothing left at its default."""


def everything(data_source: str, **replaced: Any) -> SessionInfoPacket:
    """Make the complete state of a session that was created with everything, as updates repeat it (3.1)."""
    state = {name: value for name, value in EVERYTHING.items() if name != "utc_offset"}
    return SessionInfoPacket(**{"data_source": data_source, **state, **replaced})


def create_with_everything(library: Library, data_source: str) -> str:
    """Create the session and give its key."""
    creation = SessionCreationInfo(data_source=data_source, **EVERYTHING)
    return library.sessions.create_new_session(creation).unwrap().session_key


def session_records(actor: ContractActor, session_key: str, *types: str) -> list[Record]:
    """Read the session's records, and assert their envelopes (2, 3.1)."""
    records = actor.read_session(actor.topics.session, session_key)
    assert [record.packet.type for record in records] == list(types)
    for record in records:
        assert_envelope(record, topic=actor.topics.session, type=record.packet.type, session_key=session_key)
    return records


def test_new_session_has_every_field_that_it_was_created_with(
    library: Library, actor: ContractActor, data_source: str
) -> None:
    begun = time.time_ns()
    key = create_with_everything(library, data_source)
    (record,) = session_records(actor, key, "NewSession")
    created = content_of(record, NewSessionPacket).creation_time
    assert begun <= nanoseconds(created) <= time.time_ns()
    expected = NewSessionPacket(
        data_source=data_source,
        topic_partition_offsets={f"{topic}:0": 0 for topic in actor.topics.of(data_source)},
        utc_offset=timedelta(hours=-3, minutes=-30),
        session_info=everything(data_source),
        creation_time=created,
    )
    assert_content(record, expected)


def test_new_session_has_the_defaults_where_nothing_was_given(
    library: Library, actor: ContractActor, data_source: str
) -> None:
    key = library.sessions.create_new_session(SessionCreationInfo(data_source=data_source, type="")).unwrap()
    (record,) = session_records(actor, key.session_key, "NewSession")
    expected = NewSessionPacket(
        data_source=data_source,
        topic_partition_offsets={f"{topic}:0": 0 for topic in actor.topics.of(data_source)},
        utc_offset=datetime.now().astimezone().utcoffset(),
        session_info=SessionInfoPacket(data_source=data_source, type="Session", version=1),
        creation_time=content_of(record, NewSessionPacket).creation_time,
    )
    assert_content(record, expected)


def test_session_keys_are_lower_case_guids_with_hyphens(library: Library, data_source: str) -> None:
    creation = SessionCreationInfo(data_source=data_source)
    keys = [library.sessions.create_new_session(creation).unwrap().session_key for _ in range(3)]
    assert len(set(keys)) == 3
    for key in keys:
        assert [len(part) for part in key.split("-")] == [8, 4, 4, 4, 12]
        assert set(key) <= set("0123456789abcdef-")


def test_each_update_is_one_record_with_the_complete_state(
    library: Library, actor: ContractActor, data_source: str
) -> None:
    sessions = library.sessions
    key = create_with_everything(library, data_source)
    other = sessions.create_new_session(SessionCreationInfo(data_source=data_source)).unwrap().session_key
    sessions.update_identifier(data_source, key, "Race").unwrap()
    sessions.update_session_details(data_source, key, {"Driver": "B", "Reifen": ""}).unwrap()
    sessions.add_associate_session(data_source, key, other).unwrap()
    sessions.add_associate_session(data_source, key, "no GUID").unwrap()
    first, *updates = session_records(actor, key, "NewSession", *["SessionInfo"] * 4)
    details = {"Driver": "B", "Rundnr.": "7", "Ort": "Nürburg", "Reifen": ""}
    associates = [*everything(data_source).associate_session_keys, other]
    # Both of 3.9: the record alone tells all there is to know of a session that has not ended.
    always: dict[str, Any] = {
        "identifier": "Race",
        "utc_offset": timedelta(hours=-3, minutes=-30),
        "creation_time": content_of(first, NewSessionPacket).creation_time,
    }
    assert_content(updates[0], everything(data_source, **always))
    assert_content(updates[1], everything(data_source, **always, details=details))
    for update in updates[2:]:
        assert_content(update, everything(data_source, **always, details=details, associate_session_keys=associates))
    session_records(actor, other, "NewSession")


def test_an_update_of_anothers_session_repeats_what_its_writer_said_and_no_more(
    library: Library, actor: ContractActor, data_source: str
) -> None:
    session = ContractSession(actor, data_source, identifier="first")
    session.announce(info=session.info(type="Rig", version=7, details={"a": "1"}, associate_session_keys=["x"]))
    session.update(SessionInfoPacket(data_source=data_source, details={"b": "2"}))
    library.wait_for_session(data_source, session.key)
    library.sessions.update_session_details(data_source, session.key, {"a": "3"}).unwrap()
    records = session_records(actor, session.key, "NewSession", "SessionInfo", "SessionInfo")
    expected = session.info(
        type="Rig",
        version=7,
        details={"a": "3", "b": "2"},
        associate_session_keys=["x"],
        creation_time=content_of(records[0], NewSessionPacket).creation_time,
    )
    assert_content(records[2], expected)


def test_an_update_of_an_ended_session_says_when_it_ended(
    library: Library, actor: ContractActor, data_source: str
) -> None:
    key = create_with_everything(library, data_source)
    library.sessions.end_session(data_source, key).unwrap()
    library.sessions.update_identifier(data_source, key, "Race").unwrap()
    first, end, update = session_records(actor, key, "NewSession", "EndOfSession", "SessionInfo")
    expected = everything(
        data_source,
        identifier="Race",
        utc_offset=timedelta(hours=-3, minutes=-30),
        creation_time=content_of(first, NewSessionPacket).creation_time,
        termination_time=content_of(end, EndOfSessionPacket).termination_time,
    )
    assert_content(update, expected)


def test_end_of_session_has_its_data_source_offsets_and_time(
    library: Library, actor: ContractActor, data_source: str
) -> None:
    key = create_with_everything(library, data_source)
    packet = Packet(type="Marker", session_key=key, is_essential=True).SerializeToString()
    for stream in ("", STREAM, STREAM):
        library.writer.write_data(data_source, stream, key, packet).unwrap()
    begun = time.time_ns()
    ended = library.sessions.end_session(data_source, key).unwrap()
    _, record = session_records(actor, key, "NewSession", "EndOfSession")
    main, essentials, stream_topic = actor.topics.of(data_source, STREAM)
    terminated = content_of(record, EndOfSessionPacket).termination_time
    expected = EndOfSessionPacket(
        data_source=data_source,
        topic_partition_offsets={f"{main}:0": 1, f"{essentials}:0": 3, f"{stream_topic}:0": 2},
        termination_time=terminated,
    )
    assert_content(record, expected)
    assert begun <= nanoseconds(terminated) <= time.time_ns()
    assert ended.termination_time is not None
    assert abs(ended.termination_time - terminated.ToDatetime(tzinfo=timezone.utc)) < timedelta(milliseconds=1)


@pytest.mark.parametrize("force", [False, True], ids=["", "by force"])
def test_offsets_of_topics_that_are_missing_are_0(
    library: Library, actor: ContractActor, data_source: str, force: bool
) -> None:
    session = ContractSession(actor, data_source)
    actor.create_topics([actor.topics.session])
    session.session_record("NewSession", NewSessionPacket(data_source=data_source))
    library.wait_for_session(data_source, session.key)
    library.sessions.end_session(data_source, session.key, force=force).unwrap()
    _, record = session_records(actor, session.key, "NewSession", "EndOfSession")
    offsets = dict(content_of(record, EndOfSessionPacket).topic_partition_offsets)
    assert offsets == {f"{topic}:0": 0 for topic in actor.topics.of(data_source)}
    assert not actor.topic_partitions().keys() & set(actor.topics.of(data_source))


def test_ending_a_session_again_succeeds_and_writes_nothing(
    library: Library, connect: Callable[..., Library], actor: ContractActor, topics: ContractTopics, data_source: str
) -> None:
    key = create_with_everything(library, data_source)
    first = library.sessions.end_session(data_source, key).unwrap()
    assert library.sessions.end_session(data_source, key).unwrap() == first
    again = connect(topics).sessions.end_session(data_source, key).unwrap()
    assert again.termination_time == first.termination_time
    session_records(actor, key, "NewSession", "EndOfSession")


def test_offsets_are_those_of_every_partition_of_the_data_sources_own_topics(
    library: Library, actor: ContractActor, data_source: str
) -> None:
    own = actor.topics.of(data_source, STREAM, "a-b_C")
    actor.create_topics([actor.topics.session, *own[:2], own[3]])
    actor.create_topics([own[2]], partitions=3)
    others = [*actor.topics.of(f"{data_source}2", STREAM), *actor.topics.of(data_source.lower(), STREAM)]
    actor.create_topics(others)
    for number, topic in enumerate([*own, *others]):
        for _ in range(number + 1):
            actor.produce(topic, key=b"key", value=b"value")
    actor.produce(own[2], key=b"key", value=b"value", partition=2)
    actor.flush()
    key = library.sessions.create_new_session(SessionCreationInfo(data_source=data_source)).unwrap().session_key
    (record,) = session_records(actor, key, "NewSession")
    offsets = dict(content_of(record, NewSessionPacket).topic_partition_offsets)
    assert offsets == {
        f"{own[0]}:0": 1,
        f"{own[1]}:0": 2,
        f"{own[2]}:0": 3,
        f"{own[2]}:1": 0,
        f"{own[2]}:2": 1,
        f"{own[3]}:0": 4,
    }


class TestEndingByForce:
    """`end_session(force=True)` writes what the writer that was left behind did not (10.1, steps 8 and 9)."""

    def test_the_streams_with_records_are_ended_first_and_then_the_session(
        self, library: Library, actor: ContractActor, data_source: str
    ) -> None:
        session, written = self.abandoned(actor, data_source)
        library.wait_for_session(data_source, session.key)
        ended = library.sessions.end_session(data_source, session.key, force=True).unwrap()
        assert ended.historical
        for stream, before in written.items():
            topic = actor.topics.stream(data_source, stream)
            added = actor.read_session(topic, session.key)[len(before) :]
            if stream == "Quiet":
                assert added == []
                continue
            (end,) = added
            assert_envelope(end, topic=topic, type="EndOfSession", session_key=session.key)
            assert_content(end, EndOfSessionPacket(data_source=data_source))
        _, record = session_records(actor, session.key, "NewSession", "EndOfSession")
        expected = EndOfSessionPacket(
            data_source=data_source,
            topic_partition_offsets=watermarks(actor, actor.topics.of(data_source, *session.streams)),
            termination_time=content_of(record, EndOfSessionPacket).termination_time,
        )
        assert_content(record, expected)

    def test_the_session_ended_at_its_last_activity(
        self, library: Library, actor: ContractActor, data_source: str
    ) -> None:
        session, written = self.abandoned(actor, data_source)
        newest = max(record.timestamp_ms for record in chain.from_iterable(written.values()))
        library.wait_for_session(data_source, session.key)
        ended = library.sessions.end_session(data_source, session.key, force=True).unwrap()
        record = session_records(actor, session.key, "NewSession", "EndOfSession")[-1]
        terminated = content_of(record, EndOfSessionPacket).termination_time
        assert nanoseconds(terminated) == newest * 1_000_000
        assert ended.termination_time == terminated.ToDatetime(tzinfo=timezone.utc)

    def test_a_session_that_has_ended_is_left_as_it_is(
        self, library: Library, actor: ContractActor, data_source: str
    ) -> None:
        session = ContractSession(actor, data_source, STREAM).complete()
        library.wait_for_session(data_source, session.key, historical=True)
        before = watermarks(actor, actor.topics.of(data_source, STREAM))
        assert library.sessions.end_session(data_source, session.key, force=True).unwrap().historical
        assert watermarks(actor, actor.topics.of(data_source, STREAM)) == before
        session_records(actor, session.key, "NewSession", "EndOfSession")

    def abandoned(self, actor: ContractActor, data_source: str) -> tuple[ContractSession, dict[str, list[Record]]]:
        """Write a session without its end, and records of an older session on a stream that it does not use."""
        older = ContractSession(actor, data_source, "Quiet")
        older.announce()
        older.write("Quiet", "Marker", b"")
        session = ContractSession(actor, data_source, STREAM, "Other", "Quiet").announce()
        for stream in ("", STREAM, "Other"):
            session.write(stream, "NewSession", NewSessionPacket(data_source=data_source))
        session.write_periodic(STREAM, 3)
        written = {
            stream: actor.read_session(actor.topics.stream(data_source, stream), session.key)
            for stream in ("", *session.streams)
        }
        return session, written


class TestDefinitions:
    """Both data format operations (4.1, 4.3)."""

    def test_a_definition_is_the_same_packet_on_essentials_and_main(
        self, library: Library, actor: ContractActor, data_source: str
    ) -> None:
        identifiers = ["vCar:Chassis", "nEngine:Engine", "vCar:Chassis", "größe:App"]
        parameters = library.formats.get_parameter_data_format_id(data_source, identifiers).unwrap()
        event = library.formats.get_event_data_format_id(data_source, "0A3F:App").unwrap()
        expected = [
            DataFormatDefinitionPacket(
                identifier=parameters.data_format_id,
                type=DATA_FORMAT_TYPE_PARAMETER,
                parameter_identifiers=ParameterList(parameter_identifiers=identifiers),
            ),
            DataFormatDefinitionPacket(
                identifier=event.data_format_id, type=DATA_FORMAT_TYPE_EVENT, event_identifier="0A3F:App"
            ),
        ]
        for topic in (actor.topics.essentials(data_source), actor.topics.main(data_source)):
            records = actor.read(topic)
            assert len(records) == 2
            for record, definition in zip(records, expected, strict=True):
                assert (record.key, record.headers, record.partition) == (b"", [], 0)
                assert_content(record, definition)
                packet = Packet(type="DataFormatDefinition", is_essential=True, content=record.packet.content)
                assert record.value == packet.SerializeToString()

    def test_ids_are_the_present_ticks_and_increase_over_both_kinds(self, library: Library, data_source: str) -> None:
        formats = library.formats
        ids = []
        begun = ticks_now()
        for number in range(5):
            ids.append(formats.get_parameter_data_format_id(data_source, [f"{number}:App"]).unwrap().data_format_id)
            ids.append(formats.get_event_data_format_id(data_source, f"{number}:App").unwrap().data_format_id)
        ended = ticks_now()
        assert ids == sorted(set(ids))
        assert begun <= ids[0] < ids[-1] <= ended

    def test_no_session_is_needed_for_a_definition(
        self, library: Library, actor: ContractActor, data_source: str
    ) -> None:
        library.formats.get_event_data_format_id(data_source, "0A:App").unwrap()
        of_data_source = {name for name in actor.topic_partitions() if data_source in name}
        assert of_data_source == set(actor.topics.of(data_source))
        assert library.session_keys(data_source) == []
