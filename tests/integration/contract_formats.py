"""Contents of DataFormatDefinition packets as the contract's writers make them (section 4)."""

from __future__ import annotations

import time

from ma_streaming.protos.open_data_pb2 import DataFormatDefinitionPacket, ParameterList

TICKS_AT_UNIX_EPOCH = 621_355_968_000_000_000
"""100 ns units from 0001-01-01 to 1970-01-01: format ids are .NET clock ticks (contract 4.1)."""


def ticks_now() -> int:
    """Give the present time in .NET ticks."""
    return TICKS_AT_UNIX_EPOCH + time.time_ns() // 100


def parameter_definition(data_format_id: int, *identifiers: str) -> bytes:
    """Encode the definition of a parameter list."""
    return DataFormatDefinitionPacket(
        identifier=data_format_id,
        type="DATA_FORMAT_TYPE_PARAMETER",
        parameter_identifiers=ParameterList(parameter_identifiers=identifiers),
    ).SerializeToString()


def event_definition(data_format_id: int, identifier: str) -> bytes:
    """Encode the definition of an event."""
    return DataFormatDefinitionPacket(
        identifier=data_format_id, type="DATA_FORMAT_TYPE_EVENT", event_identifier=identifier
    ).SerializeToString()
