"""What the services of one `SupportLibraryApi` have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeVar

from ma_streaming.errors import StreamingError
from ma_streaming.lifecycle import Service
from ma_streaming.results import ApiResult

if TYPE_CHECKING:
    from ma_streaming._native.client import NativeClient
    from ma_streaming.configuration import StreamingApiConfiguration
    from ma_streaming.logger import GuardedLogger

T = TypeVar("T")


class ServiceHost(Protocol):
    """The `SupportLibraryApi`, as its services see it."""

    @property
    def configuration(self) -> StreamingApiConfiguration:
        """The configuration of the API."""

    @property
    def logger(self) -> GuardedLogger:
        """Where log lines go."""

    def require_client(self, *, started: bool) -> NativeClient:
        """Give the native client.

        Raises:
            LifecycleError: The API is not initialised, or not started where that is asked for.
        """

    def why_no_service(self) -> StreamingError | None:
        """Say why no service can be made now, or None where one can."""

    def adopt(self, service: HostedService) -> None:
        """Stop `service` when the API stops."""


class HostedService(Service):
    """Base of the services that a module API makes."""

    stop_order = 0
    """Services with a lower number are stopped first when the API stops."""

    def __init__(self, host: ServiceHost) -> None:
        super().__init__(host.logger, host.configuration.termination_timeout_seconds)
        self._host = host
        host.adopt(self)

    @property
    def _timeout_seconds(self) -> float:
        return self._host.configuration.timeout_seconds

    def _answer(self, work: Callable[[], T]) -> ApiResult[T]:
        """Do the work of a call, and give its outcome as a result: nothing is raised but Ctrl-C and the like."""
        why = self._why_not_started()
        if why is not None:
            return ApiResult.failed(why)
        try:
            return ApiResult.succeeded(work())
        except StreamingError as error:
            return ApiResult.failed(error.with_traceback(None))


class ModuleApi:
    """Base of the module APIs: factories of one kind of service."""

    def __init__(self, host: ServiceHost) -> None:
        self._host = host

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def _make(self, build: Callable[[], T]) -> ApiResult[T]:
        """Make a service, unless the API has failed or was stopped."""
        why = self._host.why_no_service()
        if why is not None:
            return ApiResult.failed(why)
        try:
            return ApiResult.succeeded(build())
        except StreamingError as error:
            return ApiResult.failed(error.with_traceback(None))
