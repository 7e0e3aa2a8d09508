"""After random operations of two processes and of a raw writer both know what the contract's rules say (3.4 to 3.6).

`MA_STREAMING_TEST_EXAMPLES` raises how many sequences are tried; each is the same in every run.
"""

from __future__ import annotations

import contextlib
import os
import uuid
from dataclasses import asdict, replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, rule, run_state_machine_as_test

from ma_streaming.protos.open_data_pb2 import EndOfSessionPacket, NewSessionPacket, Packet, SessionInfoPacket
from ma_streaming.testing import wait_until
from tests.integration.contract_records import assert_envelope, content_of
from tests.integration.contract_topics import V2, ContractTopics
from tests.integration.session_model import ModelSession, SessionModel, distinct
from tests.integration.session_process import CREATE, LIST, STATISTICS, SessionOperations, SessionProcess
from tests.integration.session_topic import SessionTopic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from google.protobuf.message import Message

    from tests.integration.contract_actor import ContractActor, Record
    from tests.integration.library import Library

EXAMPLES = max(25, int(os.environ.get("MA_STREAMING_TEST_EXAMPLES", "25")))
STEPS = 15
AGREEMENT_SECONDS = 20.0
UNKNOWN_SESSION = "unknown_session"

SIDES = st.sampled_from([0, 1])
DATA_SOURCES = st.sampled_from([0, 1])
TEXTS = st.sampled_from(["", "a", "Käse", "a,b:c", "x\0y", "🏁"])
WORDS = TEXTS.filter(bool)
DETAILS = st.dictionaries(TEXTS, TEXTS, max_size=3)
OFFSETS = st.sampled_from([0, 3600, -12600, 20700])
TWO_OFFSETS = st.sampled_from([(None, None), (3600, None), (None, 3600), (3600, -12600), (0, 3600)])
VERSIONS = st.sampled_from([0, 1, 7, 2**31 - 1])
ASSOCIATES = st.lists(st.sampled_from(["p", "q", "r"]), max_size=3)
FOREIGN = st.sampled_from(["null key", "no packet", "empty", "other type", "no key inside", "no content inside"])


class World:
    """What the examples of one test share: two libraries, the topic that both follow, and the model of it."""

    def __init__(
        self, sides: tuple[SessionOperations, SessionProcess], topic: SessionTopic, actor: ContractActor, name: str
    ) -> None:
        self.sides = sides
        self.topic = topic
        self.actor = actor
        self.data_sources = (name, f"{name}2")
        self.model = SessionModel()

    def observe(self) -> list[Record]:
        """Read what was added to the session topic, and have the model take it."""
        records = self.topic.added()
        for record in records:
            self.model.apply(record.key, record.value)
        return records


