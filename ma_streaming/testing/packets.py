"""Packets for tests: what an ATLAS-readable writer sends, from plain Python values.

Nothing here keeps state, reads a clock or draws a random number: the same call gives the same bytes. A packet is made
of its content::

    content = periodic_data([1], start_time_ns=..., interval_ns=10_000_000, columns=[[0.0, 0.5, 1.0]])
    value = packet(content, session_key=key).SerializeToString()

Times are nanoseconds since 1970 UTC (wire contract 10.3). To make something malformed, change what is returned here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from google.protobuf.wrappers_pb2 import DoubleValue, StringValue

from ma_streaming.errors import InvalidArgumentError
from ma_streaming.packet_writing.content_rules import LAP_TRIGGER
from ma_streaming.protos import open_data_pb2 as open_data
from ma_streaming.testing.samples import Value, sample_column, sample_row

_ESSENTIAL_TYPES = frozenset({"Configuration", "DataFormatDefinition", "Marker", "Metadata"})
_LONGEST_INTERVAL_NS = 2**32 - 1


def packet(
    content: Message, *, session_key: str, packet_id: int = 0, is_essential: bool | None = None
) -> open_data.Packet:
    """Wrap a content message.

    Args:
        content: Any message of the schema; its name gives the type of the packet.
        session_key: The session's key; empty for data format definitions.
        packet_id: The number of the packet; writers may leave it 0.
        is_essential: Whether a copy goes to the essentials topic; by default what wire contract 7.1 says for the type.
    """
    type_name = packet_type(content)
    return open_data.Packet(
        type=type_name,
        session_key=session_key,
        is_essential=type_name in _ESSENTIAL_TYPES if is_essential is None else is_essential,
        content=content.SerializeToString(),
        id=packet_id,
    )


def packet_type(content: Message) -> str:
    """Return the type of the packet with this content: its message's name, less ``Packet`` (wire contract 7.1).

    The one message without that ending, ``SystemStatusMessage``, gives ``SystemStatus``.
    """
    return content.DESCRIPTOR.name.removesuffix("Packet").removesuffix("Message")


def session_info(
    data_source: str,
    *,
    identifier: str = "",
    session_type: str = "Session",
    version: int = 1,
    utc_offset_seconds: float | None = None,
    details: Mapping[str, str] | None = None,
    associate_session_keys: Iterable[str] = (),
) -> open_data.SessionInfoPacket:
    """Make what describes a session."""
    return open_data.SessionInfoPacket(
        data_source=data_source,
        identifier=identifier,
        type=session_type,
        version=version,
        associate_session_keys=associate_session_keys,
        details=details or {},
        utc_offset=_duration(utc_offset_seconds),
    )


def new_session(
    data_source: str,
    *,
    topic_partition_offsets: Mapping[str, int] | None = None,
    utc_offset_seconds: float | None = None,
    info: open_data.SessionInfoPacket | None = None,
    creation_time_ns: int | None = None,
) -> open_data.NewSessionPacket:
    """Make the start of a session.

    On the session topic it has the offsets (``"topic:partition"`` to high watermark) and the info; on the streams the
    data source is enough (wire contract 10.1).
    """
    return open_data.NewSessionPacket(
        data_source=data_source,
        topic_partition_offsets=topic_partition_offsets or {},
        utc_offset=_duration(utc_offset_seconds),
        session_info=info,
        creation_time=_timestamp(creation_time_ns),
    )


def end_of_session(
    data_source: str,
    *,
    topic_partition_offsets: Mapping[str, int] | None = None,
    termination_time_ns: int | None = None,
) -> open_data.EndOfSessionPacket:
    """Make the end of a session; the offsets are for the session topic only."""
    return open_data.EndOfSessionPacket(
        data_source=data_source,
        topic_partition_offsets=topic_partition_offsets or {},
        termination_time=_timestamp(termination_time_ns),
    )


def parameter_identifier(name: str, application_name: str) -> str:
    """Return ``Name:AppName``, which readers split at the colon (wire contract 10.2)."""
    return f"{name}:{application_name}"


def parameter_definition(
    name: str,
    application_name: str,
    *,
    units: str = "",
    minimum: float = 0.0,
    maximum: float = 0.0,
    frequencies_hz: Iterable[float] = (),
    includes_row_data: bool = False,
) -> open_data.ParameterDefinition:
    """Define a parameter of an application; the display scale is ``minimum`` to ``maximum``."""
    return open_data.ParameterDefinition(
        identifier=parameter_identifier(name, application_name),
        name=name,
        application_name=application_name,
        units=units,
        data_type=open_data.DATA_TYPE_FLOAT64,
        format_string="%5.2f",
        min_value=minimum,
        max_value=maximum,
        warning_min_value=minimum,
        warning_max_value=maximum,
        frequencies=frequencies_hz,
        includes_row_data=includes_row_data,
    )


def configuration(
    config_id: str, application_name: str, parameters: Iterable[open_data.ParameterDefinition]
) -> open_data.ConfigurationPacket:
    """Make a configuration with its one top-level group, the application (wire contract 10.2).

    Args:
        config_id: Unique in the world: readers mix up two sessions with the same one.
        application_name: The group's identifier, name and application name.
        parameters: What is defined.
    """
    group = open_data.GroupDefinition(
        identifier=application_name, name=application_name, application_name=application_name
    )
    return open_data.ConfigurationPacket(
        config_id=config_id, parameter_definitions=parameters, group_definitions=[group]
    )


def parameter_data_format(
    identifier: int, parameter_identifiers: Iterable[str]
) -> open_data.DataFormatDefinitionPacket:
    """Define the format that stands for this list of parameters."""
    return open_data.DataFormatDefinitionPacket(
        identifier=identifier,
        type=open_data.DATA_FORMAT_TYPE_PARAMETER,
        parameter_identifiers=open_data.ParameterList(parameter_identifiers=parameter_identifiers),
    )


def event_data_format(identifier: int, event_identifier: str) -> open_data.DataFormatDefinitionPacket:
    """Define the format that stands for this event."""
    return open_data.DataFormatDefinitionPacket(
        identifier=identifier, type=open_data.DATA_FORMAT_TYPE_EVENT, event_identifier=event_identifier
    )


def periodic_data(
    data_format: int | Sequence[str], *, start_time_ns: int, interval_ns: int, columns: Sequence[Sequence[Value]]
) -> open_data.PeriodicDataPacket:
    """Make samples at equal distances: sample i is at ``start_time_ns + i * interval_ns``.

    Args:
        data_format: A format's identifier, or the parameter identifiers themselves.
        start_time_ns: The time of the first sample.
        interval_ns: From one sample to the next, 1 to 4,294,967,295.
        columns: The values by parameter, all equally many.

    Raises:
        InvalidArgumentError: Columns of different lengths, a column of mixed kinds, or an interval out of range.
    """
    if not 0 < interval_ns <= _LONGEST_INTERVAL_NS:
        raise InvalidArgumentError(
            f"interval_ns is {interval_ns}; it must be from 1 to {_LONGEST_INTERVAL_NS}", subject="interval_ns"
        )
    _column_length(columns)
    return open_data.PeriodicDataPacket(
        data_format=_sample_format(data_format),
        start_time=start_time_ns,
        interval=interval_ns,
        columns=[sample_column(column) for column in columns],
    )


def synchro_data(
    data_format: int | Sequence[str],
    *,
    start_time_ns: int,
    intervals_ns: Sequence[int],
    columns: Sequence[Sequence[Value]],
) -> open_data.SynchroDataPacket:
    """Make samples at given distances: n values have n - 1 intervals.

    Raises:
        InvalidArgumentError: Columns of different lengths, or intervals that don't match them.
    """
    if _column_length(columns) != len(intervals_ns) + 1:
        raise InvalidArgumentError(
            f"{len(intervals_ns)} intervals do not fit columns of {_column_length(columns)} values"
        )
    return open_data.SynchroDataPacket(
        data_format=_sample_format(data_format),
        start_time=start_time_ns,
        intervals=intervals_ns,
        columns=[sample_column(column) for column in columns],
    )


def row_data(
    data_format: int | Sequence[str], *, timestamps_ns: Sequence[int], rows: Sequence[Sequence[Value]]
) -> open_data.RowDataPacket:
    """Make samples at given times; every row has a value for each parameter.

    Raises:
        InvalidArgumentError: As many rows as timestamps are needed, and rows of one length.
    """
    if len(timestamps_ns) != len(rows):
        raise InvalidArgumentError(f"{len(timestamps_ns)} timestamps do not fit {len(rows)} rows")
    _column_length(rows)
    return open_data.RowDataPacket(
        data_format=_sample_format(data_format), timestamps=timestamps_ns, rows=[sample_row(row) for row in rows]
    )


def event(data_format: int | str, *, timestamp_ns: int, raw_values: Iterable[float] = ()) -> open_data.EventPacket:
    """Make an event, by its format's identifier or its own."""
    chosen = (
        open_data.EventDataFormat(event_identifier=data_format)
        if isinstance(data_format, str)
        else open_data.EventDataFormat(data_format_identifier=data_format)
    )
    return open_data.EventPacket(data_format=chosen, timestamp=timestamp_ns, raw_values=raw_values)


