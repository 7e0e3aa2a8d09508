"""Packets with samples, made with protobuf as the wire contract (5, 7) has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from google.protobuf.message import Message

VALID = 1
LISTS = {float: "double_samples", int: "int32_samples", bool: "bool_samples", str: "string_samples"}


def samples(values: Sequence[Any], statuses: Sequence[int] | None = None) -> dict[str, Any]:
    """Give the fields of a SampleColumn or SampleRow; all values are of one type."""
    given = statuses if statuses is not None else [VALID] * len(values)
    kind = LISTS[type(values[0]) if values else float]
    return {kind: {"samples": [{"value": v, "status": s} for v, s in zip(values, given, strict=True)]}}


def data_format(parameters: Sequence[str] | int) -> dict[str, Any]:
    """Give the fields of a SampleDataFormat: an id, or a list that is in the packet itself."""
    if isinstance(parameters, int):
        return {"data_format_identifier": parameters}
    return {"parameter_identifiers": {"parameter_identifiers": parameters}}


def periodic(
    parameters: Sequence[str] | int, columns: Sequence[dict[str, Any]], *, start: int = 1_000, interval: int = 10
) -> Message:
    """Make the content of a PeriodicData packet."""
    from ma_streaming.protos.open_data_pb2 import PeriodicDataPacket

    return PeriodicDataPacket(data_format=data_format(parameters), start_time=start, interval=interval, columns=columns)


def rows(parameters: Sequence[str] | int, timestamps: Sequence[int], rows: Sequence[dict[str, Any]]) -> Message:
    """Make the content of a RowData packet."""
    from ma_streaming.protos.open_data_pb2 import RowDataPacket

    return RowDataPacket(data_format=data_format(parameters), timestamps=timestamps, rows=rows)


def synchro(
    parameters: Sequence[str] | int, columns: Sequence[dict[str, Any]], *, start: int, intervals: Sequence[int]
) -> Message:
    """Make the content of a SynchroData packet."""
    from ma_streaming.protos.open_data_pb2 import SynchroDataPacket

    return SynchroDataPacket(
        data_format=data_format(parameters), start_time=start, intervals=intervals, columns=columns
    )


def packet(session_key: str, content: Message | bytes, *, type: str = "") -> bytes:
    """Make the bytes of a Packet. Its type is that of the content, unless one is given."""
    from ma_streaming.protos.open_data_pb2 import Packet

    name = type or str(getattr(content, "DESCRIPTOR", None) and content.DESCRIPTOR.name).removesuffix("Packet")  # type: ignore[union-attr]
    value = content if isinstance(content, bytes) else content.SerializeToString()
    return Packet(type=name, session_key=session_key, content=value).SerializeToString()


Sample = tuple[int, Any, int]
"""Time in ns, value, status."""


def decoded(packets: Sequence[bytes], formats: Mapping[int, Sequence[str]]) -> dict[str, list[Sample]]:
    """Give the samples of packets by parameter, as protobuf reads them.

    Args:
        packets: Any packets; those without samples are passed over.
        formats: What data format ids stand for.
    """
    from ma_streaming.protos import open_data_pb2 as open_data

    found: dict[str, list[Sample]] = {}
    for value in packets:
        outer = open_data.Packet.FromString(value)
        if outer.type not in {"PeriodicData", "RowData", "SynchroData"}:
            continue
        content = getattr(open_data, f"{outer.type}Packet").FromString(outer.content)
        form = content.data_format
        names = formats[form.data_format_identifier] if form.data_format_identifier else _inline(form)
        for name, time, sample in _samples_of(outer.type, content, names):
            found.setdefault(name, []).append((time, sample.value, sample.status))
    return found


def of_batches(batches: Sequence[Any]) -> dict[str, list[Sample]]:
    """Give the samples of batches by parameter, in their order."""
    found: dict[str, list[Sample]] = {}
    for batch in batches:
        for name, column in batch.items():
            arrays = (column.timestamps_ns, column.values, column.statuses)
            found.setdefault(name, []).extend(zip(*(array.tolist() for array in arrays), strict=True))
    return found


def _inline(form: Any) -> Sequence[str]:
    return list(form.parameter_identifiers.parameter_identifiers)


def _samples_of(kind: str, content: Any, names: Sequence[str]) -> Iterator[tuple[str, int, Any]]:
    if kind == "RowData":
        for time, row in zip(content.timestamps, content.rows, strict=True):
            for name, sample in zip(names, _list_of(row), strict=True):
                yield name, time, sample
        return
    for name, column in zip(names, content.columns, strict=True):
        time = content.start_time
        for number, sample in enumerate(_list_of(column)):
            yield name, time, sample
            is_last = kind == "SynchroData" and number == len(content.intervals)
            time += 0 if is_last else content.interval if kind == "PeriodicData" else content.intervals[number]


def _list_of(samples: Any) -> Any:
    return getattr(samples, samples.WhichOneof("list")).samples
