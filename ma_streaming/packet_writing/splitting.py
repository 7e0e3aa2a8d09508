"""Large configurations in several packets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ma_streaming import arguments
from ma_streaming.errors import InvalidArgumentError

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from ma_streaming.protos.open_data_pb2 import ConfigurationPacket

DEFAULT_MAX_BYTES: Final = 4_000_000
_LARGEST: Final = 2**31 - 1
_FIELDS: Final = ("group_definitions", "parameter_definitions", "event_definitions")
_SMALLEST: Final = 1_000
_NUMBERS_BYTES: Final = 16
"""Room for the three fields that make a part of a configuration."""
_FRAME_BYTES: Final = 6
"""Most bytes for the number and the length of a definition."""


def split_configuration(
    configuration: ConfigurationPacket, max_bytes: int = DEFAULT_MAX_BYTES
) -> list[ConfigurationPacket]:
    """Split a configuration that is too large for one packet (wire contract 10.2).

    The parts have the same `config_id`, `packet_number` from 1 on and `total_packet_number`; the groups come first, and
    all definitions in their order. Each but the last has `partial_packet` set, as in the vendor's example; readers are
    done when they have as many as there are. Write all of them to each stream before any data.

    Args:
        configuration: A whole configuration. It is not changed.
        max_bytes: How large a part may be when it is serialised, in bytes; from 1,000. The packet around it takes some
            100 bytes more, and the broker's limit is for both.

    Returns:
        The parts in order; the configuration itself where it fits.

    Raises:
        InvalidArgumentError: It is a part already, a single definition is larger than `max_bytes`, or `max_bytes` is
            not allowed.
    """
    limit = arguments.integer("max_bytes", max_bytes, minimum=_SMALLEST, maximum=_LARGEST)
    if configuration.partial_packet or configuration.total_packet_number:
        raise InvalidArgumentError("the configuration is a part of one already", subject="configuration")
    if configuration.ByteSize() <= limit:
        return [configuration]
    parts = list(_parts(configuration, limit))
    for number, part in enumerate(parts, start=1):
        part.partial_packet = number < len(parts)
        part.packet_number = number
        part.total_packet_number = len(parts)
    return parts


def _parts(configuration: ConfigurationPacket, limit: int) -> Iterator[ConfigurationPacket]:
    def empty() -> ConfigurationPacket:
        return type(configuration)(config_id=configuration.config_id)

    part = empty()
    begin = size = part.ByteSize() + _NUMBERS_BYTES
    for field, definition in _definitions(configuration):
        added = definition.ByteSize() + _FRAME_BYTES
        if begin + added > limit:
            name = getattr(definition, "identifier", "")
            text = f"the definition of {name!r} has {definition.ByteSize()} bytes, more than fit into {limit}"
            raise InvalidArgumentError(text, subject="configuration")
        if size + added > limit:
            yield part
            part, size = empty(), begin
        getattr(part, field).append(definition)
        size += added
    yield part


def _definitions(configuration: ConfigurationPacket) -> Iterator[tuple[str, Message]]:
    for field in _FIELDS:
        for definition in getattr(configuration, field):
            yield field, definition
