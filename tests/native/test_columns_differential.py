"""Columns beside protobuf: whatever legal packets hold, both read the same samples."""

from __future__ import annotations

import struct
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ma_streaming import SupportLibraryApi
from ma_streaming.testing import EmbeddedBroker
from tests.native.column_rig import Rig, column_rig
from tests.native.differential_rig import differential_rig
from tests.support import samples
from tests.support.expected_columns import Verdict

NAMES = ("A", "B", "vCar:Chassis", "Grüße", "E")
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "float": st.floats(),
    "int": st.integers(-(2**31), 2**31 - 1),
    "bool": st.booleans(),
    "str": st.text(max_size=20),
}
TIMES = st.integers(0, 2**62)
STATUSES = st.integers(0, 3)


@st.composite
def lists(draw: st.DrawFn, length: int, kinds: str = "") -> dict[str, Any]:
    values = VALUES[kinds or draw(st.sampled_from(sorted(VALUES)))]
    given = draw(st.lists(values, min_size=length, max_size=length))
    return samples.samples(given, draw(st.lists(STATUSES, min_size=length, max_size=length)))


@st.composite
def contents(draw: st.DrawFn) -> Any:
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
    length = draw(st.integers(1, 6))
    kind = draw(st.sampled_from(("periodic", "synchro", "rows")))
    if kind == "rows":
        # Texts and numbers are never in one column, so not in the rows of one packet either.
        of_text = "str" if draw(st.booleans()) else "float"
        rows = [draw(lists(len(names), of_text)) for _ in range(length)]
        return samples.rows(names, draw(st.lists(TIMES, min_size=length, max_size=length)), rows)
    columns = [draw(lists(length)) for _ in names]
    if kind == "periodic":
        return samples.periodic(names, columns, start=draw(TIMES), interval=draw(st.integers(0, 2**32 - 1)))
    intervals = draw(st.lists(st.integers(0, 2**32 - 1), min_size=length - 1, max_size=length - 1))
    return samples.synchro(names, columns, start=draw(TIMES), intervals=intervals)


@pytest.fixture
def rigs(api: SupportLibraryApi, data_source: str) -> Any:
    return lambda: column_rig(api, data_source)


def exactly(found: dict[str, list[samples.Sample]]) -> dict[str, list[tuple[int, type, Any, int]]]:
    """Let samples be equal when their bits are."""
    return {
        name: [
            (time, type(value), struct.pack("<d", value) if isinstance(value, float) else value, status)
            for time, value, status in each
        ]
        for name, each in found.items()
    }


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(packets=st.lists(contents(), min_size=1, max_size=12), max_samples=st.integers(1, 60))
def test_random_packets_are_read_as_protobuf_reads_them(rigs: Any, packets: list[Any], max_samples: int) -> None:
    made: Rig
    with rigs() as made:
        written = [samples.packet(made.key, content) for content in packets]
        made.write(*written)
        made.end()
        with made.reader() as reader:
            batches = list(reader.columns(max_samples=max_samples))
            counted = reader.statistics().unwrap().columns

    assert exactly(samples.of_batches(batches)) == exactly(samples.decoded(written, {}))
    assert counted is not None
    assert counted.packets == len(packets)


SEED = 20_250_601


def test_f25_records_of_any_form_and_damaged_ones_are_read_as_protobuf_reads_them(
    api: SupportLibraryApi, broker: EmbeddedBroker, domain: str, data_source: str
) -> None:
    with differential_rig(api, broker.bootstrap_servers, domain, data_source) as rig:
        verdicts = sum((rig.compare(SEED + number, 500) for number in range(4)), Counter())

    # None of them is rare, or nothing would be compared.
    assert verdicts[Verdict.DECODED] > 800
    assert verdicts[Verdict.LEFT_OUT] > 200
    assert min(verdicts[Verdict.INVALID], verdicts[Verdict.OTHER]) > 0