def marker(
    label: str,
    *,
    timestamp_ns: int,
    end_time_ns: int = 0,
    marker_type: str = "",
    description: str = "",
    source: str = "0",
    value: int = 0,
) -> open_data.MarkerPacket:
    """Make a marker; its source is a decimal number, as a lap's must be (wire contract 10.4)."""
    return open_data.MarkerPacket(
        timestamp=timestamp_ns,
        end_time=end_time_ns,
        label=label,
        type=marker_type,
        description=description,
        source=source,
        value=value,
    )


def lap(label: str, *, timestamp_ns: int, number: int) -> open_data.MarkerPacket:
    """Make the marker that starts a lap at the main beacon (wire contract 10.4)."""
    return marker(label, timestamp_ns=timestamp_ns, marker_type=LAP_TRIGGER, source="0", value=number)


def coverage_cursor(data_source: str, *, time_ns: int) -> open_data.CoverageCursorInfoPacket:
    """Say that all data up to this time are delivered."""
    return open_data.CoverageCursorInfoPacket(data_source=data_source, coverage_cursor_time=time_ns)


def metadata(values: Mapping[str, str | float]) -> open_data.MetadataPacket:
    """Make metadata; texts and numbers are the two kinds that readers know (wire contract 10.3)."""
    content = open_data.MetadataPacket()
    for key, value in values.items():
        content.metadata[key].Pack(StringValue(value=value) if isinstance(value, str) else DoubleValue(value=value))
    return content


def _sample_format(data_format: int | Sequence[str]) -> open_data.SampleDataFormat:
    if isinstance(data_format, int):
        return open_data.SampleDataFormat(data_format_identifier=data_format)
    return open_data.SampleDataFormat(parameter_identifiers=open_data.ParameterList(parameter_identifiers=data_format))


def _column_length(columns: Sequence[Sequence[Value]]) -> int:
    lengths = {len(column) for column in columns}
    if len(lengths) > 1:
        raise InvalidArgumentError(f"columns (or rows) of different lengths: {sorted(lengths)}")
    return lengths.pop() if lengths else 0


def _duration(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)


def _timestamp(time_ns: int | None) -> Timestamp | None:
    if time_ns is None:
        return None
    return Timestamp(seconds=time_ns // 1_000_000_000, nanos=time_ns % 1_000_000_000)
