"""Columns and rows of samples from plain Python values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias, TypeVar, cast

from ma_streaming.errors import InvalidArgumentError
from ma_streaming.protos import open_data_pb2 as open_data

Value: TypeAlias = float | int | bool | str

_List = TypeVar("_List", open_data.SampleColumn, open_data.SampleRow)


def sample_column(values: Sequence[Value]) -> open_data.SampleColumn:
    """Return a column whose kind is that of its values, each with the status "valid".

    All bool, all int, all str, or numbers of which at least one is a float.

    Raises:
        InvalidArgumentError: The values are of kinds that no list holds together.
    """
    return _filled(open_data.SampleColumn, values)


def sample_row(values: Sequence[Value]) -> open_data.SampleRow:
    """Return a row, of one kind as `sample_column` says.

    Raises:
        InvalidArgumentError: The values are of kinds that no list holds together.
    """
    return _filled(open_data.SampleRow, values)


def _filled(make: type[_List], values: Sequence[Value]) -> _List:
    kinds = {type(value) for value in values}
    if kinds == {bool}:
        return make(bool_samples=_bools(cast("Sequence[bool]", values)))
    if kinds == {int}:
        return make(int32_samples=_integers(cast("Sequence[int]", values)))
    if kinds == {str}:
        return make(string_samples=_texts(cast("Sequence[str]", values)))
    if kinds <= {int, float}:
        return make(double_samples=_doubles(cast("Sequence[float]", values)))
    raise InvalidArgumentError(f"no list holds these kinds together: {sorted(kind.__name__ for kind in kinds)}")


def _bools(values: Iterable[bool]) -> open_data.BoolSampleList:
    samples = [open_data.BoolSample(value=value, status=open_data.DATA_STATUS_VALID) for value in values]
    return open_data.BoolSampleList(samples=samples)


def _integers(values: Iterable[int]) -> open_data.Int32SampleList:
    samples = [open_data.Int32Sample(value=value, status=open_data.DATA_STATUS_VALID) for value in values]
    return open_data.Int32SampleList(samples=samples)


def _texts(values: Iterable[str]) -> open_data.StringSampleList:
    samples = [open_data.StringSample(value=value, status=open_data.DATA_STATUS_VALID) for value in values]
    return open_data.StringSampleList(samples=samples)


def _doubles(values: Iterable[float]) -> open_data.DoubleSampleList:
    samples = [open_data.DoubleSample(value=value, status=open_data.DATA_STATUS_VALID) for value in values]
    return open_data.DoubleSampleList(samples=samples)
