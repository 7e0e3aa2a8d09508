"""Records whose producer's clock is wrong, and records without a value."""

from __future__ import annotations

from confluent_kafka import Producer

DEADLINE_SECONDS = 20.0


def produce(broker_list: str, topic: str, key: bytes | None, value: bytes | None, *, timestamp_ms: int = 0) -> None:
    """Write one record with a creation time in ms since the Unix epoch, 0 = now; wait until the broker has it."""
    failures: list[str] = []
    producer = Producer({"bootstrap.servers": broker_list, "log_level": 0, "linger.ms": 0, "acks": "all"})
    producer.produce(
        topic,
        value=value,
        key=key,
        partition=0,
        on_delivery=lambda error, _message: failures.append(str(error)) if error else None,
        timestamp=timestamp_ms,
    )
    left = producer.flush(DEADLINE_SECONDS)
    assert not left, f"the record for {topic} is still not delivered"
    assert not failures, failures
