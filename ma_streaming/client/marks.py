"""Markers and events of a recording, written once they are in the time of its data (wire contract 10.4)."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

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
_POINT: Final = "Marker"
_AT_ONCE: Final = -1
_ROUNDING_NS: Final = 1_000
"""How far the last sample of a packet may be before its exact time."""


class _Mark(NamedTuple):
    """A marker or event that is held; the first of them in order is the first to be written.

    Attributes:
        due_ns: To which time the data must have come; -1 = to any.
        number: How many there were before.
        content: All of it but its time.
        time_ns: That; None = that of the first sample.
    """

    due_ns: int
    number: int
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
        self._held: list[_Mark] = []  # a heap
        self._taken = itertools.count()
        self._last_lap_ns: int | None = None
        self._last_written_lap_ns: int | None = None
        self._laps = 0

    def add_marker(self, content: MarkerPacket, time_ns: int | None, number: int | None) -> None:
        """Take a marker.

        Args:
            content: All of it but the time and a lap's number.
            time_ns: Its time; None = that of the last sample, or of the first one where there is none yet.
            number: Of a lap; None = one more than the laps before.

        Raises:
            InvalidArgumentError: It is a lap less than 10 s after the one before, or it ends before it begins.
            StreamingError: It could not be written now; it is held, and written with what comes next.
        """
        time_ns = self._time_of(time_ns)
        begin_ns = self._planned(time_ns)
        if content.end_time and content.end_time < begin_ns:
            raise arguments.refuse("end", content.end_time, f"a time that is not before the marker's, {begin_ns}")
        if content.type == LAP_TRIGGER:
            distance_ns = begin_ns - self._planned(self._last_lap_ns)
            if self._laps and distance_ns < _LAP_SPACING_NS:
                seconds = distance_ns / 1e9
                text = f"lap {content.label!r} is {seconds:g} s after the one before: recorders refuse less than 10 s"
                raise InvalidArgumentError(text, subject="time")
            self._laps += 1
            content.value = self._laps if number is None else number
            self._last_lap_ns = time_ns
        elif number is not None:
            content.value = number
        self._hold(content, time_ns, due_ns=_AT_ONCE if time_ns is None else time_ns)

    def add_event(self, content: EventPacket, time_ns: int | None) -> None:
        """Take an event; the time is as for a marker."""
        self._hold(content, self._time_of(time_ns), due_ns=_AT_ONCE)

    def release(self, *, all_of_them: bool = False) -> None:
        """Write what is in the time of the data by now.

        Args:
            all_of_them: The data has come to its end: write the others, too, at that time.
        """
        changes = _Changes()
        try:
            while self._held and (all_of_them or self._is_reached(self._held[0])):
                self._write(self._held[0], changes)
                heapq.heappop(self._held)
        finally:
            for text in changes.texts():
                self._log.warning(text)

    def _hold(self, content: MarkerPacket | EventPacket, time_ns: int | None, *, due_ns: int) -> None:
        heapq.heappush(self._held, _Mark(due_ns, next(self._taken), content, time_ns))
        self.release()

    def _is_reached(self, mark: _Mark) -> bool:
        return self._timeline.first_ns is not None and mark.due_ns <= self._timeline.last_ns

    def _time_of(self, given_ns: int | None) -> int | None:
        timeline = self._timeline
        return timeline.last_ns if given_ns is None and timeline.first_ns is not None else given_ns

    def _planned(self, time_ns: int | None) -> int:
        """Give the time of a mark; that of the first sample is the recording's beginning while there is none."""
        timeline = self._timeline
        first_ns = timeline.start_ns if timeline.first_ns is None else timeline.first_ns
        return first_ns if time_ns is None else time_ns

    def _write(self, mark: _Mark, changes: _Changes) -> None:
        timeline, content = self._timeline, mark.content
        content.timestamp = self._planned(mark.time_ns)
        if isinstance(content, EventPacket):
            self._output.event(content)
            return
        if timeline.first_ns is not None:
            given = content.timestamp
            content.timestamp = min(max(given, timeline.first_ns), timeline.last_ns)
            moved_ns = content.timestamp - given
            if content.end_time:
                content.end_time = max(content.end_time + moved_ns, content.timestamp)
            changes.note_move(content.label, moved_ns)
        if content.type == LAP_TRIGGER and self._is_too_near(content.timestamp):
            content.type = _POINT
            changes.laps.append(content.label)
        self._output.marker(content)
        if content.type == LAP_TRIGGER:
            self._last_written_lap_ns = content.timestamp

    def _is_too_near(self, time_ns: int) -> bool:
        last_ns = self._last_written_lap_ns
        return last_ns is not None and time_ns - last_ns < _LAP_SPACING_NS


class _Changes:
    """What had to be changed of markers, said in a line of each kind however many there are.

    Attributes:
        laps: Labels of those that became points.
    """

    def __init__(self) -> None:
        self._early: list[tuple[int, str]] = []
        self._late: list[tuple[int, str]] = []
        self.laps: list[str] = []

    def note_move(self, label: str, moved_ns: int) -> None:
        """Note that a marker was moved, where it is further than rounding explains."""
        if abs(moved_ns) >= _ROUNDING_NS:
            (self._early if moved_ns > 0 else self._late).append((abs(moved_ns), label))

    def texts(self) -> Iterator[str]:
        """Give the lines."""
        for where, moved in (("before", self._early), ("after", self._late)):
            if moved:
                farthest_ns, label = max(moved)
                others = "" if len(moved) == 1 else f", and so {_are(len(moved) - 1)} by as much or less"
                yield (
                    f"marker {label!r} is {farthest_ns / 1e9:g} s {where} the data{others}, where recorders drop it: "
                    "it was moved; take its time from the clock of the data"
                )
        if self.laps:
            others = "" if len(self.laps) == 1 else f", and so {_are(len(self.laps) - 1)}"
            yield (
                f"lap {self.laps[0]!r} is less than 10 s after the one before in the time of the data{others}, where "
                "recorders refuse it: it was made a point marker"
            )


def _are(others: int) -> str:
    return "is 1 other" if others == 1 else f"are {others:,} others"


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
