"""Reading takes the same memory however long the session is."""

from __future__ import annotations

import statistics
import sys
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.processes import Worker
from tests.soak import options

if TYPE_CHECKING:
    from tests.support.brokers import SharedBroker

PACKET_BYTES = 1000
STREAMS = [f"Stream{number}" for number in range(10)]
SETTLED = 0.1
"""How much of the session is read before memory is compared with what it was then."""
GROWTH_MEGABYTES = 32.0
"""What it may grow by from then on: the C library keeps or gives back the buffers of a fetch as it likes."""
LATE_GROWTH_MEGABYTES = 16.0
"""What it may grow by in the second half."""

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="resident memory is read from /proc"),
    pytest.mark.timeout(900 + options.packets() / 10_000),
]


@pytest.fixture(scope="module")
def session(kafka_broker: SharedBroker) -> dict[str, Any]:
    where = {"servers": kafka_broker.bootstrap_servers, "domain": f"Soak{uuid.uuid4().hex[:8]}"}
    with Worker("benchmarks.reading:SessionMaker", **where) as maker:
        made = maker.call(
            "make",
            data_source="Long",
            size=PACKET_BYTES,
            packets=options.packets() // len(STREAMS),
            streams=STREAMS,
        )
    print(f"{options.packets():,} packets of {made['mean_bytes']:.0f} bytes")  # noqa: T201
    return {**where, "data_source": "Long", "session_key": made["session_key"]}


@pytest.mark.parametrize("way", ["handle", "read_batch"])
def test_memory_stays_flat_however_long_the_session_is(session: dict[str, Any], way: str) -> None:
    packets = options.packets() // len(STREAMS) * len(STREAMS)
    with Worker("tests.soak.sampled_reader:SampledReader", **session) as reader:
        samples: list[float] = reader.call(way, packets=packets)
    assert len(samples) >= 50
    settled, late = samples[round(SETTLED * len(samples)) :], samples[len(samples) // 2 :]
    middle, peak = statistics.median(settled), max(settled)
    print(f"{way}: {settled[0]:.1f} MB after {SETTLED:.0%}, median {middle:.1f}, peak {peak:.1f}")  # noqa: T201
    assert peak - settled[0] < GROWTH_MEGABYTES, samples
    assert max(late) - late[0] < LATE_GROWTH_MEGABYTES, samples
