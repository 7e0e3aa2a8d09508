"""The demo's reader: read the session, live in a process of its own or historic in the demo itself."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue

from ma_streaming import (
    DataFormatManagementService,
    IHandler,
    InvalidPacketError,
    PacketReaderService,
    PacketReadingConfiguration,
    PacketReadingType,
    ReceivedPacketDto,
    SessionReadingCompletedInfo,
    StreamingError,
    SupportLibraryApi,
)
from ma_streaming.cli.demo_channel import ParentChannel, run_process
from ma_streaming.cli.demo_library import support_library
from ma_streaming.cli.demo_plan import PERIODIC_DATA, DataPacket, DemoPlan
from ma_streaming.protos import open_data_pb2

_POLL_SECONDS = 0.1


class PacketCollector(IHandler[ReceivedPacketDto]):
    """Takes the packets of samples out of all that a reader delivers, and notices the end.

    The handler only notes when a packet came. Packets are decoded by the thread that waits, so that what decoding takes
    does not delay the packets behind.

    Args:
        plan: The session that is read.
        data_formats: Started service that knows the parameters of each data format.
    """

    def __init__(self, plan: DemoPlan, data_formats: DataFormatManagementService) -> None:
        self._plan = plan
        self._data_formats = data_formats
        self._column_of_format: dict[int, int] = {}
        self._received: SimpleQueue[tuple[int, ReceivedPacketDto] | SessionReadingCompletedInfo | StreamingError]
        self._received = SimpleQueue()

    def subscribe(self, reader: PacketReaderService) -> None:
        """Begin to take a started reader's packets and events."""
        reader.session_reading_completed.subscribe(lambda _, session: self._received.put(session))
        reader.failed.subscribe(lambda _, error: self._received.put(error))
        reader.set_handler(self)

    def handle(self, item: ReceivedPacketDto) -> None:
        """Take one packet."""
        self._received.put((time.perf_counter_ns(), item))

    def packets(self, go_on: Callable[[], bool]) -> Iterator[DataPacket]:
        """Yield the packets of samples until the session has been read, or `go_on` says no.

        Raises:
            StreamingError: Reading failed.
        """
        while go_on():
            try:
                received = self._received.get(timeout=_POLL_SECONDS)
            except Empty:
                continue
            if isinstance(received, SessionReadingCompletedInfo):
                return
            if isinstance(received, StreamingError):
                raise received
            clock_ns, item = received
            if item.packet.type == PERIODIC_DATA:
                data = open_data_pb2.PeriodicDataPacket.FromString(item.packet.content)
                yield self._data_packet(item.packet.id, clock_ns, data)

    def _data_packet(self, packet_id: int, clock_ns: int, data: open_data_pb2.PeriodicDataPacket) -> DataPacket:
        column = data.columns[self._column(data.data_format.data_format_identifier)]
        samples = column.double_samples.samples
        return DataPacket.of_samples(
            packet_id=packet_id,
            clock_ns=clock_ns,
            start_time_ns=data.start_time,
            interval_ns=data.interval,
            values=[sample.value for sample in samples],
            statuses=[sample.status for sample in samples],
        )

    def _column(self, data_format_id: int) -> int:
        if data_format_id not in self._column_of_format:
            data_format = self._data_formats.get_parameters_list(self._plan.data_source, data_format_id).unwrap()
            if self._plan.parameter not in data_format.parameter_list:
                raise InvalidPacketError(f"data format {data_format_id} lacks {self._plan.parameter}")
            self._column_of_format[data_format_id] = data_format.parameter_list.index(self._plan.parameter)
        return self._column_of_format[data_format_id]


def read_historic(plan: DemoPlan, api: SupportLibraryApi, session_key: str, timeout_seconds: float) -> list[DataPacket]:
    """Read the packets of samples of the finished session, from its beginning to its end.

    Args:
        plan: The session that was written.
        api: The started library.
        session_key: The session's key.
        timeout_seconds: Time after which whatever has been read must do.

    Raises:
        StreamingError: Reading failed.
    """
    reading = PacketReadingConfiguration(
        session_key, data_source=plan.data_source, reading_type=PacketReadingType.HISTORIC
    )
    deadline = time.monotonic() + timeout_seconds
    with (
        api.get_data_format_manager_api().create_service().unwrap() as data_formats,
        api.get_reading_packet_api().create_service_with_config(reading).unwrap() as reader,
    ):
        collector = PacketCollector(plan, data_formats)
        collector.subscribe(reader)
        return list(collector.packets(lambda: time.monotonic() < deadline))


def read_live(plan: DemoPlan, channel: ParentChannel) -> None:
    """Read the session while it is written, and tell the demo each packet at once.

    Raises:
        StreamingError: Reading failed.
    """
    reading = PacketReadingConfiguration(
        data_source=plan.data_source,
        session_identifier_pattern=plan.session_identifier,
        reading_type=PacketReadingType.LIVE,
    )
    with (
        support_library(plan) as api,
        api.get_data_format_manager_api().create_service().unwrap() as data_formats,
        api.get_reading_packet_api().create_service_with_config(reading).unwrap() as reader,
    ):
        collector = PacketCollector(plan, data_formats)
        collector.subscribe(reader)
        channel.send(type="ready")
        for packet in collector.packets(lambda: not channel.stopped):
            channel.send(type="read", packet=packet.to_message())


if __name__ == "__main__":
    sys.exit(run_process(read_live))
