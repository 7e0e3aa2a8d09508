"""Columns of sessions that other software writes, in both generations of topics; and a consumer that is slow."""

from __future__ import annotations

import random
import uuid
from threading import Event
from typing import TYPE_CHECKING

from ma_streaming.testing import packets, wait_until
from tests.integration.contract_formats import event_definition, parameter_definition, ticks_now
from tests.integration.contract_session import ContractSession
from tests.integration.one_generation import OneGeneration
from tests.integration.written_session import WrittenSession
from tests.support import samples
from tests.support.memory import resident_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.contract_actor import ContractActor
    from tests.integration.contract_topics import ContractTopics
    from tests.integration.library import Library

NOON = 1_790_000_000_000_000_000
MIB = 1 << 20


def test_v20_sessions_of_both_generations_are_read_as_columns(
    actor: ContractActor, library: Library, data_source: str
) -> None:
    """The topics of each, and definitions of formats as each has them on its essentials."""
    first = ticks_now()
    actor.define_format(data_source, parameter_definition(first, "vCar:Chassis", "nEngine:Chassis"))
    actor.define_format(data_source, event_definition(first + 1, "0001:App"))
    session = ContractSession(actor, data_source, "Stream1").announce()
    session.open_streams("vCar:Chassis", "nEngine:Chassis")
    columns = [samples.samples([1.0, 2.0]), samples.samples([3.0, 4.0])]
    session.write("Stream1", "PeriodicData", samples.periodic(first, columns, start=NOON, interval=5))
    session.write("Stream1", "SynchroData", samples.synchro(first, columns, start=NOON + 10, intervals=[2]))
    session.write("Stream1", "Event", packets.event(first + 1, timestamp_ns=NOON))
    session.write("Stream1", "Marker", packets.lap("Lap 1", timestamp_ns=NOON, number=1), essential=True)
    session.end_streams()
    session.end()
    library.wait_for_session(data_source, session.key, historical=True)

    with library.historic(data_source, session.key) as reader:
        (batch,) = list(reader.columns(tables=["events", "markers"], max_latency_seconds=20))

    assert batch["vCar:Chassis"].timestamps_ns.tolist() == [NOON, NOON + 5, NOON + 10, NOON + 12]
    assert batch["vCar:Chassis"].values.tolist() == [1.0, 2.0, 1.0, 2.0]
    assert batch["nEngine:Chassis"].values.tolist() == [3.0, 4.0, 3.0, 4.0]
    assert (batch.stream, batch.session_key) == ("Stream1", session.key)
    assert batch.events.identifiers.tolist() == ["0001:App"]
    assert batch.markers.labels.tolist() == ["Lap 1"]


class TestSlowConsumer(OneGeneration):
    def test_v30_a_batch_that_is_held_for_long_neither_ends_the_membership_nor_fills_the_memory(
        self, connect: Callable[..., Library], data_source: str, topics: ContractTopics
    ) -> None:
        options = ["max.poll.interval.ms=6000", "session.timeout.ms=6000", "heartbeat.interval.ms=1000"]
        library = connect(topics, additional_properties=options)
        session = WrittenSession(library, data_source).open()
        source = random.Random(1)
        column = samples.samples([source.random() for _ in range(30_000)])
        content = samples.periodic(["A"], [column], start=NOON, interval=1)
        count = 300
        for _ in range(count):
            session.write("", "PeriodicData", content)
        session.close().end()
        size = len(session.expected[""][1]) * count
        assert size > 90 * MIB
        library.wait_for_session(data_source, session.key, historical=True)

        group = f"group-{uuid.uuid4()}"
        with library.historic(data_source, session.key, group_id=group) as reader:
            batches = reader.columns(max_samples=30_000, max_latency_seconds=60)
            before = resident_bytes()
            in_hand = next(batches)
            # Longer than the interval: the member would be gone if nobody polled for it.
            assert not Event().wait(7)
            wait_until(lambda: reader.statistics().unwrap().queue_fill == 1.0, timeout_seconds=20)
            assert resident_bytes() - before < 64 * MIB
            assert in_hand.samples == 30_000
            rest = sum(batch.samples for batch in batches)
            statistics = reader.statistics().unwrap()
        assert rest == (count - 1) * 30_000
        assert statistics.commit_failures == 0
        assert not any("poll interval" in line.lower() for _, line in library.logger.lines)
        with library.historic(data_source, session.key, group_id=group) as reader:
            assert list(reader.columns()) == []
