"""Events in the C# style: handlers get `(sender, args)`, and one that raises never stops delivery to the others."""

from __future__ import annotations

import threading
import traceback
import weakref
from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar

from ma_streaming.errors import InvalidArgumentError
from ma_streaming.logger import ILogger

T = TypeVar("T")
EventHandler = Callable[[Any, T], object]

_LOGGED_ONE_BY_ONE: Final = 100
_LOGGED_AFTERWARDS_EVERY: Final = 1000


class HandlerFailures:
    """Counts and logs what users' handlers raise.

    The first 100 errors are logged one by one with their traceback, afterwards every 1,000th with the count, so that a
    handler that fails on every packet does not bury all other lines.
    """

    def __init__(self, logger: ILogger) -> None:
        self._log = logger
        self._lock = threading.Lock()
        self.count = 0

    def record(self, handler: object, occasion: str, error: BaseException) -> None:
        """Log and count what `handler` raised.

        Raises:
            BaseException: `error` again, where it is not for us: KeyboardInterrupt or SystemExit in the main thread.
        """
        if not isinstance(error, Exception) and threading.current_thread() is threading.main_thread():
            raise error
        with self._lock:
            self.count += 1
            count = self.count
        if count <= _LOGGED_ONE_BY_ONE:
            text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
            self._log.error(f"{describe(handler)} raised an error {occasion}; delivery goes on\n{text.rstrip()}")
        elif count % _LOGGED_AFTERWARDS_EVERY == 0:
            self._log.error(f"{describe(handler)} raised {error!r} {occasion}; {count:,} errors of handlers by now")


class EventSource(Generic[T]):
    """One event of a service, that handlers subscribe to.

    Handlers are compared with `==`, so `unsubscribe(self.on_x)` finds what `subscribe(self.on_x)` added. A handler that
    was subscribed twice is called twice.
    """

    def __init__(
        self,
        name: str,
        sender: object,
        logger: ILogger,
        *,
        failures: HandlerFailures | None = None,
        subscribed: Callable[[], None] | None = None,
    ) -> None:
        self.name = name
        self._sender = weakref.ref(sender)
        self._log = logger
        self._failures = failures if failures is not None else HandlerFailures(logger)
        self._subscribed = weakref.WeakMethod(subscribed) if subscribed is not None else None
        self._lock = threading.Lock()
        self._handlers: tuple[EventHandler[T], ...] = ()

    def __repr__(self) -> str:
        return f"<event {self.name}, {len(self._handlers)} handlers>"

    @property
    def has_handlers(self) -> bool:
        """True when at least one handler is subscribed."""
        return bool(self._handlers)

    def subscribe(self, handler: EventHandler[T]) -> None:
        """Call `handler(sender, args)` whenever the event happens from now on.

        Raises:
            InvalidArgumentError: `handler` can't be called.
        """
        if not callable(handler):
            raise InvalidArgumentError(
                f"{self.name}.subscribe() was given {handler!r}; it needs a function of (sender, args)",
                subject="handler",
            )
        with self._lock:
            self._handlers = (*self._handlers, handler)
        callback = self._subscribed() if self._subscribed is not None else None
        if callback is not None:
            callback()

    def unsubscribe(self, handler: EventHandler[T]) -> None:
        """Stop calling `handler`. One that is not subscribed is left alone, with a warning."""
        with self._lock:
            remaining = list(self._handlers)
            if handler in remaining:
                remaining.remove(handler)
                self._handlers = tuple(remaining)
                return
        self._log.warning(f"{self.name}.unsubscribe() was given {describe(handler)}, which is not subscribed")

    def fire(self, args: T) -> None:
        """Call every handler with `args`, one after the other. For services, not for their users."""
        sender = self._sender()
        for handler in self._handlers:
            try:
                handler(sender, args)
            except BaseException as error:  # noqa: BLE001 - users' code; logged with its traceback
                self._failures.record(handler, f"in event {self.name}", error)


def describe(handler: object) -> str:
    """Name a handler for a log line."""
    name = getattr(handler, "__qualname__", None)
    return f"handler {name}" if name else f"handler {type(handler).__qualname__}"
