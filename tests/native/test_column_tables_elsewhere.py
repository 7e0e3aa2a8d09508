"""Batches as pandas, Arrow, polars and DuckDB see them: mixed rates, statuses, nanoseconds, and memory that stays."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from ma_streaming import SupportLibraryApi
from ma_streaming._native import diagnostics
from ma_streaming.testing import packets
from tests.native.column_rig import Rig, column_rig
from tests.support import samples
from tests.support.samples import periodic, rows, synchro

if TYPE_CHECKING:
    from ma_streaming.columns import ColumnBatch

NOON = 1_790_000_000_000_000_000
AT_NOON = "2026-09-21T14:13:20.000000000"

LONG = [
    (NOON, "fast", 1.5, 1),
    (NOON + 1, "fast", -0.0, 3),
    (NOON + 2, "fast", 2.5, 1),
    (NOON + 1, "slow", 7.0, 2),
    (NOON + 10, "slow", 8.0, 1),
    (NOON + 2, "row", 9.0, 1),
]
"""Time, parameter, value, status: three rates and kinds of packets."""
WIDE = {
    "timestamp": [NOON, NOON + 1, NOON + 2, NOON + 10],
    "fast": [1.5, -0.0, 2.5, None],
    "slow": [None, 7, None, 8],
    "row": [None, None, 9.0, None],
}


@pytest.fixture
def rig(api: SupportLibraryApi, data_source: str) -> Iterator[Rig]:
    with column_rig(api, data_source) as made:
        yield made


def golden(rig: Rig) -> ColumnBatch:
    """Write what `LONG` says, and read it."""
    rig.write(
        periodic(["fast"], [samples.samples([1.5, -0.0, 2.5], [1, 3, 1])], start=NOON, interval=1),
        synchro(["slow"], [samples.samples([7, 8], [2, 1])], start=NOON + 1, intervals=[9]),
        rows(["row"], [NOON + 2], [samples.samples([9.0])]),
        packets.event("0001:App", timestamp_ns=NOON + 3, raw_values=[1.0, 2.0]),
        packets.event("0002:App", timestamp_ns=NOON + 4),
        packets.lap("Lap 1", timestamp_ns=NOON, number=1),
    )
    rig.end()
    (batch,) = rig.batches(tables=["events", "markers", "can"])
    return batch


def test_v43_pandas_has_every_sample_with_its_time_and_status(rig: Rig) -> None:
    batch = golden(rig)
    frame = batch.to_pandas()

    assert list(frame.columns) == ["timestamp", "parameter", "value", "status"]
    assert str(frame["timestamp"].dtype) == "datetime64[ns, UTC]"
    times = frame["timestamp"].astype("int64").tolist()
    assert list(zip(times, frame["parameter"], frame["value"], frame["status"], strict=True)) == LONG
    assert frame["timestamp"][0] == pd.Timestamp(AT_NOON, tz="UTC")
    wide = batch.to_pandas(wide=True)
    assert wide.index.astype("int64").tolist() == WIDE["timestamp"]
    for name in ("fast", "slow", "row"):
        assert wide[name].astype(object).where(wide[name].notna(), None).tolist() == WIDE[name]


def test_v43_arrow_has_every_sample_with_its_time_and_status(rig: Rig) -> None:
    batch = golden(rig)
    table = batch.to_arrow()

    assert table.schema.field("timestamp").type == pa.timestamp("ns", "UTC")
    found = zip(
        table["timestamp"].cast(pa.int64()).to_pylist(),
        *(table[name].to_pylist() for name in ("parameter", "value", "status")),
        strict=True,
    )
    assert list(found) == LONG
    wide = batch.to_arrow(wide=True)
    assert wide["timestamp"].cast(pa.int64()).to_pylist() == WIDE["timestamp"]
    assert {name: wide[name].to_pylist() for name in ("fast", "slow", "row")} | {"timestamp": WIDE["timestamp"]} == WIDE


def test_v43_polars_takes_a_batch_as_it_is(rig: Rig) -> None:
    batch = golden(rig)
    frame = pl.DataFrame(batch)

    assert frame.schema["timestamp"] == pl.Datetime("ns", "UTC")
    assert frame.with_columns(pl.col("timestamp").dt.timestamp("ns")).rows() == LONG
    assert pl.DataFrame(batch.events).rows()[0][1:] == ("0001:App", [1.0, 2.0])


def rows_of(batch: Any, query: str) -> list[tuple[Any, ...]]:
    """Ask DuckDB, which finds `batch` by its name."""
    found: Any = duckdb.sql(query)
    assert batch is not None
    rows: list[tuple[Any, ...]] = found.fetchall()
    return rows


def test_v43_duckdb_takes_a_batch_as_it_is(rig: Rig) -> None:
    batch = golden(rig)
    found = rows_of(
        batch, "select parameter, count(*), sum(value) from batch where status = 1 group by all order by all"
    )
    assert found == [("fast", 2, 4.0), ("row", 1, 9.0), ("slow", 1, 8.0)]
    times = rows_of(batch, "select epoch_us(timestamp::timestamptz) from batch")
    assert [microseconds for (microseconds,) in times] == [time // 1000 for time, *_ in LONG]
    assert rows_of(batch.markers, "select label, value from batch") == [("Lap 1", 1)]


def test_v43_tables_are_frames_and_arrow_tables(rig: Rig) -> None:
    batch = golden(rig)
    events = batch.events.to_pandas()
    assert events["timestamp"].astype("int64").tolist() == [NOON + 3, NOON + 4]
    assert events["identifier"].tolist() == ["0001:App", "0002:App"]
    assert [values.tolist() for values in events["raw_values"]] == [[1.0, 2.0], []]

    table = batch.markers.to_arrow()
    assert table.schema.names == ["timestamp", "end_time", "label", "type", "description", "source", "value"]
    assert table.to_pylist() == [
        {
            "timestamp": pd.Timestamp(NOON, tz="UTC"),
            "end_time": None,
            "label": "Lap 1",
            "type": "Lap Trigger",
            "description": "",
            "source": "0",
            "value": 1,
        }
    ]
    assert batch.markers.to_pandas()["end_time"].isna().tolist() == [True]
    assert batch.can.to_arrow().schema.field("payload").type == pa.binary()
    assert (batch.can.to_arrow().num_rows, len(batch.can.to_pandas()), len(pl.DataFrame(batch.can))) == (0, 0, 0)
    assert datetime.fromtimestamp(NOON // 10**9, timezone.utc).isoformat() == AT_NOON[:19] + "+00:00"


def test_v43_memory_stays_as_long_as_a_frame_of_it_and_no_longer(rig: Rig) -> None:
    batch: Any = golden(rig)
    kept = [batch.to_arrow(wide=True), pl.DataFrame(batch), batch.events.to_arrow(), batch.events.raw_values]
    del batch
    gc.collect()
    assert "ColumnBatch" in diagnostics.describe()

    table, frame, events, arrays = kept
    assert table["fast"].to_pylist() == WIDE["fast"]
    assert frame["value"].to_list() == [value for _, _, value, _ in LONG]
    assert events["raw_values"].to_pylist() == [arrays[0].tolist(), []] == [[1.0, 2.0], []]
    del kept, table, frame, events, arrays
    gc.collect()
    assert "ColumnBatch" not in diagnostics.describe()
