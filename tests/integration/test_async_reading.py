"""Packets for asyncio programs: the same as for threads, and nothing lost by a cancelled task."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from ma_streaming import InvalidArgumentError, LifecycleError
from ma_streaming.aio import AsyncReader
from tests.integration.contract_session import ContractSession
from tests.integration.library import by_stream

if TYPE_CHECKING:
    from ma_streaming import ReceivedPacketDto
    from tests.integration.contract_actor import ContractActor
    from tests.integration.library import Library


@pytest.fixture
def session(actor: ContractActor, library: Library, data_source: str) -> ContractSession:
    """A finished session of some packets."""
    session = ContractSession(actor, data_source, "Stream1").complete(packets=50)
    library.wait_for_session(data_source, session.key, historical=True)
    return session


def test_v42_packets_come_by_async_iteration_until_all_is_read(library: Library, session: ContractSession) -> None:
    async def read(reader: AsyncReader) -> list[ReceivedPacketDto]:
        return [packet async for packet in reader]

    with library.historic(session.data_source, session.key) as reader:
        assert by_stream(asyncio.run(read(AsyncReader(reader)))) == session.expected
        assert reader.is_completed


def test_v42_async_handlers_get_every_packet_one_at_a_time(library: Library, session: ContractSession) -> None:
    received: list[ReceivedPacketDto] = []
    running = 0

    async def handle(packet: ReceivedPacketDto) -> None:
        nonlocal running
        running += 1
        assert running == 1
        await asyncio.sleep(0)
        received.append(packet)
        running -= 1

    with library.historic(session.data_source, session.key) as reader:
        asyncio.run(AsyncReader(reader, max_packets=7).run(handle))
    assert by_stream(received) == session.expected


def test_v42_batches_are_no_larger_than_asked_for(library: Library, session: ContractSession) -> None:
    async def read(reader: AsyncReader) -> list[list[ReceivedPacketDto]]:
        return [batch async for batch in reader.batches()]

    with library.historic(session.data_source, session.key) as reader:
        batches = asyncio.run(read(AsyncReader(reader, max_packets=20)))
    assert max(map(len, batches)) <= 20
    assert by_stream([packet for batch in batches for packet in batch]) == session.expected


def test_v42_a_cancelled_task_and_a_loop_that_was_left_lose_nothing(
    library: Library, actor: ContractActor, data_source: str
) -> None:
    session = ContractSession(actor, data_source, "Stream1").announce()

    async def read(reader: AsyncReader) -> list[ReceivedPacketDto]:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(reader.read_batch(), 0.05)
        await asyncio.to_thread(session.write_periodic, "Stream1", 30)
        received: list[ReceivedPacketDto] = []
        async for packet in reader:
            received.append(packet)
            if len(received) == 5:
                break
        await asyncio.to_thread(session.end_streams)
        await asyncio.to_thread(session.end)
        return [*received, *[packet async for packet in reader]]

    with library.live(data_source, session.key) as reader:
        received = asyncio.run(asyncio.wait_for(read(AsyncReader(reader)), 30))
    assert by_stream(received) == session.expected


def test_v42_a_position_loses_nothing_of_a_batch_that_was_not_given_yet(
    library: Library, session: ContractSession
) -> None:
    async def take(reader: AsyncReader, count: int) -> list[bytes]:
        taken = []
        async for packet in reader:
            taken.append(packet.packet_bytes.data)
            if len(taken) == count:
                break
        return taken

    with library.historic(session.data_source, session.key) as reader:
        whole = AsyncReader(reader)
        asyncio.run(take(whole, 1))
        position = whole.position()
    with library.historic(session.data_source, session.key, start_from=position) as reader:
        assert by_stream(list(reader)) == session.expected

    with library.historic(session.data_source, session.key) as reader:
        exact = AsyncReader(reader, max_packets=1)
        first = asyncio.run(take(exact, 5))
        position = exact.position()
    with library.historic(session.data_source, session.key, start_from=position) as reader:
        rest = [packet.packet_bytes.data for packet in reader]
    assert sorted(first + rest) == sorted(packet for packets in session.expected.values() for packet in packets)


def test_v42_a_reader_that_is_not_started_says_so(library: Library, session: ContractSession) -> None:
    reader = library.historic(session.data_source, session.key)
    with pytest.raises(LifecycleError):
        asyncio.run(AsyncReader(reader).read_batch())
    with pytest.raises(InvalidArgumentError, match="max_packets"):
        AsyncReader(reader, max_packets=0)
