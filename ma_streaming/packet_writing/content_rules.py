"""What an ATLAS-readable packet must be like in itself: the rules of wire contract 10.2 to 10.4 for one content."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from enum import Enum
from itertools import accumulate
from typing import TYPE_CHECKING, Final, NamedTuple

from ma_streaming.protos.open_data_pb2 import (
    ConfigurationPacket,
    GroupDefinition,
    MarkerPacket,
    ParameterDefinition,
    PeriodicDataPacket,
    RowDataPacket,
    SampleColumn,
    SampleRow,
    SynchroDataPacket,
)

if TYPE_CHECKING:
    from google.protobuf.message import Message

DataPacket = PeriodicDataPacket | RowDataPacket | SynchroDataPacket

LAP_TRIGGER: Final = "Lap Trigger"
"""The type of a marker that is a lap (wire contract 10.4)."""
_LARGEST_SOURCE: Final = 255
_MOST_SYNCHRO_SAMPLES: Final = 255
_LAP_NUMBERS: Final = range(-(2**15), 2**15)


class Severity(Enum):
    """How bad it is: what ATLAS loses or refuses, or what makes poor data of it."""

    ERROR = "error"
    WARNING = "warning"


class Problem(NamedTuple):
    """What is wrong with a content.

    Attributes:
        rule: Name of the rule.
        severity: How bad it is.
        text: What is wrong, and what to do.
    """

    rule: str
    severity: Severity
    text: str


def _error(rule: str, text: str) -> Problem:
    return Problem(rule, Severity.ERROR, text)


def _warning(rule: str, text: str) -> Problem:
    return Problem(rule, Severity.WARNING, text)


def problems_of(content: Message) -> Iterator[Problem]:
    """Check a content; what there are no rules for has no problems."""
    if isinstance(content, ConfigurationPacket):
        yield from configuration(content)
    elif isinstance(content, PeriodicDataPacket):
        yield from periodic_data(content)
    elif isinstance(content, SynchroDataPacket):
        yield from synchro_data(content)
    elif isinstance(content, RowDataPacket):
        yield from row_data(content)
    elif isinstance(content, MarkerPacket):
        yield from marker(content)


def configuration(content: ConfigurationPacket) -> Iterator[Problem]:
    """Check a configuration (10.2)."""
    groups = [group.identifier for group in content.group_definitions]
    is_part = content.partial_packet or content.total_packet_number > 1
    if len(groups) > 1:
        yield _error(
            "configuration-group", f"{len(groups)} top-level groups {groups}: ATLAS shows no parameter; nest them"
        )
    elif not groups and not is_part:
        yield _error("configuration-group", "no top-level group: the Stream Recorder needs exactly one")
    if not _is_unique(content.config_id):
        text = f"config_id {content.config_id!r} collides over sessions: use a new GUID for each configuration"
        yield _error("configuration-id", text)
    known = set(_sub_groups(content.group_definitions))
    for parameter in content.parameter_definitions:
        # The groups of a configuration in parts are in its first one.
        yield from _parameter(parameter, known if content.packet_number <= 1 else None)
    yield from _repeated("parameter", (each.identifier for each in content.parameter_definitions))
    yield from _repeated("event", (each.identifier for each in content.event_definitions))


def periodic_data(content: PeriodicDataPacket) -> Iterator[Problem]:
    """Check periodic data (10.3)."""
    if not content.interval:
        yield _error("interval", "the interval is 0 ns: recorders discard the packet")
    yield from _columns(content.columns)


def synchro_data(content: SynchroDataPacket) -> Iterator[Problem]:
    """Check synchronous data (10.3)."""
    yield from _columns(content.columns)
    samples = samples_of(content.columns)
    if not content.intervals:
        yield _error("synchro-intervals", "no interval: synchronous data has two samples or more")
    elif len(content.intervals) != samples - 1:
        text = f"{len(content.intervals)} intervals for {samples} samples: there is one interval less than samples"
        yield _error("synchro-intervals", text)
    if samples > _MOST_SYNCHRO_SAMPLES:
        text = f"{samples} samples: recorders take {_MOST_SYNCHRO_SAMPLES} in a packet at most"
        yield _warning("synchro-samples", text)


def row_data(content: RowDataPacket) -> Iterator[Problem]:
    """Check rows (10.3)."""
    if len(content.timestamps) != len(content.rows):
        text = f"{len(content.timestamps)} timestamps for {len(content.rows)} rows: each row has one"
        yield _error("row-timestamps", text)
    widths = {_length(row) for row in content.rows}
    if len(widths) > 1:
        yield _error("row-values", f"rows have {sorted(widths)} values: each has one for every parameter")
    yield from _statuses(content.rows)


def marker(content: MarkerPacket) -> Iterator[Problem]:
    """Check a marker (10.4)."""
    if content.type != LAP_TRIGGER:
        if content.type.replace(" ", "").lower() == "laptrigger":
            yield _error("lap-type", f"type {content.type!r} makes a point marker: a lap has the type {LAP_TRIGGER!r}")
        return
    source = content.source
    if not (source.isascii() and source.isdecimal() and int(source) <= _LARGEST_SOURCE):
        text = f"source {source!r} of a lap: recorders drop a lap whose source is no number from 0 to {_LARGEST_SOURCE}"
        yield _error("lap-source", text)
    if content.value not in _LAP_NUMBERS:
        yield _error("lap-number", f"lap number {content.value} does not fit into 16 bits")


def samples_of(columns: Iterable[SampleColumn]) -> int:
    """How many samples the longest column has."""
    return max((_length(column) for column in columns), default=0)


def parameters_in(content: DataPacket) -> set[int]:
    """Give the numbers of parameters that the content has values for: one, unless its rows differ."""
    return {_length(row) for row in content.rows} if isinstance(content, RowDataPacket) else {len(content.columns)}


def times_of(content: DataPacket) -> list[int]:
    """Give the times of the samples, in ns since the Unix epoch (10.3)."""
    if isinstance(content, RowDataPacket):
        return list(content.timestamps)
    samples = samples_of(content.columns)
    if isinstance(content, PeriodicDataPacket):
        return [content.start_time + number * content.interval for number in range(samples)]
    return list(accumulate(content.intervals, initial=content.start_time))[:samples]


def _is_unique(config_id: str) -> bool:
    try:
        return bool(uuid.UUID(config_id).int)
    except ValueError:
        return False


def _sub_groups(groups: Iterable[GroupDefinition]) -> Iterator[str]:
    for group in groups:
        for each in group.groups:
            yield each.identifier
        yield from _sub_groups(group.groups)


def _parameter(parameter: ParameterDefinition, known_groups: set[str] | None) -> Iterator[Problem]:
    name, colon, application = parameter.identifier.rpartition(":")
    if not (name and colon and application):
        text = f"parameter {parameter.identifier!r}: an identifier is 'Name:Application', readers split it at the colon"
        yield _error("parameter-identifier", text)
    elif parameter.application_name != application:
        text = f"parameter {parameter.identifier!r} has application_name {parameter.application_name!r}"
        yield _error("parameter-identifier", text)
    for group in parameter.groups:
        if known_groups is not None and group not in known_groups:
            yield _warning(
                "parameter-group", f"parameter {parameter.identifier!r} is in group {group!r}, not a sub-group"
            )
    yield from _limits(parameter, "value", parameter.min_value, parameter.max_value)
    yield from _limits(parameter, "warning_value", parameter.warning_min_value, parameter.warning_max_value)


def _limits(parameter: ParameterDefinition, which: str, low: float, high: float) -> Iterator[Problem]:
    if low > high:
        first = which.replace("value", "min_value")
        second = which.replace("value", "max_value")
        text = f"parameter {parameter.identifier!r}: {first} {low:g} is above {second} {high:g}; are they swapped?"
        yield _error("parameter-limits", text)


def _repeated(kind: str, identifiers: Iterable[str]) -> Iterator[Problem]:
    for identifier, count in Counter(identifiers).items():
        if count > 1:
            yield _error(f"{kind}-identifier", f"{kind} {identifier!r} is defined {count} times")


def _columns(columns: Iterable[SampleColumn]) -> Iterator[Problem]:
    columns = list(columns)
    lengths = [_length(column) for column in columns]
    if len(set(lengths)) > 1:
        yield _error("column-lengths", f"columns have {lengths} samples: all have as many")
    yield from _statuses(columns)


def _length(values: SampleColumn | SampleRow) -> int:
    kind = values.WhichOneof("list")
    return len(getattr(values, kind).samples) if kind else 0


def _statuses(values: Iterable[SampleColumn | SampleRow]) -> Iterator[Problem]:
    kinds = [(each, each.WhichOneof("list")) for each in values]
    missing = sum(sample.status == 0 for each, kind in kinds if kind for sample in getattr(each, kind).samples)
    if missing:
        text = f"{missing} samples have no status: set DATA_STATUS_VALID, some recorders write NaN otherwise"
        yield _warning("sample-status", text)
    if any(kind == "string_samples" for _, kind in kinds):
        yield _warning("string-samples", "recorders pass over string values")
