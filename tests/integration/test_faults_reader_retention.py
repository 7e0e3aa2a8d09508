"""Readers whose records are gone, or come twice (FAULTS F11, F13, F14, F15)."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from ma_streaming import DataExpiredError, IHandler, TopicUnavailableError
from ma_streaming.testing import wait_until
from tests.integration.contract_session import ContractSession
from tests.integration.library import FAILED, PACKET, SESSION_COMPLETED, ReaderLog, started
from tests.integration.one_generation import OneGeneration
from tests.integration.test_resumed_reading import ended_session

if TYPE_CHECKING:
    from ma_streaming import PacketReaderService, ReceivedPacketDto
    from tests.integration.contract_actor import ContractActor
    from tests.integration.contract_topics import ContractTopics
    from tests.integration.library import Library


@pytest.fixture
def admin(broker_list: str) -> AdminClient:
    """Give a client that deletes what it is told to."""
    return AdminClient({"bootstrap.servers": broker_list, "log_level": 0})


def delete_before(admin: AdminClient, topic: str, offset: int) -> None:
    """Delete the records below an offset, as retention does."""
    partition = TopicPartition(topic, 0, offset)
    for deleted in admin.delete_records([partition]).values():
        assert deleted.result(20).low_watermark == offset


def delete_topic(admin: AdminClient, topic: str) -> None:
    """Delete a topic, and wait until the broker does not list it."""
    admin.delete_topics([topic])[topic].result(20)
    wait_until(lambda: topic not in admin.list_topics(timeout=5).topics, timeout_seconds=20)


def failure_of(log: ReaderLog) -> Exception:
    """Give the one failure that a reader told of."""
    (failure,) = log.of(FAILED)
    assert isinstance(failure, Exception)
    return failure


class HeldHandler(IHandler["ReceivedPacketDto"]):
    """A handler that takes one packet and waits until it is let go."""

    def __init__(self, reader: PacketReaderService) -> None:
        self.entered, self.let_go = threading.Event(), threading.Event()
        reader.set_handler(self)

    def handle(self, item: ReceivedPacketDto) -> None:  # noqa: ARG002 - which packet it is does not matter
        self.entered.set()
        assert self.let_go.wait(30)


class TestRetention(OneGeneration):
    """F14: offsets below the low watermark."""

    def test_f14_a_session_whose_first_records_are_gone_fails_with_the_range_lost(
        self, library: Library, actor: ContractActor, data_source: str, topics: ContractTopics, admin: AdminClient
    ) -> None:
        topic = topics.main(data_source)
        session = ended_session(actor, data_source, "Stream1", packets=30)
        delete_before(admin, topic, 10)
        library.wait_for_session(data_source, session.key, historical=True)
        log = ReaderLog(library.historic(data_source, session.key))
        started(log.reader)
        assert log.wait_for_completion(session.key) == "data_expired"
        failure = failure_of(log)
        assert isinstance(failure, DataExpiredError)
        for part in (session.key, topic, "offset 0", "10 records"):
            assert part in str(failure)
        assert log.of(PACKET) == []
        assert log.reader.statistics().unwrap().failed == 1

    def test_f14_whoever_iterates_gets_the_failure_raised(
        self, library: Library, actor: ContractActor, data_source: str, topics: ContractTopics, admin: AdminClient
    ) -> None:
        session = ended_session(actor, data_source)
        delete_before(admin, topics.main(data_source), 5)
        library.wait_for_session(data_source, session.key, historical=True)
        with library.historic(data_source, session.key) as reader, pytest.raises(DataExpiredError, match=session.key):
            list(reader)

    def test_f14_from_earliest_goes_on_with_what_is_there_and_says_so_once(
        self, library: Library, actor: ContractActor, data_source: str, topics: ContractTopics, admin: AdminClient
    ) -> None:
        session = ended_session(actor, data_source, "Stream1", packets=30)
        delete_before(admin, topics.main(data_source), 10)
        delete_before(admin, topics.stream(data_source, "Stream1"), 4)
        library.wait_for_session(data_source, session.key, historical=True)
        with library.historic(data_source, session.key, from_earliest=True) as reader:
            log = ReaderLog(reader)
            assert log.wait_for_completion(session.key) == "ended"
            assert log.of(FAILED) == []
            assert log.received(session.key) == {
                "": session.expected[""][10:],
                "Stream1": session.expected["Stream1"][4:],
            }
            assert reader.statistics().unwrap().expired == 14
        assert len([line for line in library.logger.of("warning") if "are lost" in line]) == 1

    @pytest.mark.parametrize("from_earliest", [False, True])
    def test_f14_records_that_are_deleted_while_a_slow_handler_reads_are_never_jumped_over_in_silence(
        self,
        library: Library,
        actor: ContractActor,
        data_source: str,
        topics: ContractTopics,
        admin: AdminClient,
        from_earliest: bool,
    ) -> None:
        topic = topics.main(data_source)
        session = ContractSession(actor, data_source).announce()
        library.wait_for_session(data_source, session.key)
        # More than the reader's memory and librdkafka's queue hold, so that some of it is only at the broker.
        for _ in range(300):
            session.write("", "Marker", os.urandom(200_000))
        actor.flush()
        with library.live(data_source, session.key, from_earliest=from_earliest, buffer_length=2) as reader:
            held = HeldHandler(reader)
            log = ReaderLog(reader)
            assert held.entered.wait(20)
            delete_before(admin, topic, 299)
            held.let_go.set()
            if from_earliest:
                log.wait_for(PACKET, session_key=session.key)
                wait_until(lambda: log.received(session.key)[""][-1] == session.expected[""][-1], timeout_seconds=20)
                received = len(log.of(PACKET))
                assert received < 300
                assert reader.statistics().unwrap().expired == 300 - received
            else:
                assert log.wait_for_completion(session.key) == "data_expired"
                assert isinstance(failure_of(log), DataExpiredError)
                assert f"to 299 of topic '{topic}'" in str(failure_of(log))


class TestTopicGone(OneGeneration):
    """F13 and F15: topics that are deleted or made anew."""

    @pytest.mark.parametrize("group_id", ["", "mine"])
    def test_f13_a_topic_that_is_deleted_ends_the_reading_with_the_reason(
        self,
        library: Library,
        actor: ContractActor,
        data_source: str,
        topics: ContractTopics,
        admin: AdminClient,
        group_id: str,
    ) -> None:
        topic = topics.stream(data_source, "Stream1")
        session = ContractSession(actor, data_source, "Stream1").announce()
        session.write_periodic("Stream1", 10)
        library.wait_for_session(data_source, session.key)
        with library.live(data_source, session.key, group_id=group_id and f"{group_id}-{session.key}") as reader:
            log = ReaderLog(reader)
            log.wait_for(PACKET, 10)
            delete_topic(admin, topic)
            assert log.wait_for_completion(session.key) == "error"
            failure = failure_of(log)
            assert isinstance(failure, TopicUnavailableError)
            assert f"topic '{topic}' was deleted" in str(failure)
            assert len(log.of(SESSION_COMPLETED)) == 1

    def test_f15_a_topic_made_anew_with_fewer_records_ends_the_reading_with_the_reason(
        self, library: Library, actor: ContractActor, data_source: str, topics: ContractTopics, admin: AdminClient
    ) -> None:
        topic = topics.stream(data_source, "Stream1")
        session = ContractSession(actor, data_source, "Stream1").announce()
        session.write_periodic("Stream1", 10)
        library.wait_for_session(data_source, session.key)
        with library.live(data_source, session.key) as reader:
            log = ReaderLog(reader)
            log.wait_for(PACKET, 10)
            delete_topic(admin, topic)
            actor.create_topics([topic])
            session.write_periodic("Stream1", 3)
            assert log.wait_for_completion(session.key) == "error"
            failure = failure_of(log)
            assert isinstance(failure, TopicUnavailableError)
            assert topic in str(failure)


class TestDuplicates(OneGeneration):
    """F11: packets that are stored twice."""

    def test_f11_a_packet_that_was_stored_twice_is_passed_over_where_that_is_asked_for(
        self, library: Library, actor: ContractActor, data_source: str, topics: ContractTopics
    ) -> None:
        session = ContractSession(actor, data_source, "Stream1").announce()
        session.write_periodic("", 20)
        session.write_periodic("Stream1", 20)
        once = {stream: list(packets) for stream, packets in session.expected.items()}
        for stream, packets in once.items():
            for value in packets[5:12]:
                actor.produce(topics.stream(data_source, stream), key=session.key.encode(), value=value)
                session.expected[stream].append(value)
        session.end_streams()
        session.end()
        library.wait_for_session(data_source, session.key, historical=True)
        ends = {stream: packets[-1:] for stream, packets in session.expected.items()}
        with library.historic(data_source, session.key, skip_duplicates=True) as reader:
            log = ReaderLog(reader)
            log.wait_for_completion(session.key)
            assert log.received(session.key) == {stream: packets + ends[stream] for stream, packets in once.items()}
            assert reader.statistics().unwrap().duplicates == 14
        with library.historic(data_source, session.key) as reader:
            log = ReaderLog(reader)
            log.wait_for_completion(session.key)
            assert log.received(session.key) == session.expected
            assert reader.statistics().unwrap().duplicates == 0
