"""`ma-streaming demo`: it shows a session written and read, and fails when a sample is not read as it was written."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from ma_streaming import SupportLibraryApi
from ma_streaming.cli import demo_run
from ma_streaming.cli.demo import demo
from ma_streaming.cli.demo_plan import DataPacket, DemoPlan
from ma_streaming.cli.demo_reader import read_historic
from ma_streaming.testing import wait_until
from tests.samples.sample_program import Program, ma_streaming
from tests.support.brokers import SharedBroker
from tests.support.processes import is_alive

SHORT = ["--duration", "1", "--frequency", "200"]


def processes_of(parent: int) -> list[int]:
    """Return the processes that a process has started and that still run."""
    children = Path(f"/proc/{parent}/task").glob("*/children")
    return [int(child) for task in children for child in task.read_text().split()]


def row(text: str, name: str) -> list[str]:
    """Return the words of a row of the table."""
    found = re.search(rf"^ {name} +(.+)$", text, re.MULTILINE)
    assert found is not None, text
    return found[1].split()


def test_demo_needs_nothing_and_shows_that_every_sample_was_read() -> None:
    began = time.monotonic()
    with ma_streaming("demo") as program:
        text = program.succeed(timeout_seconds=60)
    assert time.monotonic() - began < 30
    assert "Passed: all 6,000 samples were read live and historic, bit for bit." in text
    assert row(text, "packets") == ["300", "300", "300"]
    assert row(text, "samples") == ["6,000", "6,000", "6,000"]
    assert row(text, "bit for bit") == ["identical", "identical"]
    for name in ("first sample", "last sample"):
        assert len(row(text, name)) == 3
        assert len(set(row(text, name))) == 1
    assert row(text, "latency p50")[1] == row(text, "latency p99")[1] == "ms"
    assert "\x1b" not in text


def test_demo_as_json() -> None:
    with ma_streaming("demo", *SHORT, "--json") as program:
        document = json.loads(program.succeed(timeout_seconds=60))
    assert document["passed"] is True
    assert document["failures"] == []
    assert document["written"]["samples"] == document["live"]["samples"] == document["historic"]["samples"] == 200
    assert document["live"]["comparison"] == document["historic"]["comparison"]
    assert document["live"]["comparison"]["identical"] is True
    assert 0 < document["live"]["latency_p50_ms"] <= document["live"]["latency_p99_ms"] < 1000
    assert document["written"]["last_timestamp_ns"] - document["written"]["first_timestamp_ns"] == 199 * 5_000_000


def test_demo_runs_in_a_folder_with_modules_of_other_people(tmp_path: Path) -> None:
    command, folder = tmp_path / "bin" / "ma-streaming", tmp_path / "work"
    command.parent.mkdir()
    command.write_text("from ma_streaming.cli.main import main; raise SystemExit(main())", encoding="utf-8")
    folder.mkdir()
    (folder / "json.py").write_text("raise SystemExit('not the json that was wanted')", encoding="utf-8")
    with Program([sys.executable, str(command), "demo", *SHORT], folder=folder) as program:
        assert "Passed: all 200 samples" in program.succeed(timeout_seconds=60)


def test_demo_on_a_real_broker(kafka_broker: SharedBroker, domain: str) -> None:
    with ma_streaming("demo", *SHORT, "--broker", kafka_broker.bootstrap_servers, "--domain", domain) as program:
        text = program.succeed(timeout_seconds=60)
    assert "Passed: all 200 samples" in text
    assert kafka_broker.bootstrap_servers in text


def test_demo_fails_when_data_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def read_less(plan: DemoPlan, api: SupportLibraryApi, session_key: str, timeout_seconds: float) -> list[DataPacket]:
        return read_historic(plan, api, session_key, timeout_seconds)[:-1]

    monkeypatch.setattr(demo_run, "read_historic", read_less)
    result = CliRunner().invoke(demo, SHORT)
    assert result.exit_code == 1
    assert "Failed: read historic: 4 missing." in result.output


def test_an_unreachable_broker_is_told_in_time(domain: str) -> None:
    with ma_streaming("demo", *SHORT, "--broker", "127.0.0.1:1", "--domain", domain) as program:
        assert program.wait(timeout_seconds=40) == 1
    assert "127.0.0.1:1" in program.errors
    assert "Traceback" not in program.errors


def test_more_than_the_embedded_broker_keeps_is_refused() -> None:
    with ma_streaming("demo", "--duration", "1000") as program:
        assert program.wait() == 2
    assert "5 MB" in program.errors


def started_demo() -> tuple[Program, list[int]]:
    program = ma_streaming("demo", "--duration", "60")
    wait_until(lambda: len(processes_of(program.pid)) >= 2, timeout_seconds=30)
    return program, processes_of(program.pid)


def test_ctrl_c_ends_the_demo_and_its_processes() -> None:
    program, children = started_demo()
    with program:
        program.wait_for("Session")
        program.interrupt()
        assert program.wait(timeout_seconds=15) == 130
        assert "Traceback" not in program.errors
        assert not any(is_alive(child) for child in children)


def test_a_killed_demo_leaves_no_process_behind() -> None:
    program, children = started_demo()
    with program:
        os.kill(program.pid, signal.SIGKILL)
        program.wait()
        wait_until(lambda: not any(is_alive(child) for child in children), timeout_seconds=20)
