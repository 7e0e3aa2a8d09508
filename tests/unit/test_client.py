"""Sessions, parameters and progress, as the client shows them to people."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from ma_streaming import (
    ApiResult,
    ConfigurationError,
    Event,
    InvalidArgumentError,
    Parameter,
    ParameterTable,
    SessionInfo,
    SessionList,
    UnknownSessionError,
    connect,
)
from ma_streaming.client import progress
from ma_streaming.client.reading import SessionReading, fits, names_of
from ma_streaming.client.sessions import find_session
from ma_streaming.client.times import nanoseconds
from tests.support.fakes import session_fields

CREATED = datetime(2025, 6, 15, 12, tzinfo=timezone.utc)


def session(key: str, **fields: Any) -> SessionInfo:
    return replace(SessionInfo(**session_fields(key)), **fields)


class TestSessions:
    SESSIONS = SessionList(
        [
            session("k2", identifier="<run 2>", creation_time=CREATED),
            session(
                "k1",
                identifier="run 1",
                historical=True,
                creation_time=CREATED,
                termination_time=CREATED + timedelta(minutes=3, microseconds=7),
            ),
        ]
    )

    def test_a_list_is_a_table_of_text(self) -> None:
        lines = repr(self.SESSIONS).splitlines()
        assert lines[0] == "2 sessions, 1 live"
        assert lines[3].split() == ["run", "1", "Default", "ended", "2025-06-15", "12:00:00", "0:03:00", "1", "k1"]
        assert repr(SessionList()) == "0 sessions"

    def test_a_list_is_a_table_of_html_and_escaped(self) -> None:
        html = self.SESSIONS._repr_html_()
        assert "<td>&lt;run 2&gt;</td>" in html
        assert html.count("<tr>") == 3

    def test_a_long_list_is_cut_off(self) -> None:
        many = SessionList(session(f"k{number}") for number in range(1_000))
        assert repr(many).splitlines()[-1] == "  ... and 980 more"
        assert "... and 980 more" in many._repr_html_()

    def test_a_session_is_found_by_itself_and_by_its_key(self) -> None:
        newer = session("k2", historical=True)
        assert find_session(self.SESSIONS[0], [newer]) is newer
        assert find_session("k1", self.SESSIONS) is self.SESSIONS[1]

    @pytest.mark.parametrize(
        ("given", "hint"),
        [("run 1", "that is the identifier of k1"), ("k3", "among 2")],
    )
    def test_an_unknown_session_says_which_may_be_meant(self, given: str, hint: str) -> None:
        with pytest.raises(UnknownSessionError, match=hint):
            find_session(given, self.SESSIONS)

    @pytest.mark.parametrize("wrong", [None, 7, ""])
    def test_what_is_no_session_is_refused(self, wrong: Any) -> None:
        with pytest.raises(InvalidArgumentError, match="session is"):
            find_session(wrong, self.SESSIONS)


class TestParameters:
    def test_name_and_application_come_from_the_identifier(self) -> None:
        parameter = Parameter("v:Car:Chassis", groups=["Speeds"], rates_hz=[100])
        assert (parameter.name, parameter.application) == ("v:Car", "Chassis")
        assert (parameter.groups, parameter.rates_hz) == (("Speeds",), (100,))
        assert (Parameter("vCar").name, Parameter("vCar").application) == ("vCar", "")
        with pytest.raises(InvalidArgumentError, match="groups"):
            Parameter("a:A", groups="Speeds")

    @pytest.mark.parametrize("name", ["limits", "warning_limits", "rates_hz"])
    @pytest.mark.parametrize("wrong", [100, "12", [None], ["1"]])
    def test_what_is_no_list_of_numbers_is_refused_with_its_name(self, name: str, wrong: Any) -> None:
        with pytest.raises(InvalidArgumentError, match=rf"^{name} is "):
            Parameter("a:A", **{name: wrong})

    def test_names_that_are_no_strings_are_refused(self) -> None:
        wrong: Any = 5
        for kind in (Parameter, Event):
            with pytest.raises(InvalidArgumentError, match="identifier is 5"):
                kind(wrong)

    @pytest.mark.parametrize("name", ["units", "groups"])
    def test_texts_of_an_event_are_a_list(self, name: str) -> None:
        lists: Any = {name: ["km/h"]}
        assert getattr(Event("1:A", **lists), name) == ("km/h",)
        wrong: Any = {name: "km/h"}
        with pytest.raises(InvalidArgumentError, match=f"{name} is 'km/h'; allowed is a list"):
            Event("1:A", **wrong)

    def test_parameters_and_events_can_be_in_a_set(self) -> None:
        assert len({Parameter("a:A", texts={0: "off"}, limits=[0, 1]), Parameter("a:A", limits=(0, 1))}) == 2  # type: ignore[arg-type]
        assert len({Parameter("a:A", rates_hz=[1]), Parameter("a:A", rates_hz=(1.0,)), Event("1:A")}) == 2

    def test_a_table_is_a_sequence_and_by_identifier(self) -> None:
        table = ParameterTable([Parameter("b:A"), Parameter("a:A")], [Event("1:A")], ["something is missing"])
        assert [each.identifier for each in table] == table.identifiers == ["b:A", "a:A"]
        assert table["a:A"] is table[1] is table[-1]
        assert (table[:1], len(table)) == ((table[0],), 2)
        assert "a:A" in table  # type: ignore[comparison-overlap] # by identifier, too
        assert table[0] in table
        assert "c:A" not in table  # type: ignore[comparison-overlap]
        with pytest.raises(KeyError, match="near matches: a:A"):
            table["a:B"]

    def test_a_table_shows_what_is_missing(self) -> None:
        table = ParameterTable(
            [Parameter("a:A", unit="<V>", limits=(0, 1.5), rates_hz=[50, 5], has_rows=True)], [], ["no configuration"]
        )
        title, _, row = repr(table).splitlines()
        assert title == "1 parameter; no configuration"
        assert " ".join(row.split()) == "a:A <V> 50, 5 rows 0 to 1.5"
        assert "&lt;V&gt;" in table._repr_html_()


@pytest.mark.parametrize(
    ("name", "pattern", "expected"),
    [
        ("vCar:Chassis", "vCar:Chassis", True),
        ("vCar:Chassis", "vCar*", True),
        ("vCar:Chassis", "?Car:*", True),
        ("vCar:Chassis", "Car", False),
        ("vCar:Chassis", "[v]Car*", False),
        ("a.b", "a?b", True),
        ("axb", "a.b", False),
        ("a\nb", "a*", True),
    ],
)
def test_patterns(name: str, pattern: str, expected: bool) -> None:
    assert fits(name, pattern) is expected


def test_names_may_be_one_string() -> None:
    assert names_of(None) is None
    assert names_of("a:*") == names_of(["a:*"]) == ["a:*"]
    for wrong in ([], [""], [7], 7):
        with pytest.raises(InvalidArgumentError, match="parameters"):
            names_of(wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(("stream", "hint"), [("Steam1", "near matches: Stream1"), ("x", "it has '', 'Stream1'")])
def test_a_stream_that_the_session_has_not_is_refused(stream: str, hint: str) -> None:
    library: Any = SimpleNamespace(logger=None)
    formats: Any = None
    reading = SessionReading(library, formats, session("k1", historical=True, streams=["Stream1"]))
    with pytest.raises(InvalidArgumentError, match=f"session k1 has no stream '{stream}'; {hint}"):
        reading.table(None, streams=["", stream], start=None, end=None, inactivity_timeout_seconds=None, progress=False)
    with pytest.raises(InvalidArgumentError, match="has no stream"):
        reading.batches(None, streams=[stream], from_now=False, tables=(), max_samples=1, max_latency_seconds=1)


def test_options_are_checked_before_anything_is_loaded() -> None:
    with pytest.raises(ConfigurationError, match="timeout_seconds"):
        connect("localhost:1", timeout_seconds=-1)
    with pytest.raises(TypeError, match="unknown_option"):
        connect("localhost:1", unknown_option=1)


class TestProgress:
    @pytest.fixture(autouse=True)
    def at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("_SHOWN_AFTER_SECONDS", "_LOOK_SECONDS"):
            monkeypatch.setattr(progress, name, 0.0)
        for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "JPY_PARENT_PID"):
            monkeypatch.delenv(name, raising=False)

    def read(self, *, shown: bool | None) -> int:
        asked = []

        def statistics() -> ApiResult[Any]:
            asked.append(1)
            return ApiResult.succeeded(SimpleNamespace(packets=30, skipped=20, lag=50))

        reader: Any = SimpleNamespace(statistics=statistics)
        with progress.ReadingProgress(reader, shown=shown) as bar:
            for samples in (1_000, 2_000):
                bar.update(samples)
        return len(asked)

    def test_in_a_pipe_there_is_none(self, capfd: pytest.CaptureFixture[str]) -> None:
        assert self.read(shown=None) == 0
        assert capfd.readouterr() == ("", "")

    def test_on_a_terminal_it_is_on_standard_error(
        self, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("FORCE_COLOR", "1")  # rich then takes any output for a terminal
        assert self.read(shown=None) == 2
        out, err = capfd.readouterr()
        assert out == ""
        assert "50%" in err
        assert "2,000 samples" in err

    def test_it_can_be_turned_off(self, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("FORCE_COLOR", "1")
        assert self.read(shown=False) == 0
        assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("given", "unit"), [(1_750_000_000, "s"), (1_750_000_000_000, "ms"), (np.int64(1_750_000_000_000_000), "µs")]
)
def test_times_in_another_unit_are_refused(given: int, unit: str) -> None:
    with pytest.raises(InvalidArgumentError, match=f"start has {given} ns, which is in 1970, and in {unit} would be"):
        nanoseconds("start", given)


@pytest.mark.parametrize("given", [0, 1, 31_000_000_000_000_000, 1_750_000_000_000_000_000])
def test_times_in_ns_are_taken(given: int) -> None:
    assert nanoseconds("start", given) == given
