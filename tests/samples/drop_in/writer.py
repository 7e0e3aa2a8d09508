"""Write one session with a ramp.

python writer.py BROKER DATA_SOURCE IDENTIFIER
"""

import datetime
import itertools
import sys
import time
import uuid

from ma_dataplatforms_streaming_support_library.contracts.packet_writing.i_packet_writer_service import (
    IPacketWriterService,
)
from ma_dataplatforms_streaming_support_library.contracts.packet_writing.info_type import InfoType
from ma_dataplatforms_streaming_support_library.contracts.packet_writing.packet_bytes import PacketBytes
from ma_dataplatforms_streaming_support_library.contracts.session_management.i_session_management_service import (
    ISessionManagementService,
)
from ma_dataplatforms_streaming_support_library.contracts.session_management.session_creation_info import (
    SessionCreationInfo,
)
from ma_dataplatforms_streaming_support_library.contracts.session_management.session_detail import SessionDetail
from ma_dataplatforms_streaming_support_library.contracts.session_management.session_info import SessionInfo
from ma_dataplatforms_streaming_support_library.contracts.shared.stream_api_configuration import (
    StreamingApiConfiguration,
)
from ma_dataplatforms_streaming_support_library.contracts.shared.stream_creation_strategy import StreamCreationStrategy
from ma_dataplatforms_streaming_support_library.core.base.logger import Logger
from ma_dataplatforms_streaming_support_library.core.base.support_library_bootstrapper import SupportLibraryBootstrapper
from ma_dataplatforms_streaming_support_library.protos import open_data_pb2

STREAMS = ["", "Ramps"]
PARAMETER = "Ramp:Rig"
PACKETS, SAMPLES, INTERVAL_NS = 5, 20, 10_000_000


class RampWriter:
    def __init__(self, writer: IPacketWriterService, session: SessionInfo):
        self.__writer = writer
        self.__session = session
        self.__ids = itertools.count(1)

    def announce(self) -> None:
        details = open_data_pb2.SessionInfoPacket(
            data_source=self.__session.data_source,
            identifier=self.__session.identifier,
            type=self.__session.type,
            version=self.__session.version,
            details=self.__session.details,
            associate_session_keys=self.__session.associate_session_keys,
        )
        announcement = open_data_pb2.NewSessionPacket(
            data_source=self.__session.data_source, utc_offset=self.__session.utc_offset, session_info=details
        )
        self.__to_all_streams("NewSession", announcement.SerializeToString())

    def configure(self) -> None:
        ramp = open_data_pb2.ParameterDefinition(
            identifier=PARAMETER,
            name="Ramp",
            application_name="Rig",
            data_type=open_data_pb2.DataType.DATA_TYPE_FLOAT64,
            format_string="%6.1f",
            min_value=0.0,
            max_value=100.0,
            frequencies=[100.0],
        )
        rig = open_data_pb2.GroupDefinition(identifier="Rig", name="Rig", application_name="Rig")
        configuration = open_data_pb2.ConfigurationPacket(
            config_id=str(uuid.uuid4()), parameter_definitions=[ramp], group_definitions=[rig]
        )
        self.__to_all_streams("Configuration", configuration.SerializeToString(), essential=True)

    def rename(self, identifier: str) -> None:
        info = open_data_pb2.SessionInfoPacket(
            data_source=self.__session.data_source,
            identifier=identifier,
            type=self.__session.type,
            version=self.__session.version,
            details={"Rig": "number 2"},
        )
        packet = self.__packet("SessionInfo", info.SerializeToString())
        result = self.__writer.write_info(PacketBytes(packet.SerializeToString()), InfoType.SESSION_INFO)
        if not result.success:
            sys.exit(f"the session was not renamed: {result.error_message}")

    def write_ramp(self, data_format_id: int, start_ns: int) -> None:
        marker = open_data_pb2.MarkerPacket(
            timestamp=start_ns, label="Out Lap", type="Lap Trigger", description="", source="0", value=1
        )
        self.__to_all_streams("Marker", marker.SerializeToString())
        for number in range(PACKETS):
            first = number * SAMPLES
            samples = [
                open_data_pb2.DoubleSample(value=float(value), status=open_data_pb2.DataStatus.DATA_STATUS_VALID)
                for value in range(first, first + SAMPLES)
            ]
            data = open_data_pb2.PeriodicDataPacket(
                data_format=open_data_pb2.SampleDataFormat(data_format_identifier=data_format_id),
                start_time=start_ns + first * INTERVAL_NS,
                interval=INTERVAL_NS,
                columns=[
                    open_data_pb2.SampleColumn(double_samples=open_data_pb2.DoubleSampleList(samples=samples)),
                ],
            )
            self.__to_stream("Ramps", self.__packet("PeriodicData", data.SerializeToString()))
        cursor = open_data_pb2.CoverageCursorInfoPacket(coverage_cursor_time=start_ns + PACKETS * SAMPLES * INTERVAL_NS)
        self.__to_stream("", self.__packet("CoverageCursorInfo", cursor.SerializeToString()))

    def finish(self) -> None:
        end = open_data_pb2.EndOfSessionPacket(data_source=self.__session.data_source)
        self.__to_all_streams("EndOfSession", end.SerializeToString())

    def __packet(self, kind: str, content: bytes, essential: bool = False) -> open_data_pb2.Packet:
        return open_data_pb2.Packet(
            type=kind,
            session_key=self.__session.session_key,
            is_essential=essential,
            content=content,
            id=next(self.__ids),
        )

    def __to_all_streams(self, kind: str, content: bytes, essential: bool = False) -> None:
        for stream in STREAMS:
            self.__to_stream(stream, self.__packet(kind, content, essential))

    def __to_stream(self, stream: str, packet: open_data_pb2.Packet) -> None:
        result = self.__writer.write_data(
            data_source=self.__session.data_source,
            stream=stream,
            session_key=self.__session.session_key,
            packet_bytes=PacketBytes(packet.SerializeToString()),
        )
        if not result.success:
            sys.exit(f"a {packet.type} was not written: {result.error_message}")


