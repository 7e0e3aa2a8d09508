"""Columns from a real Kafka: the samples of the packets, live and historic, with positions and groups that hold."""

from __future__ import annotations

import random
import threading
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from ma_streaming import PartitionMapping, StreamCreationStrategy, StreamingTimeoutError
from ma_streaming.testing import wait_until
from tests.integration.one_generation import OneGeneration
from tests.integration.written_session import WrittenSession
from tests.support import samples

if TYPE_CHECKING:
    from collections.abc import Callable

    from ma_streaming.columns import ColumnBatch
    from tests.integration.library import Library


def write_samples(session: WrittenSession, stream: str, values: list[float], *, start: int = 0) -> None:
    """Write a packet of parameter A."""
    session.write(stream, "PeriodicData", samples.periodic(["A"], [samples.samples(values)], start=start))


def values_of(batches: list[ColumnBatch], stream: str = "") -> list[float]:
    return [value for batch in batches if batch.stream == stream for value in batch["A"].values.tolist()]


def wait_for_batches(got: list[ColumnBatch], count: int) -> None:
    wait_until(lambda: len(got) >= count, timeout_seconds=20)


class TestColumns(OneGeneration):
    def test_columns_hold_what_reading_packet_by_packet_gives(self, library: Library, data_source: str) -> None:
        names = {"Fast": ["vCar:Chassis", "nEngine:Chassis"], "Slow": ["TAir:Chassis"]}
        formats = {
            library.formats.get_parameter_data_format_id(data_source, each).unwrap().data_format_id: each
            for each in (*names.values(), ["nEngine:Chassis", "gLat:Chassis", "vCar:Chassis"])
        }
        session = WrittenSession(library, data_source, *names).open()
        source = random.Random(4)
        for number in range(300):
            stream = source.choice(["Fast", "Slow"])
            session.write(stream, *self.random_content(source, formats, number))
        session.close().end()
        library.wait_for_session(data_source, session.key, historical=True)

        with library.historic(data_source, session.key) as reader:
            packets = list(reader)
        with library.historic(data_source, session.key) as reader:
            batches = list(reader.columns(max_samples=5_000))

        assert len({tuple(batch) for batch in batches}) > 1
        for stream in names:
            mine = [packet.packet_bytes.data for packet in packets if packet.stream == stream]
            expected = samples.decoded(mine, formats)
            assert samples.of_batches([batch for batch in batches if batch.stream == stream]) == expected
            assert sum(map(len, expected.values())) > 1_000

    @staticmethod
    def random_content(source: random.Random, formats: dict[int, list[str]], number: int) -> tuple[str, Any]:
        data_format, names = source.choice(list(formats.items()))
        count = source.randrange(1, 40)
        columns = [samples.samples([source.random() for _ in range(count)]) for _ in names]
        kind = source.randrange(3)
        if kind == 0:
            return "PeriodicData", samples.periodic(data_format, columns, start=number * 1_000, interval=20)
        if kind == 1:
            steps = [source.randrange(20) for _ in range(count - 1)]
            return "SynchroData", samples.synchro(data_format, columns, start=number * 1_000, intervals=steps)
        rows = [samples.samples([source.random() for _ in names]) for _ in range(count)]
        return "RowData", samples.rows(data_format, [number * 1_000 + 20 * at for at in range(count)], rows)

    def test_a_live_session_is_followed_to_its_end(self, library: Library, data_source: str) -> None:
        session = WrittenSession(library, data_source, "Fast").open()
        library.wait_for_session(data_source, session.key)
        got: list[ColumnBatch] = []
        with library.live(data_source, session.key) as reader:
            thread = threading.Thread(target=lambda: got.extend(reader.columns(max_latency_seconds=0.02)))
            thread.start()
            for number in range(5):
                write_samples(session, "Fast", [float(number)])
                wait_for_batches(got, number + 1)
            session.close().end()
            thread.join(20)
            assert reader.is_completed
        assert values_of(got, "Fast") == [0.0, 1.0, 2.0, 3.0, 4.0]

    def test_stop_ends_columns_in_another_thread(self, library: Library, data_source: str) -> None:
        session = WrittenSession(library, data_source, "Fast").open()
        write_samples(session, "Fast", [1.0])
        library.wait_for_session(data_source, session.key)
        reader = library.live(data_source, session.key)
        reader.initialise()
        reader.start()
        got: list[ColumnBatch] = []
        thread = threading.Thread(target=lambda: got.extend(reader.columns(max_latency_seconds=0.02)))
        thread.start()
        wait_for_batches(got, 1)
        reader.stop()
        thread.join(5)
        assert not thread.is_alive()
        assert values_of(got, "Fast") == [1.0]

    def test_a_group_commits_batches_when_the_next_one_is_asked_for(self, library: Library, data_source: str) -> None:
        group = f"group-{uuid.uuid4()}"
        session = WrittenSession(library, data_source).open()
        for number in range(10):
            write_samples(session, "", [float(number)] * 2)
        session.close().end()
        library.wait_for_session(data_source, session.key, historical=True)
        expected = [float(number) for number in range(10) for _ in range(2)]

        with library.historic(data_source, session.key, group_id=group) as reader:
            batches = reader.columns(max_samples=4, max_latency_seconds=60)
            first = [next(batches), next(batches)]
        assert values_of(first) == expected[:8]
        with library.historic(data_source, session.key, group_id=group) as reader:
            rest = list(reader.columns(max_samples=4, max_latency_seconds=60))
        assert values_of(rest) == expected[4:], "the batch in hand comes again"
        with library.historic(data_source, session.key, group_id=group) as reader:
            assert list(reader.columns()) == []

    def test_position_holds_where_streams_share_a_partition(
        self, connect: Callable[..., Library], data_source: str, topics: Any
    ) -> None:
        library = connect(topics)
        sessions = [WrittenSession(library, data_source).open() for _ in range(2)]
        for number in range(6):
            write_samples(sessions[0], "", [float(number)])
            write_samples(sessions[1], "", [float(number)] * 10)
        for session in sessions:
            session.close().end()
            library.wait_for_session(data_source, session.key, historical=True)

        with library.historic(data_source) as reader:
            batches = reader.columns(max_samples=30, max_latency_seconds=60)
            first = next(batches)
            assert (first.session_key, first.samples) == (sessions[1].key, 30)
            position = reader.position()
        with library.historic(data_source, start_from=position) as reader:
            again = list(reader.columns())

        small = [batch for batch in again if batch.session_key == sessions[0].key]
        assert values_of(small) == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0], "no sample of the other session was handed out"
        large = [batch for batch in again if batch.session_key == sessions[1].key]
        assert set(values_of(large)) >= {3.0, 4.0, 5.0}

    def test_streams_in_partitions_are_told_apart(
        self, connect: Callable[..., Library], data_source: str, topics: Any
    ) -> None:
        library = connect(
            topics,
            stream_creation_strategy=StreamCreationStrategy.PARTITION_BASE,
            partition_mappings=[PartitionMapping("Fast", 1), PartitionMapping("Slow", 2)],
        )
        session = WrittenSession(library, data_source, "Fast", "Slow").open()
        for number, stream in enumerate(("Fast", "Slow", "Fast")):
            write_samples(session, stream, [float(number)])
        session.close().end()
        library.wait_for_session(data_source, session.key, historical=True)
        with library.historic(data_source, session.key) as reader:
            batches = list(reader.columns())
        assert values_of(batches, "Fast") == [0.0, 2.0]
        assert values_of(batches, "Slow") == [1.0]


