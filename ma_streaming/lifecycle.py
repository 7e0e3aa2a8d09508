"""The life that every service has: initialise, start, stop.

::

    created ── initialise() ──> initialised ── start() ──> started ── stop() ──> stopped
       └── a failed initialise() leaves it here, and may be called again

`initialise`, `start` and `stop` do nothing when their work is already done. A stopped service stays stopped: make a new
one.
"""

from __future__ import annotations

import math
import threading
import time
import uuid
import warnings
from collections.abc import Callable
from datetime import datetime, timezone
from enum import Enum
from types import TracebackType
from typing import TYPE_CHECKING, Final

from ma_streaming.errors import LifecycleError, OperationCancelledError, StreamingError
from ma_streaming.events import EventSource
from ma_streaming.logger import GuardedLogger

if TYPE_CHECKING:
    from typing_extensions import Self

STOP_TIMEOUT_SECONDS: Final = 10.0
_SHORTEST_STOP_SECONDS: Final = 0.1


class ServiceState(Enum):
    """Where a service is in its life."""

    CREATED = "created"
    INITIALISING = "initialising"
    INITIALISED = "initialised"
    STARTING = "starting"
    STARTED = "started"
    STOPPING = "stopping"
    STOPPED = "stopped"


_IN_PASSING = (ServiceState.INITIALISING, ServiceState.STARTING)
_READY = (ServiceState.INITIALISED, ServiceState.STARTING, ServiceState.STARTED)


