"""What a recording makes of what it is given: groups of samples, times, and a timeline."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ma_streaming import InvalidArgumentError
from ma_streaming.client.samples import groups_of, range_of
from ma_streaming.client.sampling import interval_of, times_of, times_of_frame
from ma_streaming.client.timeline import Pace, Timeline, pace_of
from ma_streaming.client.times import nanoseconds

SECOND = 1_000_000_000


class TestSamples:
    def test_a_name_and_its_values(self) -> None:
        (group,) = groups_of("a:A", [1.5, 2.5], [1, 2])
        assert (group.names, group.values.tolist()) == (("a:A",), [[1.5, 2.5]])
        assert group.statuses is not None
        assert (group.statuses.dtype.name, group.statuses.tolist()) == ("uint8", [[1, 2]])

    def test_names_and_a_matrix_are_not_copied(self) -> None:
        matrix = np.arange(6.0).reshape(2, 3)
        (group,) = groups_of(["a:A", "b:A"], matrix, None)
        assert np.shares_memory(group.values, matrix)

    def test_a_mapping_is_a_group_for_each_type(self) -> None:
        groups = groups_of({"a:A": [1.5], "b:A": [True], "c:A": [2], "d:A": np.array([3.5])}, None, {"d:A": [3]})
        assert [(each.names, each.values.dtype.name) for each in groups] == [
            (("a:A", "d:A"), "float64"),
            (("b:A",), "bool"),
            (("c:A",), "int64"),
        ]
        assert groups[0].statuses is not None
        assert groups[0].statuses.tolist() == [[1], [3]]
        assert groups[1].statuses is None

    @pytest.mark.parametrize(
        ("given", "kept"),
        [("int8", "int32"), ("uint16", "int32"), ("uint32", "int64"), ("float16", "float64"), ("float32", "float32")],
    )
    def test_small_types_become_those_of_packets(self, given: str, kept: str) -> None:
        (group,) = groups_of({"a:A": np.array([0, 1, 100], given)}, None, None)
        assert (group.values.dtype.name, group.values.tolist()) == (kept, [[0, 1, 100]])

    def test_missing_values_of_a_dataframe_say_so(self) -> None:
        frame = pd.DataFrame(
            {
                "a:A": [1.5, np.nan],
                "b:A": pd.array([None, 7], "Int32"),
                "c:A": pd.array([True, None], "boolean"),
                "d:A": [1.0, 2.0],
            }
        )
        found = {
            name: (group.values[at].tolist(), None if group.statuses is None else group.statuses[at].tolist())
            for group in groups_of(frame, None, None)
            for at, name in enumerate(group.names)
        }
        assert found["b:A"] == ([0, 7], [2, 1])
        assert found["c:A"] == ([True, False], [1, 2])
        assert (found["a:A"][1], found["d:A"]) == ([1, 2], ([1.0, 2.0], [1, 1]))

    @pytest.mark.parametrize(
        ("data", "values", "statuses", "text"),
        [
            ("a:A", None, None, "values is None"),
            ({"a:A": [1.0]}, [1.0], None, "values is 'list'"),
            ({}, None, None, "no parameters"),
            ({"a:A": [1.0], "b:A": [1.0, 2.0]}, None, None, r"'a:A' has \(1,\), 'b:A' has \(2,\)"),
            ({"a:A": [[1.0]]}, None, None, "equally many"),
            ({"a:A": ["x"]}, None, None, "'a:A' are <U1"),
            ({"a:A": [1.0]}, None, {"b:A": [1]}, "statuses is"),
            ("a:A", [1.0], [1, 1], "statuses of 'a:A'"),
            ("a:A", [1.0], [256], "statuses of 'a:A'"),
            (["a:A", "b:A"], [[1.0]], None, r"shape \(1, 1\)"),
            (7, None, None, "data is 'int'"),
            (pd.DataFrame([[1.0, 2.0]], columns=["a:A", "a:A"]), None, None, "several columns"),
            (pd.DataFrame({7: [1.0]}), None, None, "columns is 7"),
            ({1: [1.0]}, None, None, "the names of parameters is 1;"),
            (["a:A", "b:A", "a:A"], np.zeros((3, 1)), None, "'a:A' is given twice"),
            ([], np.zeros((0, 1)), None, "no parameters"),
            (["a:A", "b:A"], [[1.0], [1.0, 2.0]], None, "can't be made an array"),
            ("a:A", [7, 2**31], None, "'a:A' have 2147483648"),
            ({"a:A": [-(2**31) - 1]}, None, None, "'a:A' have -2147483649"),
            ({"a:A": np.array([1], np.uint64)}, None, None, "'a:A' are <u8"),
            ({"a:A": np.array([1.0], np.longdouble)}, None, None, "'a:A' are <f16"),
            ({"a:A": np.array([1.0], ">f8")}, None, None, "'a:A' are >f8"),
            ({"a:A": np.ma.masked_array([1.0], [True])}, None, None, "'a:A' is a masked array"),
            ("a:A", np.ma.masked_array([1.0], [True]), None, "'a:A' is a masked array"),
            (["a:A"], [np.ma.masked_array([1.0], [True])], None, "masked array"),
            ("a:A", [1.0], np.ma.masked_array([1], [True]), "statuses of 'a:A' is a masked array"),
        ],
    )
    def test_what_does_not_fit_is_refused_with_its_name(self, data: Any, values: Any, statuses: Any, text: str) -> None:
        with pytest.raises(InvalidArgumentError, match=text):
            groups_of(data, values, statuses)

    def test_times_of_a_dataframe(self) -> None:
        index = pd.date_range("2025-06-15T12:00", periods=3, freq="10ms", tz="Europe/Berlin", unit="us")
        times = times_of_frame(pd.DataFrame({"a:A": [1.0] * 3}, index))
        assert times.tolist() == [1_749_981_600 * SECOND + at * 10_000_000 for at in range(3)]
        assert interval_of(times) == 10_000_000
        for wrong, text in ((index.tz_localize(None), "time zone"), (range(3), "RangeIndex")):
            with pytest.raises(InvalidArgumentError, match=text):
                times_of_frame(pd.DataFrame({"a:A": [1.0] * 3}, wrong))
        with pytest.raises(InvalidArgumentError, match="NaT"):
            times_of_frame(pd.DataFrame({"a:A": [1.0]}, pd.DatetimeIndex([pd.NaT], tz="UTC")))

    @pytest.mark.parametrize("times", [[], [5], [5, 6], [5, 6, 8], [5, 5, 5], [7, 6, 5]])
    def test_other_times_than_three_or_more_at_equal_distances_are_not_regular(self, times: list[int]) -> None:
        assert interval_of(np.array(times, np.int64)) is None

    def test_times_in_other_forms(self) -> None:
        assert times_of([1, 2]).tolist() == [1, 2]
        assert times_of(np.array(["1970-01-01T00:00:01"], "datetime64[s]")).tolist() == [SECOND]
        for wrong in ([1.5], [-1], [[1]], np.array(["NaT"], "datetime64[ns]"), np.ma.masked_array([1], [True])):
            with pytest.raises(InvalidArgumentError, match="timestamps_ns"):
                times_of(wrong)

    @pytest.mark.parametrize(
        "wrong",
        [
            np.array(["2025-01-01", "2700-01-01"], "datetime64[D]"),
            np.array(["2025-01-01", "9999-12-31"], "datetime64[us]"),
            np.array(["2025-01-01", "1969-12-31"], "datetime64[s]"),
            np.array([1, 2**63], np.uint64),
        ],
    )
    def test_times_that_packets_cannot_have_are_refused_as_they_were_given(self, wrong: Any) -> None:
        with pytest.raises(InvalidArgumentError, match=rf"timestamps_ns\[1\] is {wrong[1]}; .*1970 to 2262"):
            times_of(wrong)

    @pytest.mark.parametrize("wrong", ["2700-01-01", "1969-12-31"])
    def test_so_are_those_of_a_dataframe(self, wrong: str) -> None:
        index = pd.DatetimeIndex(["2025-01-01", wrong], tz="UTC").as_unit("us")
        with pytest.raises(InvalidArgumentError, match=f"{wrong} .*1970 to 2262"):
            times_of_frame(pd.DataFrame({"a:A": [1.0, 2.0]}, index))

    def test_limits_are_those_of_finite_values(self) -> None:
        assert range_of([3.0, np.nan, -np.inf, 1.0]) == (1.0, 3.0)
        assert range_of([2.0, 2.0]) == (2.0, 3.0)
        assert range_of([np.nan]) is None


class TestTimeline:
    def test_v27_samples_of_a_rate_follow_one_another_exactly(self) -> None:
        timeline, pace = Timeline(SECOND), pace_of(60, None)
        series = timeline.series_of(("a:A",), pace, None)
        for second in range(1_000):
            assert timeline.series_of(("a:A",), pace, None) is series
            assert (series.start_ns, series.count) == (SECOND, 60 * second)
            timeline.advance(("a:A",), series, 60)
        assert series.next_ns == SECOND + 1_000 * SECOND
        assert (timeline.first_ns, timeline.last_ns) == (SECOND, 1_000 * SECOND + 59 * 16_666_666)

    def test_a_parameter_goes_on_where_it_is_at_another_pace_or_in_other_company(self) -> None:
        timeline, fast, slow = Timeline(0), pace_of(10, None), pace_of(None, SECOND)
        both = timeline.series_of(("a:A", "b:A"), fast, None)
        timeline.advance(("a:A", "b:A"), both, 20)
        alone = timeline.series_of(("a:A",), slow, None)
        assert (alone.start_ns, alone.count) == (2 * SECOND, 0)
        timeline.advance(("a:A",), alone, 3)
        again = timeline.series_of(("a:A", "b:A"), fast, None)
        assert (again.start_ns, again.count) == (5 * SECOND, 0)
        assert timeline.series_of(("b:A",), fast, None).start_ns == 2 * SECOND

    def test_a_start_leaves_a_gap_and_what_follows_goes_on_there(self) -> None:
        timeline, pace = Timeline(0), pace_of(1, None)
        for start, expected in ((None, 0), (100 * SECOND, 100 * SECOND)):
            series = timeline.series_of(("a:A",), pace, start)
            assert (series.start_ns, series.count) == (expected, 0)
            timeline.advance(("a:A",), series, 2)
        assert timeline.series_of(("a:A",), pace, None).next_ns == 102 * SECOND

    def test_slow_samples_have_the_times_of_their_rate(self) -> None:
        pace = pace_of(0.15, None)
        assert pace.is_slow
        series = Timeline(7).series_of(("a:A",), pace, None)
        assert series.times_of_next(3).tolist() == [7, 7 + 6_666_666_666, 7 + 13_333_333_333]

    def test_whole_intervals_and_rates_are_the_same(self) -> None:
        assert pace_of(100, None) == pace_of(None, 10_000_000) == Pace(10_000_000, 0.0)
        assert pace_of(1 / 0.007, None) == Pace(7_000_000, 0.0)
        assert pace_of(np.float32(60), None) == Pace(0, 60.0)  # type: ignore[arg-type]
        assert not pace_of(None, 4_294_967_295).is_slow
        assert pace_of(None, 4_294_967_296).is_slow

    @pytest.mark.parametrize("interval", [0, -1, 1.5, True, "1"])
    def test_an_interval_of_0_is_refused_with_the_reason(self, interval: Any) -> None:
        with pytest.raises(InvalidArgumentError, match=r"interval_ns is .*recorders discard"):
            pace_of(None, interval)

    @pytest.mark.parametrize("rate", [0, -1, 2e9, float("nan"), "fast", None])
    def test_a_rate_that_is_none_is_refused(self, rate: Any) -> None:
        with pytest.raises(InvalidArgumentError, match="rate_hz is"):
            pace_of(rate, None)


@pytest.mark.parametrize("wrong", [-1, True, 1.5, "2025", None, pd.NaT, np.datetime64("NaT"), datetime(2025, 1, 1)])  # noqa: DTZ001
def test_what_is_no_time_is_refused(wrong: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="start is"):
        nanoseconds("start", wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        np.datetime64("2700-01-01"),
        np.datetime64("9999-12-31", "us"),
        np.datetime64("1969-12-31"),
        datetime(9999, 12, 31, tzinfo=timezone.utc),
        pd.Timestamp("2700-01-01", tz="UTC"),
        2**63,
    ],
)
def test_times_before_1970_and_after_2262_are_refused_as_they_were_given(wrong: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=re.escape(f"end is {wrong!r}; allowed is a time from 1970 to 2262")):
        nanoseconds("end", wrong)


def test_times_keep_their_nanoseconds() -> None:
    expected = 1_749_996_000_123_456_789
    assert nanoseconds("start", expected) == nanoseconds("start", np.uint64(expected)) == expected
    assert nanoseconds("start", np.datetime64(expected, "ns")) == expected
    assert nanoseconds("start", np.datetime64(1_999, "ps")) == 1
    assert nanoseconds("start", pd.Timestamp(expected, tz="Asia/Tokyo")) == expected
    east = datetime(2025, 6, 15, 16, tzinfo=timezone(timedelta(hours=2)))
    assert nanoseconds("start", east) == 1_749_996_000 * SECOND