class SessionMachine(RuleBasedStateMachine):
    """Sequences of operations; the session topic says in what order they took effect."""

    keys = Bundle("keys")

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.mine: list[str] = []
        self.sound = True

    @rule(
        target=keys, side=SIDES, of=DATA_SOURCES, identifier=TEXTS, kind=TEXTS, version=VERSIONS,
        offset=OFFSETS, details=DETAILS, associates=ASSOCIATES,
    )  # fmt: skip
    def create(
        self,
        side: int,
        of: int,
        identifier: str,
        kind: str,
        version: int,
        offset: int,
        details: dict[str, str],
        associates: list[str],
    ) -> str:
        data_source = self.world.data_sources[of]
        fields: dict[str, Any] = {"identifier": identifier, "type": kind, "version": version, "details": details}
        result, (record,) = self.act(
            side,
            CREATE,
            data_source=data_source,
            utc_offset_seconds=offset,
            associate_session_keys=associates,
            **fields,
        )
        key = str(result["session"]["session_key"])
        self.mine.append(key)
        created = content_of(record, NewSessionPacket)
        assert_envelope(record, topic=self.world.actor.topics.session, type="NewSession", session_key=key)
        info = {**fields, "type": kind or "Session", "associate_session_keys": distinct(associates)}
        assert created.session_info == SessionInfoPacket(data_source=data_source, **info)
        assert created.utc_offset.ToTimedelta() == timedelta(seconds=offset)
        assert result["success"]
        assert_same(result["session"], self.world.model.sessions[key])
        return key

    @rule(target=keys)
    def plan_a_session(self) -> str:
        """Make a key that others write about before its session, if that ever comes."""
        return self.new_key()

    @rule(side=SIDES, key=keys, of=DATA_SOURCES, identifier=WORDS)
    def update_identifier(self, side: int, key: str, of: int, identifier: str) -> None:
        self.update(side, key, of, "update_identifier", {"new_identifier": identifier}, {"identifier": identifier})

    @rule(side=SIDES, key=keys, of=DATA_SOURCES, details=DETAILS)
    def update_details(self, side: int, key: str, of: int, details: dict[str, str]) -> None:
        session = self.world.model.find(self.world.data_sources[of], key)
        merged = {**session.details, **details} if session else {}
        self.update(side, key, of, "update_session_details", {"details": details}, {"details": merged})

    @rule(side=SIDES, key=keys, of=DATA_SOURCES, associate=keys | st.just("p"))
    def add_associate(self, side: int, key: str, of: int, associate: str) -> None:
        session = self.world.model.find(self.world.data_sources[of], key)
        added = distinct([*session.associate_session_keys, associate]) if session else []
        arguments = {"adding_associate_key": associate}
        self.update(side, key, of, "add_associate_session", arguments, {"associate_session_keys": added})

    @rule(side=SIDES, key=keys, of=DATA_SOURCES)
    def end(self, side: int, key: str, of: int) -> None:
        data_source = self.world.data_sources[of]
        before = self.world.model.find(data_source, key)
        result, records = self.act(side, "end_session", data_source=data_source, session_key=key)
        if before is None:
            assert_refused(result, UNKNOWN_SESSION, records)
        elif before.historical:  # a second end succeeds and writes nothing
            assert records == []
            assert_same(result["session"], before)
        else:
            assert result["success"], result
            (record,) = records
            assert_envelope(record, topic=self.world.actor.topics.session, type="EndOfSession", session_key=key)
            assert content_of(record, EndOfSessionPacket).data_source == data_source
            assert_same(result["session"], self.world.model.sessions[key])

    @rule(side=SIDES, key=keys, of=DATA_SOURCES)
    def refuse_an_empty_identifier(self, side: int, key: str, of: int) -> None:
        data_source = self.world.data_sources[of]
        arguments = {"data_source": data_source, "session_key": key, "new_identifier": ""}
        result, records = self.act(side, "update_identifier", **arguments)
        assert_refused(result, "invalid_argument", records)

    @rule(key=keys, identifier=WORDS, details=st.tuples(DETAILS, DETAILS, DETAILS))
    def update_at_the_same_time(
        self, key: str, identifier: str, details: tuple[dict[str, str], dict[str, str], dict[str, str]]
    ) -> None:
        """Each writes the session's complete state, and still takes back nothing that the other said."""
        before = self.world.model.sessions.get(key)
        if before is None:
            return
        here, there = self.world.sides
        names = {"data_source": before.data_source, "session_key": key}
        self.sound = False
        there.send(operation="update_identifier", **names, new_identifier=identifier)
        results = [here.call("update_session_details", **names, details=details[0]), there.receive()]
        there.send(operation="update_session_details", **names, details=details[1])
        results += [here.call("update_session_details", **names, details=details[2]), there.receive()]
        assert [result["success"] for result in results] == [True] * 4
        assert {record.packet.type for record in self.world.observe()} == {"SessionInfo"}
        after = self.world.model.sessions[key]
        first = {**before.details, **details[0]}
        assert after.details in ({**first, **details[1], **details[2]}, {**first, **details[2], **details[1]})
        assert after == replace(before, identifier=identifier, details=after.details)
        self.sound = True

    @rule(target=keys, of=DATA_SOURCES, named=st.booleans(), identifier=TEXTS, details=DETAILS, offsets=TWO_OFFSETS)
    def another_writer_begins(
        self, of: int, named: bool, identifier: str, details: dict[str, str], offsets: tuple[int | None, int | None]
    ) -> str:
        """A NewSession whose info is not used where it does not have its own data source."""
        key, data_source = self.new_key(), self.world.data_sources[of]
        outer, inner = (None if offset is None else timedelta(seconds=offset) for offset in offsets)
        info = SessionInfoPacket(
            data_source=data_source if named else "",
            identifier=identifier,
            type="Rig",
            version=3,
            details=details,
            associate_session_keys=["p", "q", "p"],
            utc_offset=inner,
        )
        content = NewSessionPacket(data_source=data_source, session_info=info, utc_offset=outer, creation_time=now())
        self.write("NewSession", key, content)
        return key

    @rule(key=keys, of=DATA_SOURCES, identifier=TEXTS)
    def another_writer_begins_it_again(self, key: str, of: int, identifier: str) -> None:
        """A duplicate, maybe of another data source; or the first one of a key that others have written about."""
        data_source = self.world.data_sources[of]
        info = SessionInfoPacket(data_source=data_source, identifier=identifier, details={"a": "again"})
        self.write("NewSession", key, NewSessionPacket(data_source=data_source, session_info=info, creation_time=now()))

    @rule(target=keys, of=DATA_SOURCES, identifiers=st.tuples(TEXTS, TEXTS), details=DETAILS, ended=st.booleans())
    def another_writers_updates_overtake_its_session(
        self, of: int, identifiers: tuple[str, str], details: dict[str, str], ended: bool
    ) -> str:
        """What was said early holds when the session begins, even that it has ended."""
        key, data_source = self.new_key(), self.world.data_sources[of]
        self.write("SessionInfo", key, SessionInfoPacket(identifier=identifiers[0], details=details))
        if ended:
            self.write("EndOfSession", key, EndOfSessionPacket(data_source=data_source, termination_time=now()))
        info = SessionInfoPacket(data_source=data_source, identifier=identifiers[1], details={"a": "begun"})
        content = NewSessionPacket(data_source=data_source, session_info=info, creation_time=now())
        self.write("NewSession", key, content)
        return key

    @rule(key=keys, identifier=TEXTS, kind=TEXTS, version=VERSIONS, details=DETAILS, associates=ASSOCIATES)
    def another_writer_updates(
        self, key: str, identifier: str, kind: str, version: int, details: dict[str, str], associates: list[str]
    ) -> None:
        """A SessionInfo, complete or not, of a session that is there, has ended, or is not there yet."""
        content = SessionInfoPacket(
            identifier=identifier, type=kind, version=version, details=details, associate_session_keys=associates
        )
        self.write("SessionInfo", key, content)

    @rule(key=keys, offset=OFFSETS)
    def another_writer_tells_the_utc_offset(self, key: str, offset: int) -> None:
        self.write("SessionInfo", key, SessionInfoPacket(utc_offset=timedelta(seconds=offset)))

    @rule(key=keys, of=DATA_SOURCES)
    def another_writer_ends(self, key: str, of: int) -> None:
        """The first end of a session, a second one, or one of a session that is not there yet."""
        content = EndOfSessionPacket(data_source=self.world.data_sources[of], termination_time=now())
        self.write("EndOfSession", key, content)

    @rule(key=keys, kind=FOREIGN)
    def somebody_writes_a_foreign_record(self, key: str, kind: str) -> None:
        info = SessionInfoPacket(identifier="foreign").SerializeToString()
        values = {
            "no packet": b"\xff\xff\xff",
            "empty": b"",
            "other type": Packet(type="SystemStatus", session_key=key, content=info).SerializeToString(),
            "no key inside": Packet(type="SessionInfo", content=info).SerializeToString(),
            "no content inside": Packet(type="SessionInfo", session_key=key, content=b"\xff").SerializeToString(),
            "null key": Packet(type="SessionInfo", session_key=key, content=info).SerializeToString(),
        }
        skipped = self.world.model.skipped
        self.world.topic.write(None if kind == "null key" else key.encode(), values[kind])
        self.world.observe()
        assert self.world.model.skipped == skipped + 1

    def teardown(self) -> None:
        """Wait until both libraries have every session of this sequence as the model has it."""
        if self.sound:
            for side in self.world.sides:
                wait_for_agreement(side, self.world, set(self.mine))

    def new_key(self) -> str:
        """Make the key of a session of another writer."""
        self.mine.append(str(uuid.uuid4()))
        return self.mine[-1]

    def act(self, side: int, operation: str, **arguments: Any) -> tuple[dict[str, Any], list[Record]]:
        """Have a library do something; give its result and what that wrote."""
        self.sound = False
        result = self.world.sides[side].call(operation, **arguments)
        records = self.world.observe()
        self.sound = True
        return result, records

    def update(
        self, side: int, key: str, of: int, operation: str, arguments: dict[str, Any], changed: dict[str, Any]
    ) -> None:
        """Change a session, and compare what is written with its complete state (3.1)."""
        data_source = self.world.data_sources[of]
        before = self.world.model.find(data_source, key)
        result, records = self.act(side, operation, data_source=data_source, session_key=key, **arguments)
        if before is None:
            assert_refused(result, UNKNOWN_SESSION, records)
            return
        (record,) = records
        assert_envelope(record, topic=self.world.actor.topics.session, type="SessionInfo", session_key=key)
        written = content_of(record, SessionInfoPacket)
        state: dict[str, Any] = {
            "identifier": before.identifier,
            "type": before.type,
            "version": before.version,
            "details": before.details,
            "associate_session_keys": before.associate_session_keys,
            **changed,
        }
        for name in ("utc_offset", "creation_time", "termination_time"):
            written.ClearField(name)
        assert written == SessionInfoPacket(data_source=data_source, **state)
        assert result["success"]
        assert_same(result["session"], self.world.model.sessions[key])

    def write(self, kind: str, key: str, content: Message) -> None:
        """Write a session record as another writer does."""
        value = Packet(type=kind, session_key=key, content=content.SerializeToString()).SerializeToString()
        self.world.topic.write(key.encode(), value)
        assert [record.value for record in self.world.observe()] == [value]


