"""What columns have to make of a record: protobuf parses it, and the rules of the wire contract (5, 7) say the rest."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from enum import Enum, auto
from typing import Any, Final

from google.protobuf.message import DecodeError

from ma_streaming.protos import open_data_pb2 as open_data

Sample = tuple[int, str, Any, int]
"""Time in ns, kind, value (of a double its bits), status."""
_CONTENTS: Final[Mapping[str, Any]] = {
    "PeriodicData": open_data.PeriodicDataPacket,
    "RowData": open_data.RowDataPacket,
    "SynchroData": open_data.SynchroDataPacket,
}
_LATEST_NS: Final = 2**63 - 1
_WIDE: Final = 255
_KINDS: Final = {
    "double_samples": "float64",
    "int32_samples": "int32",
    "bool_samples": "bool",
    "string_samples": "text",
}


class Verdict(Enum):
    """What becomes of a record."""

    INVALID = auto()
    """It is no Packet."""
    OTHER = auto()
    """Its type has no samples."""
    LEFT_OUT = auto()
    """It does not fit, or its data format is not known."""
    DECODED = auto()


class _LeftOutError(Exception):
    """A packet does not fit."""


def expected(record: bytes, formats: Mapping[int, Sequence[str]]) -> tuple[Verdict, dict[str, list[Sample]]]:
    """Give what becomes of a record, and its samples by parameter."""
    try:
        outer = open_data.Packet.FromString(record)
    except DecodeError:
        return Verdict.INVALID, {}
    make = _CONTENTS.get(outer.type)
    if make is None:
        return Verdict.OTHER, {}
    try:
        content = make.FromString(outer.content)
        names = _names(content.data_format, formats)
        columns = _of_rows(content, names) if outer.type == "RowData" else _of_columns(outer.type, content, names)
    except (DecodeError, _LeftOutError):
        return Verdict.LEFT_OUT, {}
    return Verdict.DECODED, dict(zip(names, columns, strict=True))


def refers_to_unknown_format(record: bytes, formats: Mapping[int, Sequence[str]]) -> bool:
    """Say whether packets behind this one may have to wait for a definition."""
    try:
        outer = open_data.Packet.FromString(record)
        form = _CONTENTS[outer.type].FromString(outer.content).data_format
    except (DecodeError, KeyError):
        return True  # where protobuf gives up, somebody else may have found an id
    return form.data_format_identifier != 0 and form.data_format_identifier not in formats


def found(column: Any) -> list[Sample]:
    """Give the samples of a column that was read, in the form of `expected`."""
    kind = "text" if column.values.dtype == object else str(column.values.dtype)
    values = column.values.view("int64") if kind == "float64" else column.values
    arrays = (column.timestamps_ns.tolist(), values.tolist(), column.statuses.tolist())
    return [(time, kind, value, status) for time, value, status in zip(*arrays, strict=True)]


def _names(form: Any, formats: Mapping[int, Sequence[str]]) -> Sequence[str]:
    which = form.WhichOneof("format")
    if which is None or (which == "data_format_identifier" and form.data_format_identifier not in formats):
        raise _LeftOutError
    inline = form.parameter_identifiers.parameter_identifiers
    names = formats[form.data_format_identifier] if which == "data_format_identifier" else list(inline)
    if len(set(names)) != len(names):
        raise _LeftOutError
    return names


def _of_columns(kind: str, content: Any, names: Sequence[str]) -> list[list[Sample]]:
    lists = [_list_of(column) for column in content.columns]
    lengths = {len(samples) for _, samples in lists}
    if len(lists) != len(names) or len(lengths) > 1:
        raise _LeftOutError
    times = _times(kind, content, lengths.pop() if lengths else 0)
    return [
        [_sample(time, kind, sample) for time, sample in zip(times, samples, strict=True)] for kind, samples in lists
    ]


def _times(kind: str, content: Any, count: int) -> list[int]:
    if kind == "PeriodicData":
        times = [content.start_time + number * content.interval for number in range(count)]
    else:
        intervals = content.intervals
        if len(intervals) != count - 1 and (intervals or count):
            raise _LeftOutError
        times = [content.start_time]
        for interval in intervals:
            times.append(times[-1] + interval)
        times = times[:count]
    if max([content.start_time, *times]) > _LATEST_NS:
        raise _LeftOutError
    return times


def _of_rows(content: Any, names: Sequence[str]) -> list[list[Sample]]:
    rows = [_list_of(row) for row in content.rows]
    kinds = {kind for kind, _ in rows if kind}
    if (
        len(content.timestamps) != len(rows)
        or ("text" in kinds and len(kinds) > 1)
        or any(len(samples) != len(names) for _, samples in rows)
        or max(content.timestamps, default=0) > _LATEST_NS
    ):
        raise _LeftOutError
    common = "float64" if len(kinds) > 1 else "".join(kinds)
    return [
        [_sample(time, common, samples[i]) for time, (_, samples) in zip(content.timestamps, rows, strict=True)]
        for i in range(len(names))
    ]


def _list_of(column: Any) -> tuple[str, Any]:
    which = column.WhichOneof("list")
    return (_KINDS[which], getattr(column, which).samples) if which else ("", ())


def _sample(time: int, kind: str, sample: Any) -> Sample:
    status = sample.status if 0 <= sample.status <= _WIDE else _WIDE
    if kind != "float64":
        return time, kind, sample.value, status
    return time, kind, struct.unpack("<q", struct.pack("<d", sample.value))[0], status
