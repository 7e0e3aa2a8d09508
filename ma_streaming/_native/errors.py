"""The one table from error codes of the native library to Python classes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Final, TypeVar

from ma_streaming.errors import (
    AuthenticationError,
    BrokerUnavailableError,
    ClosedError,
    ConfigurationError,
    DataExpiredError,
    DeliveryError,
    InternalError,
    InvalidArgumentError,
    InvalidPacketError,
    LifecycleError,
    MessageTooLargeError,
    OperationCancelledError,
    QueueFullError,
    StreamingError,
    StreamingTimeoutError,
    TopicUnavailableError,
    UnknownDataFormatError,
    UnknownSessionError,
    UnsupportedFeatureError,
)

T = TypeVar("T")

ACCEPTED: Final = 0
QUEUE_FULL: Final = 9
ESSENTIALS_FIRST: Final = -1
"""Not an error: an essential packet is to be written to the route after its own first."""
CLOSED: Final = 15

ERROR_CLASSES: Final[dict[int, type[StreamingError]]] = {
    1: InvalidArgumentError,
    2: ConfigurationError,
    3: BrokerUnavailableError,
    4: StreamingTimeoutError,
    5: LifecycleError,
    6: UnknownSessionError,
    7: UnknownDataFormatError,
    8: InvalidPacketError,
    QUEUE_FULL: QueueFullError,
    10: DeliveryError,
    11: MessageTooLargeError,
    12: TopicUnavailableError,
    13: DataExpiredError,
    14: UnsupportedFeatureError,
    CLOSED: ClosedError,
    16: AuthenticationError,
    17: OperationCancelledError,
    18: InternalError,
}


def error_of(code: int, message: str, subject: str = "") -> StreamingError:
    """Make the Python error for a code of the native library."""
    kind = ERROR_CLASSES.get(code)
    if kind is None:
        return InternalError(f"the native library gave the unknown error code {code}: {message}", subject=subject)
    return kind(message, subject=subject)


def translated(error: BaseException, subject: str = "") -> StreamingError:
    """Make the Python error for what a call into .NET raised; .NET types stop here."""
    if isinstance(error, StreamingError):
        return error
    message = getattr(error, "Message", None)
    code = getattr(error, "CodeNumber", None)
    if callable(code):
        return error_of(int(code()), str(message), str(getattr(error, "Subject", "")) or subject)
    if isinstance(error, TypeError):
        return InternalError(f"a value does not fit the native library: {error}", subject=subject)
    detail = message if message is not None else error
    return InternalError(f"unexpected {type(error).__name__} in the native library: {detail}", subject=subject)


_forked = False


def mark_forked() -> None:
    """Refuse every call from now on: this process is the child of a fork."""
    global _forked  # noqa: PLW0603 - the state of the process
    _forked = True


def fork_error() -> StreamingError:
    """Make the error for use in the child of a fork."""
    return LifecycleError(
        ".NET can't be used in a process made by fork() after bootstrap: start processes with the method 'spawn' "
        "(multiprocessing.set_start_method('spawn')), or call bootstrap only after the fork"
    )


def require_not_forked() -> None:
    """Raise the error where this process is the child of a fork.

    Raises:
        LifecycleError: It is.
    """
    if _forked:
        raise fork_error()


def call(function: Callable[..., T], *arguments: Any, subject: str = "") -> T:
    """Call a bound .NET method, and raise our errors instead of .NET's.

    Raises:
        StreamingError: What the native library threw; or this process is the child of a fork.
    """
    require_not_forked()
    try:
        return function(*arguments)
    except Exception:  # noqa: BLE001 - .NET exceptions have no common Python base that is known before .NET is loaded
        error = translated(sys.exc_info()[1] or InternalError("lost exception"), subject)
    raise error from None