def test_two_processes_agree_with_the_contracts_rules_whatever_happens_to_sessions(
    world: World, connect: Callable[..., Library]
) -> None:
    take_the_rare_turns(SessionMachine(world))

    class Machine(SessionMachine):
        def __init__(self) -> None:
            super().__init__(world)

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            derandomize=True,
            database=None,
            # Fifteen steps can be read as they are, and every attempt at fewer would wait for the agreement in vain.
            phases=[Phase.generate],
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    model = world.model
    assert len(model.sessions) > EXAMPLES
    assert model.skipped > 0
    assert any(session.historical for session in model.sessions.values())
    later = SessionOperations(connect(world.actor.topics))
    for side in (*world.sides, later):
        wait_for_agreement(side, world, set(model.sessions))
        counts = side.call(STATISTICS)
        assert counts == {
            "sessions": len(model.sessions),
            "skipped_records": model.skipped,
            "waiting_updates": model.waiting,
            "dropped_updates": 0,
        }


@pytest.fixture
def topics(domain: str) -> ContractTopics:
    """A session topic of the test's own; the rules are the same in each generation."""
    return ContractTopics(V2, domain)


@pytest.fixture
def world(broker_list: str, library: Library, actor: ContractActor, data_source: str) -> Iterator[World]:
    """Two libraries on one broker, one of them in another process."""
    topics = actor.topics
    other = SessionProcess(broker_list, topic_naming=topics.naming, domain=topics.domain)
    with SessionTopic(actor) as topic, other:
        yield World((SessionOperations(library), other), topic, actor, data_source)


