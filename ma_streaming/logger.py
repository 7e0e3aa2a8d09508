"""Where the library's log lines go: an interface for customers, and the default that forwards to `logging`."""

from __future__ import annotations

import logging
import sys
from abc import ABC, abstractmethod
from datetime import datetime
from typing import Final

from ma_streaming.errors import ConfigurationError

LOGGER_NAME: Final = "ma_streaming"


class ILogger(ABC):
    """What a logger must be able to do. Any object with these four methods will do."""

    @abstractmethod
    def debug(self, message: str) -> None:
        """Log what only matters when looking for a fault."""

    @abstractmethod
    def info(self, message: str) -> None:
        """Log what happened."""

    @abstractmethod
    def warning(self, message: str) -> None:
        """Log what may be wrong, or will be."""

    @abstractmethod
    def error(self, message: str) -> None:
        """Log what went wrong."""


class Logger(ILogger):
    """The default logger.

    Forwards to the standard `logging` logger ``ma_streaming``. Where `logging` has not been configured, it prints
    readable lines to stderr instead, from level info up.
    """

    def __init__(self, name: str = LOGGER_NAME) -> None:
        self._logger = logging.getLogger(name)

    def debug(self, message: str) -> None:
        """Log at level debug."""
        self._log(logging.DEBUG, message)

    def info(self, message: str) -> None:
        """Log at level info."""
        self._log(logging.INFO, message)

    def warning(self, message: str) -> None:
        """Log at level warning."""
        self._log(logging.WARNING, message)

    def error(self, message: str) -> None:
        """Log at level error."""
        self._log(logging.ERROR, message)

    def _log(self, level: int, message: str) -> None:
        if self._logger.hasHandlers():
            self._logger.log(level, "%s", message)
        elif level >= logging.INFO and sys.stderr is not None:
            now = datetime.now().astimezone().strftime("%H:%M:%S.%f")[:-3]
            sys.stderr.write(f"{now} {logging.getLevelName(level):7} {message}\n")


class GuardedLogger(ILogger):
    """Pass lines on to a customer's logger, and survive what it raises.

    A logger that raises must stop neither delivery nor shutdown, so its error goes to the standard logger instead.
    """

    def __init__(self, target: ILogger) -> None:
        self._target = target

    def debug(self, message: str) -> None:
        """Log at level debug."""
        self.log(logging.DEBUG, message)

    def info(self, message: str) -> None:
        """Log at level info."""
        self.log(logging.INFO, message)

    def warning(self, message: str) -> None:
        """Log at level warning."""
        self.log(logging.WARNING, message)

    def error(self, message: str) -> None:
        """Log at level error."""
        self.log(logging.ERROR, message)

    def log(self, level: int, message: str) -> None:
        """Log `message` at a level of the `logging` module, through the method of that level."""
        target = self._target
        try:
            if level >= logging.ERROR:
                target.error(message)
            elif level >= logging.WARNING:
                target.warning(message)
            elif level >= logging.INFO:
                target.info(message)
            else:
                target.debug(message)
        except Exception:
            logging.getLogger(LOGGER_NAME).exception("The logger raised an error while it was given: %s", message)


def guarded(logger: ILogger | None) -> GuardedLogger:
    """Wrap a customer's logger, or the default for None.

    Raises:
        ConfigurationError: The object lacks one of the four methods.
    """
    if logger is None:
        return GuardedLogger(Logger())
    if isinstance(logger, GuardedLogger):
        return logger
    missing = [name for name in ("debug", "info", "warning", "error") if not callable(getattr(logger, name, None))]
    if missing:
        raise ConfigurationError(
            f"logger is {logger!r}, which has no method {', '.join(missing)}; allowed is an ILogger, or any object "
            "with the methods debug, info, warning and error",
            subject="logger",
        )
    return GuardedLogger(logger)
