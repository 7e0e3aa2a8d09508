"""The forms in which a packet may be given, and their bytes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

from ma_streaming.errors import InvalidArgumentError
from ma_streaming.packets import PacketBytes

if TYPE_CHECKING:
    from google.protobuf.message import Message

    AnyPacket: TypeAlias = PacketBytes | bytes | Message

_PACKET_MESSAGE: Final = "ma.streaming.open_data.v1.Packet"


def bytes_of(packet: object) -> bytes:
    """Give the bytes of a packet, whichever of its three forms it has.

    Raises:
        InvalidArgumentError: It is something else.
    """
    if isinstance(packet, bytes):
        return bytes(packet)
    if isinstance(packet, PacketBytes):
        return packet.data
    descriptor = getattr(packet, "DESCRIPTOR", None)
    if getattr(descriptor, "full_name", None) == _PACKET_MESSAGE:
        return bytes(packet.SerializeToString())  # type: ignore[attr-defined]
    raise InvalidArgumentError(
        f"packet_bytes is a {type(packet).__name__}; allowed is PacketBytes, bytes or a protobuf Packet",
        subject="packet_bytes",
    )


def batch_of(packets: Iterable[object], stream: str) -> tuple[list[bytes], Sequence[str]]:
    """Give the bytes of packets, and the stream of each: `stream`, unless it is given as a pair (stream, packet).

    Returns:
        The packets, and their streams; where all have the same one, that one alone.

    Raises:
        InvalidArgumentError: `packets` is no iterable, or one of them is no packet.
    """
    if isinstance(packets, (str, bytes, PacketBytes)) or not isinstance(packets, Iterable):
        raise InvalidArgumentError(
            f"packets is a {type(packets).__name__}; allowed is a list of packets, or of (stream, packet) pairs",
            subject="packets",
        )
    given = packets if isinstance(packets, list) else list(packets)
    if tuple not in set(map(type, given)):
        return [packet if type(packet) is bytes else bytes_of(packet) for packet in given], (stream,)
    pairs = [each if type(each) is tuple else (stream, each) for each in given]
    for pair in pairs:
        if len(pair) != 2:  # noqa: PLR2004 - a pair
            raise InvalidArgumentError(
                f"packets holds a tuple of {len(pair)}; allowed is a packet, or a pair (stream, packet)",
                subject="packets",
            )
    return [bytes_of(packet) for _, packet in pairs], [stream for stream, _ in pairs]
