"""What a recording may have, and the configuration that it makes of that."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from ma_streaming import Event, InvalidArgumentError, Parameter
from ma_streaming.client.contents import RecordingContents
from ma_streaming.client.samples import groups_of
from ma_streaming.client.timeline import pace_of
from ma_streaming.logger import guarded
from tests.support.fakes import RecordingLogger

SECOND = 1_000_000_000


def contents(parameters: Any = None, events: Any = (), log: RecordingLogger | None = None) -> RecordingContents:
    return RecordingContents("Default", parameters, events, guarded(log or RecordingLogger()))


class TestContents:
    @pytest.mark.parametrize(
        ("parameters", "text"),
        [
            (["speed"], "'Name:Application'"),
            (["a:A", Parameter("a:A")], "given twice"),
            ([Parameter("a:A", limits=(2, 1))], "swapped"),
            ([Parameter("a:A", limits=(0, float("inf")))], "finite"),
            ([Parameter("a:A", application="B")], "application_name"),
            ([Parameter("a:A", rates_hz=[0])], "rate_hz"),
            ([7], "a Parameter"),
            ("vCar:Chassis", "a list of Parameter"),
            (Parameter("a:A"), "a list of Parameter"),
            ([Parameter("a:A", unit=5)], "unit of 'a:A' is 5"),  # type: ignore[arg-type]
            ([Parameter("a:A", description=None)], "description of 'a:A' is None"),  # type: ignore[arg-type]
            ([Parameter("a:A", texts=["x"])], "texts of 'a:A'"),  # type: ignore[arg-type]
            ([Parameter("a:A", texts={"x": "y"})], "keys of texts"),  # type: ignore[dict-item]
            ([Parameter("a:A", texts={1: 2})], "values of texts"),  # type: ignore[dict-item]
        ],
    )
    def test_v25_what_atlas_could_not_use_is_refused(self, parameters: list[Any], text: str) -> None:
        with pytest.raises(InvalidArgumentError, match=text):
            contents(parameters)

    @pytest.mark.parametrize(
        "event",
        [
            Event("A"),
            Event("over:Chassis"),
            Event("1FFFFFFFF:A"),
            Event("1:A", priority="now"),
            Event("1:A", name=None),  # type: ignore[arg-type]
        ],
    )
    def test_events_that_recorders_cannot_read_are_refused(self, event: Event) -> None:
        with pytest.raises(InvalidArgumentError):
            contents([], [event])
        with pytest.raises(InvalidArgumentError, match="a list of Event"):
            contents([], event)

    def test_rates_and_limits_come_from_the_first_samples(self) -> None:
        log = RecordingLogger()
        recorded = contents(
            ["a:A", Parameter("b:A", limits=(0, 1), rates_hz=[5]), "c:A", Parameter("d:A", rates_hz=[0.1])], log=log
        )
        groups = groups_of({"a:A": [2.0, 4.0], "b:A": [7.0, 8.0]}, None, None)
        recorded.require(groups)
        a, b, c, d = recorded.configure(groups, pace_of(50, None)).parameter_definitions
        assert (list(a.frequencies), a.min_value, a.max_value, a.includes_row_data) == ([50], 2, 4, False)
        assert (list(b.frequencies), b.min_value, b.max_value) == ([5], 0, 1)
        assert (list(c.frequencies), list(d.frequencies), d.includes_row_data) == ([], [], True)
        later = groups_of({"c:A": [1.0], "d:A": [1.0]}, None, None)
        for _ in range(2):
            recorded.warn_of_late(later)
        (warning,) = log.at("warning")
        assert "first samples of c:A, d:A," in warning

    def test_first_samples_without_a_valid_value_are_not_late(self) -> None:
        log = RecordingLogger()
        recorded = contents(["a:A", "b:A"], log=log)
        groups = groups_of({"a:A": [float("nan")], "b:A": [1.0]}, None, {"b:A": [2]})
        recorded.configure(groups, pace_of(50, None))
        recorded.warn_of_late(groups)
        assert log.lines == []

    def test_limits_are_those_of_values_that_mean_something(self) -> None:
        frame = pd.DataFrame({"a:A": pd.array([5_000, None, 7_000], "Int64")})
        recorded = contents(["a:A", "b:A"])
        groups = [*groups_of(frame, None, None), *groups_of("b:A", [1.0, 2.0, 99.0], [1, 1, 3])]
        a, b = recorded.configure(groups, pace_of(50, None)).parameter_definitions
        assert (a.min_value, a.max_value, b.min_value, b.max_value) == (5_000, 7_000, 1, 2)

    def test_an_unknown_parameter_or_event_has_near_matches(self) -> None:
        recorded = contents(["vCar:Chassis"], [Event("1A:Chassis")])
        with pytest.raises(
            InvalidArgumentError, match=r"'vCra:Chassis' is not among the 1 .*near matches: vCar:Chassis"
        ):
            recorded.require(groups_of({"vCra:Chassis": [1.0]}, None, None))
        with pytest.raises(InvalidArgumentError, match=r"event '1B:Chassis'.*near matches: 1A:Chassis"):
            recorded.require_event("1B:Chassis")

    def test_without_parameters_those_of_the_first_samples_are_all(self) -> None:
        recorded = contents()
        with pytest.raises(InvalidArgumentError, match="'Name:Application'"):
            recorded.require(groups_of({"speed": [1.0]}, None, None))
        recorded.require(groups_of({"a:A": [1.0]}, None, None))
        with pytest.raises(InvalidArgumentError, match="'b:A' is not among"):
            recorded.require(groups_of({"b:A": [1.0]}, None, None))
