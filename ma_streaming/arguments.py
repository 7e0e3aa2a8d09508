"""Checks of the arguments of service calls. What they raise, the calls give as a failed result."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Final, TypeVar

from ma_streaming.errors import InvalidArgumentError

T = TypeVar("T")

_MOST_SECONDS: Final = 1_000_000
_MOST_MATCHES: Final = 3


def refuse(name: str, value: object, allowed: str) -> InvalidArgumentError:
    """Make the error for an argument that is not allowed."""
    return InvalidArgumentError(f"{name} is {value!r}; allowed is {allowed}", subject=name)


def near_matches(name: object, known: Iterable[str]) -> str:
    """Say which names are near to one that is not known; "" where none is."""
    near = difflib.get_close_matches(str(name), list(known), n=_MOST_MATCHES)
    return f"near matches: {', '.join(near)}" if near else ""


def text(name: str, value: object, *, empty_allowed: bool = False) -> str:
    """Give `value` when it is a string that UTF-8 can hold.

    Raises:
        InvalidArgumentError: It is not, or it is empty where that is not allowed.
    """
    if not isinstance(value, str) or (not value and not empty_allowed):
        raise refuse(name, value, "a string" if empty_allowed else "a string that is not empty")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise refuse(name, value, "a string without lone surrogates") from None
    return value


def texts(name: str, values: object) -> list[str]:
    """Give `values` as a list when it is an iterable of strings.

    Raises:
        InvalidArgumentError: It is a single string, or something else.
    """
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise refuse(name, values, "a list of strings")
    return [text(name, each, empty_allowed=True) for each in values]


def numbers(name: str, values: object) -> tuple[float, ...]:
    """Give `values` as a tuple when it is an iterable of numbers.

    Raises:
        InvalidArgumentError: It is a single number, a string, or something else.
    """
    if type(values) is tuple and all(type(each) is float for each in values):
        return values
    try:
        given = None if isinstance(values, (str, bytes)) else list(values)  # type: ignore[call-overload]
        if given is not None and not any(isinstance(each, (str, bytes)) for each in given):
            return tuple(map(float, given))
    except (TypeError, ValueError, OverflowError):
        pass
    raise refuse(name, values, "a list of numbers")


def integer(name: str, value: object, *, minimum: int, maximum: int) -> int:
    """Give `value` when it is an int from `minimum` to `maximum`.

    Raises:
        InvalidArgumentError: It is not.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not minimum <= value <= maximum:
        raise refuse(name, value, f"an integer from {minimum} to {maximum}")
    return value


def seconds(name: str, value: object) -> float:
    """Give `value` when it is a number of seconds from 0 to a million.

    Raises:
        InvalidArgumentError: It is not.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= _MOST_SECONDS:
        raise refuse(name, value, f"a number of seconds from 0 to {_MOST_SECONDS:,}")
    return value


def pairs(name: str, values: object) -> list[tuple[str, str]]:
    """Give a mapping, or an iterable of pairs or of objects with `key` and `value`, as a list of pairs of strings.

    Raises:
        InvalidArgumentError: It is something else.
    """
    allowed = "a mapping of strings, or a list of (key, value) pairs of strings"
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise refuse(name, values, allowed)
    items: Iterable[object] = values.items() if isinstance(values, Mapping) else values
    found: list[tuple[str, str]] = []
    for item in items:
        pair = item if isinstance(item, (tuple, list)) else (getattr(item, "key", None), getattr(item, "value", None))
        if len(pair) != 2 or not all(isinstance(each, str) for each in pair):  # noqa: PLR2004 - a pair
            raise refuse(name, item, allowed)
        found.append((text(name, pair[0], empty_allowed=True), text(name, pair[1], empty_allowed=True)))
    return found


def instance(name: str, value: object, kind: type[T]) -> T:
    """Give `value` when it is a `kind`.

    Raises:
        InvalidArgumentError: It is not.
    """
    if not isinstance(value, kind):
        raise refuse(name, value, f"a {kind.__name__}")
    return value
