"""Markers and events of a recording, written once they are in the time of its data (wire contract 10.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ma_streaming import arguments
from ma_streaming.errors import InvalidArgumentError
from ma_streaming.packet_writing import content_rules
from ma_streaming.packet_writing.content_rules import LAP_TRIGGER
from ma_streaming.protos.open_data_pb2 import EventPacket, MarkerPacket

if TYPE_CHECKING:
    from ma_streaming.client.session_output import SessionOutput
    from ma_streaming.client.timeline import Timeline
    from ma_streaming.logger import GuardedLogger

_LAP_SPACING_NS: Final = 10_000_000_000
_ROUNDING_NS: Final = 1_000
"""How far the last sample of a packet may be before its exact time."""


@dataclass
class _Mark:
    content: MarkerPacket | EventPacket
    time_ns: int | None


class Marks:
    """Holds markers back until the data has come to their time: recorders drop those that are outside of it.

    Args:
        output: Where they are written.
        timeline: What the time of the data is.
        logger: Where it is said that a marker was moved.
    """

    def __init__(self, output: SessionOutput, timeline: Timeline, logger: GuardedLogger) -> None:
        self._output = output
        self._timeline = timeline
        self._log = logger
        self._held: list[_Mark] = []
        self._last_lap_ns: int | None = None
        self._laps = 0

    def add_marker(self, content: MarkerPacket, time_ns: int | None, number: int | None) -> None:
        """Take a marker.

        Args:
            content: All of it but the time and a lap's number.
            time_ns: Its time; None = that of the last sample, or of the first one where there is none yet.
            number: Of a lap; None = one more than the laps before.

        Raises:
            InvalidArgumentError: It is a lap less than 10 s after the one before.
        """
        time_ns = self._time_of(time_ns)
        if content.type == LAP_TRIGGER:
            last = self._last_lap_ns
            if last is not None and time_ns is not None and time_ns - last < _LAP_SPACING_NS:
                seconds = (time_ns - last) / 1e9
                text = f"lap {content.label!r} is {seconds:g} s after the one before: recorders refuse less than 10 s"
                raise InvalidArgumentError(text, subject="time")
            self._laps += 1
            content.value = self._laps if number is None else number
            self._last_lap_ns = time_ns if time_ns is not None else last
        elif number is not None:
            content.value = number
        self._held.append(_Mark(content, time_ns))
        self.release()

    def add_event(self, content: EventPacket, time_ns: int | None) -> None:
        """Take an event; the time is as for a marker."""
        self._held.append(_Mark(content, self._time_of(time_ns)))
        self.release()

    def release(self, *, all_of_them: bool = False) -> None:
        """Write what is in the time of the data by now.

        Args:
            all_of_them: The data has come to its end: write the others, too, at that time.
        """
        held, self._held = self._held, []
        for at, mark in enumerate(held):
            if not (all_of_them or self._is_reached(mark)):
                self._held.append(mark)
                continue
            try:
                self._write(mark)
            except BaseException:
                self._held += held[at:]
                raise

    def _is_reached(self, mark: _Mark) -> bool:
        timeline = self._timeline
        if timeline.first_ns is None:
            return False
        return mark.time_ns is None or isinstance(mark.content, EventPacket) or mark.time_ns <= timeline.last_ns

    def _time_of(self, given_ns: int | None) -> int | None:
        timeline = self._timeline
        return timeline.last_ns if given_ns is None and timeline.first_ns is not None else given_ns

    def _write(self, mark: _Mark) -> None:
        timeline, content = self._timeline, mark.content
        first_ns = timeline.start_ns if timeline.first_ns is None else timeline.first_ns
        content.timestamp = first_ns if mark.time_ns is None else mark.time_ns
        if isinstance(content, EventPacket):
            self._output.event(content)
            return
        if mark.time_ns is None and content.type == LAP_TRIGGER and self._last_lap_ns is None:
            self._last_lap_ns = first_ns
        if timeline.first_ns is not None:
            self._bring_into_range(content, first_ns, timeline.last_ns)
        self._output.marker(content)

    def _bring_into_range(self, content: MarkerPacket, first_ns: int, last_ns: int) -> None:
        given = content.timestamp
        content.timestamp = min(max(given, first_ns), last_ns)
        moved = content.timestamp - given
        if abs(moved) >= _ROUNDING_NS:
            where = f"{abs(moved) / 1e9:g} s {'before' if moved > 0 else 'after'} the data"
            self._log.warning(
                f"marker {content.label!r} is {where}, where recorders drop it: it was moved; take its time from the "
                "clock of the data"
            )


def marker_of(label: str, kind: str, *, number: int | None, description: str, source: str) -> MarkerPacket:
    """Make a marker without its times.

    Raises:
        InvalidArgumentError: An argument is not allowed, or recorders would drop it; the text is what the rule says.
    """
    content = MarkerPacket(
        label=arguments.text("label", label),
        type=arguments.text("kind", kind),
        description=arguments.text("description", description, empty_allowed=True),
        source=arguments.text("source", source, empty_allowed=True),
        value=0 if number is None else arguments.integer("number", number, minimum=-(2**63), maximum=2**63 - 1),
    )
    for problem in content_rules.marker(content):
        raise InvalidArgumentError(problem.text, subject="marker")
    return content
