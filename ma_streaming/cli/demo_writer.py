"""The demo's writer: a process that writes the session in real time and tells the demo what it wrote."""

from __future__ import annotations

import sys
import time
import uuid
from itertools import count

from google.protobuf.message import Message

from ma_streaming import PacketWriterService, SessionCreationInfo, SessionInfo, SupportLibraryApi
from ma_streaming.cli.demo_channel import ParentChannel, run_process
from ma_streaming.cli.demo_library import support_library
from ma_streaming.cli.demo_plan import NANOSECONDS_PER_SECOND, DataPacket, DemoPlan
from ma_streaming.protos import open_data_pb2
from ma_streaming.testing import packets

_FLUSH_TIMEOUT_SECONDS = 10.0


def write(plan: DemoPlan, channel: ParentChannel) -> None:
    """Write the session when the demo says go, and end it; earlier when the demo says stop.

    Raises:
        StreamingError: Something could not be written.
    """
    with support_library(plan) as api:
        channel.send(type="ready")
        if channel.wait_for_go():
            _write_session(plan, channel, api)


def _write_session(plan: DemoPlan, channel: ParentChannel, api: SupportLibraryApi) -> None:
    """Write what an ATLAS-readable session has, in the order of wire contract 10.1."""
    with (
        api.get_session_manager_api().create_service().unwrap() as sessions,
        api.get_data_format_manager_api().create_service().unwrap() as data_formats,
        api.get_writing_packet_api().create_service().unwrap() as writer,
    ):
        creation = SessionCreationInfo(plan.data_source, plan.session_identifier, details=[("Program", "demo")])
        session = sessions.create_new_session(creation).unwrap()
        channel.send(type="session", session_key=session.session_key)
        output = _SessionOutput(plan, session, writer)
        output.write_to_both_streams(packets.new_session(plan.data_source))
        output.write_to_both_streams(_configuration(plan))
        data_format = data_formats.get_parameter_data_format_id(plan.data_source, [plan.parameter]).unwrap()
        _write_data(output, plan, channel, data_format.data_format_id)
        output.write_to_both_streams(packets.end_of_session(plan.data_source))
        writer.flush(_FLUSH_TIMEOUT_SECONDS).unwrap()
        sessions.end_session(session.data_source, session.session_key).unwrap()


def _configuration(plan: DemoPlan) -> open_data_pb2.ConfigurationPacket:
    name, application = plan.parameter.split(":")
    sine = packets.parameter_definition(
        name, application, minimum=-1.0, maximum=1.0, frequencies_hz=[plan.frequency_hz]
    )
    return packets.configuration(str(uuid.uuid4()), application, [sine])


def _write_data(output: _SessionOutput, plan: DemoPlan, channel: ParentChannel, data_format_id: int) -> None:
    """Write the samples, each packet at the moment at which its last sample would have been measured."""
    packet_ns = plan.samples_per_packet * plan.interval_ns
    started, start_time_ns = time.monotonic(), time.time_ns()
    for number in range(plan.packet_count):
        due = started + (number + 1) * packet_ns / NANOSECONDS_PER_SECOND
        if not channel.wait(due - time.monotonic()):
            return
        if number == 0:
            output.write_to_both_streams(packets.lap("Out Lap", timestamp_ns=start_time_ns, number=1))
        first_ns = start_time_ns + number * packet_ns
        written = output.write_samples(data_format_id, first_ns, plan.values(number))
        channel.send(type="written", packet=written.to_message())


class _SessionOutput:
    """Writes the packets of one session, numbered."""

    def __init__(self, plan: DemoPlan, session: SessionInfo, writer: PacketWriterService) -> None:
        self._plan = plan
        self._session = session
        self._writer = writer
        self._ids = count(1)

    def write_to_both_streams(self, content: Message) -> None:
        """Write what readers need on the main stream and on the data stream."""
        packet = packets.packet(content, session_key=self._session.session_key, packet_id=next(self._ids))
        for stream in ("", self._plan.stream):
            self._write(stream, packet)

    def write_samples(self, data_format_id: int, start_time_ns: int, values: list[float]) -> DataPacket:
        """Write one packet of samples to the data stream and return the record of it."""
        interval_ns, packet_id = self._plan.interval_ns, next(self._ids)
        data = packets.periodic_data(
            data_format_id, start_time_ns=start_time_ns, interval_ns=interval_ns, columns=[values]
        )
        packet = packets.packet(data, session_key=self._session.session_key, packet_id=packet_id)
        clock_ns = time.perf_counter_ns()
        self._write(self._plan.stream, packet)
        return DataPacket.of_samples(
            packet_id=packet_id,
            clock_ns=clock_ns,
            start_time_ns=start_time_ns,
            interval_ns=interval_ns,
            values=values,
            statuses=[open_data_pb2.DATA_STATUS_VALID] * len(values),
        )

    def _write(self, stream: str, packet: open_data_pb2.Packet) -> None:
        session = self._session
        self._writer.write_data(session.data_source, stream, session.session_key, packet).unwrap()


if __name__ == "__main__":
    sys.exit(run_process(write))