def test_f26_a_definition_that_comes_just_before_the_end_is_not_missed(
    connect: Callable[..., Library], data_source: str
) -> None:
    """Another process defines the format while the session is being read; the stream's end is here before it."""
    library = connect(domain=f"Test{uuid.uuid4().hex[:8]}", topic_naming="V2")
    writer = connect(domain=library.configuration.domain, topic_naming="V2")
    session = WrittenSession(writer, data_source).open()
    library.wait_for_session(data_source, session.key)
    got: list[ColumnBatch] = []
    with library.live(data_source, session.key) as reader:
        thread = threading.Thread(target=lambda: got.extend(reader.columns()))
        thread.start()
        number = writer.formats.get_parameter_data_format_id(data_source, ["A"]).unwrap().data_format_id
        session.write("", "PeriodicData", samples.periodic(number, [samples.samples([1.0])]))
        session.close().end()
        thread.join(20)
        counted = reader.statistics().unwrap().columns
    assert values_of(got) == [1.0]
    assert counted is not None
    assert counted.unresolved == {}


@pytest.mark.parametrize("max_samples", [1, 10**6])
def test_reading_fails_as_iteration_does(connect: Callable[..., Library], data_source: str, max_samples: int) -> None:
    options = {"timeout_seconds": 1, "raise_exception_on_timeout": True}
    with (
        connect().live(data_source, "missing", **options) as reader,
        pytest.raises(StreamingTimeoutError),
    ):
        list(reader.columns(max_samples=max_samples))
