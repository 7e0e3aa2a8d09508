"""Write packets to the streams of a session."""

from __future__ import annotations

import array
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from ma_streaming import arguments
from ma_streaming.contracts import IPacketWriterService
from ma_streaming.errors import DeliveryError, InternalError, StreamingError, StreamingTimeoutError
from ma_streaming.events import EventSource
from ma_streaming.hosting import ModuleApi, ServiceHost
from ma_streaming.packet_writing.array_writer import ArrayWriterService
from ma_streaming.packet_writing.forms import batch_of, bytes_of
from ma_streaming.packet_writing.models import (
    DeliveryFailedInfo,
    FullQueuePolicy,
    InfoType,
    WriteReport,
    WriterHealth,
    WriterState,
    WriterStatistics,
)
from ma_streaming.packets import PacketBytes
from ma_streaming.results import ACCEPTED, ApiResult

if TYPE_CHECKING:
    from ma_streaming._native.outbound import NativeWriter, WriteFunction, WriteRoute
    from ma_streaming._native.pump import Pump
    from ma_streaming.packet_writing.forms import AnyPacket

_LONGEST_SLICE_PACKETS: Final = 100_000
_SLICE_MS: Final = 100  # how long one native call waits for room, so that Ctrl-C is heard


def _not_started(*_: object) -> int:
    raise InternalError("a packet was written through a service that is not started")


_NO_ROUTE: Final[tuple[object, object, object, Any]] = (object(), object(), object(), None)


