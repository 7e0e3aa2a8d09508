"""What all services that deliver packets have in common: handlers, iteration, batches, counters."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from ma_streaming import arguments
from ma_streaming._native.client import ReaderOptions
from ma_streaming._native.errors import error_of
from ma_streaming.columns.statistics import ColumnStatistics
from ma_streaming.errors import InternalError, InvalidArgumentError, StreamingError
from ma_streaming.events import EventSource, HandlerFailures, describe
from ma_streaming.hosting import HostedService, ServiceHost
from ma_streaming.packet_reading.handlers import Handle
from ma_streaming.packet_reading.models import IHandler, ReaderStatistics, ReceivedPacketDto, StreamStatistics
from ma_streaming.packet_reading.pulling import PullDelivery
from ma_streaming.results import ApiResult

if TYPE_CHECKING:
    from ma_streaming._native.blocks import NativeReader

AnyHandler = IHandler[ReceivedPacketDto] | Handle

_FAILED: Final = 8


class ReadingService(HostedService):
    """Base of the services that deliver packets.

    Attributes:
        failed: Reading failed; the `StreamingError`. Not for failures that whoever iterates gets raised.
    """

    stop_order = 1

    def __init__(self, host: ServiceHost, options: ReaderOptions) -> None:
        super().__init__(host)
        self._options = options
        self._failures = HandlerFailures(host.logger)
        self._delivery = PullDelivery(self, self._failures, host.logger)
        self._native: NativeReader | None = None
        self.failed: EventSource[StreamingError] = self._event("failed")

    def set_handler(self, handler: AnyHandler) -> None:
        """Give every packet to `handler`, too: an object with a method `handle(item)`, or a function.

        Raises:
            InvalidArgumentError: It is neither.
        """
        handle = getattr(handler, "handle", None)
        chosen = handle if callable(handle) else handler
        if not callable(chosen):
            raise InvalidArgumentError(
                f"set_handler() was given {handler!r}; it needs an object with a method handle(item), or a function",
                subject="handler",
            )
        self._delivery.handlers.add(handler, chosen)
        self._delivery.arm()

    def add_handler(self, handler: AnyHandler) -> None:
        """Do the same as `set_handler`.

        Raises:
            InvalidArgumentError: It is neither an object with a method `handle(item)` nor a function.
        """
        self.set_handler(handler)

    def remove_handler(self, handler: AnyHandler) -> None:
        """Give packets no longer to `handler`. One that was not set is left alone, with a warning."""
        if not self._delivery.handlers.remove(handler):
            self._log.warning(f"remove_handler() was given {describe(handler)}, which was not set")

    def __iter__(self) -> Iterator[ReceivedPacketDto]:
        """Pull packets one by one. It ends by itself after a historic read, and when the service is stopped.

        Raises:
            LifecycleError: The service is not started.
            StreamingError: Reading failed; for instance `StreamingTimeoutError`, see `raise_exception_on_timeout`.
        """
        self._require_started()
        return self._delivery.iterate(self)

    def read_batch(self, max_packets: int = 1000, timeout_seconds: float = 1.0) -> list[ReceivedPacketDto]:
        """Pull packets: wait for the first one, then take what is there without waiting any longer.

        Args:
            max_packets: How many to take at most.
            timeout_seconds: How long to wait for the first one.

        Returns:
            The packets; an empty list when none came in time, or when everything is read (see `is_completed`).

        Raises:
            LifecycleError: The service is not started.
            InvalidArgumentError: An argument is not allowed.
            StreamingError: Reading failed.
        """
        self._require_started()
        count = arguments.integer("max_packets", max_packets, minimum=1, maximum=2**31 - 1)
        timeout = arguments.seconds("timeout_seconds", timeout_seconds)
        return self._delivery.read_batch(count, timeout)

    @property
    def is_completed(self) -> bool:
        """True when everything was read and delivered, and nothing more will come."""
        return self._delivery.is_completed

    def position(self) -> dict[str, int]:
        """Tell from where a later reader has to go on to get what this one has not handed out: see `start_from`.

        Called in a packet handler, it counts the packet that the handler has in hand as handed out. Called elsewhere it
        does not count one whose handler has not returned yet. It can be asked for after `stop()`, too.

        Returns:
            Offset of the next record by "topic:partition", of every partition that was read; fit for JSON.

        Raises:
            LifecycleError: The service was never started.
        """
        return self._delivery.position()

    def statistics(self) -> ApiResult[ReaderStatistics]:
        """Give the counters of this reader."""

        def count() -> ReaderStatistics:
            if self._native is None:
                raise InternalError("the packet reader is started but has no native side")
            counted = self._native.statistics()
            streams = tuple(StreamStatistics(**each) for each in counted.pop("streams"))
            columns = self._native.column_statistics()
            counted["queued_packets"] += self._delivery.waiting
            return ReaderStatistics(
                **counted,
                lag=sum(each.lag for each in streams),
                streams=streams,
                handler_seconds=self._delivery.handler_seconds,
                without_handler=self._delivery.handlers.without_handler,
                handler_errors=self._failures.count,
                columns=None if columns is None else ColumnStatistics(**columns),
            )

        return self._answer(count)

    def fire_event(self, event: dict[str, Any]) -> StreamingError | None:
        """Fire an event of the native library. For the delivery, not for users.

        Returns:
            The error, where the event tells of a failure; it is not fired.
        """
        if event["kind"] == _FAILED:
            return error_of(event["error_code"], event["message"], event["session_key"])
        self._fire(event)
        return None

    def fire_failed(self, error: StreamingError) -> None:
        """Fire the event `failed`. For the delivery, not for users."""
        self._log.error(f"Reading failed: {error}")
        self.failed.fire(error)

    @abstractmethod
    def _fire(self, event: dict[str, Any]) -> None:
        """Fire what the service tells of an event of the native library."""

    def _event(self, name: str) -> EventSource[Any]:
        return EventSource(name, self, self._log, failures=self._failures, subscribed=self._delivery.arm)

    def _require_started(self) -> None:
        why = self._why_not_started()
        if why is not None:
            raise why

    def _on_initialise(self) -> None:
        self._host.require_client(started=False)

    def _on_start(self) -> None:
        client = self._host.require_client(started=True)
        native = client.create_reader(self._options)
        try:
            native.start(self._require_going_on)
        except BaseException:
            native.stop(self._stop_timeout_seconds)
            native.close()
            raise
        self._native = native
        name = f"ma-streaming reader {self.id}"
        self._delivery.begin(native, name, acknowledges=bool(self._options.group_id))

    def _on_stop(self) -> None:
        self._delivery.stop(self._stop_timeout_seconds)

    def _is_own_thread(self) -> bool:
        return self._delivery.is_current_thread

    def _abandon(self, cause: StreamingError) -> None:
        super()._abandon(cause)
        self._delivery.abandon()
