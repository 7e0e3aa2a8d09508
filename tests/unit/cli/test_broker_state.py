"""The notes about running brokers, and `--broker embedded`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from ma_streaming.cli.broker_host import BrokerRequest, host_broker
from ma_streaming.cli.broker_state import BrokerKind, BrokerState, BrokerStateFile
from ma_streaming.cli.main import main
from ma_streaming.cli.options import broker_option, resolve_broker
from ma_streaming.errors import BrokerUnavailableError
from ma_streaming.testing import BrokerStartError


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A cache of the test's own."""
    monkeypatch.setenv("MA_STREAMING_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("MA_STREAMING_BROKER", raising=False)


def state_of(kind: BrokerKind) -> BrokerState:
    return BrokerState(
        kind=kind.value,
        process_id=os.getpid(),
        bootstrap_servers="127.0.0.1:29092",
        log_path="/logs/broker.log",
        data_folder="",
        started_at="2026-01-02T03:04:05+00:00",
    )


@pytest.fixture
def running() -> Iterator[BrokerStateFile]:
    """An embedded broker's note, held by this process as its host would."""
    file = BrokerStateFile(BrokerKind.EMBEDDED)
    assert file.lock.try_acquire()
    with file.lock:
        file.write(state_of(BrokerKind.EMBEDDED))
        yield file


def test_no_broker_runs_at_first() -> None:
    assert BrokerStateFile(BrokerKind.REAL).running() is None
    assert not BrokerStateFile(BrokerKind.REAL).is_claimed()


@pytest.mark.usefixtures("running")
def test_running_broker_is_found_by_its_kind() -> None:
    assert BrokerStateFile(BrokerKind.EMBEDDED).running() == state_of(BrokerKind.EMBEDDED)
    assert BrokerStateFile(BrokerKind.REAL).running() is None


def test_note_of_a_process_that_is_gone_counts_for_nothing(running: BrokerStateFile) -> None:
    # The process identifier in it belongs to a living process, this one, which holds no broker.
    running.lock.release()
    assert running.path.exists()
    assert BrokerStateFile(BrokerKind.EMBEDDED).running() is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"kind": "embedded"}', '{"another": "version"}'])
def test_unreadable_note_counts_for_nothing(running: BrokerStateFile, text: str) -> None:
    running.path.write_text(text, encoding="utf-8")
    assert running.running() is None
    assert running.is_claimed()


def test_removed_note_is_gone(running: BrokerStateFile) -> None:
    running.remove()
    running.remove()
    assert running.running() is None


@pytest.mark.usefixtures("running")
def test_second_host_of_a_kind_is_refused() -> None:
    request = BrokerRequest(kind=BrokerKind.EMBEDDED, port=0, topics=(), fresh=False)
    with pytest.raises(BrokerStartError, match="already running"):
        host_broker(request, announce=print)


def test_request_reaches_the_host_unchanged() -> None:
    request = BrokerRequest(kind=BrokerKind.REAL, port=9, topics=("a", "b c"), fresh=True)
    assert BrokerRequest.from_text(request.to_text()) == request


@pytest.mark.parametrize("servers", ["localhost:9092", "a:1,b:2", "Embedded"])
def test_address_is_taken_as_it_is(servers: str) -> None:
    assert resolve_broker(servers) == servers


@pytest.mark.usefixtures("running")
def test_word_stands_for_the_running_broker() -> None:
    assert resolve_broker("embedded") == "127.0.0.1:29092"


def test_word_without_its_broker_names_the_command_that_starts_it() -> None:
    with pytest.raises(BrokerUnavailableError, match="`ma-streaming broker start --embedded`") as caught:
        resolve_broker("embedded")
    assert caught.value.subject == "embedded"
    with pytest.raises(BrokerUnavailableError, match="`ma-streaming broker start`"):
        resolve_broker("real")


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize(
    ("arguments", "variable", "seen"),
    [
        ([], None, "None"),
        ([], "", "None"),
        ([], "host:1", "host:1"),
        ([], "embedded", "127.0.0.1:29092"),
        (["--broker", "host:2"], "host:1", "host:2"),
        (["--broker", "embedded"], None, "127.0.0.1:29092"),
    ],
)
def test_option_comes_before_the_environment(arguments: list[str], variable: str | None, seen: str) -> None:
    @click.command()
    @broker_option()
    def show(broker: str | None) -> None:
        click.echo(str(broker))

    result = CliRunner().invoke(show, arguments, env={"MA_STREAMING_BROKER": variable}, catch_exceptions=False)
    assert result.output == f"{seen}\n"


def test_option_may_have_a_default() -> None:
    @click.command()
    @broker_option(default="localhost:9092")
    def show(broker: str | None) -> None:
        click.echo(str(broker))

    assert CliRunner().invoke(show, [], catch_exceptions=False).output == "localhost:9092\n"


def test_status_and_stop_without_a_broker(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["broker", "status"]) == 0
    assert "No broker is running" in capsys.readouterr().out
    assert main(["broker", "status", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    assert main(["broker", "stop"]) == 0
    assert capsys.readouterr().out == "No broker was running.\n"
    assert main(["broker", "stop", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"stopped": []}


@pytest.mark.usefixtures("running")
def test_status_shows_what_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["broker", "status"]) == 0
    [_, line] = capsys.readouterr().out.splitlines()
    expected = ["embedded", "127.0.0.1:29092", str(os.getpid()), "2026-01-02", "03:04:05", "/logs/broker.log"]
    assert line.split() == expected
    assert main(["broker", "status", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [state_of(BrokerKind.EMBEDDED).as_dictionary()]


@pytest.mark.usefixtures("running")
def test_second_start_says_that_it_runs_already(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["broker", "start", "--embedded"]) == 0
    assert "The embedded broker is already running at 127.0.0.1:29092" in capsys.readouterr().out
    assert main(["broker", "start", "--embedded", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == state_of(BrokerKind.EMBEDDED).as_dictionary()
    assert main(["broker", "start", "--embedded", "--topic", "new"]) == 1
    assert "stop it first (`ma-streaming broker stop`)" in capsys.readouterr().err


def test_start_without_java_is_one_clear_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    assert main(["broker", "start"]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("Error: Apache Kafka needs Java, and no `java` was found")
    assert shown.err.count("\n") == 1


def test_cache_that_cannot_be_written_is_one_clear_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("MA_STREAMING_CACHE", str(tmp_path / "file"))
    assert main(["broker", "start", "--embedded"]) == 1
    assert capsys.readouterr().err.startswith("Error: ")
