"""Columns as pandas DataFrames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ma_streaming.columns.alignment import Alignment

if TYPE_CHECKING:
    import pandas as pd

    from ma_streaming.columns.mapping import AnyColumn, ColumnMapping


def to_pandas(columns: ColumnMapping[AnyColumn], *, wide: bool) -> pd.DataFrame:
    """Make a DataFrame; see `ColumnMapping.to_pandas`."""
    return (_wide if wide else _long)(pandas(), columns.values())


def pandas() -> Any:
    """Give the package, or say how to install it."""
    try:
        import pandas as pd
    except ImportError as error:
        raise ImportError("to_pandas() needs pandas; install it with: pip install 'ma-streaming[pandas]'") from error
    return pd


def times_of(pd: Any, times_ns: Any) -> Any:
    """Give ns since the Unix epoch as a DatetimeIndex in UTC."""
    return pd.DatetimeIndex(times_ns.view("datetime64[ns]")).tz_localize("UTC")


def _long(pd: Any, columns: list[AnyColumn]) -> pd.DataFrame:
    codes = np.repeat(np.arange(len(columns)), [len(column) for column in columns])
    times = np.concatenate([np.empty(0, np.int64), *(column.timestamps_ns for column in columns)])
    return pd.DataFrame(
        {
            "timestamp": times_of(pd, times),
            "parameter": pd.Categorical.from_codes(codes, [column.name for column in columns]),
            "value": np.concatenate(alike([column.values for column in columns]) or [np.empty(0)]),
            "status": np.concatenate([np.empty(0, np.uint8), *(column.statuses for column in columns)]),
        }
    )


def _wide(pd: Any, columns: list[AnyColumn]) -> pd.DataFrame:
    alignment = Alignment(columns)
    aligned = {column.name: _aligned(pd, column, alignment) for column in columns}
    return pd.DataFrame(aligned, index=times_of(pd, alignment.timestamps_ns).rename("timestamp"), copy=False)


def _aligned(pd: Any, column: AnyColumn, alignment: Alignment) -> Any:
    """Give a column's values by row. Where there is none: NaN for numbers, `pd.NA` for bool, None for texts."""
    source = alignment.source_of(column)
    if source is None:
        return column.values
    taken, missing = column.values[source], source < 0
    if not missing.any():
        return taken
    if taken.dtype == bool:
        return pd.arrays.BooleanArray(taken, missing)
    taken = taken if column.is_text else taken.astype(np.float64)
    taken[missing] = None if column.is_text else np.nan
    return taken


def alike(arrays: list[Any]) -> list[Any]:
    """Give arrays of several types as float64, or as objects where one holds texts."""
    types = {array.dtype for array in arrays}
    if len(types) <= 1:
        return arrays
    common = np.dtype(object) if np.dtype(object) in types else np.dtype(np.float64)
    return [array.astype(common) for array in arrays]
