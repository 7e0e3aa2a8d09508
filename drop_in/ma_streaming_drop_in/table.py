"""The module paths that customers' programs import, and what each has. Everything else is made of this table."""

from typing import Final

ROOT: Final = "ma_dataplatforms_streaming_support_library"

PROTOCOL: Final = "protos.open_data_pb2"
"""This one has every message and enumeration of the Open Data Protocol."""

# Names that are not listed in API documentation with a path have that of their neighbours: a module for each class.
NAMES: Final[dict[str, tuple[str, ...]]] = {
    "contracts.data_format_management.data_format_info": ("DataFormatInfo",),
    "contracts.data_format_management.data_format_info_type": ("DataFormatInfoType",),
    "contracts.data_format_management.event_data_format_info": ("EventDataFormatInfo",),
    "contracts.data_format_management.i_data_format_management_service": ("IDataFormatManagementService",),
    "contracts.data_format_management.parameter_data_format_info": ("ParameterDataFormatInfo",),
    "contracts.essentials.i_essentials_service": ("IEssentialsService",),
    "contracts.packet_reading.coverage_cursor_info": ("CoverageCursorInfo",),
    "contracts.packet_reading.i_handler": ("IHandler",),
    "contracts.packet_reading.i_packet_reader_service": ("IPacketReaderService",),
    "contracts.packet_reading.live_reading_type": ("LiveReadingType",),
    "contracts.packet_reading.packet_reading_configuration": ("PacketReadingConfiguration",),
    "contracts.packet_reading.packet_reading_type": ("PacketReadingType", "ReadingType"),
    "contracts.packet_reading.received_packet_dto": ("ReceivedPacketDto",),
    "contracts.packet_reading.stream_info": ("StreamInfo",),
    "contracts.packet_writing.i_packet_writer_service": ("IPacketWriterService",),
    "contracts.packet_writing.info_type": ("InfoType",),
    "contracts.packet_writing.packet_bytes": ("PacketBytes",),
    "contracts.session_management.i_session_management_service": ("ISessionManagementService",),
    "contracts.session_management.session_association_info": ("SessionAssociationInfo",),
    "contracts.session_management.session_creation_info": ("SessionCreationInfo",),
    "contracts.session_management.session_detail": ("SessionDetail",),
    "contracts.session_management.session_info": ("SessionInfo",),
    "contracts.shared.api_result": ("ApiResult",),
    "contracts.shared.i_handler": ("IHandler",),
    "contracts.shared.kafka_security_configuration": ("KafkaSecurityConfiguration",),
    "contracts.shared.partition_mapping": ("PartitionMapping",),
    "contracts.shared.retry_mode": ("RetryMode",),
    "contracts.shared.retry_policy": ("RetryPolicy",),
    "contracts.shared.stream_api_configuration": ("StreamingApiConfiguration",),
    "contracts.shared.stream_creation_strategy": ("StreamCreationStrategy",),
    "core.base.logger": ("ILogger", "Logger"),
    "core.base.support_library_bootstrapper": ("SupportLibraryBootstrapper",),
    PROTOCOL: ("*",),
}

ABSENT: Final = ("contracts.buffering", "contracts.interpolation")
"""Packages that ma_streaming does not have in this version; importing from them says so."""

PACKAGES: Final = tuple(
    sorted({".".join(path.split(".")[:depth]) for path in NAMES for depth in range(path.count(".") + 1)})
)
"""The packages that these modules are in; "" is the root."""


def source_of(path: str) -> str:
    """Give the text of a module or package: what it runs, what `inspect` shows, and its type stub."""
    if path in PACKAGES:
        return '"""Stands in for the package of this name; see ma_streaming."""\n'
    if path == PROTOCOL:
        return f'"""The messages of the Open Data Protocol."""\n\nfrom ma_streaming.{PROTOCOL} import *\n'
    names = NAMES[path]
    lines = [f"from ma_streaming import {name} as {name}\n" for name in names]
    return f'"""Of ma_streaming: {", ".join(names)}."""\n\n{"".join(lines)}\n__all__ = {list(names)!r}\n'
