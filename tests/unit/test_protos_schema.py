"""The schema of the Open Data Protocol is the one of the wire contract, section 7.2.

The two tables below were written from the contract's tables, not from the .proto file.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from google.protobuf import descriptor_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor

from ma_streaming.protos import open_data_pb2

# Message, then its fields in order: number, name, label (singular, optional, repeated, map or the oneof), type.
MESSAGES = """
Packet
    1 type: singular string
    2 session_key: singular string
    3 is_essential: singular bool
    4 content: singular bytes
    5 id: singular uint64
NewSessionPacket
    1 data_source: singular string
    2 topic_partition_offsets: map map<string,int64>
    3 utc_offset: singular gp.Duration
    4 session_info: optional SessionInfoPacket
    5 creation_time: singular gp.Timestamp
EndOfSessionPacket
    1 data_source: singular string
    2 topic_partition_offsets: map map<string,int64>
    3 termination_time: singular gp.Timestamp
CoverageCursorInfoPacket
    1 data_source: singular string
    2 coverage_cursor_time: singular fixed64
SessionInfoPacket
    1 data_source: singular string
    2 identifier: singular string
    3 type: singular string
    4 version: singular uint32
    5 associate_session_keys: repeated string
    6 details: map map<string,string>
    7 utc_offset: singular gp.Duration
    8 creation_time: singular gp.Timestamp
    9 termination_time: singular gp.Timestamp
MetadataPacket
    1 metadata: map map<string,gp.Any>
ConfigurationPacket
    1 config_id: singular string
    2 parameter_definitions: repeated ParameterDefinition
    3 event_definitions: repeated EventDefinition
    4 group_definitions: repeated GroupDefinition
    5 partial_packet: singular bool
    6 packet_number: singular uint32
    7 total_packet_number: singular uint32
EventDefinition
    1 identifier: singular string
    2 name: singular string
    3 definition_id: singular uint32
    4 application_name: singular string
    5 description: singular string
    6 priority: singular EventPriority
    7 groups: repeated string
    8 data_types: repeated DataType
    9 format_strings: repeated string
    10 conversions: repeated TextConversionDefinition
    11 units: repeated string
ParameterDefinition
    1 identifier: singular string
    2 name: singular string
    3 application_name: singular string
    4 description: singular string
    5 groups: repeated string
    6 units: singular string
    7 data_type: singular DataType
    8 format_string: singular string
    9 min_value: singular double
    10 max_value: singular double
    11 warning_min_value: singular double
    12 warning_max_value: singular double
    13 frequencies: repeated double
    14 includes_row_data: singular bool
    15 includes_synchro_data: singular bool
    16 conversion: singular TextConversionDefinition
    17 formula: singular FormulaDefinition
TextConversionDefinition
    1 conversion_identifier: singular string
    2 input_values: repeated double
    3 string_values: repeated string
    4 default: singular string
FormulaDefinition
    1 type: singular FormulaType
    2 formula: singular string
GroupDefinition
    1 identifier: singular string
    2 name: singular string
    3 application_name: singular string
    4 description: singular string
    5 groups: repeated GroupDefinition
DataFormatConfigurationPacket
    1 data_format_id: singular string
    2 data_formats: repeated DataFormatDefinitionPacket
ParameterList
    1 parameter_identifiers: repeated string
DataFormatDefinitionPacket
    1 identifier: singular uint64
    2 type: singular DataFormatType
    3 parameter_identifiers: oneof format ParameterList
    4 event_identifier: oneof format string
EventDataFormat
    1 data_format_identifier: oneof format uint64
    2 event_identifier: oneof format string
EventPacket
    1 data_format: singular EventDataFormat
    2 timestamp: singular fixed64
    3 raw_values: repeated double
MarkerPacket
    1 timestamp: singular fixed64
    2 end_time: singular fixed64
    3 label: singular string
    4 type: singular string
    5 description: singular string
    6 source: singular string
    7 value: singular int64
SampleDataFormat
    1 data_format_identifier: oneof format uint64
    2 parameter_identifiers: oneof format ParameterList
SampleColumn
    1 double_samples: oneof list DoubleSampleList
    2 int32_samples: oneof list Int32SampleList
    3 bool_samples: oneof list BoolSampleList
    4 string_samples: oneof list StringSampleList
SampleRow
    1 double_samples: oneof list DoubleSampleList
    2 int32_samples: oneof list Int32SampleList
    3 bool_samples: oneof list BoolSampleList
    4 string_samples: oneof list StringSampleList
