"""Columns for asyncio programs: the same as for threads, and nothing lost by a cancelled task."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from ma_streaming import InvalidArgumentError, LifecycleError, PacketReadingType, SupportLibraryApi
from ma_streaming.aio import AsyncReader
from ma_streaming.testing import packets
from tests.native.column_rig import Rig, column_rig
from tests.support import samples
from tests.support.samples import periodic

if TYPE_CHECKING:
    from ma_streaming.columns import ColumnBatch


@pytest.fixture
def rig(api: SupportLibraryApi, data_source: str) -> Iterator[Rig]:
    with column_rig(api, data_source) as made:
        yield made


def write_numbers(rig: Rig, *numbers: int) -> None:
    rig.write(*(periodic(["A"], [samples.samples([float(number)])], start=number) for number in numbers))


def values_of(batches: list[ColumnBatch]) -> list[float]:
    return [value for batch in batches if "A" in batch for value in batch["A"].values.tolist()]


async def first_of(reader: AsyncReader) -> ColumnBatch:
    return await anext(reader.columns())


def test_v42_columns_come_by_async_iteration_until_all_is_read(rig: Rig) -> None:
    write_numbers(rig, *range(100))
    rig.write(packets.lap("Lap 1", timestamp_ns=7, number=1))
    rig.end()

    async def read(reader: AsyncReader) -> list[ColumnBatch]:
        return [batch async for batch in reader.columns(["A"], 10, 60, tables=["markers"])]

    with rig.reader() as reader:
        batches = asyncio.run(read(AsyncReader(reader)))
        assert reader.is_completed

    assert values_of(batches) == list(map(float, range(100)))
    assert max(batch.samples for batch in batches) == 10
    assert [label for batch in batches for label in batch.markers.labels] == ["Lap 1"]


def test_v42_a_cancelled_task_loses_no_columns(rig: Rig) -> None:
    async def read(reader: AsyncReader) -> list[ColumnBatch]:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(anext(reader.columns()), 0.05)
        await asyncio.to_thread(write_numbers, rig, 1, 2)
        first = await anext(reader.columns())
        await asyncio.to_thread(write_numbers, rig, 3)
        await asyncio.to_thread(rig.end)
        return [first, *[batch async for batch in reader.columns()]]

    with rig.reader(PacketReadingType.LIVE) as reader:
        batches = asyncio.run(asyncio.wait_for(read(AsyncReader(reader)), 30))
    assert values_of(batches) == [1.0, 2.0, 3.0]


@pytest.mark.parametrize("what", ["packets", "columns"])
def test_v42_a_task_that_is_cancelled_as_its_batch_comes_loses_nothing(rig: Rig, what: str) -> None:
    """The batch is there, and the task is cancelled before it has run on."""
    write_numbers(rig, 1)
    rig.end()

    async def take(reader: AsyncReader) -> object:
        return await (first_of(reader) if what == "columns" else reader.read_batch())

    async def read(reader: AsyncReader) -> object:
        task = asyncio.create_task(take(reader))
        while reader._pending is None:
            await asyncio.sleep(0)
        reader._pending.add_done_callback(lambda _: task.cancel())
        with pytest.raises(asyncio.CancelledError):
            await task
        return await take(reader)

    with rig.reader() as reader:
        assert asyncio.run(asyncio.wait_for(read(AsyncReader(reader)), 30))


def test_v42_a_position_loses_nothing_that_was_not_given_yet(rig: Rig) -> None:
    write_numbers(rig, *range(6))
    rig.end()

    async def take(reader: AsyncReader, count: int) -> list[ColumnBatch]:
        batches = reader.columns(max_samples=2, max_latency_seconds=60)
        return [await anext(batches) for _ in range(count)]

    with rig.reader() as reader:
        asynchronous = AsyncReader(reader)
        first = asyncio.run(take(asynchronous, 2))
        position = asynchronous.position()
    with rig.reader(start_from=position) as reader:
        assert values_of(first) + values_of(list(reader.columns())) == list(map(float, range(6)))


@pytest.mark.parametrize("first", ["packets", "columns"])
def test_v42_what_a_cancelled_task_was_taken_for_is_not_given_to_a_call_for_something_else(
    rig: Rig, first: str
) -> None:
    write_numbers(rig, 1)
    rig.end()

    async def take(reader: AsyncReader, what: str) -> object:
        return await (first_of(reader) if what == "columns" else reader.read_batch())

    async def read(reader: AsyncReader) -> None:
        task = asyncio.create_task(take(reader, first))
        watched = None
        while not task.done():
            if reader._pending is not watched and reader._pending is not None:
                watched = reader._pending
                watched.add_done_callback(lambda call: task.cancel() if call.result() else None)
            await asyncio.sleep(0)
        assert task.cancelled()
        with pytest.raises(LifecycleError, match=f"^{first} that were taken"):
            await take(reader, "packets" if first == "columns" else "columns")
        assert await take(reader, first)

    with rig.reader() as reader:
        asyncio.run(asyncio.wait_for(read(AsyncReader(reader)), 30))


def test_v42_columns_may_follow_a_wait_for_packets_that_gave_nothing(rig: Rig) -> None:
    async def read(reader: AsyncReader) -> ColumnBatch:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(reader.read_batch(), 0.05)
        columns = asyncio.create_task(first_of(reader))
        while reader._asked is None:
            await asyncio.sleep(0.01)
        await asyncio.to_thread(write_numbers, rig, 1)
        return await columns

    with rig.reader(PacketReadingType.LIVE) as reader:
        assert values_of([asyncio.run(asyncio.wait_for(read(AsyncReader(reader)), 30))]) == [1.0]


def test_v42_columns_do_not_pass_over_packets_of_a_loop_that_was_left(rig: Rig) -> None:
    write_numbers(rig, 1, 2)
    rig.end()

    async def read(reader: AsyncReader) -> None:
        packet = await anext(aiter(reader))
        with pytest.raises(LifecycleError, match="read_batch"):
            await first_of(reader)
        left = await reader.read_batch()
        assert left
        assert packet not in left

    with rig.reader() as reader:
        asyncio.run(asyncio.wait_for(read(AsyncReader(reader)), 30))


def test_v42_a_reader_without_columns_says_so(rig: Rig) -> None:
    essentials = rig.api.get_essentials_api().create_service(rig.data_source, rig.key).unwrap()
    with pytest.raises(InvalidArgumentError, match="PacketReaderService"):
        asyncio.run(first_of(AsyncReader(essentials)))
    with pytest.raises(LifecycleError):
        asyncio.run(first_of(AsyncReader(rig.reader())))
