"""What the Configuration packets of a session say together: whole ones, parts in any order, and repeated ones."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeVar

from google.protobuf.message import DecodeError

from ma_streaming.client.definitions import event_of, parameter_of
from ma_streaming.protos.open_data_pb2 import ConfigurationPacket, EventDefinition, ParameterDefinition
from ma_streaming.tabular import counted

if TYPE_CHECKING:
    from ma_streaming.client.parameters import Event, Parameter

Definition = TypeVar("Definition", ParameterDefinition, EventDefinition)

_MOST_NAMED: Final = 5


@dataclass
class _Configuration:
    """The packets with one `config_id`; those that are no parts have the number 0."""

    parts: dict[int, list[ConfigurationPacket]] = field(default_factory=dict)
    total: int = 0
    has_open_end: bool = False

    def add(self, packet: ConfigurationPacket) -> None:
        number = packet.packet_number if packet.partial_packet or packet.total_packet_number else 0
        self.parts.setdefault(number, []).append(packet)
        self.total = max(self.total, packet.total_packet_number)
        self.has_open_end |= packet.partial_packet and not packet.total_packet_number

    def packets(self) -> Iterator[ConfigurationPacket]:
        for number in sorted(self.parts):
            yield from self.parts[number]

    @property
    def missing_count(self) -> int:
        return self.total - sum(1 <= number <= self.total for number in self.parts)

    def missing_numbers(self) -> list[int]:
        """Give the first few numbers of parts that are missing."""
        absent = (number for number in range(1, self.total + 1) if number not in self.parts)
        return list(itertools.islice(absent, _MOST_NAMED))


class ConfigurationAssembler:
    """Puts Configuration packets together (wire contract 10.2).

    A configuration in parts is complete when as many parts are there as there are to be, whatever their order, and
    whichever of them says that it is the last one. Of several definitions of one identifier the last one counts.
    """

    def __init__(self) -> None:
        self._seen: set[bytes] = set()
        self._configurations: dict[str, _Configuration] = {}
        self._malformed = 0

    def add(self, content: bytes) -> None:
        """Take the content of a Configuration packet; the same one again changes nothing."""
        digest = hashlib.blake2b(content, digest_size=16).digest()
        if digest in self._seen:
            return
        self._seen.add(digest)
        try:
            packet = ConfigurationPacket.FromString(content)
        except DecodeError:
            self._malformed += 1
            return
        self._configurations.setdefault(packet.config_id, _Configuration()).add(packet)

    @property
    def lacks_parts(self) -> bool:
        """True where a configuration has begun whose other parts have not come."""
        return any(each.missing_count or each.has_open_end for each in self._configurations.values())

    @property
    def is_complete(self) -> bool:
        """True where there is a configuration, and none lacks parts."""
        return bool(self._configurations) and not self.lacks_parts

    def parameters(self) -> list[Parameter]:
        """Give the parameters that are defined by what has come so far, in the order of their definitions."""
        return [parameter_of(each) for each in self._parameter_definitions()[0].values()]

    def events(self) -> list[Event]:
        """Give the events, likewise."""
        definitions = (each for packet in self._packets() for each in packet.event_definitions)
        return [event_of(each) for each in _by_identifier(definitions)[0].values()]

    def notes(self) -> list[str]:
        """Say what is missing or contradictory, in sentences without a full stop."""
        notes = [] if self._configurations else ["there is no configuration"]
        for config_id, each in self._configurations.items():
            if each.missing_count:
                numbers = ", ".join(map(str, each.missing_numbers()))
                more = ", ..." if each.missing_count > _MOST_NAMED else ""
                missing = f"{each.missing_count:,} of {each.total:,} parts are missing: {numbers}{more}"
                notes.append(f"of configuration {config_id} {missing}")
            if each.has_open_end:
                notes.append(f"configuration {config_id} does not say how many parts it has")
        if self._malformed:
            notes.append(f"{counted(self._malformed, 'configuration')} could not be parsed")
        changed = self._parameter_definitions()[1]
        if changed:
            notes.append(f"{counted(changed, 'parameter')} defined more than once, the last definition counts")
        return notes

    def _packets(self) -> Iterator[ConfigurationPacket]:
        for configuration in self._configurations.values():
            yield from configuration.packets()

    def _parameter_definitions(self) -> tuple[dict[str, ParameterDefinition], int]:
        return _by_identifier(each for packet in self._packets() for each in packet.parameter_definitions)


def _by_identifier(definitions: Iterator[Definition]) -> tuple[dict[str, Definition], int]:
    """Give definitions by identifier, and how many times one was replaced by a different one."""
    found: dict[str, Definition] = {}
    changed = 0
    for definition in definitions:
        before = found.get(definition.identifier)
        changed += before is not None and before != definition
        found[definition.identifier] = definition
    return found, changed
