"""Write packets to the streams of a session."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from ma_streaming import arguments
from ma_streaming.errors import (
    DeliveryError,
    InternalError,
    InvalidArgumentError,
    StreamingError,
    StreamingTimeoutError,
)
from ma_streaming.events import EventSource
from ma_streaming.hosting import HostedService, ModuleApi, ServiceHost
from ma_streaming.packet_writing.models import DeliveryFailedInfo, InfoType, WriteReport, WriterStatistics
from ma_streaming.packets import PacketBytes
from ma_streaming.results import ACCEPTED, ApiResult

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from ma_streaming._native.outbound import NativeWriter, WriteFunction
    from ma_streaming._native.pump import Pump

    AnyPacket = PacketBytes | bytes | Message

_PACKET_MESSAGE: Final = "ma.streaming.open_data.v1.Packet"
_LONGEST_SLICE_PACKETS: Final = 100_000
_NO_ROUTE: Final[tuple[object, object, object, int]] = (object(), object(), object(), -1)
_TOO_LONG_TO_TRY: Final = 2**30  # bytes; no broker takes that much


def _not_started(writer: int, route: int, packet: bytes, length: int) -> int:  # noqa: ARG001 - stands in for the native call
    raise InternalError("a packet was written through a service that is not started")


class PacketWriterService(HostedService):
    """Write packets.

    A successful result means that the packet is in the client's queue; what becomes of it is told by `flush()`,
    `statistics()` and the event. A full queue is waited for, up to `timeout_seconds` of the configuration.

    Attributes:
        delivery_failed: Packets that had been accepted were not delivered; `DeliveryFailedInfo`, one for each burst.
            Fires on the service's own thread.
    """

    stop_order = 0

    def __init__(self, host: ServiceHost) -> None:
        super().__init__(host)
        self.delivery_failed: EventSource[DeliveryFailedInfo] = EventSource("delivery_failed", self, host.logger)
        self._native: NativeWriter | None = None
        self._pump: Pump[PacketWriterService, dict[str, Any]] | None = None
        # The hot path of write_data needs these only. While the service is not started there are no routes.
        self._routes: dict[tuple[str, str, str], int] = {}
        self._last_route = _NO_ROUTE
        self._writer_id = 0
        self._try_write: WriteFunction = _not_started
        self._write: WriteFunction = _not_started

    def write_data(self, data_source: str, stream: str, session_key: str, packet_bytes: AnyPacket) -> ApiResult[bool]:
        """Write one packet to a stream; "" is the main stream.

        An essential packet goes to the data source's essentials too, and first (wire contract 5).
        """
        last = self._last_route
        if last[0] is session_key and last[1] is stream and last[2] is data_source:
            route = last[3]
        else:
            try:
                route = self._routes[data_source, stream, session_key]
            except (KeyError, TypeError):
                return self._write_first(data_source, stream, session_key, packet_bytes)
            self._last_route = (session_key, stream, data_source, route)
        if type(packet_bytes) is bytes:
            packet = packet_bytes
        elif type(packet_bytes) is PacketBytes:
            packet = packet_bytes.data
        else:
            return self._write_message(route, packet_bytes)
        length = len(packet)
        write = self._try_write if length < _TOO_LONG_TO_TRY else self._write
        code = write(self._writer_id, route, packet, length)
        return self._write_again(route, packet, code) if code else ACCEPTED

    def write_many(
        self, data_source: str, stream: str, session_key: str, packets: Iterable[AnyPacket]
    ) -> ApiResult[int]:
        """Write packets to a stream in order, in one native call where the queue has room.

        The result's data is how many packets were accepted, counted from the first; a failed result has it too.
        """
        why = self._why_not_started()
        if why is not None:
            return ApiResult.failed(why, 0)
        accepted = 0
        try:
            batch = _bytes_of_all(packets)
            route = self._route(data_source, stream, session_key)
            while accepted < len(batch):
                accepted += self._write_slice(route, batch[accepted : accepted + _LONGEST_SLICE_PACKETS])
        except _PartlyWrittenError as partly:
            return ApiResult.failed(partly.error, accepted + partly.accepted)
        except StreamingError as error:
            return ApiResult.failed(error.with_traceback(None), accepted)
        return ApiResult.succeeded(accepted)

    def write_info(self, packet_bytes: AnyPacket, info_type: InfoType = InfoType.SESSION_INFO) -> ApiResult[bool]:
        """Write one packet to the session topic, under the session key that it holds.

        The broker has one place for all info packets, so `info_type` is checked and not stored (wire contract 5).
        """

        def write() -> bool:
            if info_type not in tuple(InfoType):
                raise arguments.refuse("info_type", info_type, "one of " + ", ".join(map(str, InfoType)))
            packet = _bytes_of(packet_bytes)
            native = self._require_native()
            route = native.info_route()
            code = self._write(self._writer_id, route, packet, len(packet))
            return (self._write_again(route, packet, code) if code else ACCEPTED).unwrap()

        return self._answer(write)

    def flush(self, timeout_seconds: float | None = None) -> ApiResult[WriteReport]:
        """Wait until everything accepted so far is delivered or has failed.

        Args:
            timeout_seconds: How long to wait at most; None = `timeout_seconds` of the configuration.

        Returns:
            The report; failed with `DeliveryError` where records failed that no earlier `flush()` has reported, and
            with `StreamingTimeoutError` where the time was over before all fates were known. A failed one has the
            report, too.
        """
        why = self._why_not_started()
        if why is not None:
            return ApiResult.failed(why)
        try:
            given = self._timeout_seconds if timeout_seconds is None else timeout_seconds
            return self._flush(arguments.seconds("timeout_seconds", given))
        except StreamingError as error:
            return ApiResult.failed(error.with_traceback(None))

    def statistics(self) -> ApiResult[WriterStatistics]:
        """Give the counters of this writer."""

        def count() -> WriterStatistics:
            found = self._require_native().statistics()
            return WriterStatistics(**{name: found[name] for name in ("accepted", "delivered", "failed", "in_flight")})

        return self._answer(count)

    def _flush(self, timeout_seconds: float) -> ApiResult[WriteReport]:
        report = WriteReport(**self._require_native().flush(timeout_seconds))
        if report.newly_failed:
            reasons = "; ".join(report.failures)
            text = f"{report.newly_failed:,} records were not delivered: {reasons}"
            return ApiResult.failed(DeliveryError(text), report)
        if report.in_flight:
            text = f"{report.in_flight:,} records were not yet delivered after {timeout_seconds:g} s"
            return ApiResult.failed(StreamingTimeoutError(text), report)
        return ApiResult.succeeded(report)

    def _write_first(self, data_source: str, stream: str, session_key: str, packet_bytes: AnyPacket) -> ApiResult[bool]:
        """Write the first packet of a route, or say why it can't be written."""

        def write() -> bool:
            packet = _bytes_of(packet_bytes)
            route = self._route(data_source, stream, session_key)
            code = self._write(self._writer_id, route, packet, len(packet))
            return (self._write_again(route, packet, code) if code else ACCEPTED).unwrap()

        return self._answer(write)

    def _write_message(self, route: int, packet_bytes: AnyPacket) -> ApiResult[bool]:
        try:
            packet = _bytes_of(packet_bytes)
        except StreamingError as error:
            return ApiResult.failed(error)
        code = self._write(self._writer_id, route, packet, len(packet))
        return self._write_again(route, packet, code) if code else ACCEPTED

    def _write_again(self, route: int, packet: bytes, code: int) -> ApiResult[bool]:
        """Try again while the queue is full and there is time; otherwise give the error."""
        native = self._native
        if native is None:
            return ApiResult.failed(self._why_not_started() or InternalError("the writer has no native side"))
        deadline = time.monotonic() + self._timeout_seconds
        while code == native.QUEUE_FULL and time.monotonic() < deadline and self.is_started:
            code = self._write(self._writer_id, route, packet, len(packet))
        return ApiResult.failed(self._error(native, code)) if code else ACCEPTED

    def _write_slice(self, route: int, packets: list[bytes]) -> int:
        """Write all of `packets`, waiting while the queue is full.

        Raises:
            _PartlyWrittenError: Not all of them could be written.
        """
        native = self._require_native()
        done = 0
        deadline = time.monotonic() + self._timeout_seconds
        while True:
            code, accepted = native.write_many(route, packets[done:] if done else packets)
            done += accepted
            if not code:
                return done
            if accepted:
                deadline = time.monotonic() + self._timeout_seconds
            if code != native.QUEUE_FULL or time.monotonic() >= deadline or not self.is_started:
                raise _PartlyWrittenError(self._error(native, code), done)

    def _error(self, native: NativeWriter, code: int) -> StreamingError:
        error = native.error(code)
        if code == native.QUEUE_FULL:
            error.args = (f"{error} and stayed so for {self._timeout_seconds:g} s",)
        return self._why_not_started() or error if code == native.CLOSED else error

    def _route(self, data_source: str, stream: str, session_key: str) -> int:
        key = (
            arguments.text("data_source", data_source),
            arguments.text("stream", stream, empty_allowed=True),
            arguments.text("session_key", session_key),
        )
        route = self._routes.get(key)
        if route is None:
            route = self._require_native().open_route(*key)
            if self.is_started:
                self._routes[key] = route
        return route

    def _require_native(self) -> NativeWriter:
        if self._native is None:
            raise InternalError("the packet writer is started but has no native side")
        return self._native

    def _on_initialise(self) -> None:
        self._host.require_client(started=False)

    def _on_start(self) -> None:
        from ma_streaming._native.pump import Pump

        native = self._host.require_client(started=True).create_writer()
        self._native, self._writer_id = native, native.id
        self._try_write, self._write = native.try_write, native.write
        self._pump = Pump(
            f"ma-streaming writer {self.id}",
            self,
            native.failures.take,
            PacketWriterService._deliver,
            native.close,
            self._log,
        )

    def _on_stop(self) -> None:
        self._routes, self._last_route = {}, _NO_ROUTE
        native = self._native
        if native is None:
            return
        try:
            result = self._flush(self._stop_timeout_seconds)
            if not result.success:
                self._log.error(f"While the packet writer was stopped: {result.message}")
        finally:
            native.close()
        if self._pump is not None and not self._pump.finish(self._stop_timeout_seconds) and not self._is_own_thread():
            self._log.error("A handler of delivery_failed is still running; it goes on in the background")

    def _is_own_thread(self) -> bool:
        return self._pump is not None and self._pump.is_current_thread

    def _abandon(self, cause: StreamingError) -> None:
        super()._abandon(cause)
        self._routes, self._last_route = {}, _NO_ROUTE

    def _deliver(self, failure: dict[str, Any]) -> None:
        info = DeliveryFailedInfo(**failure)
        self._log.error(f"{info.failed:,} records for topic {info.topic!r} were not delivered: {info.reason}")
        self.delivery_failed.fire(info)


