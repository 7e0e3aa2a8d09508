"""The way in: bootstrap, the factory, and the API that holds the connection and makes the services."""

from __future__ import annotations

import threading
import time
import weakref
from typing import TYPE_CHECKING, Final

from ma_streaming.configuration import RetryMode, RetryPolicy, StreamCreationStrategy, StreamingApiConfiguration
from ma_streaming.data_format_management.service import DataFormatManagementModuleApi
from ma_streaming.errors import (
    BrokerUnavailableError,
    ConfigurationError,
    LifecycleError,
    StreamingError,
    UnsupportedFeatureError,
)
from ma_streaming.essentials.service import EssentialsModuleApi
from ma_streaming.hosting import HostedService
from ma_streaming.lifecycle import Service, ServiceState
from ma_streaming.logger import GuardedLogger, ILogger, guarded
from ma_streaming.oauth import TokenCallback, answer_request
from ma_streaming.packet_reading.service import PacketReadingModuleApi
from ma_streaming.packet_writing.service import PacketWritingModuleApi
from ma_streaming.properties import CLIENTS, Client
from ma_streaming.provenance import EffectiveProperty, SourcedValue, traced, with_source
from ma_streaming.session_management.service import SessionManagementModuleApi

if TYPE_CHECKING:
    from ma_streaming._native.client import NativeClient
    from ma_streaming._native.loader import NativeLibrary
    from ma_streaming._native.logs import LogLine
    from ma_streaming._native.pump import Pump

_RETRY_SLICE_SECONDS: Final = 0.1
_LOCK_SECONDS: Final = 1.0


