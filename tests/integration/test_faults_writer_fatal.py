"""A producer that fails for good is replaced where that is safe, or fails loudly; either way it shows (F09)."""

from __future__ import annotations

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


def test_an_outage_shows_until_the_broker_is_back() -> None:
    with embedded_writing() as writing:
        writing.broker.set_broker_down()
        writing.write(LOST).unwrap()
        wait_until(lambda: health(writing).state is WriterState.DEGRADED, timeout_seconds=20)
        assert health(writing).reason
        writing.broker.set_broker_up()
        writing.writer.flush(30).unwrap()
        wait_until(lambda: health(writing).state is WriterState.HEALTHY, timeout_seconds=20)
