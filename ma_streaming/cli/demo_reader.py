"""The demo's reader: read the session, live in a process of its own or historic in the demo itself."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from threading import Event

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

    Args:
        plan: The session that is read.
        data_formats: Started service that knows the parameters of each data format.
        collect: Called with each packet of samples.
    """

    def __init__(
        self, plan: DemoPlan, data_formats: DataFormatManagementService, collect: Callable[[DataPacket], None]
    ) -> None:
        self._plan = plan
        self._data_formats = data_formats
        self._collect = collect
        self._column_of_format: dict[int, int] = {}
        self._error: StreamingError | None = None
        self._reason = ""
        self._done = Event()

    def subscribe(self, reader: PacketReaderService) -> None:
        """Begin to take a started reader's packets and events."""
        reader.session_reading_completed.subscribe(self._completed)
        reader.failed.subscribe(self._failed)
        reader.set_handler(self)

    def wait(self, go_on: Callable[[], bool], timeout_seconds: float) -> str:
        """Wait until the session has been read, or the time is over, or `go_on` says no.

        Returns:
            Why reading ended; "" if it did not.

        Raises:
            StreamingError: Reading failed.
        """
        deadline = time.monotonic() + timeout_seconds
        while go_on() and not self._done.wait(_POLL_SECONDS) and time.monotonic() < deadline:
            pass
        if self._error is not None:
            raise self._error
        return self._reason

    def handle(self, item: ReceivedPacketDto) -> None:
        """Take one packet."""
        clock_ns = time.perf_counter_ns()
        try:
            packet = open_data_pb2.Packet.FromString(item.packet_bytes.data)
            if packet.type == PERIODIC_DATA:
                data = open_data_pb2.PeriodicDataPacket.FromString(packet.content)
                self._collect(self._data_packet(packet.id, clock_ns, data))
        except StreamingError as error:
            self._failed(self, error)

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

    def _completed(self, _sender: object, session: SessionReadingCompletedInfo) -> None:
        self._reason = session.reason
        self._done.set()

    def _failed(self, _sender: object, error: StreamingError) -> None:
        self._error = error
        self._done.set()


def read_historic(
    plan: DemoPlan, api: SupportLibraryApi, session_key: str, timeout_seconds: float
) -> tuple[list[DataPacket], str]:
    """Read the finished session from its beginning to its end.

    Returns:
        The packets of samples, and why reading ended ("" = it did not within the time).

    Raises:
        StreamingError: Reading failed.
    """
    reading = PacketReadingConfiguration(
        session_key, data_source=plan.data_source, reading_type=PacketReadingType.HISTORIC
    )
    packets: list[DataPacket] = []
    with (
        api.get_data_format_manager_api().create_service().unwrap() as data_formats,
        api.get_reading_packet_api().create_service_with_config(reading).unwrap() as reader,
    ):
        collector = PacketCollector(plan, data_formats, packets.append)
        collector.subscribe(reader)
        reason = collector.wait(lambda: True, timeout_seconds)
    return packets, reason


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
        collector = PacketCollector(
            plan, data_formats, lambda packet: channel.send(type="read", packet=packet.to_message())
        )
        collector.subscribe(reader)
        channel.send(type="ready")
        reason = collector.wait(lambda: not channel.stopped, float("inf"))
        channel.send(type="completed", reason=reason)


if __name__ == "__main__":
    sys.exit(run_process(read_live))
