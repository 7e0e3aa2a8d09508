"""Columns as Arrow tables. Values are not copied where a table has them as the columns do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ma_streaming.columns.alignment import Alignment
from ma_streaming.columns.packet_tables import DOUBLES, NUMBER, OPTIONAL_TIME, TEXT, TIME
from ma_streaming.columns.tables import alike

if TYPE_CHECKING:
    import pyarrow as pa

    from ma_streaming.columns.mapping import AnyColumn, ColumnMapping
    from ma_streaming.columns.packet_tables import Field, PacketTable


def to_arrow(columns: ColumnMapping[AnyColumn], *, wide: bool) -> pa.Table:
    """Make a table; see `ColumnMapping.to_arrow`."""
    return (_wide if wide else _long)(_pyarrow(), columns.values())


def values_of(column: AnyColumn) -> Any:
    """Give a column's values as an Arrow array."""
    pa = _pyarrow()
    if not column.is_text:
        return pa.array(column.values)
    offsets, text = column.text_buffers
    return pa.StringArray.from_buffers(len(column), pa.py_buffer(offsets), pa.py_buffer(text))


def packet_table_to_arrow(table: PacketTable) -> pa.Table:
    """Make a table; see `PacketTable.to_arrow`."""
    pa = _pyarrow()
    return pa.table({field.name: _field(pa, table, field) for field in table.FIELDS})


def _field(pa: Any, table: PacketTable, field: Field) -> Any:
    if field.kind == NUMBER:
        return pa.array(table.numbers(field))
    if field.kind in {TIME, OPTIONAL_TIME}:
        numbers = table.numbers(field)
        return _times(pa, numbers, none=numbers == 0 if field.kind == OPTIONAL_TIME else None)
    offsets, data = table.buffers(field)
    if field.kind == DOUBLES:
        return pa.ListArray.from_arrays(pa.array(offsets // np.dtype(np.float64).itemsize), data.view(np.float64))
    type = pa.string() if field.kind == TEXT else pa.binary()
    return pa.Array.from_buffers(type, len(table), [None, pa.py_buffer(offsets), pa.py_buffer(data)])


def _pyarrow() -> Any:
    try:
        import pyarrow as pa
    except ImportError as error:
        raise ImportError("Arrow needs pyarrow; install it with: pip install 'ma-streaming[arrow]'") from error
    return pa


def _long(pa: Any, columns: list[AnyColumn]) -> pa.Table:
    names = pa.array([column.name for column in columns])
    parameters = [
        pa.DictionaryArray.from_arrays(np.full(len(column), index, np.int32), names)
        for index, column in enumerate(columns)
    ]
    chunks: dict[str, list[Any]] = {
        "timestamp": [_times(pa, column.timestamps_ns) for column in columns],
        "parameter": parameters,
        **_values(pa, columns),
        "status": [pa.array(column.statuses) for column in columns],
    }
    types = {"timestamp": pa.timestamp("ns", "UTC"), "parameter": pa.dictionary(pa.int32(), pa.string())}
    types |= {"value": pa.float64(), "text": pa.string(), "status": pa.uint8()}
    return pa.table(
        {name: pa.chunked_array(arrays, None if arrays else types[name]) for name, arrays in chunks.items()}
    )


def _values(pa: Any, columns: list[AnyColumn]) -> dict[str, list[Any]]:
    texts = [column.is_text for column in columns]
    if columns and all(texts):
        return {"value": [values_of(column) for column in columns]}
    arrays = iter(alike([column.values for column in columns if not column.is_text]))
    numbers = [None if column.is_text else pa.array(next(arrays)) for column in columns]
    if not any(texts):
        return {"value": numbers}
    type = next(array.type for array in numbers if array is not None)
    return {
        "value": [
            pa.nulls(len(column), type) if array is None else array
            for column, array in zip(columns, numbers, strict=True)
        ],
        "text": [values_of(column) if column.is_text else pa.nulls(len(column), pa.string()) for column in columns],
    }


def _wide(pa: Any, columns: list[AnyColumn]) -> pa.Table:
    alignment = Alignment(columns)
    table = {"timestamp": _times(pa, alignment.timestamps_ns)}
    for column in columns:
        values, source = values_of(column), alignment.source_of(column)
        table[column.name] = values if source is None else values.take(pa.array(source, mask=source < 0))
    return pa.table(table)


def _times(pa: Any, times_ns: Any, *, none: Any = None) -> Any:
    return pa.array(times_ns.view("datetime64[ns]"), mask=none).cast(pa.timestamp("ns", "UTC"))
