"""Batches of columns as pandas and Arrow see them. With the memory of a native side that the test plays."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from ma_streaming._native.columns import BOOL, DOUBLE, INT32, TEXT, NativeColumn
from ma_streaming.columns import ColumnBatch


class FakeBatch:
    """Columns as the native library has them, in arrays."""

    stream = 0

    def __init__(self, **columns: tuple[list[int], list[Any]]) -> None:
        self.arrays: dict[int, dict[str, Any]] = {}
        self.columns: dict[str, NativeColumn] = {}
        timelines: dict[tuple[int, ...], int] = {}
        for number, (name, (times, values)) in enumerate(columns.items()):
            kind = {float: DOUBLE, int: INT32, bool: BOOL, str: TEXT}[type(values[0])]
            texts = [value.encode() for value in values] if kind == TEXT else []
            data = np.cumsum([0, *map(len, texts)], dtype=np.int32) if texts else np.array(values, _TYPES[kind])
            content = np.frombuffer(b"".join(texts), np.uint8)
            timeline = timelines.setdefault(tuple(times), len(timelines))
            statuses = np.arange(1, len(values) + 1, dtype=np.uint8)
            self.arrays[number] = {"times": np.array(times), "values": data, "statuses": statuses, "text": content}
            self.columns[name] = NativeColumn(number, kind, len(values), timeline, 0, 0, 0, len(content))
        self.samples = sum(column.samples for column in self.columns.values())

    def timestamps(self, column: NativeColumn) -> Any:
        return self.arrays[column.parameter]["times"]

    def values(self, column: NativeColumn) -> Any:
        return self.arrays[column.parameter]["values"]

    def statuses(self, column: NativeColumn) -> Any:
        return self.arrays[column.parameter]["statuses"]

    def text(self, column: NativeColumn) -> Any:
        return self.arrays[column.parameter]["text"]


_TYPES = {DOUBLE: np.float64, INT32: np.int32, BOOL: np.bool_}


def batch(**columns: tuple[list[int], list[Any]]) -> ColumnBatch:
    fake: Any = FakeBatch(**columns)
    return ColumnBatch("Default", "key", "Stream", fake)


def ns(*times: int) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(np.array(times, "datetime64[ns]"), tz="UTC")


def test_long_form_has_a_row_for_each_sample() -> None:
    frame = batch(A=([10, 20], [1.5, -0.0]), B=([15], [7])).to_pandas()

    assert list(frame.columns) == ["timestamp", "parameter", "value", "status"]
    assert (pd.DatetimeIndex(frame["timestamp"]) == ns(10, 20, 15)).all()
    assert frame["parameter"].tolist() == ["A", "A", "B"]
    assert frame["parameter"].dtype == "category"
    assert frame["value"].tolist() == [1.5, 0.0, 7.0]
    assert frame["status"].tolist() == [1, 2, 1]


def test_long_form_keeps_the_type_that_all_values_have() -> None:
    assert batch(A=([1], [7]), B=([2], [8])).to_pandas()["value"].dtype == np.int32
    assert batch(A=([1], [True])).to_pandas()["value"].dtype == np.bool_
    mixed = batch(A=([1], [0.5]), B=([1], ["x"]), C=([1], [3])).to_pandas()
    assert mixed["value"].tolist() == [0.5, "x", 3]


def test_wide_form_of_columns_with_the_same_times_has_their_memory() -> None:
    made = batch(A=([10, 20], [1.0, 2.0]), B=([10, 20], [3.0, 4.0]))

    frame = made.to_pandas(wide=True)

    assert frame.index.equals(ns(10, 20))
    assert frame.index.name == "timestamp"
    assert frame["A"].tolist() == [1.0, 2.0]
    assert np.shares_memory(frame["B"].to_numpy(), made["B"].values)


def test_wide_form_aligns_on_the_union_of_the_times() -> None:
    made = batch(
        A=([10, 30], [1.0, 3.0]),
        B=([20], [7]),
        C=([20, 30], [True, False]),
        D=([10], ["é"]),
        E=([30, 10, 20, 20], [3, 1, 0, 2]),
    )

    frame = made.to_pandas(wide=True)

    assert frame.index.equals(ns(10, 20, 30))
    np.testing.assert_array_equal(frame["A"], [1.0, np.nan, 3.0])
    np.testing.assert_array_equal(frame["B"], [np.nan, 7.0, np.nan])
    assert frame["C"].tolist() == [pd.NA, True, False]
    assert frame["D"].where(frame["D"].notna(), None).tolist()[0] == "é"
    assert frame["D"].isna().tolist() == [False, True, True]
    assert frame["E"].tolist() == [1, 2, 3]

    table = made.to_arrow(wide=True)
    assert table.column("timestamp").type == pa.timestamp("ns", "UTC")
    assert table.column("B").to_pylist() == [None, 7, None]
    assert table.column("B").type == pa.int32()
    assert table.column("C").to_pylist() == [None, True, False]
    assert table.column("D").to_pylist() == ["é", None, None]
    assert table.column("E").to_pylist() == [1, 2, 3]


def test_arrow_long_form_has_the_values_where_the_batch_has_them() -> None:
    made = batch(A=([10, 20], [1.0, 2.0]), B=([15], [3.0]))

    table = made.to_arrow()

    assert table.column("parameter").to_pylist() == ["A", "A", "B"]
    assert table.column("value").to_pylist() == [1.0, 2.0, 3.0]
    assert table.column("status").to_pylist() == [1, 2, 1]
    assert table.column("timestamp").cast(pa.int64()).to_pylist() == [10, 20, 15]
    address = table.column("value").chunk(0).buffers()[1].address
    assert address == made["A"].values.__array_interface__["data"][0]


def test_arrow_long_form_has_texts_beside_numbers() -> None:
    table = batch(A=([1], [0.5]), B=([2, 3], ["x", "yé"]), C=([4], [9])).to_arrow()

    assert table.column("value").to_pylist() == [0.5, None, None, 9.0]
    assert table.column("text").to_pylist() == [None, "x", "yé", None]
    assert batch(A=([1], ["x"])).to_arrow().column("value").to_pylist() == ["x"]


def test_arrow_takes_batches_and_columns_by_their_capsules() -> None:
    made = batch(A=([10, 20], [1.0, 2.0]))

    assert pa.table(made).equals(made.to_arrow())
    assert pa.array(made["A"]).to_pylist() == [1.0, 2.0]


def test_a_batch_is_a_mapping_that_helps_with_names() -> None:
    made = batch(**{"vCar:Chassis": ([1], [1.0]), "nEngine": ([1], [2.0])})

    assert dict(made) == {name: made[name] for name in ("vCar:Chassis", "nEngine")}
    with pytest.raises(KeyError, match="near matches: vCar:Chassis"):
        made["vCar:Chasis"]
    with pytest.raises(KeyError, match="there are 2, such as vCar:Chassis"):
        made["zzz"]
    assert repr(made["nEngine"]) == "Column('nEngine': 1 samples, float64)"


@pytest.mark.parametrize(
    ("package", "extra", "call"),
    [
        ("pandas", "pandas", lambda made: made.to_pandas()),
        ("pyarrow", "arrow", lambda made: made.to_arrow()),
        ("pyarrow", "arrow", lambda made: made.__arrow_c_stream__()),
        ("pyarrow", "arrow", lambda made: made["A"].__arrow_c_array__()),
    ],
)
def test_a_missing_package_is_named_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch, package: str, extra: str, call: Any
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ImportError, match=rf"pip install 'ma-streaming\[{extra}\]'"):
        call(batch(A=([1], [1.0])))