def take_the_rare_turns(machine: SessionMachine) -> None:
    """Do once what few random sequences do."""
    for named, offsets in ((True, (3600, -12600)), (True, (None, 3600)), (False, (None, 3600))):
        key = machine.another_writer_begins(0, named, "a", {"a": "1"}, offsets)
        machine.another_writer_begins_it_again(key, 1, "b")
        machine.another_writer_ends(key, 0)
        machine.another_writer_ends(key, 0)
    machine.another_writers_updates_overtake_its_session(0, ("a", ""), {"a": "1"}, ended=True)
    machine.teardown()


def wait_for_agreement(side: SessionOperations | SessionProcess, world: World, keys: set[str]) -> None:
    """Wait until a library has exactly the model's sessions of these keys, in its order."""
    expected = [
        comparable(session)
        for name in world.data_sources
        for session in world.model.of(name)
        if session.session_key in keys
    ]
    found: list[dict[str, Any]] = []

    def agreed() -> bool:
        listed = side.call(LIST)
        found[:] = [
            each
            for name in world.data_sources
            for each in listed
            if each["data_source"] == name and each["session_key"] in keys
        ]
        return found == expected

    with contextlib.suppress(TimeoutError):
        wait_until(agreed, timeout_seconds=AGREEMENT_SECONDS)
    assert found == expected


def comparable(session: ModelSession) -> dict[str, Any]:
    """Give a session of the model as libraries show it: no UTC offset is 0 (3.10)."""
    fields = asdict(session)
    offset = fields.pop("utc_offset")
    return {**fields, "utc_offset_seconds": offset.total_seconds() if offset else 0.0}


def assert_same(found: dict[str, Any], expected: ModelSession) -> None:
    """Assert that a result has the model's session."""
    assert found == comparable(expected)


def assert_refused(result: dict[str, Any], error: str, records: list[Record]) -> None:
    """Assert that an operation failed and wrote nothing."""
    assert (result["success"], result["error"], result["session"]) == (False, error, None)
    assert records == []


def now() -> datetime:
    """Give the present time."""
    return datetime.now(timezone.utc)
