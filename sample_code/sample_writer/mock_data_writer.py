"""Write one session as ATLAS wants to read it."""

import logging
import time
import uuid
from dataclasses import dataclass

from packet_id_generator import PacketIdGenerator
from periodic_packet_generator import NANOSECONDS_PER_SECOND, PeriodicPacketGenerator

from ma_streaming import (
    DataFormatManagementService,
    PacketBytes,
    PacketWriterService,
    SessionCreationInfo,
    SessionInfo,
    SessionManagementService,
)
from ma_streaming.protos import open_data_pb2

MAIN_STREAM = ""
RECORDER_ATTACH_SECONDS = 1.0
FLUSH_TIMEOUT_SECONDS = 10.0

log = logging.getLogger("sample_writer")


@dataclass(frozen=True)
class WriterOptions:
    """What to write.

    Attributes:
        data_source: Data source of the session.
        stream: Name of the data stream.
        session_identifier: Name of the session, shown by ATLAS.
        parameter: Identifier of the parameter, `Name:Application`.
        frequency_hz: Samples per second.
        packet_seconds: Time that one packet of samples covers.
        duration_seconds: How long to write.
    """

    data_source: str
    stream: str
    session_identifier: str
    parameter: str
    frequency_hz: float
    packet_seconds: float
    duration_seconds: float


