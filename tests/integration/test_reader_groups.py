"""Readers that share a consumer group: they split the work, and what one has not dealt with comes to another."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from confluent_kafka.admin import AdminClient

from ma_streaming.testing import wait_until
from tests.integration.contract_session import ContractSession
from tests.integration.library import PACKET, ReaderLog, by_stream, started
from tests.integration.one_generation import OneGeneration
from tests.integration.test_resumed_reading import ended_session, take

if TYPE_CHECKING:
    from collections.abc import Callable

    from ma_streaming import ReceivedPacketDto
    from tests.integration.contract_actor import ContractActor
    from tests.integration.contract_topics import ContractTopics
    from tests.integration.library import Library

STREAMS = ("Stream1", "Stream2", "Stream3", "Stream4", "Stream5")


@pytest.fixture
def admin(broker_list: str) -> AdminClient:
    """Give a client that asks the broker about groups."""
    return AdminClient({"bootstrap.servers": broker_list, "log_level": 0})


def group_ids(admin: AdminClient) -> set[str]:
    """Give the groups that the broker knows."""
    return {group.group_id for group in admin.list_consumer_groups().result(20).valid}


def shares(admin: AdminClient, group_id: str) -> list[int]:
    """Give the number of partitions that each member has."""
    members = admin.describe_consumer_groups([group_id])[group_id].result(20).members
    return sorted(len(member.assignment.topic_partitions) for member in members)


def test_a_reader_without_a_group_leaves_none_behind(
    library: Library, actor: ContractActor, data_source: str, admin: AdminClient
) -> None:
    before = group_ids(admin)
    session = ended_session(actor, data_source)
    library.wait_for_session(data_source, session.key, historical=True)
    with library.historic(data_source, session.key) as reader:
        assert by_stream(list(reader)) == session.expected
    assert group_ids(admin) == before


def test_a_group_goes_on_where_it_was(library: Library, actor: ContractActor, data_source: str) -> None:
    group = f"group-{uuid4()}"
    session = ended_session(actor, data_source, "Stream1")
    library.wait_for_session(data_source, session.key, historical=True)
    with library.historic(data_source, session.key, group_id=group) as reader:
        first = take(reader, 30)
        assert reader.read_batch(1, 20), "asking for more says that those before are dealt with"
    with library.historic(data_source, session.key, group_id=group) as reader:
        second = list(reader)
    assert by_stream(first + second) == session.expected
    with library.historic(data_source, session.key, group_id=group) as reader:
        assert list(reader) == [], "the group has read all of it"


def test_what_handlers_have_returned_from_is_not_delivered_again_after_stop(
    library: Library, actor: ContractActor, data_source: str
) -> None:
    group = f"group-{uuid4()}"
    session = ended_session(actor, data_source, packets=500)
    library.wait_for_session(data_source, session.key, historical=True)
    got: list[bytes] = []
    enough = threading.Event()

    def handle(packet: ReceivedPacketDto) -> None:
        got.append(packet.packet_bytes.data)
        if len(got) >= 100:
            enough.set()

    with library.historic(data_source, session.key, group_id=group) as reader:
        reader.set_handler(handle)
        assert enough.wait(20)
    stopped_at = len(got)
    log = ReaderLog(library.historic(data_source, session.key, group_id=group))
    started(log.reader)
    log.wait_for_completion(session.key)
    assert got[:stopped_at] + log.received(session.key).get("", []) == session.expected[""]


def test_a_stream_that_appears_later_is_shared_too(library: Library, actor: ContractActor, data_source: str) -> None:
    session = ContractSession(actor, data_source).announce()
    session.write_periodic("", 3)
    library.wait_for_session(data_source, session.key)
    with library.live(data_source, session.key, group_id=f"group-{uuid4()}") as reader:
        log = ReaderLog(reader)
        log.wait_for(PACKET, 3)
        actor.create_data_source(data_source, "Late")
        session.write_periodic("Late", 4)
        session.write_periodic("", 2)
        log.wait_for(PACKET, 9)
        session.end_streams()
        session.end()
        assert log.wait_for_completion(session.key) == "ended"
        assert log.received(session.key) == session.expected


def test_two_sessions_of_one_group_are_read_one_after_the_other(
    library: Library, actor: ContractActor, data_source: str
) -> None:
    with library.live(data_source, group_id=f"group-{uuid4()}") as reader:
        log = ReaderLog(reader)
        for name in ("first", "second"):
            session = ContractSession(actor, data_source, "Stream1", identifier=name).announce()
            session.write_periodic("Stream1", 10)
            session.end_streams()
            session.end()
            assert log.wait_for_completion(session.key) == "ended"
            assert log.received(session.key) == session.expected


class TestMembers(OneGeneration):
    """What takes long, in one generation."""

    def test_f17_a_handler_slower_than_the_poll_interval_stays_in_the_group(
        self,
        connect: Callable[..., Library],
        actor: ContractActor,
        data_source: str,
        admin: AdminClient,
        topics: ContractTopics,
    ) -> None:
        group = f"group-{uuid4()}"
        options = ["max.poll.interval.ms=6000", "session.timeout.ms=6000", "heartbeat.interval.ms=1000"]
        library = connect(topics, additional_properties=options)
        session = ended_session(actor, data_source, packets=400)
        library.wait_for_session(data_source, session.key, historical=True)
        entered, go_on = threading.Event(), threading.Event()

        def handle(_packet: ReceivedPacketDto) -> None:
            entered.set()
            go_on.wait(30)

        with library.historic(data_source, session.key, group_id=group, buffer_length=10) as reader:
            log = ReaderLog(reader)
            reader.set_handler(handle)
            assert entered.wait(20)
            assert shares(admin, group) == [1]
            # Twice the interval: the member would be gone if nobody polled for it.
            assert not go_on.wait(12)
            assert shares(admin, group) == [1]
            go_on.set()
            assert log.wait_for_completion(session.key) == "ended"
            assert log.received(session.key) == session.expected
            assert reader.statistics().unwrap().commit_failures == 0
        assert not any("max.poll.interval" in line.lower() for _, line in library.logger.lines)

    def test_f16_members_split_the_streams_and_take_over_when_one_goes(
        self,
        library: Library,
        connect: Callable[..., Library],
        actor: ContractActor,
        data_source: str,
        admin: AdminClient,
        topics: ContractTopics,
    ) -> None:
        group = f"group-{uuid4()}"
        session = ContractSession(actor, data_source, *STREAMS).announce()
        library.wait_for_session(data_source, session.key)
        readers = [each.live(data_source, session.key, group_id=group) for each in (library, connect(topics))]
        logs = [ReaderLog(started(reader)) for reader in readers]
        wait_until(lambda: shares(admin, group) == [3, 3], timeout_seconds=20)

        def written_is_received(count: int) -> Callable[[], bool]:
            return lambda: sum(len(log.of(PACKET)) for log in logs) >= count

        def round_of_packets() -> None:
            for stream in session.expected:
                session.write_periodic(stream, 20)
            total = sum(map(len, session.expected.values()))
            wait_until(written_is_received(total), timeout_seconds=20, message=f"{total} packets")

        round_of_packets()
        logs.append(ReaderLog(started(connect(topics).live(data_source, session.key, group_id=group))))
        wait_until(lambda: shares(admin, group) == [2, 2, 2], timeout_seconds=20)
        round_of_packets()
        logs[0].reader.stop()
        logs[1].reader.stop()
        wait_until(lambda: shares(admin, group) == [6], timeout_seconds=20)
        round_of_packets()
        session.end_streams()
        session.end()
        logs[2].wait_for_completion(session.key)

        seen = Counter(packet.packet_bytes.data for log in logs for packet in log.of(PACKET))
        written = [packet for packets in session.expected.values() for packet in packets]
        assert set(seen) == set(written)
        assert all(log.of(PACKET) for log in logs)
        assert seen.total() <= len(written) + 60, "only what was under way when partitions moved comes twice"

    def test_reading_is_completed_for_each_member_when_the_group_has_dealt_with_everything(
        self,
        library: Library,
        connect: Callable[..., Library],
        actor: ContractActor,
        data_source: str,
        admin: AdminClient,
        topics: ContractTopics,
    ) -> None:
        group = f"group-{uuid4()}"
        session = ContractSession(actor, data_source, *STREAMS).announce()
        library.wait_for_session(data_source, session.key)
        held = threading.Event()
        logs = [ReaderLog(each.live(data_source, session.key, group_id=group)) for each in (library, connect(topics))]
        slow = logs[0].reader
        slow.set_handler(lambda _packet: held.wait(20))
        for log in logs:
            started(log.reader)
        wait_until(lambda: shares(admin, group) == [3, 3], timeout_seconds=20)
        for stream in session.expected:
            session.write_periodic(stream, 5)
        session.end_streams()
        session.end()
        logs[0].wait_for(PACKET)
        assert not logs[1].of("session_reading_completed")
        held.set()
        assert {log.wait_for_completion(session.key) for log in logs} <= {"ended", "end_offset"}
        got = [packet.packet_bytes.data for log in logs for packet in log.of(PACKET)]
        assert sorted(got) == sorted(packet for packets in session.expected.values() for packet in packets)
