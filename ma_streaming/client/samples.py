"""What may be given to a recording, as arrays that packets can be made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from ma_streaming import arguments
from ma_streaming.errors import InvalidArgumentError
from ma_streaming.packet_writing.arrays import VALUE_TYPES, refuse_masked, refuse_repeated

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_VALID: Final = 1
_MISSING: Final = 2
_INT32_BYTES: Final = 4
_INT32: Final = np.iinfo(np.int32)
_MATRIX: Final = 2  # dimensions
_LARGEST_STATUS: Final = 255


class SampleGroup(NamedTuple):
    """Samples of parameters that have values of one type, and the same times.

    Attributes:
        names: Identifiers of the parameters.
        values: [parameters, samples].
        statuses: uint8 [parameters, samples]; None = all VALID.
    """

    names: tuple[str, ...]
    values: NDArray[Any]
    statuses: NDArray[np.uint8] | None


def groups_of(data: object, values: ArrayLike | None, statuses: object) -> list[SampleGroup]:
    """Bring names and values, a mapping, or a DataFrame into groups of one type each.

    Integers of less than 32 bits become int32, uint32 int64, and half floats float64, which changes no value. Anything
    else that the packet writer would refuse is refused here, before anything is written.

    Args:
        data: The name of one parameter; names of several; or a mapping of names to values; or a DataFrame, whose
            missing values get the status MISSING.
        values: [samples] for one name, [parameters, samples] for several; None where `data` has them.
        statuses: DataStatus of each value, in the form of the values; of a mapping, a mapping of any of its names.

    Raises:
        InvalidArgumentError: Something does not fit; the text names the parameter.
    """
    if isinstance(data, (str, Sequence)) and not is_frame(data):
        if values is None:
            raise arguments.refuse("values", values, "the values of the parameters that are named")
        names = (data,) if isinstance(data, str) else tuple(arguments.texts("parameters", data))
        return [_named(names, values, statuses)]
    if values is not None:
        raise arguments.refuse("values", type(values).__name__, "None where a mapping or a DataFrame holds the values")
    if is_frame(data):
        given = _frame_columns(data)
    elif isinstance(data, Mapping):
        arguments.texts("the names of parameters", data)
        given = [(name, _array(name, each), None) for name, each in data.items()]
    else:
        allowed = "the name of a parameter, a list of names, a mapping of names to values, or a DataFrame"
        raise arguments.refuse("data", type(data).__name__, allowed)
    return _by_type(_with_statuses(given, statuses))


def is_frame(data: object) -> bool:
    """Tell whether it is a pandas DataFrame, without importing pandas."""
    return all(hasattr(data, each) for each in ("columns", "index", "iloc"))


def _named(names: tuple[str, ...], values: ArrayLike, statuses: object) -> SampleGroup:
    if not names:
        raise InvalidArgumentError("there are no parameters in the data", subject="data")
    refuse_repeated(names)
    if isinstance(values, (list, tuple)) and len(values) == len(names):
        for each in values:
            refuse_masked("values", each)
    array = _array(", ".join(names), values)
    matrix = array[None, :] if array.ndim == 1 and len(names) == 1 else array
    if matrix.ndim != _MATRIX or len(matrix) != len(names):
        allowed = f"[{len(names)} parameters, samples]" + (" or [samples]" if len(names) == 1 else "")
        raise InvalidArgumentError(f"values have the shape {array.shape}; allowed is {allowed}", subject="values")
    if statuses is None:
        return SampleGroup(names, matrix, None)
    return SampleGroup(names, matrix, _statuses(", ".join(names), statuses, array.shape).reshape(matrix.shape))


def _with_statuses(
    given: list[tuple[str, NDArray[Any], NDArray[np.uint8] | None]], statuses: object
) -> list[tuple[str, NDArray[Any], NDArray[np.uint8] | None]]:
    if statuses is None:
        return given
    if not isinstance(statuses, Mapping) or set(statuses) - {name for name, _, _ in given}:
        raise arguments.refuse("statuses", statuses, "a mapping of names that have values to their statuses")
    return [
        (name, values, _statuses(name, statuses[name], values.shape) if name in statuses else before)
        for name, values, before in given
    ]


def _by_type(given: list[tuple[str, NDArray[Any], NDArray[np.uint8] | None]]) -> list[SampleGroup]:
    if not given:
        raise InvalidArgumentError("there are no parameters in the data", subject="data")
    lengths = {values.shape: name for name, values, _ in given}
    if len(lengths) > 1 or any(len(shape) != 1 for shape in lengths):
        shapes = ", ".join(f"{name!r} has {shape}" for shape, name in lengths.items())
        raise InvalidArgumentError(f"all parameters need equally many samples, [samples]: {shapes}", subject="data")
    by_type: dict[str, list[tuple[str, NDArray[Any], NDArray[np.uint8] | None]]] = {}
    for each in given:
        by_type.setdefault(each[1].dtype.str, []).append(each)
    return [_stacked(alike) for alike in by_type.values()]


def _stacked(given: list[tuple[str, NDArray[Any], NDArray[np.uint8] | None]]) -> SampleGroup:
    names, values, statuses = zip(*given, strict=True)
    stacked = None
    if any(each is not None for each in statuses):
        valid = np.full(len(values[0]), _VALID, np.uint8)
        stacked = np.stack([valid if each is None else each for each in statuses])
    return SampleGroup(names, np.stack(values), stacked)


def _frame_columns(frame: Any) -> list[tuple[str, NDArray[Any], NDArray[np.uint8] | None]]:  # noqa: ANN401
    names = arguments.texts("the DataFrame's columns", list(frame.columns))
    if len(set(names)) < len(names):
        raise InvalidArgumentError("the DataFrame has several columns of one name", subject="data")
    columns = []
    for at, name in enumerate(names):
        series = frame.iloc[:, at]
        missing = np.asarray(series.isna())
        plain = getattr(series.dtype, "numpy_dtype", None)
        # Of a nullable type: a value is needed even where there is none.
        given = series.to_numpy() if plain is None else series.to_numpy(plain, na_value=plain.type(0))
        statuses = np.where(missing, _MISSING, _VALID).astype(np.uint8) if missing.any() else None
        columns.append((name, _array(name, given), statuses))
    return columns


def _array(name: str, values: ArrayLike) -> NDArray[Any]:
    """Give values as an array of a type that holds them all and that packets can have."""
    refuse_masked(f"values of {name!r}", values)
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise InvalidArgumentError(
            f"the values of {name!r} can't be made an array: {error}", subject="values"
        ) from None
    kind, size = array.dtype.kind, array.dtype.itemsize
    if kind not in "biuf":
        text = f"the values of {name!r} are {array.dtype}; allowed are numbers and bools"
        raise InvalidArgumentError(text, subject="values")
    if kind in "iu" and size < _INT32_BYTES:
        array = array.astype(np.int32)
    elif kind == "u" and size == _INT32_BYTES:
        array = array.astype(np.int64)
    elif kind == "f" and size < _INT32_BYTES:
        array = array.astype(np.float64)
    if array.dtype.str not in VALUE_TYPES:
        text = f"the values of {name!r} are {array.dtype.str}; allowed are {', '.join(VALUE_TYPES.values())}"
        raise InvalidArgumentError(text, subject="values")
    _refuse_large(name, array)
    return array


def _refuse_large(name: str, array: NDArray[Any]) -> None:
    """Refuse integers that packets can't hold."""
    if array.dtype.itemsize <= _INT32_BYTES or array.dtype.kind != "i" or not array.size:
        return
    for extreme in (int(array.min()), int(array.max())):
        if not _INT32.min <= extreme <= _INT32.max:
            text = f"the values of {name!r} have {extreme}, which int32 can't hold: give them as float64"
            raise InvalidArgumentError(text, subject="values")


