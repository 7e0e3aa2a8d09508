"""Log records of the native library and of librdkafka, as levels of the `logging` module and lines of text."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Final

from ma_streaming._native.errors import call
from ma_streaming.errors import ClosedError

LogLine = tuple[int, str]

_SYSLOG_ERROR: Final = 3
_SYSLOG_WARNING: Final = 4
_SYSLOG_INFO: Final = 6


def level_of(syslog_level: int) -> int:
    """Turn a syslog level (0 to 7) into a level of the `logging` module."""
    if syslog_level <= _SYSLOG_ERROR:
        return logging.ERROR
    if syslog_level <= _SYSLOG_WARNING:
        return logging.WARNING
    return logging.INFO if syslog_level <= _SYSLOG_INFO else logging.DEBUG


def log_source(take_logs: Any) -> Callable[[int], list[LogLine] | None]:
    """Make the source for a pump from a .NET method TakeLogs.

    The source gives the lines that came within so many ms, or None; it raises ClosedError when no more will come.
    """

    def take(timeout_ms: int) -> list[LogLine] | None:
        records = call(take_logs, timeout_ms)
        if records is None:
            raise ClosedError("the log queue is closed")
        lines = [(level_of(each.Level), _line(each.Facility, each.Message)) for each in records]
        return lines or None

    return take


def _line(facility: str, message: str) -> str:
    return f"{facility}: {message}" if facility else message
