"""Packets with samples, made with protobuf as the wire contract (5, 7) has them."""

from __future__ import annotations

from collections.abc import Sequence
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
