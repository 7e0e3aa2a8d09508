"""Checks of configuration values, which name the field, the value and what is allowed."""

from __future__ import annotations

import math
from collections.abc import Iterable
from enum import IntEnum
from typing import TypeVar

from ma_streaming.errors import ConfigurationError

E = TypeVar("E", bound=IntEnum)
T = TypeVar("T")


def refuse(name: str, value: object, allowed: str) -> ConfigurationError:
    """Make the error for a field whose value is not allowed."""
    return ConfigurationError(f"{name} is {value!r}; allowed is {allowed}", subject=name)


def text(name: str, value: object) -> str:
    """Give `value` when it is a string.

    Raises:
        ConfigurationError: It is not.
    """
    if not isinstance(value, str):
        raise refuse(name, value, "a string")
    return value


def texts(name: str, values: object) -> tuple[str, ...]:
    """Give `values` as a tuple when it is a list, tuple or other iterable of strings; None is the empty one.

    Raises:
        ConfigurationError: It is a single string, or something else.
    """
    if values is None:
        return ()
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise refuse(name, values, "a list of strings")
    given = tuple(values)
    if not all(isinstance(each, str) for each in given):
        raise refuse(name, list(given), "a list of strings")
    return given


def boolean(name: str, value: object) -> bool:
    """Give `value` when it is a bool.

    Raises:
        ConfigurationError: It is not.
    """
    if not isinstance(value, bool):
        raise refuse(name, value, "True or False")
    return value


def integer(name: str, value: object, *, minimum: int) -> int:
    """Give `value` when it is an int of at least `minimum`.

    Raises:
        ConfigurationError: It is not.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < minimum:
        raise refuse(name, value, f"an integer of {minimum} or more")
    return value


def seconds(name: str, value: object, *, allow_zero: bool = False) -> float:
    """Give `value` when it is a finite number of seconds.

    Raises:
        ConfigurationError: It is not, or it is negative, or zero where zero is not allowed.
    """
    fits = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    if not fits or value < 0 or (value == 0 and not allow_zero):  # type: ignore[operator]
        raise refuse(name, value, f"a number of seconds, {'0 or more' if allow_zero else 'more than 0'}")
    return value  # type: ignore[return-value]


def instance(name: str, value: object, kind: type[T]) -> T:
    """Give `value` when it is a `kind`.

    Raises:
        ConfigurationError: It is not.
    """
    if not isinstance(value, kind):
        raise refuse(name, value, f"a {kind.__name__}")
    return value


def choice(name: str, value: object, kind: type[E]) -> E:
    """Give `value` as a member of the enumeration `kind`; its number is accepted too.

    Raises:
        ConfigurationError: It is no member.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        for member in kind:
            if member == value and (isinstance(value, kind) or type(value) is int):
                return member
    allowed = ", ".join(f"{kind.__name__}.{member.name}" for member in kind)
    raise refuse(name, value, f"one of {allowed}")
