"""Handing packets to the handlers that users have set: the loop that runs for every packet."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeVar

from ma_streaming.events import HandlerFailures
from ma_streaming.packet_reading.inbox import Inbox, Packets, StreamTable
from ma_streaming.packet_reading.models import ReceivedPacketDto
from ma_streaming.packets import PacketBytes

if TYPE_CHECKING:
    from ma_streaming.logger import ILogger

Handle = Callable[[ReceivedPacketDto], object]
Made = TypeVar("Made")

_OCCASION: Final = "while it was given a packet"

# How many references there are to an object. From Python 3.14 on that doesn't tell whether somebody keeps it.
_references: Callable[[object], int] = sys.getrefcount if sys.version_info < (3, 14) else lambda _: -1
_OURS: Final = 2  # a local variable, and the argument of the question
_OURS_AND_ITS_PACKETS: Final = 3


def received(packets: Packets, count: int, streams: StreamTable) -> list[ReceivedPacketDto]:
    """Give up to `count` of these packets, all of them new objects."""
    make: Callable[[type[Made]], Made] = object.__new__
    payload = packets.payload
    batch: list[ReceivedPacketDto] = []
    for index, time_ms, start, end in islice(packets.records, count):
        # What ReceivedPacketDto(...) does, in two thirds of the time.
        dto, packet_bytes = make(ReceivedPacketDto), make(PacketBytes)
        packet_bytes.data = payload[start:end]
        dto.packet_bytes = packet_bytes
        dto.data_source, dto.session_key, dto.stream = streams[index]
        dto._submit_time_ms = time_ms  # noqa: SLF001
        dto._packet = None  # noqa: SLF001
        batch.append(dto)
    return batch


class PacketHandlers:
    """The packet handlers of one reader.

    Args:
        failures: Counts what handlers raise.
        logger: For warnings.

    Attributes:
        epoch: Replaced whenever handlers, mode or state change, so that loops over packets need one comparison only.
        without_handler: Packets that were handed on while no handler was set.
    """

    def __init__(self, failures: HandlerFailures, logger: ILogger) -> None:
        self._failures = failures
        self._log = logger
        self._lock = threading.Lock()
        self._handlers: tuple[tuple[object, Handle], ...] = ()
        self.epoch = object()
        self.without_handler = 0

    def add(self, handler: object, handle: Handle) -> None:
        """Hand packets to `handle`, too."""
        with self._lock:
            self._handlers = (*self._handlers, (handler, handle))
            self.epoch = object()

    def remove(self, handler: object) -> bool:
        """Hand packets no longer to `handler`; False where it was not set."""
        with self._lock:
            for position, (known, _) in enumerate(self._handlers):
                if known == handler:
                    self._handlers = self._handlers[:position] + self._handlers[position + 1 :]
                    self.epoch = object()
                    return True
        return False

    def interrupt(self) -> None:
        """Have loops over packets stop and look at the state of things."""
        self.epoch = object()

    def hand_on(self, inbox: Inbox, packets: Packets) -> bool:
        """Give packets to the handlers; False when handlers, mode or state changed before all were given."""
        epoch, handlers = self.epoch, self._handlers  # in this order: a change in between is seen below
        if len(handlers) != 1:
            return self._hand_on_to_all(inbox, packets)
        (handler, handle), streams, payload = handlers[0], inbox.streams, packets.payload
        make: Callable[[type[Made]], Made] = object.__new__
        dto, packet_bytes = make(ReceivedPacketDto), make(PacketBytes)
        for index, time_ms, start, end in packets.records:
            # What ReceivedPacketDto(...) does, in a third of the time. Handlers seldom keep a packet: one that nobody
            # has kept serves for the next, too.
            if _references(dto) != _OURS:
                dto, packet_bytes = make(ReceivedPacketDto), make(PacketBytes)
            elif _references(packet_bytes) > _OURS_AND_ITS_PACKETS:
                packet_bytes = make(PacketBytes)
            packet_bytes.data = payload[start:end]
            dto.packet_bytes = packet_bytes
            dto.data_source, dto.session_key, dto.stream = streams[index]
            dto._submit_time_ms = time_ms  # noqa: SLF001
            dto._packet = None  # noqa: SLF001
            try:
                handle(dto)
            except BaseException as error:  # noqa: BLE001 - users' code; logged with its traceback
                self._failures.record(handler, _OCCASION, error)
            if self.epoch is not epoch:
                return False
        return True

    def _hand_on_to_all(self, inbox: Inbox, packets: Packets) -> bool:
        """Do the same for any number of handlers."""
        epoch, handlers = self.epoch, self._handlers  # in this order: a change in between is seen below
        for index, time_ms, start, end in packets.records:
            dto = ReceivedPacketDto(*inbox.streams[index], time_ms, packets.payload[start:end])
            if not handlers:
                self._count_without_handler(dto)
            for handler, handle in handlers:
                try:
                    handle(dto)
                except BaseException as error:  # noqa: BLE001 - as above
                    self._failures.record(handler, _OCCASION, error)
            if self.epoch is not epoch:
                return False
        return True

    def _count_without_handler(self, dto: ReceivedPacketDto) -> None:
        self.without_handler += 1
        if self.without_handler == 1:
            self._log.warning(
                f"Packets of session {dto.session_key!r} come without a packet handler, so they are passed over: call "
                "set_handler() within 250 ms of subscribing to events"
            )
