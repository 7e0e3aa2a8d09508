"""Whether the packets of a session are what ATLAS can read: the rules of wire contract 10, for a whole session.

::

    for finding in check_session(packets):  # pairs of stream and packet, in the order in which they are written
        print(finding)

It looks at what is written, not at a broker, so a program's tests can use it before a session exists.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from google.protobuf.message import DecodeError

from ma_streaming.packet_writing import content_rules
from ma_streaming.packet_writing.content_rules import LAP_TRIGGER, Problem, Severity
from ma_streaming.packets import PacketBytes
from ma_streaming.protos import open_data_pb2 as open_data

if TYPE_CHECKING:
    from google.protobuf.message import Message

AnyPacket = open_data.Packet | PacketBytes | bytes

_LAP_SPACING_NS: Final = 10_000_000_000
_GAP_LIMIT_NS: Final = 1_000_000_000
_FEW_SAMPLES_FROM: Final = 10
_MOST_DECIMALS: Final = 3
_SECOND_NS: Final = 1_000_000_000
_ON_EVERY_STREAM: Final = ("NewSession", "Configuration", "EndOfSession")
_ESSENTIAL: Final = {"Configuration": True, "Marker": True, "NewSession": False, "EndOfSession": False}
_DATA: Final = ("PeriodicData", "RowData", "SynchroData")
_MISSPELT: Final = {"EventData": "Event", "MarkerData": "Marker"}


@dataclass(frozen=True)
class Finding:
    """What is wrong with a session's packets.

    Attributes:
        rule: Name of the rule, such as "lap-source".
        severity: `Severity.ERROR` where ATLAS loses or refuses something, `Severity.WARNING` for poor data.
        stream: The stream; "" is the main stream.
        packet: Number of the packet in the order given, from 1; 0 for what the session as a whole lacks.
        text: What is wrong, and what to do.
    """

    rule: str
    severity: Severity
    stream: str
    packet: int
    text: str

    def __str__(self) -> str:
        where = f"stream {self.stream!r}" + (f", packet {self.packet}" if self.packet else "")
        return f"{self.severity.value} {self.rule}: {where}: {self.text}"


def check_session(packets: Iterable[tuple[str, AnyPacket]]) -> list[Finding]:
    """Check the packets of one whole session.

    Args:
        packets: Stream and packet, in the order in which they are written; a packet for two streams comes twice. Data
            format definitions may be among them: then the numbers of columns are checked, too.

    Returns:
        The findings, in the order of the packets; those of the session as a whole come last.
    """
    checker = _Checker()
    for stream, packet in packets:
        checker.add(stream, packet)
    checker.finish()
    return checker.findings


@dataclass
class _Stream:
    """What was seen of one stream."""

    types: set[str] = field(default_factory=set)
    last_id: int = 0
    data_packets: int = 0
    single_samples: int = 0
    first_ns: int | None = None
    last_ns: int = 0
    next_start_ns: dict[tuple[object, int], tuple[int, int]] = field(default_factory=dict)
    markers: dict[bytes, tuple[int, int]] = field(default_factory=dict)
    last_lap_ns: int | None = None


class _Checker:
    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self._streams: dict[str, _Stream] = {"": _Stream()}
        self._formats: dict[int, int] = {}
        self._session_key: str | None = None
        self._number = 0

    def add(self, stream: str, given: AnyPacket) -> None:
        self._number += 1
        seen = self._streams.setdefault(stream, _Stream())
        try:
            packet = given if isinstance(given, open_data.Packet) else open_data.Packet.FromString(bytes(given))
            content = _content_of(packet)
        except DecodeError as error:
            self._find(stream, Problem("packet", Severity.ERROR, f"the bytes can't be parsed: {error}"))
            return
        if isinstance(content, open_data.DataFormatDefinitionPacket):
            self._formats[content.identifier] = len(content.parameter_identifiers.parameter_identifiers)
            return
        for problem in self._envelope(packet, content, seen):
            self._find(stream, problem)
        for problem in self._content(content, seen) if content is not None else ():
            self._find(stream, problem)
        seen.types.add(packet.type)

    def finish(self) -> None:
        self._number = 0
        for stream, seen in self._streams.items():
            for kind in _ON_EVERY_STREAM:
                if kind not in seen.types:
                    text = f"no {kind}: it belongs on the main stream and on every other one"
                    self._find(stream, Problem("every-stream", Severity.ERROR, text))
            if seen.data_packets >= _FEW_SAMPLES_FROM and seen.single_samples * 2 > seen.data_packets:
                text = (
                    f"{seen.single_samples} of {seen.data_packets} data packets hold one sample: make them of about 1 s"
                )
                self._find(stream, Problem("few-samples", Severity.WARNING, text))
        self._check_markers()

    def _find(self, stream: str, problem: Problem, packet: int | None = None) -> None:
        number = self._number if packet is None else packet
        self.findings.append(Finding(problem.rule, problem.severity, stream, number, problem.text))

    def _envelope(self, packet: open_data.Packet, content: Message | None, seen: _Stream) -> Iterator[Problem]:
        if content is None:
            meant = _MISSPELT.get(packet.type) or packet.type.removesuffix("Packet")
            hint = f": it is spelt {meant!r}" if meant != packet.type else ""
            yield Problem("packet-type", Severity.ERROR, f"type {packet.type!r} is unknown{hint}")
        self._session_key = self._session_key or packet.session_key
        if packet.session_key != self._session_key or not packet.session_key:
            text = f"session_key {packet.session_key!r}: the packets before have {self._session_key!r}"
            yield Problem("session-key", Severity.ERROR, text)
        essential = _ESSENTIAL.get(packet.type, packet.is_essential)
        if essential != packet.is_essential:
            text = f"is_essential is {packet.is_essential}; for {packet.type} it is {essential}"
            yield Problem("essential", Severity.ERROR, text)
        if packet.id and packet.id < seen.last_id:
            text = f"id {packet.id} after {seen.last_id}: ids of a stream go up"
            yield Problem("packet-id", Severity.WARNING, text)
        seen.last_id = max(seen.last_id, packet.id)
        if not seen.types and packet.type != "NewSession":
            yield Problem("new-session-first", Severity.ERROR, f"{packet.type} before the NewSession of this stream")
        if packet.type in _DATA and "Configuration" not in seen.types:
            yield Problem("configuration-first", Severity.ERROR, "data before a Configuration on this stream")
        if "EndOfSession" in seen.types:
            yield Problem("after-end", Severity.ERROR, f"{packet.type} after the EndOfSession of this stream")

    def _content(self, content: Message, seen: _Stream) -> Iterator[Problem]:
        yield from content_rules.problems_of(content)
        if isinstance(content, open_data.MarkerPacket):
            yield from self._place_marker(content, seen)
        elif isinstance(content, content_rules.DataPacket):
            yield from self._place_data(content, seen)

    def _place_marker(self, content: open_data.MarkerPacket, seen: _Stream) -> Iterator[Problem]:
        seen.markers[content.SerializeToString(deterministic=True)] = (self._number, content.timestamp)
        if content.type == LAP_TRIGGER:
            last, seen.last_lap_ns = seen.last_lap_ns, content.timestamp
            if last is not None and content.timestamp - last < _LAP_SPACING_NS:
                seconds = (content.timestamp - last) / 1e9
                text = f"a lap {seconds:g} s after the one before: recorders refuse less than 10 s"
                yield Problem("lap-spacing", Severity.ERROR, text)

    def _place_data(self, content: content_rules.DataPacket, seen: _Stream) -> Iterator[Problem]:
        times = content_rules.times_of(content)
        seen.data_packets += 1
        seen.single_samples += len(times) == 1
        if times:
            seen.first_ns = min(times) if seen.first_ns is None else min(seen.first_ns, *times)
            seen.last_ns = max(seen.last_ns, *times)
        yield from self._count_parameters(content)
        if isinstance(content, open_data.PeriodicDataPacket) and content.interval and times:
            yield from _follow(content, len(times), seen)

    def _count_parameters(self, content: content_rules.DataPacket) -> Iterator[Problem]:
        data_format = content.data_format
        if data_format.WhichOneof("format") == "parameter_identifiers":
            expected = len(data_format.parameter_identifiers.parameter_identifiers)
        elif data_format.data_format_identifier in self._formats:
            expected = self._formats[data_format.data_format_identifier]
        else:
            return
        for given in content_rules.parameters_in(content) - {expected}:
            text = f"{given} values or columns for a format of {expected} parameters"
            yield Problem("parameter-count", Severity.ERROR, text)

    def _check_markers(self) -> None:
        for stream, seen in self._streams.items():
            for marker, (number, timestamp) in seen.markers.items():
                missing = [name or "main" for name, other in self._streams.items() if marker not in other.markers]
                if missing:
                    text = f"a marker belongs on every stream; it is missing on {', '.join(missing)}"
                    self._find(stream, Problem("every-stream", Severity.ERROR, text), number)
                if seen.first_ns is not None and not seen.first_ns <= timestamp <= seen.last_ns:
                    text = (
                        "a marker outside the time of the stream's data is dropped: take its time from the same clock"
                    )
                    self._find(stream, Problem("marker-time", Severity.WARNING, text), number)


def _content_of(packet: open_data.Packet) -> Message | None:
    """Parse the content; None for an unknown type.

    Raises:
        DecodeError: The content is not what the type says.
    """
    kinds = open_data.DESCRIPTOR.message_types_by_name
    for name in (f"{packet.type}Packet", f"{packet.type}Message"):
        if name in kinds:
            content: Message = getattr(open_data, name).FromString(packet.content)
            return content
    return None


def _follow(content: open_data.PeriodicDataPacket, samples: int, seen: _Stream) -> Iterator[Problem]:
    """Compare the start of periodic data with the end of the same channel's data before (10.3)."""
    channel = (content.data_format.SerializeToString(deterministic=True), content.interval)
    expected, before = seen.next_start_ns.get(channel, (content.start_time, 1))
    seen.next_start_ns[channel] = (content.start_time + samples * content.interval, samples)
    gap = content.start_time - expected
    lacking = _lacking_ns(content.interval)
    makes_up = 0 <= gap <= before * lacking + 1 if lacking else gap == 0
    if not makes_up and abs(gap) < _GAP_LIMIT_NS:
        kind = "gap" if gap > 0 else "overlap"
        text = f"{kind} of {abs(gap)} ns to the packet before: go on from its last sample, not from the wall clock"
        yield Problem("start-time", Severity.WARNING, text)


def _lacking_ns(interval_ns: int) -> float:
    """Give what was cut off of the interval of a rate of at most three decimals: 60 Hz is 16,666,666 ns (10.3)."""
    for decimals in range(_MOST_DECIMALS + 1):
        rate = round(_SECOND_NS / interval_ns, decimals)
        if rate and 0 < _SECOND_NS / rate - interval_ns < 1:
            return _SECOND_NS / rate - interval_ns
    return 0.0
