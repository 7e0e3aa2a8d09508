"""What the broker refuses, or takes too long for: tried again in silence, or reported and counted (F04, F08, V34)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from confluent_kafka import KafkaError

from ma_streaming import AuthenticationError, DeliveryError, StreamingError, StreamingTimeoutError
from ma_streaming.testing import KafkaRequest, wait_until
from tests.integration.embedded_writing import DATA_SOURCE, STREAM, TOPICS, EmbeddedWriting, embedded_writing
from tests.integration.library import within

if TYPE_CHECKING:
    from tests.integration.library import RecordingLogger

PACKETS = 3000
EXPIRY_MS = 1500
LINES_AT_MOST = 1
"""Of warnings and errors, for a fault that passes."""


def complaints(logger: RecordingLogger, since: int = 0) -> list[tuple[str, str]]:
    """Give the warnings and errors that were logged after so many lines."""
    return [line for line in logger.lines[since:] if line[0] in {"warning", "error"}]


def assert_transparent(writing: EmbeddedWriting, packets: int, since: int) -> None:
    """Assert that all packets are stored once, in order, and that hardly a word was said of the fault."""
    report = writing.writer.flush(30).unwrap()
    assert (report.accepted, report.delivered, report.failed) == (packets, packets, 0)
    assert writing.stored() == list(range(1, packets + 1))
    assert len(complaints(writing.library.logger, since)) <= LINES_AT_MOST, writing.library.logger.lines[since:]
    assert writing.told == []


@pytest.mark.parametrize(
    "error",
    [
        KafkaError.NOT_LEADER_FOR_PARTITION,
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.NOT_ENOUGH_REPLICAS,
        KafkaError.REQUEST_TIMED_OUT,
        KafkaError.INVALID_MSG,
        KafkaError._TRANSPORT,
    ],
    ids=["not leader", "no leader", "too few replicas", "timed out", "damaged on the way", "connection cut"],
)
def test_f04_an_error_that_passes_is_tried_again_in_silence(error: int) -> None:
    with embedded_writing(retry_backoff_ms=10, retry_backoff_max_ms=50, batch_num_messages=100) as writing:
        since = len(writing.library.logger.lines)
        writing.broker.push_request_errors(KafkaRequest.PRODUCE, [error] * 20)
        for number in range(2, PACKETS + 1):
            writing.write(number).unwrap()
        assert_transparent(writing, PACKETS, since)


def test_f04_a_leader_that_moves_is_followed_in_silence() -> None:
    with embedded_writing(brokers=3, retry_backoff_ms=10, retry_backoff_max_ms=50, batch_num_messages=50) as writing:
        since = len(writing.library.logger.lines)
        topic = TOPICS.stream(DATA_SOURCE, STREAM)
        for move in range(6):
            writing.broker.set_partition_leader(topic, 0, 1 + move % 3)
            first = 2 + move * 500
            for number in range(first, first + 500):
                writing.write(number).unwrap()
            await_delivery(writing, first)
        assert_transparent(writing, 3001, since)


def await_delivery(writing: EmbeddedWriting, packets: int) -> None:
    """Wait until so many packets are acknowledged."""
    wait_until(lambda: writing.writer.statistics().unwrap().delivered >= packets, timeout_seconds=20)


def test_f04_a_coordinator_that_loads_is_waited_for_in_silence() -> None:
    with embedded_writing() as writing:
        # A producer's identity is the first thing it asks for; a second library is a second producer.
        writing.broker.push_request_errors(
            KafkaRequest.INIT_PRODUCER_ID,
            [KafkaError.COORDINATOR_LOAD_IN_PROGRESS] * 3 + [KafkaError.COORDINATOR_NOT_AVAILABLE] * 3,
        )
        library = type(writing.library)(writing.broker.bootstrap_servers, topic_naming="V2", domain=TOPICS.domain)
        library.start()
        try:
            for number in range(2, 101):
                library.writer.write_data(DATA_SOURCE, STREAM, writing.key, writing.packet(number)).unwrap()
            library.writer.flush(30).unwrap()
        finally:
            library.stop()
        assert writing.stored() == list(range(1, 101))
        assert len(complaints(library.logger)) <= LINES_AT_MOST, library.logger.lines


def expired(writing: EmbeddedWriting, packets: int) -> None:
    """Write while the broker is down, for longer than packets are tried."""
    writing.broker.set_broker_down()
    for number in range(2, packets + 2):
        writing.write(number).unwrap()
    wait_until(lambda: sum(each.failed for each in writing.told) == packets, timeout_seconds=20)
    writing.broker.set_broker_up()


def test_f08_flush_reports_how_many_records_expired_and_the_first() -> None:
    with embedded_writing(message_timeout_ms=EXPIRY_MS) as writing:
        expired(writing, 50)
        failed: Any = writing.writer.flush(20)
        with pytest.raises(DeliveryError):
            failed.unwrap()
        for words in ("50 records", "packet id 2:", "_MSG_TIMED_OUT"):
            assert words in failed.message.replace(", ", ": ")
        assert (failed.data.accepted, failed.data.delivered, failed.data.failed) == (51, 1, 50)
        assert sum(failed.data.failed_by_reason.values()) == 50
        assert {(each.stream, each.session_key) for each in writing.told} == {(STREAM, writing.key)}
        assert writing.told[0].first_packet_id == 2
        # What was reported once is not reported again, and writing goes on.
        writing.write(52).unwrap()
        writing.writer.flush(20).unwrap()
        assert writing.stored() == [1, 52]


def test_f08_end_session_reports_what_expired_and_leaves_the_session_live() -> None:
    with embedded_writing(message_timeout_ms=EXPIRY_MS) as writing:
        expired(writing, 50)
        failed = writing.end_session()
        with pytest.raises(DeliveryError):
            failed.unwrap()
        for words in ("50 of its records", "packet id 2", "_MSG_TIMED_OUT"):
            assert words in failed.message
        assert writing.is_live()
        assert writing.end_session().unwrap().historical


def test_f08_end_session_waits_for_what_is_on_its_way_and_reports_that_it_expired() -> None:
    with embedded_writing(message_timeout_ms=EXPIRY_MS, timeout_seconds=20) as writing:
        writing.broker.set_broker_down()
        for number in range(2, 12):
            writing.write(number).unwrap()
        failed = writing.end_session()
        writing.broker.set_broker_up()
        with pytest.raises(DeliveryError, match="10 of its records"):
            failed.unwrap()
        assert writing.is_live()


def test_f08_a_session_cannot_be_ended_without_a_broker() -> None:
    with embedded_writing(timeout_seconds=2) as writing:
        writing.broker.set_broker_down()
        with within(6):
            failed = writing.end_session()
        with pytest.raises(StreamingError):
            failed.unwrap()
        writing.broker.set_broker_up()
        assert writing.is_live()


PERMANENT = {
    "too large": KafkaError.MSG_SIZE_TOO_LARGE,
    "too large a batch": KafkaError.RECORD_LIST_TOO_LARGE,
    "invalid": KafkaError.INVALID_RECORD,
    "against a policy": KafkaError.POLICY_VIOLATION,
    "compression": KafkaError.UNSUPPORTED_COMPRESSION_TYPE,
    "required acks": KafkaError.INVALID_REQUIRED_ACKS,
    "unknown": KafkaError.UNKNOWN,
}


@pytest.mark.parametrize("error", PERMANENT.values(), ids=list(PERMANENT))
def test_v34_no_error_of_the_broker_is_swallowed(error: int) -> None:
    with embedded_writing() as writing:
        writing.broker.push_request_errors(KafkaRequest.PRODUCE, [error])
        writing.write(2).unwrap()
        failed = writing.writer.flush(20)
        with pytest.raises(DeliveryError):
            failed.unwrap()
        name = KafkaError(error).name().strip("_")
        for words in ("1 record", "packet id 2", TOPICS.stream(DATA_SOURCE, STREAM), name):
            assert words in failed.message
        wait_until(lambda: bool(writing.told), message="delivery_failed")
        (told,) = writing.told
        assert (told.failed, told.first_packet_id, told.stream) == (1, 2, STREAM)
        assert name in told.reason
        # The next ones go on.
        for number in (3, 4):
            writing.write(number).unwrap()
        writing.writer.flush(20).unwrap()
        assert writing.stored() == [1, 3, 4]


def test_v34_a_lost_authorisation_is_reported_and_then_refuses_writes_until_it_is_back() -> None:
    """Once the broker has refused the topic, the client refuses it, too, until it has asked the broker again."""
    with embedded_writing(topic_metadata_refresh_interval_ms=500) as writing:
        writing.broker.push_request_errors(KafkaRequest.PRODUCE, [KafkaError.TOPIC_AUTHORIZATION_FAILED])
        writing.write(2).unwrap()
        failed = writing.writer.flush(20)
        assert isinstance(failed.error, DeliveryError)
        assert "TOPIC_AUTHORIZATION_FAILED" in failed.message
        writing.write(1, "Stream2").unwrap()
        refused: list[Any] = []

        def is_written() -> bool:
            result = writing.write(3)
            refused.extend([result] if result.error else [])
            return result.success

        wait_until(is_written, timeout_seconds=20, message=lambda: str(refused))
        assert all(isinstance(each.error, AuthenticationError) for each in refused), refused
        writing.writer.flush(20).unwrap()
        assert (writing.stored(), writing.stored("Stream2")) == ([1, 3], [1])


@pytest.mark.parametrize("error", [KafkaError.INVALID_RECORD, KafkaError.MSG_SIZE_TOO_LARGE])
def test_v34_a_synchronous_write_fails_with_what_became_of_it(error: int) -> None:
    with embedded_writing(sync=True) as writing:
        assert writing.stored() == [1]
        writing.broker.push_request_errors(KafkaRequest.PRODUCE, [error])
        failed: Any = writing.write(2)
        assert isinstance(failed.error, DeliveryError)
        assert KafkaError(error).name() in failed.message
        writing.write(3).unwrap()
        assert writing.stored() == [1, 3]


def test_f08_a_synchronous_write_without_a_broker_says_that_its_fate_is_not_known() -> None:
    with embedded_writing(sync=True, timeout_seconds=1) as writing:
        writing.broker.set_broker_down()
        with within(3):
            result = writing.write(2)
        assert isinstance(result.error, StreamingTimeoutError)
        writing.broker.set_broker_up()
        writing.writer.flush(20).unwrap()
        assert writing.stored() == [1, 2]
