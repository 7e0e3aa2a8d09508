"""A producer that fails for good is replaced where that is safe, or fails loudly; either way it shows (F09)."""

from __future__ import annotations

import signal
import threading
import time

import pytest
from confluent_kafka import KafkaError

from ma_streaming import DeliveryError, WriterHealth, WriterState
from ma_streaming.testing import KafkaRequest, wait_until
from tests.integration.embedded_writing import EmbeddedWriting, embedded_writing

FIRST, LOST, AFTER = 1, 2, 3


def break_sequence(writing: EmbeddedWriting) -> None:
    """Have the broker answer a packet with an error that an idempotent producer does not survive."""
    writing.broker.push_request_errors(KafkaRequest.PRODUCE, [KafkaError.OUT_OF_ORDER_SEQUENCE_NUMBER])
    writing.write(LOST).unwrap()
    wait_until(lambda: sum(each.failed for each in writing.told) == 1, timeout_seconds=20)


def health(writing: EmbeddedWriting) -> WriterHealth:
    return writing.writer.health().unwrap()


def test_f09_a_broken_sequence_is_reported_and_writing_goes_on_with_another_producer() -> None:
    with embedded_writing() as writing:
        break_sequence(writing)
        assert health(writing).state is WriterState.FAILED
        assert "OUT_OF_ORDER_SEQUENCE_NUMBER" in writing.told[0].reason
        assert writing.told[0].first_packet_id == LOST

        assert writing.writer.write_many("Default", "Stream1", writing.key, [writing.packet(AFTER)]).success
        assert writing.write(AFTER + 1).success
        flushed = writing.writer.flush(20)

        assert isinstance(flushed.error, DeliveryError)
        assert flushed.data is not None
        assert (flushed.data.accepted, flushed.data.delivered, flushed.data.failed) == (4, 3, 1)
        assert health(writing) == WriterHealth(WriterState.HEALTHY, "", 1)
        assert writing.stored() == [FIRST, AFTER, AFTER + 1]
        errors = [
            text for level, text in writing.library.logger.lines if level == "error" and "failed for good" in text
        ]
        assert len(errors) == 1


def test_f09_sessions_are_written_by_the_other_producer_too() -> None:
    with embedded_writing() as writing:
        break_sequence(writing)
        writing.writer.flush(20)
        assert writing.end_session().success


def test_f09_where_no_gap_is_allowed_every_further_write_fails_with_the_reason() -> None:
    with embedded_writing(enable_gapless_guarantee="true") as writing:
        break_sequence(writing)
        for _ in range(2):
            refused = writing.write(AFTER)
            assert isinstance(refused.error, DeliveryError)
            assert "failed for good" in refused.message
            assert "enable.gapless.guarantee" in refused.message

        assert health(writing).state is WriterState.FAILED
        assert "enable.gapless.guarantee" in health(writing).reason
        assert writing.stored() == [FIRST]


def test_f09_a_producer_that_fails_again_at_once_is_not_replaced_again_and_again() -> None:
    with embedded_writing() as writing:
        break_sequence(writing)
        assert writing.write(AFTER).success
        wait_until(lambda: writing.writer.statistics().unwrap().in_flight == 0, timeout_seconds=20)
        writing.told.clear()
        break_sequence(writing)
        refused = writing.write(AFTER)

        assert isinstance(refused.error, DeliveryError)
        assert health(writing).state is WriterState.FAILED
        assert health(writing).fatal_errors == 2


def test_an_outage_shows_until_the_broker_is_back_also_where_nothing_is_written() -> None:
    with embedded_writing() as writing:
        writing.broker.set_broker_down()
        wait_until(lambda: health(writing).state is WriterState.DEGRADED, timeout_seconds=20)
        assert health(writing).reason
        writing.broker.set_broker_up()
        wait_until(lambda: health(writing).state is WriterState.HEALTHY, timeout_seconds=20)


def test_f09_however_many_packets_wait_each_is_settled_when_the_producer_is_replaced() -> None:
    packets = 300_000
    with embedded_writing(linger_ms=60_000, batch_num_messages=1_000_000, batch_size=2_000_000_000) as writing:
        for _ in range(packets // 1000):
            writing.writer.write_many("Default", "Stream1", writing.key, [writing.packet(LOST)] * 1000).unwrap()
        writing.broker.push_request_errors(KafkaRequest.PRODUCE, [KafkaError.OUT_OF_ORDER_SEQUENCE_NUMBER])
        break_by_flushing(writing)
        assert writing.write(AFTER).success
        flushed = writing.writer.flush(20)

        assert flushed.data is not None
        assert (flushed.data.delivered, flushed.data.in_flight) == (2, 0)
        assert flushed.data.failed == packets
        assert sum(flushed.data.failed_by_reason.values()) == packets
        assert writing.end_session().success
        wait_until(lambda: sum(each.failed for each in writing.told) == packets, timeout_seconds=20)


def break_by_flushing(writing: EmbeddedWriting) -> None:
    """Send what lingers, to the error that waits for it."""
    writing.writer.flush(0)
    wait_until(lambda: health(writing).state is WriterState.FAILED, timeout_seconds=20)


def test_each_report_names_the_packets_that_failed_since_the_one_before() -> None:
    with embedded_writing(sync=True) as writing:
        for number in range(2, 14):
            writing.broker.push_request_errors(KafkaRequest.PRODUCE, [KafkaError.MSG_SIZE_TOO_LARGE])
            refused = writing.write(number)
            assert isinstance(refused.error, DeliveryError)
            assert f"packet id {number}," in refused.message
        assert writing.write(20).success


def test_ctrl_c_ends_a_batch_that_waits_for_room_packet_by_packet() -> None:
    with embedded_writing(queue_buffering_max_messages=5, linger_ms=60, timeout_seconds=30) as writing:
        interrupt = threading.Timer(0.5, signal.raise_signal, [signal.SIGINT])
        began = time.monotonic()
        interrupt.start()
        with pytest.raises(KeyboardInterrupt):
            writing.writer.write_many("Default", "Stream1", writing.key, [writing.packet(LOST)] * 1000)
        assert time.monotonic() - began < 3
        assert writing.writer.flush(20).unwrap().in_flight == 0
