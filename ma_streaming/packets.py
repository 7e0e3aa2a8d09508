"""A packet's bytes, as they come from and go to the broker."""

from __future__ import annotations

from ma_streaming.errors import InvalidArgumentError


class PacketBytes:
    """One serialised `Packet` of the Open Data Protocol.

    Attributes:
        data: The bytes.

    Raises:
        InvalidArgumentError: `data` is neither bytes, bytearray nor a memoryview.
    """

    __slots__ = ("data",)

    data: bytes

    def __init__(self, data: bytes) -> None:
        if type(data) is not bytes:
            if not isinstance(data, (bytes, bytearray, memoryview)):
                raise InvalidArgumentError(
                    f"PacketBytes was given {type(data).__name__}; it needs bytes", subject="data"
                )
            data = bytes(data)
        self.data = data

    def __bytes__(self) -> bytes:
        return self.data

    def __len__(self) -> int:
        return len(self.data)

    def __eq__(self, other: object) -> bool:
        return self.data == other.data if isinstance(other, PacketBytes) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.data)

    def __repr__(self) -> str:
        return f"PacketBytes({len(self.data)} bytes)"
