"""Tables of samples, put together from batches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from ma_streaming import UnsupportedFeatureError
from ma_streaming.columns.statistics import ColumnStatistics
from ma_streaming.columns.table import ColumnTable, TableBuilder, TableColumn, empty_column


@dataclass
class Batch:
    """A batch, as far as tables look at it."""

    stream: str
    columns: list[TableColumn]

    def values(self) -> list[TableColumn]:
        return self.columns


def batch(stream: str = "", /, **columns: Any) -> Any:
    timelines: dict[tuple[int, ...], Any] = {}
    made = []
    for name, (times, values) in columns.items():
        array = timelines.setdefault(tuple(times), np.array(times, np.int64))
        kind = {float: np.float64, int: np.int32, bool: np.bool_, str: object}[type(values[0])]
        statuses = array.astype(np.uint8)
        made.append(TableColumn(name, array, np.array(values, kind), statuses))
    return Batch(stream, made)


def table(*batches: Any, start_ns: int | None = None, end_ns: int | None = None) -> ColumnTable:
    builder = TableBuilder(start_ns, end_ns)
    for each in batches:
        builder.add(each)
    return ColumnTable("Default", "key", builder.columns())


def rows(column: TableColumn) -> list[tuple[int, Any, int]]:
    arrays = (column.timestamps_ns, column.values, column.statuses)
    return list(zip(*(array.tolist() for array in arrays), strict=True))


def test_batches_follow_one_another() -> None:
    found = table(batch(A=([1, 2], [0.5, 1.5])), batch(A=([3], [2.5]), B=([3], [7])))
    assert rows(found["A"]) == [(1, 0.5, 1), (2, 1.5, 2), (3, 2.5, 3)]
    assert rows(found["B"]) == [(3, 7, 3)]
    assert (list(found), found.samples) == (["A", "B"], 4)


def test_samples_are_in_the_order_of_time_and_then_of_streams() -> None:
    found = table(
        batch("B", A=([1, 5, 5], [1.0, 2.0, 3.0])),
        batch("A", A=([3, 5], [10.0, 11.0])),
        batch("", A=([5], [20.0])),
        batch("B", A=([2], [4.0])),
    )
    assert rows(found["A"]) == [
        (1, 1.0, 1),
        (2, 4.0, 2),
        (3, 10.0, 3),
        (5, 20.0, 5),
        (5, 11.0, 5),
        (5, 2.0, 5),
        (5, 3.0, 5),
    ]


def test_many_samples_of_one_time_stay_as_they_came() -> None:
    times = [number % 7 for number in range(1_000)]
    found = table(batch(A=(times, list(range(1_000)))))["A"]
    expected = sorted(zip(times, range(1_000), strict=True))
    assert list(zip(found.timestamps_ns.tolist(), found.values.tolist(), strict=True)) == expected


def test_columns_with_the_same_times_have_them_in_common() -> None:
    found = table(*(batch(A=(times, [0.5]), B=(times, [1])) for times in ([2], [1])))
    assert found["A"].timestamps_ns is found["B"].timestamps_ns
    assert found["A"].timeline == found["B"].timeline
    assert found.to_pandas(wide=True)["B"].dtype == np.int32


def test_types_that_meet_become_float64_or_objects() -> None:
    assert table(batch(A=([1], [1])), batch(A=([2], [True])))["A"].values.tolist() == [1.0, 1.0]
    mixed = table(batch(A=([1], [1.5])), batch(A=([2], ["x"])), batch(A=([3], ["ü"])))
    assert (mixed["A"].values.tolist(), mixed["A"].kind) == ([1.5, "x", "ü"], "text")
    assert mixed.to_arrow()["value"].to_pylist() == ["1.5", "x", "ü"]
    assert pa.array(mixed["A"]).to_pylist() == ["1.5", "x", "ü"]


def test_a_range_has_its_start_and_not_its_end() -> None:
    batches = [batch(A=([1, 2, 3], [1.0, 2.0, 3.0])), batch(A=([4, 5], [4.0, 5.0]), B=([9], [9]))]
    found = table(*batches, start_ns=2, end_ns=5)
    assert rows(found["A"]) == [(2, 2.0, 2), (3, 3.0, 3), (4, 4.0, 4)]
    assert (len(found["B"]), found["B"].kind) == (0, "int32")
    assert table(*batches, start_ns=2)["A"].values.tolist() == [2.0, 3.0, 4.0, 5.0]


class Vast(str):
    """A text that says that it is of 1 GiB, and is not."""

    __slots__ = ()

    class Encoded(bytes):
        __slots__ = ()

        def __len__(self) -> int:
            return 2**30

    def __str__(self) -> str:
        return self

    def encode(self, *_: Any) -> bytes:
        return self.Encoded()


def test_texts_that_arrow_cannot_hold_are_refused() -> None:
    values = np.array([Vast(), Vast(), Vast()], object)
    column = TableColumn("Gear:App", np.arange(3), values, np.ones(3, np.uint8))
    with pytest.raises(UnsupportedFeatureError, match=r"'Gear:App' are 3,221,225,472 bytes.* read a shorter range"):
        column.text_buffers  # noqa: B018 - the property is what raises


def test_arrays_cannot_be_changed() -> None:
    column = table(batch(A=([1, 2], [0.5, 1.5])))["A"]
    for array in (column.timestamps_ns, column.values, column.statuses):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


@pytest.mark.parametrize("columns", [[], [empty_column("A")]])
def test_an_empty_table_has_every_form(columns: list[TableColumn]) -> None:
    found = ColumnTable("Default", "key", columns)
    assert len(found.to_pandas()) == len(found.to_pandas(wide=True)) == 0
    assert found.to_arrow().schema.field("timestamp").type == pa.timestamp("ns", "UTC")
    assert found.to_arrow(wide=True).column_names == ["timestamp", *found]
    assert pa.table(found).num_rows == 0
    assert found.to_pandas().dtypes["status"] == np.uint8


def test_polars_and_duckdb_take_a_table_as_it_is() -> None:
    found = table(batch(A=([1, 2], [0.5, 1.5])), batch(B=([3], [2.5])))
    assert pl.DataFrame(found)["value"].to_list() == [0.5, 1.5, 2.5]
    relation: Any = duckdb.sql("SELECT count(*) FROM found WHERE parameter = 'A'")
    assert relation.fetchall() == [(2,)]


def test_an_unknown_name_has_near_matches() -> None:
    with pytest.raises(KeyError, match=r"no samples of parameter 'vCra' in this table; near matches: vCar"):
        table(batch(vCar=([1], [0.5])))["vCra"]
    with pytest.raises(KeyError, match="no parameter at all"):
        table()["A"]


def test_it_shows_itself_as_text_and_in_a_notebook() -> None:
    found = table(batch(**{"<b>": ([0, 10**9], [0.5, 1.5])}))
    assert repr(found) == "<ColumnTable: session key, 1 column with 2 samples: <b>>"
    assert repr(found["<b>"]) == "TableColumn('<b>': 2 samples, float64)"
    html = found._repr_html_()
    assert "&lt;b&gt;" in html
    assert "<b>" not in html
    assert "1970-01-01T00:00:01.000000000" in html
    assert len(table(batch(**{f"p{n}": ([1], [0.5]) for n in range(200)}))._repr_html_()) < 5_000


def test_packets_that_were_left_out_are_told_of() -> None:
    counts = dict.fromkeys(ColumnStatistics.__dataclass_fields__, 0)
    statistics = ColumnStatistics(**{**counts, "rejected": {"a": 2, "b": 1}, "unresolved": {77: 4}})  # type: ignore[arg-type]
    found = ColumnTable("Default", "key", [], statistics=statistics)
    assert found.left_out == 7
    assert "7 packets left out" in repr(found)