class PacketWritingModuleApi(ModuleApi):
    """Makes packet writer services."""

    def create_service(self) -> ApiResult[PacketWriterService]:
        """Make a service; `initialise()` and `start()` it before use."""
        return self._make(lambda: PacketWriterService(self._host))


class _PartlyWrittenError(Exception):
    """Carries what stopped a batch, and how far it got."""

    def __init__(self, error: StreamingError, accepted: int) -> None:
        super().__init__(str(error))
        self.error = error
        self.accepted = accepted


def _bytes_of(packet: object) -> bytes:
    """Give the bytes of a packet, whichever of its three forms it has.

    Raises:
        InvalidArgumentError: It is something else.
    """
    if isinstance(packet, bytes):
        return bytes(packet)
    if isinstance(packet, PacketBytes):
        return packet.data
    descriptor = getattr(packet, "DESCRIPTOR", None)
    if getattr(descriptor, "full_name", None) == _PACKET_MESSAGE:
        return bytes(packet.SerializeToString())  # type: ignore[attr-defined]
    raise InvalidArgumentError(
        f"packet_bytes is a {type(packet).__name__}; allowed is PacketBytes, bytes or a protobuf Packet",
        subject="packet_bytes",
    )


def _bytes_of_all(packets: Iterable[object]) -> list[bytes]:
    if isinstance(packets, (str, bytes, PacketBytes)) or not isinstance(packets, Iterable):
        raise InvalidArgumentError(
            f"packets is a {type(packets).__name__}; allowed is a list of packets", subject="packets"
        )
    return [packet if type(packet) is bytes else _bytes_of(packet) for packet in packets]
