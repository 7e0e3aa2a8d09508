"""Packets going out: one C function call for each packet or batch."""

from __future__ import annotations

import array
import ctypes
from collections.abc import Callable
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ma_streaming._native.errors import CLOSED, ESSENTIALS_FIRST, QUEUE_FULL, call, error_of
from ma_streaming._native.marshal import Fields, delivery_failure_fields, write_report_fields, writer_health_fields
from ma_streaming._native.operations import finish
from ma_streaming._native.python_functions import python_function
from ma_streaming._native.queues import EventQueue
from ma_streaming.errors import StreamingError

if TYPE_CHECKING:
    from ma_streaming._native.arrays import ArrayBatch

WriteFunction = Callable[[int, int, bytes, int], int]
"""Called with writer id, route, packet and its length in bytes; gives 0 or an error code."""

_Write = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_char_p, ctypes.c_int64)
_WriteMany = ctypes.CFUNCTYPE(
    ctypes.c_int,
    ctypes.c_int,
    ctypes.c_void_p,
    ctypes.c_char_p,
    ctypes.c_void_p,
    ctypes.c_int,
    ctypes.POINTER(ctypes.c_int),
)
_WriteArrays = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_void_p)


class WriteRoute(NamedTuple):
    """Where the packets of one stream and session go.

    Attributes:
        number: The route's. The one after it is that of copies for the essentials.
        try_write: Writes one packet and never waits; gives 0 or an error code. `QUEUE_FULL` means that it takes
            `NativeWriter.write`, `ESSENTIALS_FIRST` that it takes that with the route after this one, and then again.
    """

    number: int
    try_write: Callable[[bytes], int]


class OutboundBatch:
    """Packets as one native call takes them.

    Args:
        routes: As many as packets, type "i".
        packets: The packets.
    """

    __slots__ = ("ends", "payload", "routes")

    def __init__(self, routes: array.array[int], packets: list[bytes]) -> None:
        self.routes = routes
        self.payload = b"".join(packets)
        self.ends = array.array("q", accumulate(map(len, packets)))


class NativeWriter:
    """One writer of the native library.

    Args:
        writer: The .NET PacketWriter.
        try_write: Address of the function of Python's C API that writes one packet and never waits.
        write: Address of the C function that writes one packet.
        write_many: Address of the C function that writes a batch.
        write_arrays: Address of the C function that makes packets of arrays and writes them.

    Attributes:
        id: Number of the writer, first argument of `write`.
        write: Write one packet to one topic: a function of (id, route, bytes, length) that gives 0 or an error code. A
            full queue is waited for as long as the writer was made for.
    """

    QUEUE_FULL: Final = QUEUE_FULL
    CLOSED: Final = CLOSED
    ESSENTIALS_FIRST: Final = ESSENTIALS_FIRST

    def __init__(self, writer: Any, try_write: int, write: int, write_many: int, write_arrays: int) -> None:
        self._writer = writer
        self.id: int = call(writer.Id)
        self._try_write = try_write
        self.write: WriteFunction = _Write(write)
        self._write_many = _WriteMany(write_many)
        self._write_arrays = _WriteArrays(write_arrays)
        self.failures = EventQueue(writer.NextFailure, writer.IsClosed, writer.Close, delivery_failure_fields)

    def open_route(self, data_source: str, stream: str, session_key: str) -> WriteRoute:
        """Resolve where packets of a stream and session go.

        Raises:
            StreamingError: A name is not allowed, or the topic can't be made.
        """
        number = int(finish(self._writer.OpenRoute, data_source, stream, session_key, subject=data_source))
        return WriteRoute(number, python_function("try_write", self._try_write, self.id << 32 | number))

    def info_route(self) -> int:
        """Give the route to the session topic."""
        return int(call(self._writer.InfoRoute))

    def write_many(self, batch: OutboundBatch, accepted: int) -> tuple[int, int]:
        """Write packets in one call, each to its route, waiting as `write` does where the queue is full.

        Args:
            batch: The packets.
            accepted: How many of them were accepted before, from the first on.

        Returns:
            Error code, 0 for none, or `ESSENTIALS_FIRST`; and how many packets from the first on are accepted now.
        """
        count = ctypes.c_int(accepted)
        routes, ends = batch.routes.buffer_info()[0], batch.ends.buffer_info()[0]
        code = self._write_many(self.id, routes, batch.payload, ends, len(batch.ends), ctypes.byref(count))
        return code, count.value

    def write_arrays(self, batch: ArrayBatch) -> int:
        """Go on with arrays for at most 100 ms; to be called until all samples are accepted.

        Returns:
            Error code, 0 for none. `QUEUE_FULL` means that there was no room for the next packet, as with `write`.
        """
        return int(self._write_arrays(self.id, batch.pointer))

    def error(self, code: int, subject: str = "") -> StreamingError:
        """Make the error for a code that `write` or `write_many` gave."""
        return error_of(code, call(self._writer.LastError), subject)

    def flush(self, timeout_seconds: float) -> Fields:
        """Wait until everything accepted is delivered or has failed, or the time is over.

        Raises:
            StreamingError: The writer is closed.
        """
        return write_report_fields(finish(self._writer.Flush, int(timeout_seconds * 1000)))

    def statistics(self) -> Fields:
        """Give the writer's counters, as a report."""
        return write_report_fields(call(self._writer.Statistics))

    def health(self) -> Fields:
        """Tell whether packets can be written."""
        return writer_health_fields(call(self._writer.Health))

    def close(self) -> None:
        """Close the writer; later writes give the code `CLOSED`. May be called again."""
        call(self._writer.Close)
