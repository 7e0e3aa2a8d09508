"""Print one parameter of live or recorded sessions.

python reader.py BROKER DATA_SOURCE PARAMETER
"""

import sys

from ma_dataplatforms_streaming_support_library.contracts.data_format_management.i_data_format_management_service import (
    IDataFormatManagementService,
)
from ma_dataplatforms_streaming_support_library.contracts.packet_reading.coverage_cursor_info import CoverageCursorInfo
from ma_dataplatforms_streaming_support_library.contracts.packet_reading.i_packet_reader_service import (
    IPacketReaderService,
)
from ma_dataplatforms_streaming_support_library.contracts.packet_reading.packet_reading_configuration import (
    PacketReadingConfiguration,
)
from ma_dataplatforms_streaming_support_library.contracts.packet_reading.packet_reading_type import PacketReadingType
from ma_dataplatforms_streaming_support_library.contracts.packet_reading.received_packet_dto import ReceivedPacketDto
from ma_dataplatforms_streaming_support_library.contracts.packet_reading.stream_info import StreamInfo
from ma_dataplatforms_streaming_support_library.contracts.session_management.session_association_info import (
    SessionAssociationInfo,
)
from ma_dataplatforms_streaming_support_library.contracts.session_management.session_info import SessionInfo
from ma_dataplatforms_streaming_support_library.contracts.shared.i_handler import IHandler
from ma_dataplatforms_streaming_support_library.contracts.shared.stream_api_configuration import (
    StreamingApiConfiguration,
)
from ma_dataplatforms_streaming_support_library.contracts.shared.stream_creation_strategy import StreamCreationStrategy
from ma_dataplatforms_streaming_support_library.core.base.logger import ILogger, Logger
from ma_dataplatforms_streaming_support_library.core.base.support_library_bootstrapper import SupportLibraryBootstrapper
from ma_dataplatforms_streaming_support_library.protos.open_data_pb2 import Packet, PeriodicDataPacket


class ParameterPrinter(IHandler[ReceivedPacketDto]):
    def __init__(self, formats: IDataFormatManagementService, parameter: str, logger: ILogger):
        self.__formats = formats
        self.__parameter = parameter
        self.__logger = logger
        self.__known_lists: dict[int, list[str]] = {}

    def handle(self, packet: ReceivedPacketDto) -> None:
        envelope = Packet()
        envelope.ParseFromString(packet.packet_bytes.data)
        if envelope.type != "PeriodicData":
            return
        data = PeriodicDataPacket()
        data.ParseFromString(envelope.content)
        parameters = self.__parameters_of(packet.data_source, data)
        if self.__parameter not in parameters:
            return
        samples = data.columns[parameters.index(self.__parameter)].double_samples.samples
        for number, sample in enumerate(samples):
            print(f"SAMPLE {packet.stream} {data.start_time + number * data.interval} {sample.value!r} {sample.status}")

    def __parameters_of(self, data_source: str, data: PeriodicDataPacket) -> list[str]:
        if data.data_format.HasField("parameter_identifiers"):
            return list(data.data_format.parameter_identifiers.parameter_identifiers)
        format_id = data.data_format.data_format_identifier
        if format_id not in self.__known_lists:
            result = self.__formats.get_parameters_list(data_source, format_id)
            if not result.success or result.data is None:
                self.__logger.error(f"Format {format_id} is unknown: {result.message}")
                return []
            self.__known_lists[format_id] = result.data.parameter_list
        return self.__known_lists[format_id]


class EventPrinter:
    def __init__(self, reader: IPacketReaderService):
        self.__reader = reader
        reader.session_reading_started.subscribe(self.__session_started)
        reader.stream_reading_started.subscribe(self.__stream_started)
        reader.session_info_updated.subscribe(self.__session_updated)
        reader.session_association_info_updated.subscribe(self.__associated)
        reader.coverage_cursor_received.subscribe(self.__cursor_moved)
        reader.stream_reading_completed.subscribe(self.__stream_completed)
        reader.session_reading_completed.subscribe(self.__session_completed)

    def close(self) -> None:
        self.__reader.session_reading_started.unsubscribe(self.__session_started)
        self.__reader.stream_reading_started.unsubscribe(self.__stream_started)
        self.__reader.session_info_updated.unsubscribe(self.__session_updated)
        self.__reader.session_association_info_updated.unsubscribe(self.__associated)
        self.__reader.coverage_cursor_received.unsubscribe(self.__cursor_moved)
        self.__reader.stream_reading_completed.unsubscribe(self.__stream_completed)
        self.__reader.session_reading_completed.unsubscribe(self.__session_completed)

    def __session_started(self, sender: object, session: SessionInfo) -> None:
        print(f"EVENT session started: {session.identifier}")

    def __stream_started(self, sender: object, stream: StreamInfo) -> None:
        print(f"EVENT stream started: '{stream.stream}'")

    def __session_updated(self, sender: object, session: SessionInfo) -> None:
        print(f"EVENT session updated: {session.details}")

    def __associated(self, sender: object, association: SessionAssociationInfo) -> None:
        print(f"EVENT associated: {association.main_session_info.associate_session_keys}")

    def __cursor_moved(self, sender: object, cursor: CoverageCursorInfo) -> None:
        print(f"EVENT cursor: {cursor.coverage_cursor_time}")

    def __stream_completed(self, sender: object, stream: StreamInfo) -> None:
        print(f"EVENT stream completed: '{stream.stream}'")

    def __session_completed(self, sender: object, session: SessionInfo) -> None:
        print(f"EVENT session completed: {session.identifier}")


def main() -> None:
    broker, data_source, parameter = sys.argv[1:]
    logger = Logger()
    configuration = StreamingApiConfiguration(broker, StreamCreationStrategy.TOPIC_BASE, [], 10)
    library = SupportLibraryBootstrapper.bootstrap(configuration, logger).create()
    library.initialise()
    library.start()

    formats = library.get_data_format_manager_api().create_service().data
    if formats is None:
        sys.exit("no data format service")
    formats.initialise()
    formats.start()

    reading_module = library.get_reading_packet_api()
    if input("Live or historic (L/H)?\n").upper() == "L":
        reading = PacketReadingConfiguration("", 10, False, data_source, "*", PacketReadingType.LIVE, [])
        response = reading_module.create_service_with_config(reading)
    else:
        sessions = library.get_session_manager_api().create_service().data
        if sessions is None:
            sys.exit("no session service")
        sessions.initialise()
        sessions.start()
        known = [session for session in sessions.get_all_sessions().data or [] if session.data_source == data_source]
        for number, session in enumerate(known):
            print(f"{number}: {session.identifier}")
        chosen = known[int(input("Which one?\n"))]
        sessions.stop()
        response = reading_module.create_service(data_source=chosen.data_source, session_key=chosen.session_key)
    if not response.success or response.data is None:
        sys.exit(f"no reader service: {response.error_message}")
    reader = response.data
    reader.initialise()
    reader.start()
    handler = ParameterPrinter(formats, parameter, logger)
    reader.set_handler(handler)
    events = EventPrinter(reader)

    input("Reading: press Enter to stop\n")
    events.close()
    reader.stop()
    reader.remove_handler(handler)
    formats.stop()
    library.stop()


if __name__ == "__main__":
    main()
