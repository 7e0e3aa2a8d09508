"""A million packets between arrays and protobuf each way, and ten gigabytes through memory that stays as it is."""

from __future__ import annotations

import statistics
import sys
import uuid
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from benchmarks.processes import Worker
from ma_streaming import StreamingApiConfiguration, SupportLibraryBootstrapper
from tests.native.arrays_rig import (
    DTYPES,
    LAYOUTS,
    START,
    ArrayRig,
    array_rig,
    assert_same_bits,
    laid_out,
    matrix_of,
    times_of,
    values_of,
)
from tests.native.differential_rig import differential_rig
from tests.soak import options
from tests.support.expected_columns import Verdict

if TYPE_CHECKING:
    from ma_streaming.testing import EmbeddedBroker
    from tests.support.brokers import SharedBroker

RECORDS_A_SESSION = 4000
SAID_EVERY = 10
SMALL_MESSAGES = {"message.max.bytes": "2000"}
PACKET_BYTES = 13_142
READERS = 4
SETTLED = 0.1
"""How much is read before memory is compared with what it was then."""
GROWTH_MEGABYTES = 96.0
"""What it may grow by from then on: four readers are not in step, and each keeps views as long as the others do."""

pytestmark = pytest.mark.timeout(900 + options.packets_compared() / 200 + 60 * options.gigabytes())


@pytest.fixture
def seed() -> int:
    chosen = options.seed()
    print(f"seed {chosen}")  # noqa: T201
    return chosen


def test_f25_a_million_packets_are_read_as_protobuf_reads_them(
    embedded_broker: EmbeddedBroker, domain: str, data_source: str, seed: int
) -> None:
    servers = embedded_broker.bootstrap_servers
    wanted, total = options.packets_compared(), Counter[Verdict]()
    with (
        SupportLibraryBootstrapper.bootstrap(StreamingApiConfiguration(servers, domain=domain)).create() as api,
        differential_rig(api, servers, domain, data_source) as rig,
    ):
        for number in _rounds(-(-wanted // RECORDS_A_SESSION)):
            try:
                total += rig.compare(seed + number, RECORDS_A_SESSION)
            except AssertionError:
                print(f"MA_STREAMING_SOAK_SEED={seed + number} begins with the session that differs")  # noqa: T201
                raise
    print(", ".join(f"{count:,} {verdict.name.lower()}" for verdict, count in total.most_common()))  # noqa: T201
    assert total.total() >= wanted


def test_f25_a_million_packets_of_arrays_are_parsed_by_protobuf_bit_by_bit(
    embedded_broker: EmbeddedBroker, domain: str, data_source: str, seed: int
) -> None:
    wanted, packets, calls = options.packets_compared(), 0, 0
    with array_rig(embedded_broker.bootstrap_servers, data_source, domain, properties=SMALL_MESSAGES) as rig:
        while packets < wanted:
            packets += _compare_arrays(rig, Random(seed + calls))
            calls += 1
            if calls % 1000 == 0:
                print(f"{packets:,} packets of {calls:,} calls")  # noqa: T201
    print(f"{packets:,} packets of {calls:,} calls")  # noqa: T201


@pytest.mark.skipif(sys.platform != "linux", reason="resident memory is read from /proc")
def test_memory_stays_flat_however_much_is_decoded(kafka_broker: SharedBroker) -> None:
    where = {"servers": kafka_broker.bootstrap_servers, "domain": f"Soak{uuid.uuid4().hex[:8]}"}
    packets = round(options.gigabytes() * 1e9 / READERS / PACKET_BYTES)
    with Worker("benchmarks.columns:ColumnMaker", **where) as maker:
        made: dict[str, Any] = maker.call("make", data_source="Columns", packets=packets)
    session = {**where, "data_source": "Columns", "session_key": made["session_key"]}
    samples: list[float] | None = None
    with Worker("tests.soak.column_memory:ColumnMemory", **session) as reader:
        reader.call("begin", packets=packets, readers=READERS)
        while samples is None:
            samples = reader.call("go_on", seconds=60)
        left = reader.call("let_go")
    settled = samples[round(SETTLED * len(samples)) :]
    decoded = packets * READERS * made["mean_bytes"] / 1e9
    print(  # noqa: T201
        f"{decoded:.1f} GB in {READERS} threads: {settled[0]:.1f} MB after {SETTLED:.0%}, "
        f"median {statistics.median(settled):.1f}, peak {max(settled):.1f}, {left:.1f} when all views had gone"
    )
    assert max(settled) - settled[0] < GROWTH_MEGABYTES, samples


def _rounds(count: int) -> Iterator[int]:
    for number in range(count):
        if number and number % SAID_EVERY == 0:
            print(f"{number:,} of {count:,} sessions")  # noqa: T201
        yield number


def _compare_arrays(rig: ArrayRig, random: Random) -> int:
    """Write arrays, and parse what is stored; gives how many packets that is."""
    dtype, layout = random.choice(DTYPES), random.choice(LAYOUTS)
    shape = random.randint(1, 8), random.randint(1, 1000)
    values = values_of(random.getrandbits(32), dtype, shape)
    numbers = np.random.default_rng(random.getrandbits(32))
    statuses = numbers.integers(0, 256, shape, "uint8")
    times = numbers.integers(0, 2**63 - 1, (1, shape[1]), "int64")
    given, are_rows = random.random() < 0.5, random.random() < 0.5
    if are_rows:
        turned = laid_out(statuses.T, layout) if given else None
        written = rig.rows(laid_out(values.T, layout), laid_out(times, layout)[0], statuses=turned)
    else:
        written = rig.columns(laid_out(values, layout), statuses=laid_out(statuses, layout) if given else None)
    assert written.unwrap() == shape[1]
    packets = rig.stored()
    kind = values.dtype.kind
    assert_same_bits(matrix_of(packets, kind, "value"), values)
    assert_same_bits(matrix_of(packets, kind, "status"), statuses if given else np.ones(shape, "uint8"))
    assert times_of(packets) == (times[0].tolist() if are_rows else [START + n * 1_000_000 for n in range(shape[1])])
    return len(packets)
