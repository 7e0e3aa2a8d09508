"""What a reader says of itself while its handler is slow, and that its memory has a bound (FAULTS F39, V16, V22)."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from ma_streaming import IHandler
from ma_streaming.testing import wait_until
from tests.integration.contract_session import ContractSession
from tests.integration.library import PACKET, ReaderLog
from tests.integration.one_generation import OneGeneration
from tests.support.memory import resident_bytes

if TYPE_CHECKING:
    from ma_streaming import PacketReaderService, ReaderStatistics, ReceivedPacketDto
    from tests.integration.contract_actor import ContractActor
    from tests.integration.contract_topics import ContractTopics
    from tests.integration.library import Library

MIB = 1 << 20
CAP_BYTES = 64 * MIB
"""What a reader may hold, whatever its handler does: docs/reading.md names the figure."""


class Gate(IHandler["ReceivedPacketDto"]):
    """A handler that lets through as many packets as it is told."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.entered = threading.Event()

    def handle(self, item: ReceivedPacketDto) -> None:  # noqa: ARG002 - which packet it is does not matter
        self.entered.set()
        assert self.open.wait(60)


def statistics(reader: PacketReaderService) -> ReaderStatistics:
    """Give the reader's counters."""
    return reader.statistics().unwrap()


class TestStatistics(OneGeneration):
    """Counters, lag and memory."""

    def test_packets_and_lag_are_counted_for_each_stream(
        self, library: Library, actor: ContractActor, data_source: str
    ) -> None:
        session = ContractSession(actor, data_source, "Stream1").announce()
        session.write_periodic("", 5)
        session.write_periodic("Stream1", 40)
        library.wait_for_session(data_source, session.key)
        gate = Gate()
        with library.live(data_source, session.key) as reader:
            reader.set_handler(gate)
            log = ReaderLog(reader)
            assert gate.entered.wait(20)

            def lags() -> dict[str, tuple[int, int]]:
                return {each.stream: (each.packets, each.lag) for each in statistics(reader).streams}

            behind = {"": (5, 5), "Stream1": (40, 40)}
            wait_until(lambda: lags() == behind, timeout_seconds=20, message=lambda: f"{lags()}")
            held = statistics(reader)
            assert held.lag == 45
            assert held.queued_packets >= 43, "all but the one in hand, and the stream's first event"
            assert held.packets == 45
            gate.open.set()
            log.wait_for(PACKET, 45)
            wait_until(lambda: statistics(reader).lag == 0, timeout_seconds=20)
            after = statistics(reader)
            assert after.queued_packets == 0
            assert after.queue_fill == 0
            assert after.handler_seconds > 0
            session.end_streams()
            session.end()
            log.wait_for_completion(session.key)
            wait_until(lambda: lags() == {"": (6, 0), "Stream1": (41, 0)}, timeout_seconds=20)

    def test_f39_memory_has_a_bound_whatever_the_size_of_packets_and_however_slow_the_handler(
        self, library: Library, actor: ContractActor, data_source: str, topics: ContractTopics
    ) -> None:
        actor.create_topics([topics.main(data_source)], config={"max.message.bytes": str(8 * MIB)})
        session = ContractSession(actor, data_source).announce()
        library.wait_for_session(data_source, session.key)
        for _ in range(200):
            session.write("", "Marker", os.urandom(900_000))
            actor.flush()
        written = len(session.expected[""])
        before = resident_bytes()
        gate = Gate()
        with library.live(data_source, session.key) as reader:
            reader.set_handler(gate)
            assert gate.entered.wait(20)
            wait_until(lambda: statistics(reader).queue_fill == 1.0, timeout_seconds=20)
            assert resident_bytes() - before < CAP_BYTES
            gate.open.set()
            wait_until(lambda: statistics(reader).packets == written, timeout_seconds=30)
            assert resident_bytes() - before < CAP_BYTES

    def test_a_handler_that_falls_behind_is_warned_of_once_and_so_is_its_recovery(
        self, library: Library, actor: ContractActor, data_source: str
    ) -> None:
        session = ContractSession(actor, data_source).announce()
        library.wait_for_session(data_source, session.key)
        gate = Gate()

        def lines(level: str, text: str) -> list[str]:
            return [line for line in library.logger.of(level) if text in line]

        def behind() -> list[str]:
            session.write_periodic("", 50)
            return lines("warning", "faster than they are handled")

        with library.live(data_source, session.key, buffer_length=10) as reader:
            reader.set_handler(gate)
            assert wait_until(behind, timeout_seconds=30)
            gate.open.set()
            wait_until(lambda: lines("info", "handled faster"), timeout_seconds=30)
            assert len(lines("warning", "faster than they are handled")) == 1
            assert len(lines("info", "handled faster")) == 1