class PacketWriterService(ArrayWriterService, IPacketWriterService):
    """Write packets.

    A successful result means that the packet is in the client's queue; what becomes of it is told by `flush()`,
    `statistics()` and the event. A full queue is waited for, up to `timeout_seconds` of the configuration, or fails the
    call at once, as the policy says.

    The packets of a stream are stored in the order of the calls that wrote them, whichever calls these are.

    Attributes:
        delivery_failed: Packets that had been accepted were not delivered; `DeliveryFailedInfo`, one for each burst.
            Fires on the service's own thread.
    """

    stop_order = 0

    def __init__(self, host: ServiceHost, full_queue: FullQueuePolicy = FullQueuePolicy.BLOCK) -> None:
        super().__init__(host, full_queue)
        self.delivery_failed: EventSource[DeliveryFailedInfo] = EventSource("delivery_failed", self, host.logger)
        self._pump: Pump[PacketWriterService, dict[str, Any]] | None = None
        # The hot path of write_data needs this, and the routes, of which there are none while it is not started.
        self._last_route = _NO_ROUTE
        self._writer_id = 0
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
        packet = packet_bytes.data if type(packet_bytes) is PacketBytes else packet_bytes
        if type(packet) is bytes:
            code = route.try_write(packet)
            return self._write_again(route, packet, code) if code else ACCEPTED
        try:
            return self._put(route, bytes_of(packet))
        except StreamingError as error:
            return ApiResult.failed(error)

    def write_many(
        self,
        data_source: str,
        stream: str,
        session_key: str,
        packets: Iterable[AnyPacket | tuple[str, AnyPacket]],
    ) -> ApiResult[int]:
        """Write packets in order, in one native call where the queue has room.

        Args:
            data_source: The data source.
            stream: The stream of all packets that are not given with one of their own.
            session_key: The session.
            packets: Packets, or pairs of a stream and a packet.

        Returns:
            How many packets were accepted, counted from the first; a failed result has that too.
        """
        why = self._why_not_started()
        if why is not None:
            return ApiResult.failed(why, 0)
        accepted = 0
        try:
            batch, streams = batch_of(packets, stream)
            routes = array.array("i", (self._route(data_source, each, session_key).number for each in streams))
            if len(routes) < len(batch):
                routes *= len(batch)
            while accepted < len(batch):
                part = slice(accepted, accepted + _LONGEST_SLICE_PACKETS)
                accepted += self._write_slice(routes[part], batch[part])
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
            packet = bytes_of(packet_bytes)
            return self._write_waiting(self._require_native().info_route(), packet).unwrap()

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

    def health(self) -> ApiResult[WriterHealth]:
        """Tell whether packets can be written at this moment, and what is wrong where they can't."""

        def look() -> WriterHealth:
            found = self._require_native().health()
            return WriterHealth(WriterState(found["state"]), found["reason"], found["fatal_errors"])

        return self._answer(look)

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
            packet = bytes_of(packet_bytes)
            return self._put(self._route(data_source, stream, session_key), packet).unwrap()

        return self._answer(write)

    def _put(self, route: WriteRoute, packet: bytes) -> ApiResult[bool]:
        code = route.try_write(packet)
        return self._write_again(route, packet, code) if code else ACCEPTED

    def _write_again(self, route: WriteRoute, packet: bytes, code: int) -> ApiResult[bool]:
        """Do what could not be done at once: wait for room, or write to the essentials first; or give the error."""
        native = self._native
        if native is None:
            return ApiResult.failed(self._why_not_started() or InternalError("the writer has no native side"))
        if code == native.ESSENTIALS_FIRST:
            return self._write_essential(route.number, packet)
        return self._write_waiting(route.number, packet) if code == native.QUEUE_FULL else self._failed(native, code)

    def _write_essential(self, route: int, packet: bytes) -> ApiResult[bool]:
        """Write a packet to the essentials, and then to its stream (wire contract 5)."""
        first = self._write_waiting(route + 1, packet)
        if not first.success:
            return first
        second = self._write_waiting(route, packet)
        if second.error is None:
            return second
        second.error.args = (f"{second.error}; the packet's copy in the essentials is on its way nevertheless",)
        return ApiResult.failed(second.error)

    def _write_waiting(self, route: int, packet: bytes) -> ApiResult[bool]:
        """Write a packet to one topic; wait for room where that is the policy, until the time is over."""
        native = self._require_native()
        deadline = time.monotonic() + self._room_seconds
        code = self._write(self._writer_id, route, packet, len(packet))
        while code == native.QUEUE_FULL and time.monotonic() < deadline and self.is_started:
            code = self._write(self._writer_id, route, packet, len(packet))
        return self._failed(native, code) if code else ACCEPTED

    def _write_slice(self, routes: array.array[int], packets: list[bytes]) -> int:
        """Write all of `packets`, waiting while the queue is full.

        Raises:
            _PartlyWrittenError: Not all of them could be written.
        """
        from ma_streaming._native.outbound import OutboundBatch

        native = self._require_native()
        batch, done = OutboundBatch(routes, packets), 0
        deadline = time.monotonic() + self._room_seconds
        while done < len(packets):
            before = done
            code, done = native.write_many(batch, done)
            if code == native.ESSENTIALS_FIRST:
                result = self._write_essential(routes[done], packets[done])
                if result.error is not None:
                    raise _PartlyWrittenError(result.error, done)
                done += 1
            elif code and (code != native.QUEUE_FULL or time.monotonic() >= deadline or not self.is_started):
                raise _PartlyWrittenError(self._error(native, code), done)
            if done > before:
                deadline = time.monotonic() + self._room_seconds
        return done

    def _failed(self, native: NativeWriter, code: int) -> ApiResult[bool]:
        return ApiResult.failed(self._error(native, code))

    def _on_initialise(self) -> None:
        self._host.require_client(started=False)

    def _on_start(self) -> None:
        from ma_streaming._native.pump import Pump

        native = self._host.require_client(started=True).create_writer(_SLICE_MS if self._waits_for_room else 0)
        self._native, self._writer_id = native, native.id
        self._write = native.write
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

    def create_service(
        self, *, full_queue: FullQueuePolicy = FullQueuePolicy.BLOCK, sync: bool = False
    ) -> ApiResult[PacketWriterService]:
        """Make a service; `initialise()` and `start()` it before use.

        Args:
            full_queue: What a write does when the client's queue is full.
            sync: Whether each write waits until the broker has stored it, see `SynchronousPacketWriterService`. That is
                one round trip to the broker for each call.
        """
        from ma_streaming.packet_writing.synchronous import SynchronousPacketWriterService

        def make() -> PacketWriterService:
            kind = SynchronousPacketWriterService if sync else PacketWriterService
            return kind(self._host, arguments.instance("full_queue", full_queue, FullQueuePolicy))

        return self._make(make)


class _PartlyWrittenError(Exception):
    """Carries what stopped a batch, and how far it got."""

    def __init__(self, error: StreamingError, accepted: int) -> None:
        super().__init__(str(error))
        self.error = error
        self.accepted = accepted
