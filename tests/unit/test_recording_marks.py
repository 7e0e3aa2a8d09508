"""Markers and events of a recording, in the time of its data."""

from __future__ import annotations

from typing import Any

import pytest

from ma_streaming import InvalidArgumentError, QueueFullError
from ma_streaming.client.marks import Marks, marker_of
from ma_streaming.client.timeline import Timeline
from ma_streaming.logger import guarded
from tests.support.fakes import RecordingLogger

SECOND = 1_000_000_000


class Output:
    """Keeps what a recording writes around its data."""

    def __init__(self) -> None:
        self.markers: list[tuple[str, int]] = []
        self.types: list[str] = []
        self.failure: Exception | None = None

    def marker(self, content: Any) -> None:
        if self.failure is not None:
            failure, self.failure = self.failure, None
            raise failure
        self.types.append(content.type)
        self.markers.append((content.label, content.timestamp))

    def event(self, content: Any) -> None:
        self.markers.append(("event", content.timestamp))


class TestMarks:
    def marks(self) -> tuple[Marks, Output, Timeline, RecordingLogger]:
        output, timeline, log = Output(), Timeline(5), RecordingLogger()
        writer: Any = output
        return Marks(writer, timeline, guarded(log)), output, timeline, log

    def add(self, marks: Marks, label: str, time_ns: int | None = None, kind: str = "Marker") -> None:
        marks.add_marker(marker_of(label, kind, number=None, description="", source="0"), time_ns, None)

    def test_v28_a_marker_waits_for_the_data_to_come_to_its_time(self) -> None:
        marks, output, timeline, log = self.marks()
        self.add(marks, "first")
        self.add(marks, "later", 200)
        assert output.markers == []
        timeline.cover(["a:A"], 100, 150)
        marks.release()
        assert output.markers == [("first", 100)]
        self.add(marks, "now")
        timeline.cover(["a:A"], 160, 300)
        marks.release()
        assert output.markers == [("first", 100), ("now", 150), ("later", 200)]
        assert log.lines == []

    def test_v28_markers_outside_are_moved_with_a_warning(self) -> None:
        marks, output, timeline, log = self.marks()
        timeline.cover(["a:A"], 10 * SECOND, 20 * SECOND)
        self.add(marks, "early", 9 * SECOND)
        self.add(marks, "late", 25 * SECOND)
        self.add(marks, "rounded", 20 * SECOND + 999)
        marks.release(all_of_them=True)
        assert output.markers == [("early", 10 * SECOND), ("rounded", 20 * SECOND), ("late", 20 * SECOND)]
        assert [line.partition(",")[0] for line in log.at("warning")] == [
            "marker 'early' is 1 s before the data",
            "marker 'late' is 5 s after the data",
        ]

    def test_v28_the_end_of_a_range_is_moved_with_it_and_never_before_it(self) -> None:
        marks, output, timeline, _ = self.marks()
        ranges = []

        def keep(content: Any) -> None:
            ranges.append((content.timestamp, content.end_time))

        output.marker = keep  # type: ignore[method-assign]
        first = marker_of("first", "Marker", number=None, description="", source="0")
        first.end_time = 7
        marks.add_marker(first, None, None)
        timeline.cover(["a:A"], 10 * SECOND, 20 * SECOND)
        for time_ns in (9 * SECOND, 15 * SECOND, 25 * SECOND):
            other = marker_of("range", "Marker", number=None, description="", source="0")
            other.end_time = time_ns + SECOND
            marks.add_marker(other, time_ns, None)
        marks.release(all_of_them=True)
        begins = [10, 10, 15, 20]
        assert ranges == [(at * SECOND, (at + (number > 0)) * SECOND) for number, at in enumerate(begins)]
        first.end_time = 14 * SECOND
        with pytest.raises(InvalidArgumentError, match=r"end is 14000000000; .*not before the marker's, 15000000000"):
            marks.add_marker(first, 15 * SECOND, None)

    def test_without_data_markers_are_where_they_were_put(self) -> None:
        marks, output, _, _ = self.marks()
        self.add(marks, "a", 3)
        self.add(marks, "b")
        marks.release(all_of_them=True)
        assert sorted(output.markers) == [("a", 3), ("b", 5)]

    def test_laps_closer_than_10_s_are_refused(self) -> None:
        marks, output, timeline, _ = self.marks()
        self.add(marks, "Out Lap", kind="Lap Trigger")
        timeline.cover(["a:A"], SECOND, 30 * SECOND)
        marks.release()
        with pytest.raises(InvalidArgumentError, match=r"'Lap 1' is 9.5 s after"):
            self.add(marks, "Lap 1", SECOND * 10 + SECOND // 2, "Lap Trigger")
        self.add(marks, "Lap 1", 11 * SECOND, "Lap Trigger")
        assert output.markers == [("Out Lap", SECOND), ("Lap 1", 11 * SECOND)]

    def test_v28_many_markers_that_are_moved_are_told_of_in_one_line(self) -> None:
        marks, output, timeline, log = self.marks()
        timeline.cover(["a:A"], 10 * SECOND, 20 * SECOND)
        for late in range(1_000):
            self.add(marks, f"m{late}", 21 * SECOND + late)
        marks.release(all_of_them=True)
        assert len(output.markers) == 1_000
        (line,) = log.at("warning")
        assert line.startswith(
            "marker 'm999' is 1 s after the data, and so are 999 others by as much or less, where recorders"
        )

    def test_held_markers_are_written_in_the_order_of_their_times(self) -> None:
        marks, output, timeline, _ = self.marks()
        for label, time_ns in (("c", 300), ("a", 100), ("d", 400), ("b", 200)):
            self.add(marks, label, time_ns)
        timeline.cover(["a:A"], 50, 350)
        marks.release()
        assert output.markers == [("a", 100), ("b", 200), ("c", 300)]

    def test_a_marker_that_could_not_be_written_is_still_held(self) -> None:
        marks, output, timeline, _ = self.marks()
        self.add(marks, "a", 100)
        output.failure = QueueFullError("full")
        timeline.cover(["a:A"], 50, 350)
        with pytest.raises(QueueFullError):
            marks.release()
        marks.release()
        assert output.markers == [("a", 100)]

    def test_the_first_sample_counts_as_the_beginning_while_there_is_none(self) -> None:
        marks, _, _, _ = self.marks()
        self.add(marks, "Out Lap", kind="Lap Trigger")
        with pytest.raises(InvalidArgumentError, match=r"'Lap 1' is 9 s after"):
            self.add(marks, "Lap 1", 9 * SECOND + 5, "Lap Trigger")

    def test_laps_that_come_closer_than_10_s_when_they_are_written_become_points(self) -> None:
        marks, output, timeline, log = self.marks()
        self.add(marks, "Out Lap", kind="Lap Trigger")
        self.add(marks, "Lap 1", 12 * SECOND, "Lap Trigger")
        timeline.cover(["a:A"], 8 * SECOND, 30 * SECOND)
        marks.release()
        for number in (2, 3, 4):
            self.add(marks, f"Lap {number}", number * 20 * SECOND, "Lap Trigger")
        marks.release(all_of_them=True)
        kinds = dict(zip([label for label, _ in output.markers], output.types, strict=True))
        assert list(kinds) == ["Out Lap", "Lap 1", "Lap 2", "Lap 3", "Lap 4"]
        assert [label for label, kind in kinds.items() if kind == "Marker"] == ["Lap 1", "Lap 3", "Lap 4"]
        laps = [line for line in log.at("warning") if "point marker" in line]
        assert [line.partition(" is ")[0] for line in laps] == ["lap 'Lap 1'", "lap 'Lap 3'"]
        assert "and so is 1 other" in laps[1]

    @pytest.mark.parametrize(
        ("arguments", "text"),
        [
            ({"kind": "lap trigger"}, "Lap Trigger"),
            ({"kind": "Lap Trigger", "source": "main"}, "source"),
            ({"kind": "Lap Trigger", "number": 40_000}, "16 bits"),
            ({"label": ""}, "label"),
        ],
    )
    def test_what_recorders_would_drop_is_refused(self, arguments: dict[str, Any], text: str) -> None:
        defaults = {"label": "a", "kind": "Marker", "number": None, "description": "", "source": "0"}
        with pytest.raises(InvalidArgumentError, match=text):
            marker_of(**{**defaults, **arguments})
