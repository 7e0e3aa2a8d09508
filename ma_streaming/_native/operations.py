"""Long calls into the native library, waited for in slices so that Ctrl-C works."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from ma_streaming._native.errors import call
from ma_streaming._native.signals import left_to_the_main_thread

SLICE_MS: Final = 100


def finish(
    begin: Callable[..., Any], *arguments: Any, subject: str = "", going_on: Callable[[], None] | None = None
) -> Any:
    """Begin an operation and wait for its result.

    Args:
        begin: The .NET method that begins it.
        arguments: Its arguments.
        subject: What the operation is about, for errors.
        going_on: Called after each slice; raises to cancel the operation.

    Returns:
        The .NET result.

    Raises:
        StreamingError: The operation failed, or was cancelled.
    """
    with left_to_the_main_thread():
        operation = call(begin, *arguments, subject=subject)
    wait = operation.Wait
    try:
        while not call(wait, SLICE_MS, subject=subject):
            if going_on is not None:
                going_on()
    except BaseException:
        call(operation.Cancel, subject=subject)
        raise
    return call(operation.Result, subject=subject)