def _statuses(name: str, statuses: Any, shape: tuple[int, ...]) -> NDArray[np.uint8]:  # noqa: ANN401
    refuse_masked(f"statuses of {name!r}", statuses)
    array = np.asarray(statuses)
    fits = (
        array.dtype.kind in "iu"
        and array.shape == shape
        and not (array.size and not 0 <= array.min() <= array.max() <= _LARGEST_STATUS)
    )
    if not fits:
        text = f"the statuses of {name!r} are {array.dtype} {array.shape}; allowed are values of DataStatus, {shape}"
        raise InvalidArgumentError(text, subject="statuses")
    return array.astype(np.uint8)


def valid_values(group: SampleGroup, at: int) -> NDArray[Any]:
    """Give the values of one parameter that have the status VALID: others mean nothing."""
    values: NDArray[Any] = group.values[at]
    return values if group.statuses is None else values[group.statuses[at] == _VALID]


def range_of(values: Iterable[Any]) -> tuple[float, float] | None:
    """Give the lowest and the highest of the finite values; None where there are none."""
    array = np.asarray(values, np.float64)
    finite = array[np.isfinite(array)]
    if not len(finite):
        return None
    lowest, highest = float(finite.min()), float(finite.max())
    return (lowest, highest) if lowest < highest else (lowest, lowest + 1.0)
