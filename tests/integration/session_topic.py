"""The session topic as it grows: written by hand, and read from where the last look ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from confluent_kafka import Consumer, TopicPartition

from ma_streaming.testing import wait_until
from tests.integration.contract_actor import DEADLINE_SECONDS, Record

if TYPE_CHECKING:
    from typing_extensions import Self

    from tests.integration.contract_actor import ContractActor


class SessionTopic:
    """The one partition of a session topic that nobody else uses; a context manager."""

    def __init__(self, actor: ContractActor) -> None:
        actor.create_topics([actor.topics.session])
        self._actor = actor
        self._name = actor.topics.session
        self._consumer = Consumer(
            {
                "bootstrap.servers": actor.bootstrap_servers,
                "group.id": "session-topic",
                "enable.auto.commit": False,
                "fetch.wait.max.ms": 10,
                "log_level": 0,
            }
        )
        self._consumer.assign([TopicPartition(self._name, 0, 0)])
        self._read = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._consumer.close()

    def write(self, key: bytes | None, value: bytes) -> None:
        """Write a record and wait until it is there."""
        self._actor.produce(self._name, key=key, value=value)
        self._actor.flush()

    def added(self) -> list[Record]:
        """Read the records that were added since the last call."""
        end = self._actor.high_watermark(self._name)
        records: list[Record] = []

        def complete() -> bool:
            left = end - self._read - len(records)
            for message in self._consumer.consume(left, timeout=1) if left else []:
                assert not message.error(), message.error()
                records.append(Record.of(message))
            return self._read + len(records) == end

        wait_until(complete, timeout_seconds=DEADLINE_SECONDS, message=f"offset {end} of {self._name}")
        self._read = end
        return records