class MockDataWriter:
    """Write a session with one sine wave in real time.

    Recorders read each stream on its own. So whatever they need to understand the data (NewSession, Configuration,
    laps, EndOfSession) goes to the main stream and to the data stream.

    Args:
        session_service: Started service that creates and ends the session.
        data_format_service: Started service that knows the ids of data formats.
        writer_service: Started service that writes the packets.
        options: What to write.
    """

    def __init__(
        self,
        session_service: SessionManagementService,
        data_format_service: DataFormatManagementService,
        writer_service: PacketWriterService,
        options: WriterOptions,
    ) -> None:
        self._session_service = session_service
        self._data_format_service = data_format_service
        self._writer_service = writer_service
        self._options = options
        self._packet_ids = PacketIdGenerator()

    def write_session(self) -> None:
        """Write a whole session, from its creation to its end. Ctrl-C ends it early, but properly.

        Raises:
            StreamingError: Something could not be written.
            KeyboardInterrupt: Ctrl-C was pressed; the session has been ended.
        """
        session = self._create_session()
        try:
            log.info("Session '%s' created, key %s", session.identifier, session.session_key)
            self._announce(session)
            self._write_data(session)
        except KeyboardInterrupt:
            log.info("Interrupted")
            self._end_session(session)
            raise
        self._end_session(session)

    def _create_session(self) -> SessionInfo:
        # With its identifier from the start: recorders wait until a session has one.
        creation = SessionCreationInfo(
            data_source=self._options.data_source,
            identifier=self._options.session_identifier,
            type="Session",
            version=1,
            details=[("Driver", "Sample Driver"), ("Car", "Sample Car")],
        )
        return self._session_service.create_new_session(creation).unwrap()

    def _announce(self, session: SessionInfo) -> None:
        new_session = open_data_pb2.NewSessionPacket(
            data_source=session.data_source,
            utc_offset=session.utc_offset,
            session_info=open_data_pb2.SessionInfoPacket(
                data_source=session.data_source,
                identifier=session.identifier,
                type=session.type,
                version=session.version,
                details=session.details,
                associate_session_keys=session.associate_session_keys,
            ),
        )
        self._write_to_both_streams(session, "NewSession", new_session.SerializeToString())
        time.sleep(RECORDER_ATTACH_SECONDS)  # recorders need a moment to find the session
        configuration = self._configuration().SerializeToString()
        self._write_to_both_streams(session, "Configuration", configuration, is_essential=True)

    def _configuration(self) -> open_data_pb2.ConfigurationPacket:
        name, application = self._options.parameter.split(":", 1)
        parameter = open_data_pb2.ParameterDefinition(
            identifier=self._options.parameter,
            name=name,
            application_name=application,
            description="A sine wave",
            data_type=open_data_pb2.DATA_TYPE_FLOAT64,
            format_string="%5.2f",
            min_value=-1.0,
            max_value=1.0,
            warning_min_value=-1.0,
            warning_max_value=1.0,
            frequencies=[self._options.frequency_hz],
        )
        # Exactly one group at the top: with more of them ATLAS shows no parameters at all.
        group = open_data_pb2.GroupDefinition(
            identifier=application, name=application, application_name=application, description="Sample application"
        )
        return open_data_pb2.ConfigurationPacket(
            config_id=str(uuid.uuid4()),  # never the same twice: equal ids of two sessions would collide
            parameter_definitions=[parameter],
            group_definitions=[group],
        )

    def _write_data(self, session: SessionInfo) -> None:
        parameters = [self._options.parameter]
        data_format = self._data_format_service.get_parameter_data_format_id(session.data_source, parameters).unwrap()
        started, start_time_ns = time.monotonic(), time.time_ns()
        generator = PeriodicPacketGenerator(
            session_key=session.session_key,
            data_format_id=data_format.data_format_id,
            packet_ids=self._packet_ids,
            start_time_ns=start_time_ns,
            frequency_hz=self._options.frequency_hz,
            packet_seconds=self._options.packet_seconds,
        )
        log.info("Writing %s at %g Hz, Ctrl-C ends the session", self._options.parameter, self._options.frequency_hz)
        packet_seconds = generator.packet_duration_ns / NANOSECONDS_PER_SECOND
        for number in range(1, max(1, round(self._options.duration_seconds / packet_seconds)) + 1):
            # Each packet has its own moment, counted from the start: what one is late does not delay the next.
            time.sleep(max(0.0, started + number * packet_seconds - time.monotonic()))
            if number == 1:
                # The lap begins with the first sample. It comes with the data: a marker outside them would be dropped.
                out_lap = self._out_lap(start_time_ns).SerializeToString()
                self._write_to_both_streams(session, "Marker", out_lap, is_essential=True)
            self._write(session, self._options.stream, generator.next_packet())
            log.info("Packet %d written, %d samples so far", number, generator.samples_made)

    @staticmethod
    def _out_lap(timestamp_ns: int) -> open_data_pb2.MarkerPacket:
        return open_data_pb2.MarkerPacket(
            timestamp=timestamp_ns,
            label="Out Lap",
            type="Lap Trigger",
            source="0",  # a number in a string: "0" is the main beacon, "1" the pit lane
            value=1,  # number of the lap
        )

    def _end_session(self, session: SessionInfo) -> None:
        end_of_session = open_data_pb2.EndOfSessionPacket(data_source=session.data_source)
        self._write_to_both_streams(session, "EndOfSession", end_of_session.SerializeToString())
        # `write_data` only puts a packet into the client's queue. `flush` waits for the broker, and fails if it has not
        # got every packet.
        report = self._writer_service.flush(FLUSH_TIMEOUT_SECONDS).unwrap()
        log.info("Delivered %d of %d packets", report.delivered, report.accepted)
        self._session_service.end_session(session.data_source, session.session_key).unwrap()
        log.info("Session '%s' ended", session.identifier)

    def _write_to_both_streams(
        self, session: SessionInfo, packet_type: str, content: bytes, *, is_essential: bool = False
    ) -> None:
        packet = open_data_pb2.Packet(
            type=packet_type,
            session_key=session.session_key,
            is_essential=is_essential,
            content=content,
            id=self._packet_ids.next_id(),
        )
        for stream in (MAIN_STREAM, self._options.stream):
            self._write(session, stream, packet)

    def _write(self, session: SessionInfo, stream: str, packet: open_data_pb2.Packet) -> None:
        packet_bytes = PacketBytes(packet.SerializeToString())
        self._writer_service.write_data(session.data_source, stream, session.session_key, packet_bytes).unwrap()
