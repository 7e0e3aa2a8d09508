"""Arrays to be written: what may be given, checked and brought into one shape without a copy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from ma_streaming.errors import InvalidArgumentError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

# Names for errors by dtype.str, which has the byte order: that of every machine that .NET runs on here.
VALUE_TYPES: Final = {"<f8": "float64", "<f4": "float32", "<i4": "int32", "<i8": "int64", "|b1": "bool"}
_STATUSES: Final = {"|u1": "uint8"}
_TIMESTAMPS: Final = {"<i8": "int64", "<u8": "uint64", "<M8[ns]": "datetime64[ns]"}
_LATEST_NS: Final = 2**63 - 1
_MATRIX: Final = 2  # dimensions


def matrices_of(
    values: ArrayLike, statuses: ArrayLike | None, parameters: int, *, are_rows: bool
) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """Give values, and statuses where there are any, as views by parameter and sample.

    Args:
        values: Of shape [parameters, samples], or [rows, parameters] where `are_rows`; [samples] for one parameter.
        statuses: Of the same shape, or None.
        parameters: How many there are.
        are_rows: Which of the shapes it is.

    Raises:
        InvalidArgumentError: An array has another type or shape; the text says what is allowed.
    """
    given = _array("values", values, VALUE_TYPES, "values.astype(numpy.float64)")
    axis = 1 if are_rows else 0
    fits = given.shape[axis] == parameters if given.ndim == _MATRIX else (given.ndim, parameters) == (1, 1)
    if not fits:
        raise _refuse("values", given, _shapes(parameters, are_rows=are_rows))
    status = None
    if statuses is not None:
        status = _array("statuses", statuses, _STATUSES, "statuses.astype(numpy.uint8)")
        if status.shape != given.shape:
            raise _refuse("statuses", status, f"the shape of the values, {given.shape}")
    return _by_parameter(given, are_rows=are_rows), None if status is None else _by_parameter(status, are_rows=are_rows)


def timestamps_of(timestamps_ns: ArrayLike, rows: int) -> NDArray[Any]:
    """Give the times of rows as 64-bit ns.

    Raises:
        InvalidArgumentError: It has another type or shape than (rows,), or a time is after 2262.
    """
    times = _array("timestamps_ns", timestamps_ns, _TIMESTAMPS, "timestamps_ns.astype(numpy.int64)")
    if times.shape != (rows,):
        raise _refuse("timestamps_ns", times, f"the shape ({rows},), a time for each row of the values")
    if times.dtype.kind == "M":
        return times.view("int64")
    if times.dtype.kind == "u" and rows and times.max() > _LATEST_NS:
        late = int(times.argmax())
        raise InvalidArgumentError(
            f"timestamps_ns[{late}] is {times[late]}; allowed is 0 to {_LATEST_NS} ns since 1970 UTC",
            subject="timestamps_ns",
        )
    return times


def refuse_masked(name: str, value: object) -> None:
    """Refuse an array with a mask, which packets do not have.

    Raises:
        InvalidArgumentError: It is one.
    """
    if type(value).__module__.startswith("numpy.ma"):
        raise InvalidArgumentError(
            f"{name} is a masked array; fill it, and say by `statuses` which values are missing", subject=name
        )


def refuse_repeated(parameters: Sequence[str]) -> None:
    """Refuse parameters of which one is named twice: recorders take no packet with such a data format.

    Raises:
        InvalidArgumentError: One is.
    """
    if len(set(parameters)) == len(parameters):
        return
    repeated = next(name for name, times in Counter(parameters).items() if times > 1)
    text = f"parameter {repeated!r} is given twice; allowed are values of each one once"
    raise InvalidArgumentError(text, subject="parameters")


def _array(name: str, value: ArrayLike, elements: dict[str, str], way_out: str) -> NDArray[Any]:
    import numpy as np

    refuse_masked(name, value)
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise InvalidArgumentError(f"{name} can't be made an array: {error}", subject=name) from None
    if array.dtype.str not in elements:
        allowed = f"elements of {', '.join(elements.values())} in little-endian byte order: convert it, as by {way_out}"
        raise _refuse(name, array, allowed)
    return array


def _shapes(parameters: int, *, are_rows: bool) -> str:
    whole = f"(rows, {parameters})" if are_rows else f"({parameters}, samples)"
    alone = f" or ({'rows' if are_rows else 'samples'},)" if parameters == 1 else ""
    return f"the shape {whole}{alone}, for {parameters} parameters"


def _by_parameter(array: NDArray[Any], *, are_rows: bool) -> NDArray[Any]:
    if array.ndim == 1:
        return array[None, :]
    return array.T if are_rows else array


def _refuse(name: str, array: NDArray[Any], allowed: str) -> InvalidArgumentError:
    text = f"{name} is an array of {array.dtype} with shape {array.shape}; allowed is {allowed}"
    return InvalidArgumentError(text, subject=name)