def create(sessions: ISessionManagementService, data_source: str, identifier: str) -> SessionInfo:
    offset = datetime.datetime.now().astimezone().utcoffset()
    details = [SessionDetail("Operator", "Sam")]
    wanted = SessionCreationInfo(data_source, identifier, "Session", 1, offset, details, [])
    response = sessions.create_new_session(wanted)
    if not response.success or response.data is None:
        sys.exit(f"no session: {response.error_message}")
    return response.data


def main() -> None:
    broker, data_source, identifier = sys.argv[1:]
    configuration = StreamingApiConfiguration(
        broker_list=broker,
        stream_creation_strategy=StreamCreationStrategy.TOPIC_BASE,
        additional_properties=[],
        timeout_seconds=10,
    )
    factory = SupportLibraryBootstrapper.bootstrap(configuration, Logger())
    library = factory.create()
    library.initialise()
    library.start()

    sessions = library.get_session_manager_api().create_service().data
    formats = library.get_data_format_manager_api().create_service().data
    writer = library.get_writing_packet_api().create_service().data
    if sessions is None or formats is None or writer is None:
        sys.exit("a service is missing")
    for service in (sessions, formats, writer):
        service.initialise()
        service.start()

    earlier = [session for session in sessions.get_all_sessions().data or [] if session.data_source == data_source]
    session = create(sessions, data_source, "unnamed")
    ramp = RampWriter(writer, session)
    ramp.announce()
    ramp.configure()
    ramp.rename(identifier)
    if earlier:
        sessions.add_associate_session(data_source, session.session_key, earlier[-1].session_key)
    response = formats.get_parameter_data_format_id(data_source=data_source, parameter_identifiers=[PARAMETER])
    if not response.success or response.data is None:
        sys.exit(f"no data format: {response.error_message}")
    ramp.write_ramp(response.data.data_format_id, time.time_ns())
    ramp.finish()
    if not sessions.end_session(data_source, session.session_key).success:
        sys.exit("the session was not ended")
    print(f"written: {session.session_key}")

    input("Press Enter to close\n")
    for service in (sessions, formats, writer):
        service.stop()
    library.stop()


if __name__ == "__main__":
    main()