DoubleSampleList
    1 samples: repeated DoubleSample
Int32SampleList
    1 samples: repeated Int32Sample
BoolSampleList
    1 samples: repeated BoolSample
StringSampleList
    1 samples: repeated StringSample
DoubleSample
    1 value: singular double
    2 status: singular DataStatus
Int32Sample
    1 value: singular int32
    2 status: singular DataStatus
BoolSample
    1 value: singular bool
    2 status: singular DataStatus
StringSample
    1 value: singular string
    2 status: singular DataStatus
RowDataPacket
    1 data_format: singular SampleDataFormat
    2 timestamps: repeated fixed64
    3 rows: repeated SampleRow
PeriodicDataPacket
    1 data_format: singular SampleDataFormat
    2 start_time: singular fixed64
    3 interval: singular uint32
    4 columns: repeated SampleColumn
SynchroDataPacket
    1 data_format: singular SampleDataFormat
    2 start_time: singular fixed64
    3 intervals: repeated uint32
    4 columns: repeated SampleColumn
RawCANDataPacket
    1 timestamp: singular fixed64
    2 bus: singular uint32
    3 can_id: singular uint32
    4 payload: singular bytes
    5 type: singular CanType
ValueArray
    1 values: repeated double
AxisDataPacket
    1 axis_identifier: singular string
    2 timestamp: singular fixed64
    3 values: singular ValueArray
MapDataPacket
    1 map_identifier: singular string
    2 timestamp: singular fixed64
    3 x_axis_identifier: singular string
    4 x_index_identifier: singular string
    5 y_axis_identifier: singular string
    6 y_index_identifier: singular string
    7 values: repeated ValueArray
SystemStatusMessage
    1 service: singular string
    2 data_source: singular string
    3 type: singular SystemStatusType
ErrorPacket
    1 error_identifier: singular string
    2 timestamp: singular fixed64
    3 application_name: singular string
    4 group: singular string
    5 name: singular string
    6 description: singular string
    7 type: singular ErrorType
    8 status: singular ErrorStatus
StreamStartedPacket
    1 data_source: singular string
    2 session_key: singular string
    3 stream_name: singular string
    4 start_time: singular gp.Timestamp
StreamStoppedPacket
    1 data_source: singular string
    2 session_key: singular string
    3 stream_name: singular string
    4 stop_time: singular gp.Timestamp
"""

# Enum, then its values, in order.
ENUMS = """
DataType
    0 DATA_TYPE_UNSPECIFIED
    1 DATA_TYPE_FLOAT64
    2 DATA_TYPE_FLOAT32
    3 DATA_TYPE_UINT32
    4 DATA_TYPE_SINT32
    5 DATA_TYPE_UINT16
    6 DATA_TYPE_SINT16
    7 DATA_TYPE_UINT8
    8 DATA_TYPE_SINT8
    9 DATA_TYPE_STRING
EventPriority
    0 EVENT_PRIORITY_UNSPECIFIED
    1 EVENT_PRIORITY_CRITICAL
    2 EVENT_PRIORITY_HIGH
    3 EVENT_PRIORITY_MEDIUM
    4 EVENT_PRIORITY_LOW
    5 EVENT_PRIORITY_DEBUG
FormulaType
    0 FORMULA_TYPE_UNSPECIFIED
    1 FORMULA_TYPE_FDL
    2 FORMULA_TYPE_CSHARP
DataFormatType
    0 DATA_FORMAT_TYPE_UNSPECIFIED
    1 DATA_FORMAT_TYPE_PARAMETER
    2 DATA_FORMAT_TYPE_EVENT
DataStatus
    0 DATA_STATUS_UNSPECIFIED
    1 DATA_STATUS_VALID
    2 DATA_STATUS_MISSING
    3 DATA_STATUS_ERROR
CanType
    0 CAN_TYPE_UNSPECIFIED
    1 CAN_TYPE_TRANSMIT
    2 CAN_TYPE_RECEIVE
SystemStatusType
    0 SYSTEM_STATUS_TYPE_UNSPECIFIED
    1 SYSTEM_STATUS_TYPE_HEARTBEAT
    2 SYSTEM_STATUS_TYPE_STATUS
    3 SYSTEM_STATUS_TYPE_ERROR
    4 SYSTEM_STATUS_TYPE_WARNING
    5 SYSTEM_STATUS_TYPE_CONNECTION