class SupportLibraryApi(Service):
    """One connection to a broker, and the module APIs that make services on it.

    `initialise()` connects and loads the state of sessions; when the broker can't be reached it raises within
    `timeout_seconds`, as often as the retry policy says. `stop()` stops all services that are still running, writers
    first.
    """

    exit_order = 0
    remake_with = "SupportLibraryApiFactory.create()"

    def __init__(
        self,
        library: NativeLibrary,
        configuration: StreamingApiConfiguration,
        logger: GuardedLogger,
        retry_policy: RetryPolicy | None,
    ) -> None:
        from ma_streaming._native.exit_handling import stop_before_exit

        super().__init__(logger, configuration.termination_timeout_seconds)
        self._library = library
        self._configuration = configuration
        self._retry_policy = retry_policy
        self._native: NativeClient | None = None
        self._properties: dict[Client, dict[str, SourcedValue]] = {}
        self._pump: Pump[SupportLibraryApi, list[LogLine]] | None = None
        self._token_pump: Pump[SupportLibraryApi, bool] | None = None
        self._services: weakref.WeakSet[HostedService] = weakref.WeakSet()
        self._services_lock = threading.Lock()
        stop_before_exit(self)

    @property
    def configuration(self) -> StreamingApiConfiguration:
        """The configuration that `bootstrap` was given."""
        return self._configuration

    @property
    def logger(self) -> GuardedLogger:
        """Where log lines go."""
        return self._log

    def get_session_manager_api(self) -> SessionManagementModuleApi:
        """Give the maker of session management services."""
        return SessionManagementModuleApi(self)

    def get_data_format_manager_api(self) -> DataFormatManagementModuleApi:
        """Give the maker of data format management services."""
        return DataFormatManagementModuleApi(self)

    def get_reading_packet_api(self) -> PacketReadingModuleApi:
        """Give the maker of packet reader services."""
        return PacketReadingModuleApi(self)

    def get_writing_packet_api(self) -> PacketWritingModuleApi:
        """Give the maker of packet writer services."""
        return PacketWritingModuleApi(self)

    def get_essentials_api(self) -> EssentialsModuleApi:
        """Give the maker of essentials services."""
        return EssentialsModuleApi(self)

    def get_sample_reader_api(self) -> object:
        """Refuse: this version does not have the buffering module.

        Raises:
            UnsupportedFeatureError: Always.
        """
        raise _not_there("get_sample_reader_api", "the buffering module")

    def get_data_reader_api(self) -> object:
        """Refuse: this version does not have the interpolation module.

        Raises:
            UnsupportedFeatureError: Always.
        """
        raise _not_there("get_data_reader_api", "the interpolation module")

    def effective_properties(self) -> list[EffectiveProperty]:
        """Say which librdkafka properties the producer and the consumers have, and where each comes from.

        librdkafka's own defaults are not among them. Of the consumers it is the one that reads sessions and data
        formats. That of a reader has a smaller queue where it is in a group, and smaller fetches where its data source
        has 16 partitions or more, unless these are given.

        Returns:
            The producer's, then the consumer's, each in the order of names.

        Raises:
            LifecycleError: Before `initialise()`, or after `stop()`.
        """
        native = self.require_client(started=False)
        return [
            each
            for client in CLIENTS
            for each in traced(client, native.effective_properties(client), self._properties[client])
        ]

    def require_client(self, *, started: bool) -> NativeClient:
        """Give the native client. For services, not for users.

        Raises:
            LifecycleError: The API is not initialised, or not started where that is asked for.
        """
        why = self._why_not_started()
        if self._native is not None and (why is None or (not started and self.is_initialised)):
            return self._native
        raise why or LifecycleError("SupportLibraryApi has no connection")

    def why_no_service(self) -> StreamingError | None:
        """Say why no service can be made now, or None where one can, as before `initialise()`."""
        if self._cause is not None or self._state in (ServiceState.STOPPING, ServiceState.STOPPED):
            return self._why_not_started()
        return None

    def adopt(self, service: HostedService) -> None:
        """Stop `service` when the API stops. For services, not for users."""
        with self._services_lock:
            self._services.add(service)

    def stop_at_exit(self, timeout_seconds: float) -> None:
        """Stop everything at the end of the process, in bounded time."""
        # Bounded, as a signal may have met the thread that holds the lock.
        locked = self._services_lock.acquire(timeout=_LOCK_SECONDS)
        try:
            services = tuple(self._services)
        finally:
            if locked:
                self._services_lock.release()
        for service in (*services, self):
            service.limit_stop(timeout_seconds)
        self.stop()

    def abandon_after_fork(self) -> None:
        """Fail every call from now on, in the child of a fork."""
        from ma_streaming._native.errors import fork_error

        self._services_lock = threading.Lock()
        for each in (*self._services, self):
            if each._state is not ServiceState.CREATED:  # noqa: SLF001 - a service's own base class
                each._abandon(fork_error())  # noqa: SLF001

    def _on_initialise(self) -> None:
        policy = self._retry_policy
        attempt = 0
        while True:
            try:
                self._native = self._connect()
            except BrokerUnavailableError as error:
                if policy is None or (policy.retry_mode is RetryMode.FINITE and attempt >= policy.max_retry_count):
                    raise
                attempt += 1
                self._log.warning(f"{error}; attempt {attempt + 1} in {policy.delay_seconds:g} s")
                self._wait_before_retry(policy.delay_seconds)
            else:
                return

    def _connect(self) -> NativeClient:
        from ma_streaming._native.client import ClientOptions, NativeClient
        from ma_streaming._native.pump import Pump

        given = self._configuration
        self._properties = {client: given.properties_of(client) for client in CLIENTS}
        options = ClientOptions(
            broker_list=given.broker_list,
            domain=given.domain,
            topic_naming=given.topic_naming.value,
            producer_properties=[(name, each.value) for name, each in self._properties["producer"].items()],
            consumer_properties=[(name, each.value) for name, each in self._properties["consumer"].items()],
            timeout_seconds=given.timeout_seconds,
            partitions=_partitions_of(given),
            topic_retention=given.topic_retention,
            asks_for_tokens=_token_callback_of(given) is not None,
        )
        try:
            native = NativeClient(self._library, options)
        except ConfigurationError as error:
            raise with_source(error, self._properties.values()) from None
        self._pump = Pump(
            f"ma-streaming log {self.id}",
            self,
            native.log_source(),
            SupportLibraryApi._write_log,
            native.abandon,
            self._log,
        )
        self._begin_making_tokens(native)
        try:
            native.connect(self._require_going_on)
        except BaseException:
            self._disconnect(native)
            raise
        self._log.debug(f"connected to {given.broker_list}, topic names {native.topic_naming()}")
        return native

    def _begin_making_tokens(self, native: NativeClient) -> None:
        """Answer requests for tokens on a thread of Python's: no native thread ever calls the program."""
        from ma_streaming._native.pump import Pump

        security, callback = self._configuration.security, _token_callback_of(self._configuration)
        if security is None or callback is None:
            return
        self._token_pump = Pump(
            f"ma-streaming tokens {self.id}",
            self,
            native.take_token_request,
            lambda owner, _: answer_request(native, callback, security.oauth_scope, owner.logger),
            native.abandon,
            self._log,
        )

    def _wait_before_retry(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while (remaining := deadline - time.monotonic()) > 0:
            self._require_going_on()
            with self._changed:
                self._changed.wait(min(remaining, _RETRY_SLICE_SECONDS))
        self._require_going_on()

    @property
    def exit_timeout_seconds(self) -> float:
        """How long the end of the process may wait for this."""
        return self._configuration.termination_timeout_seconds

    def _on_stop(self) -> None:
        deadline = time.monotonic() + self._stop_timeout_seconds
        self.limit_stop(self._stop_timeout_seconds)
        with self._services_lock:
            services = sorted(self._services, key=lambda service: service.stop_order)
        for service in services:
            service.limit_stop(deadline - time.monotonic())
            try:
                service.stop()
            except StreamingError as error:
                self._log.error(f"{service!r} did not stop in order: {error}")
        if self._native is not None:
            self._disconnect(self._native)

    def _disconnect(self, native: NativeClient) -> None:
        try:
            native.stop(self._stop_timeout_seconds)
        finally:
            if self._pump is not None:
                self._pump.finish(self._stop_timeout_seconds)
            if self._token_pump is not None and not self._token_pump.stop(self._stop_timeout_seconds):
                self._log.warning("oauth_token_callback has not returned: its thread goes on until it does")

    def _write_log(self, lines: list[LogLine]) -> None:
        for level, line in lines:
            self._log.log(level, line)


class SupportLibraryApiFactory:
    """Makes APIs of one configuration.

    Args:
        library: What was loaded into the process.
        configuration: How to reach the broker.
        logger: Where log lines go.
        retry_policy: How often `initialise()` tries again.
    """

    def __init__(
        self,
        library: NativeLibrary,
        configuration: StreamingApiConfiguration,
        logger: GuardedLogger,
        retry_policy: RetryPolicy | None,
    ) -> None:
        self._library = library
        self._configuration = configuration
        self._log = logger
        self._retry_policy = retry_policy

    def create(self) -> SupportLibraryApi:
        """Make an API; `initialise()` and `start()` it before use. The broker is not contacted yet."""
        return SupportLibraryApi(self._library, self._configuration, self._log, self._retry_policy)


class SupportLibraryBootstrapper:
    """Loads what the library needs into this process."""

    @staticmethod
    def bootstrap(
        streaming_api_configuration: StreamingApiConfiguration,
        logger: ILogger | None = None,
        retry_policy: RetryPolicy | None = None,
    ) -> SupportLibraryApiFactory:
        """Find a .NET runtime, load the native library (once in a process, from any thread), and give a factory.

        The broker is not contacted.

        Args:
            streaming_api_configuration: How to reach the broker.
            logger: Where log lines go; None = the default `Logger`.
            retry_policy: How often `initialise()` tries again when the broker can't be reached; None = not at all.

        Raises:
            ConfigurationError: An argument is not what it should be.
            NativeLoadError: No .NET runtime, librdkafka or native library could be loaded; its text says how
                to mend it.
        """
        from ma_streaming._native.loader import load

        _require_type("streaming_api_configuration", streaming_api_configuration, StreamingApiConfiguration)
        if retry_policy is not None:
            _require_type("retry_policy", retry_policy, RetryPolicy)
        lines = guarded(logger)
        for warning in streaming_api_configuration.warnings:
            lines.warning(warning)
        began = time.monotonic()
        library = load()
        for place in library.passed_over:
            lines.warning(f"passed over while looking for .NET: {place}")
        lines.debug(f".NET from {library.origin}; librdkafka {library.librdkafka}; {time.monotonic() - began:.2f} s")
        return SupportLibraryApiFactory(library, streaming_api_configuration, lines, retry_policy)


def _require_type(name: str, value: object, kind: type) -> None:
    if not isinstance(value, kind):
        raise ConfigurationError(f"{name} is {value!r}; allowed is a {kind.__name__}", subject=name)


def _partitions_of(configuration: StreamingApiConfiguration) -> dict[str, int] | None:
    if configuration.stream_creation_strategy is not StreamCreationStrategy.PARTITION_BASE:
        return None
    return {mapping.stream: mapping.partition for mapping in configuration.partition_mappings}


def _token_callback_of(configuration: StreamingApiConfiguration) -> TokenCallback | None:
    return None if configuration.security is None else configuration.security.oauth_token_callback


def _not_there(name: str, what: str) -> UnsupportedFeatureError:
    return UnsupportedFeatureError(f"{name}(): this version does not have {what}", subject=name)
