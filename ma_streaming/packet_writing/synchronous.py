"""A writer whose calls return once the broker has what they wrote."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, TypeVar

from ma_streaming.packet_writing.models import FullQueuePolicy, InfoType
from ma_streaming.packet_writing.service import PacketWriterService
from ma_streaming.results import ApiResult

if TYPE_CHECKING:
    from ma_streaming.hosting import ServiceHost
    from ma_streaming.packet_writing.array_writer import Arrays
    from ma_streaming.packet_writing.forms import AnyPacket

T = TypeVar("T")


class SynchronousPacketWriterService(PacketWriterService):
    """Write packets, each call waiting for the broker's acknowledgement.

    A successful result means that the broker has stored what the call wrote. A failed one has `DeliveryError` with the
    reason, or `StreamingTimeoutError` where its fate was not known after `timeout_seconds`; should such a packet fail
    later, the call made then says so, with the packet's id. Calls from several threads are made one after the other:
    for more at a time make a writer for each thread, or write batches.
    """

    def __init__(self, host: ServiceHost, full_queue: FullQueuePolicy) -> None:
        super().__init__(host, full_queue)
        self._one_at_a_time = threading.RLock()

    def write_data(self, data_source: str, stream: str, session_key: str, packet_bytes: AnyPacket) -> ApiResult[bool]:
        """Write one packet to a stream, and wait until it is stored."""
        with self._one_at_a_time:
            return self._acknowledged(super().write_data(data_source, stream, session_key, packet_bytes))

    def write_many(
        self,
        data_source: str,
        stream: str,
        session_key: str,
        packets: Iterable[AnyPacket | tuple[str, AnyPacket]],
    ) -> ApiResult[int]:
        """Write packets in order, and wait until all of them are stored.

        The result's data is how many were accepted, counted from the first; a failed result has it too.
        """
        with self._one_at_a_time:
            return self._acknowledged(super().write_many(data_source, stream, session_key, packets))

    def write_info(self, packet_bytes: AnyPacket, info_type: InfoType = InfoType.SESSION_INFO) -> ApiResult[bool]:
        """Write one packet to the session topic, and wait until it is stored."""
        with self._one_at_a_time:
            return self._acknowledged(super().write_info(packet_bytes, info_type))

    def _write_arrays(
        self, names: tuple[str, str, str], parameters: Sequence[str], check: Callable[[int], Arrays]
    ) -> ApiResult[int]:
        with self._one_at_a_time:
            return self._acknowledged(super()._write_arrays(names, parameters, check))

    def _acknowledged(self, written: ApiResult[T]) -> ApiResult[T]:
        if not written.success:
            return written
        flushed = self.flush()
        if flushed.error is None:
            return written
        return ApiResult.failed(flushed.error, written.data)