ErrorType
    0 ERROR_TYPE_UNSPECIFIED
    1 ERROR_TYPE_CURRENT
    2 ERROR_TYPE_LOGGED
ErrorStatus
    0 ERROR_STATUS_UNSPECIFIED
    1 ERROR_STATUS_SET
    2 ERROR_STATUS_CLEARED
"""

Field = descriptor_pb2.FieldDescriptorProto


def sections(table: str) -> dict[str, list[str]]:
    """Return the indented lines below each heading."""
    found: dict[str, list[str]] = {}
    heading = ""
    for line in table.strip().splitlines():
        if line.startswith(" "):
            found[heading].append(line.strip())
        else:
            heading = line
            found[heading] = []
    return found


def file_proto() -> descriptor_pb2.FileDescriptorProto:
    proto = descriptor_pb2.FileDescriptorProto()
    open_data_pb2.DESCRIPTOR.CopyToProto(proto)
    return proto


def type_name(field: Field) -> str:
    """Return a field's type as the contract writes it."""
    if field.type in (Field.TYPE_MESSAGE, Field.TYPE_ENUM):
        name = field.type_name.removeprefix(".ma.streaming.open_data.v1.")
        return name.replace(".google.protobuf.", "gp.")
    return Field.Type.Name(field.type).removeprefix("TYPE_").lower()


def describe_fields(message: descriptor_pb2.DescriptorProto) -> Iterator[str]:
    """Yield a message's fields as the table above writes them."""
    maps = {nested.name: nested for nested in message.nested_type if nested.options.map_entry}
    for field in message.field:
        entry = maps.get(field.type_name.rpartition(".")[2])
        if entry is not None:
            label, kind = "map", f"map<{type_name(entry.field[0])},{type_name(entry.field[1])}>"
        elif field.label == Field.LABEL_REPEATED:
            label, kind = "repeated", type_name(field)
        elif field.proto3_optional:
            label, kind = "optional", type_name(field)
        elif field.HasField("oneof_index"):
            label, kind = f"oneof {message.oneof_decl[field.oneof_index].name}", type_name(field)
        else:
            label, kind = "singular", type_name(field)
        yield f"{field.number} {field.name}: {label} {kind}"


def test_file_has_the_path_package_imports_and_options_of_the_contract() -> None:
    proto = file_proto()
    assert proto.name == "ma/streaming/open_data/v1/open_data.proto"
    assert proto.package == "ma.streaming.open_data.v1"
    assert proto.syntax == "proto3"
    assert list(proto.dependency) == [f"google/protobuf/{name}.proto" for name in ("any", "duration", "timestamp")]
    assert proto.options == descriptor_pb2.FileOptions(csharp_namespace="MA.Streaming.OpenData")


def test_messages_are_the_contracts_in_its_order() -> None:
    assert [message.name for message in file_proto().message_type] == list(sections(MESSAGES))


@pytest.mark.parametrize("message", sections(MESSAGES))
def test_fields_are_the_contracts(message: str) -> None:
    (proto,) = (found for found in file_proto().message_type if found.name == message)
    assert list(describe_fields(proto)) == sections(MESSAGES)[message]


def test_enums_are_the_contracts() -> None:
    described = {enum.name: [f"{value.number} {value.name}" for value in enum.value] for enum in file_proto().enum_type}
    assert described == sections(ENUMS)
    assert list(described) == list(sections(ENUMS))


def test_repeated_numbers_are_packed() -> None:
    packable = [
        field
        for message in open_data_pb2.DESCRIPTOR.message_types_by_name.values()
        for field in message.fields
        if is_repeated_number(message, field)
    ]
    assert packable
    options = descriptor_pb2.FieldOptions()
    assert all(field.GetOptions() == options for field in packable)
    row = open_data_pb2.RowDataPacket(timestamps=[1, 2])
    assert row.SerializeToString() == bytes([2 << 3 | 2, 16]) + (1).to_bytes(8, "little") + (2).to_bytes(8, "little")


def is_repeated_number(message: Descriptor, field: FieldDescriptor) -> bool:
    proto = descriptor_pb2.DescriptorProto()
    message.CopyToProto(proto)
    return proto.field[field.index].label == Field.LABEL_REPEATED and field.cpp_type not in (
        FieldDescriptor.CPPTYPE_MESSAGE,
        FieldDescriptor.CPPTYPE_STRING,
    )