class Service:
    """Base of all services: lifecycle, its three events, an id, and `with`.

    Attributes:
        initialised: Event, fired with the time (aware datetime, UTC) when `initialise()` has done its work.
        started: The same for `start()`.
        stopped: The same for `stop()`.
    """

    remake_with = "create_service()"
    """What to call, after `stop()`, to get a new one; for error messages."""

    def __init__(self, logger: GuardedLogger, stop_timeout_seconds: float = STOP_TIMEOUT_SECONDS) -> None:
        self._log = logger
        self._id = uuid.uuid4()
        self._longest_stop_seconds = stop_timeout_seconds
        self._stop_deadline = math.inf
        self._changed = threading.Condition(threading.RLock())
        self._stop_requested = False
        self._stops_afterwards = False
        self._cause: StreamingError | None = None
        self._state = ServiceState.CREATED
        self.initialised: EventSource[datetime] = EventSource("initialised", self, logger)
        self.started: EventSource[datetime] = EventSource("started", self, logger)
        self.stopped: EventSource[datetime] = EventSource("stopped", self, logger)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._id} {self._state.value}>"

    def __enter__(self) -> Self:
        self.initialise()
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.stop()

    def __del__(self) -> None:
        if getattr(self, "_state", None) is ServiceState.STARTED:
            text = f"{self!r} was garbage-collected while started: keep a reference to it, and call stop() when done"
            warnings.warn(text, ResourceWarning, stacklevel=2, source=self)
            self._log.warning(text)

    @property
    def id(self) -> uuid.UUID:
        """The id of this service, unique in the world."""
        return self._id

    @property
    def is_initialised(self) -> bool:
        """True from a successful `initialise()` until `stop()`."""
        return self._state in _READY

    @property
    def is_started(self) -> bool:
        """True from a successful `start()` until `stop()`."""
        return self._state is ServiceState.STARTED

    def initialise(self) -> None:
        """Make the service ready to be started.

        Raises:
            LifecycleError: It was stopped, or what it depends on is not ready.
            StreamingError: It could not be made ready; it may be called again.
        """
        if self._enter(ServiceState.CREATED, ServiceState.INITIALISING):
            self._work(self._on_initialise, ServiceState.CREATED, ServiceState.INITIALISED)
            self.initialised.fire(datetime.now(timezone.utc))

    def start(self) -> None:
        """Start the service.

        Raises:
            LifecycleError: It is not initialised, or it was stopped.
            StreamingError: It could not be started; it may be called again.
        """
        if self._enter(ServiceState.INITIALISED, ServiceState.STARTING):
            self._work(self._on_start, ServiceState.INITIALISED, ServiceState.STARTED)
            self.started.fire(datetime.now(timezone.utc))

    def stop(self) -> None:
        """Stop the service, in bounded time. Does nothing when it is already stopped, and works from its own handlers.

        While `initialise()` or `start()` is at work on another thread that is cancelled. Where it can't be in time, the
        service is stopped as soon as it ends.

        Raises:
            StreamingError: Something could not be stopped in order. The service counts as stopped nevertheless.
        """
        with self._changed:
            if self._state in _IN_PASSING:
                self._stop_requested = True
                if not self._changed.wait_for(lambda: self._state not in _IN_PASSING, self._stop_timeout_seconds):
                    self._stops_afterwards = True
                    return
                self._stop_requested = False
            if self._state is ServiceState.STOPPING and not self._is_own_thread():
                self._changed.wait_for(lambda: self._state is ServiceState.STOPPED, self._stop_timeout_seconds)
            if self._state not in (ServiceState.INITIALISED, ServiceState.STARTED):
                return
            self._state = ServiceState.STOPPING
        try:
            self._on_stop()
        finally:
            self._set_state(ServiceState.STOPPED)
        self.stopped.fire(datetime.now(timezone.utc))

    def limit_stop(self, timeout_seconds: float) -> None:
        """Let `stop()` take no longer than this from now, because others are stopped too."""
        self._stop_deadline = min(self._stop_deadline, time.monotonic() + timeout_seconds)

    @property
    def _stop_timeout_seconds(self) -> float:
        left = self._stop_deadline - time.monotonic()
        return max(_SHORTEST_STOP_SECONDS, min(self._longest_stop_seconds, left))

    def _on_initialise(self) -> None:
        """Do the work of `initialise()`. Long work asks `_require_going_on` now and then."""

    def _on_start(self) -> None:
        """Do the work of `start()`."""

    def _on_stop(self) -> None:
        """Do the work of `stop()`, for a service that was initialised and perhaps started."""

    def _is_own_thread(self) -> bool:
        """Tell whether the caller runs on a thread that `stop()` would wait for."""
        return False

    def _require_going_on(self) -> None:
        """Raise `OperationCancelledError` when `stop()` was called while `initialise()` or `start()` is at work."""
        if self._stop_requested:
            raise OperationCancelledError(f"{type(self).__name__} was stopped meanwhile")

    def _why_not_started(self) -> LifecycleError | None:
        """Say what to call first, or None where the service is started."""
        state, name = self._state, type(self).__name__
        if state is ServiceState.STARTED:
            return None
        if self._cause is not None:
            text = f"{name} is not started, because of an earlier failure: {self._cause}"
        elif state in (ServiceState.STOPPED, ServiceState.STOPPING):
            text = f"{name} was stopped: make a new one with {self.remake_with}"
        elif state in (ServiceState.INITIALISED, ServiceState.STARTING):
            text = f"{name} is not started: call start() first"
        else:
            text = f"{name} is not started: call initialise() and start() first"
        error = LifecycleError(text, subject=name)
        error.__cause__ = self._cause
        return error

    def _abandon(self, cause: StreamingError) -> None:
        """Count as stopped from now on, without touching anything native; for the child of a fork."""
        self._changed = threading.Condition(threading.RLock())
        self._cause = cause
        self._state = ServiceState.STOPPED

    def _enter(self, before: ServiceState, during: ServiceState) -> bool:
        with self._changed:
            if self._state is before:
                self._state = during
                return True
            if self._state is ServiceState.STARTED or (self._state in _READY and before is ServiceState.CREATED):
                return False
            if self._state in _IN_PASSING:
                raise LifecycleError(f"{type(self).__name__} is {self._state.value} on another thread")
            raise self._why_not_started() or LifecycleError(f"{type(self).__name__} is {self._state.value}")

    def _work(self, work: Callable[[], None], before: ServiceState, after: ServiceState) -> None:
        try:
            work()
        except BaseException as error:
            if isinstance(error, StreamingError):
                self._cause = error
            self._pass_to(before)
            raise
        self._cause = None
        self._pass_to(after)

    def _pass_to(self, state: ServiceState) -> None:
        """End `initialise()` or `start()`, and do what a `stop()` that could not wait any longer has left to do."""
        self._set_state(state)
        if self._stops_afterwards:
            self._stop_requested = False
            self.stop()

    def _set_state(self, state: ServiceState) -> None:
        with self._changed:
            self._state = state
            self._changed.notify_all()
