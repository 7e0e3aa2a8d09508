"""Programs that were written for the vendor's package run as they are, with nothing installed but the two wheels.

The programs are in the folder `drop_in`. Each test starts them as their owner would, on a real Kafka.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

from ma_streaming.testing import KafkaBroker
from tests.samples.sample_program import ROOT, Program
from tests.support.brokers import or_missing
from tests.support.wheels import PIP_OPTIONS, Wheels, run_pip

PROGRAMS = ROOT / "tests" / "samples" / "drop_in"
SAMPLE = re.compile(r"^SAMPLE (?P<stream>\S*) (?P<time>\d+) (?P<value>\S+) 1$", re.MULTILINE)
INTERVAL_NS = 10_000_000


@pytest.fixture(scope="module")
def python(wheels: Wheels, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that has the two wheels, and what they depend on."""
    environment = tmp_path_factory.mktemp("environment")
    venv.create(environment)
    executable = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    options = [*PIP_OPTIONS, "--no-compile", "--constraint", str(ROOT / "Requirements.txt")]
    run_pip("--python", str(executable), "install", *options, f"{wheels.ma_streaming}[dotnet]", str(wheels.drop_in))
    return executable


@pytest.fixture(scope="module")
def broker() -> Iterator[str]:
    """A real broker of their own: such programs know no domain, and would see the sessions of all other tests."""
    kafka = KafkaBroker()
    or_missing(kafka.start)
    try:
        yield kafka.bootstrap_servers
    finally:
        kafka.stop()


def start(python: Path, name: str, *arguments: str) -> Program:
    environment = {"PYTHONPATH": "", "PYTHONUNBUFFERED": "1"}
    return Program([str(python), name, *arguments], folder=PROGRAMS, environment=environment)


def write(python: Path, broker: str, data_source: str, identifier: str) -> str:
    """Write a session, and return its key."""
    with start(python, "writer.py", broker, data_source, identifier) as writer:
        key = writer.wait_for(r"^written: (\S+)$", timeout_seconds=60)[1]
        writer.type("")
        assert writer.wait() == 0, writer.errors
    assert writer.errors == ""
    return key


def check_samples(text: str) -> None:
    """Check that these are all samples of one ramp, in order, each of them valid."""
    samples = [(found["stream"], int(found["time"]), float(found["value"])) for found in SAMPLE.finditer(text)]
    begin = samples[0][1]
    assert samples == [("Ramps", begin + number * INTERVAL_NS, float(number)) for number in range(100)]


def test_reader_reads_live_what_writer_writes(python: Path, broker: str, data_source: str) -> None:
    first = write(python, broker, data_source, "First")
    with start(python, "reader.py", broker, data_source, "Ramp:Rig") as reader:
        reader.type("L")
        reader.wait_for("press Enter to stop")
        write(python, broker, data_source, "Second")
        reader.wait_for("EVENT session completed: Second")
        reader.type("")
        text = reader.succeed()
    check_samples(text)
    events = re.findall(r"^EVENT (.*)$", text, re.MULTILINE)
    assert events[0].startswith("session started")
    assert set(events) >= {
        "stream started: ''",
        "stream started: 'Ramps'",
        "session updated: {'Operator': 'Sam', 'Rig': 'number 2'}",
        f"associated: ['{first}']",
        "stream completed: ''",
        "stream completed: 'Ramps'",
    }
    last_sample_ns = int(SAMPLE.findall(text)[-1][1])
    assert f"cursor: {last_sample_ns + INTERVAL_NS}" in events


def test_reader_reads_a_recorded_session(python: Path, broker: str, data_source: str) -> None:
    write(python, broker, data_source, "Run 1")
    with start(python, "reader.py", broker, data_source, "Ramp:Rig") as reader:
        reader.type("h")
        reader.wait_for("^0: Run 1$")
        reader.type("0")
        reader.wait_for("EVENT session completed: Run 1")
        reader.type("")
        text = reader.succeed()
    check_samples(text)


def test_data_formats_are_registered_and_logged_by_the_programs_own_logger(
    python: Path, broker: str, data_source: str
) -> None:
    found = []
    for _ in range(2):
        with start(python, "data_formats.py", broker, data_source, "Gear:Rig", "Ramp:Rig", "Sine:Rig") as program:
            text = program.succeed(timeout_seconds=60)
        assert re.search(r"^\[formats D\] connected to ", text, re.MULTILINE)
        assert re.search(r"^\[formats W\] format 1: ", text, re.MULTILINE)
        found.append([line for line in text.splitlines() if line.startswith(("PARAMETERS", "EVENT", "FORMAT"))])
    assert found[1] == found[0], "the second run finds what the first has registered"
    parameters, event = (re.fullmatch(r"\w+ (\d+) (.*)", line) for line in found[0][:2])
    assert parameters is not None
    assert event is not None
    assert (parameters[2], event[2]) == ("['Ramp:Rig', 'Sine:Rig']", "Gear:Rig")
    assert set(found[0][2:]) == {
        f"FORMAT PARAMETERS [{parameters[1]}] ['Ramp:Rig', 'Sine:Rig']",
        f"FORMAT EVENT [{event[1]}] ['Gear:Rig']",
    }


def test_only_the_two_wheels_and_what_they_need_are_installed(python: Path) -> None:
    program = "import importlib.metadata, json; print(json.dumps([d.name for d in importlib.metadata.distributions()]))"
    done = subprocess.run([str(python), "-Ic", program], capture_output=True, text=True, check=True)
    names = set(json.loads(done.stdout))

    assert {"ma-streaming", "ma-streaming-drop-in"} <= names
    assert not names & {"pytest", "mypy", "ruff", "setuptools"}


def test_type_checkers_check_such_programs(python: Path, tmp_path: Path) -> None:
    shutil.copytree(PROGRAMS, tmp_path / "programs", ignore=shutil.ignore_patterns("__pycache__", ".mypy_cache"))
    wrong = tmp_path / "programs" / "wrong.py"
    root = "ma_dataplatforms_streaming_support_library"
    wrong.write_text(
        f"from {root}.contracts.shared.stream_api_configuration import StreamingApiConfiguration\n"
        f"from {root}.contracts.packet_writing.packet_bytes import Nothing\n"
        f"from {root}.protos.open_data_pb2 import Packet\n"
        "StreamingApiConfiguration(7)\n"
        "Packet(type=7)\n",
        encoding="utf-8",
    )
    options = ["--python-executable", str(python), "--strict", f"--cache-dir={tmp_path}", "--no-error-summary"]
    command = [sys.executable, "-m", "mypy", *options, "."]
    done = subprocess.run(command, cwd=tmp_path / "programs", capture_output=True, text=True, check=False, timeout=120)

    found = re.findall(r"^(\w+)\.py:(\d+): error: .* \[([\w-]+)\]$", done.stdout, re.MULTILINE)
    assert found == [("wrong", "2", "attr-defined"), ("wrong", "4", "arg-type"), ("wrong", "5", "arg-type")], (
        done.stdout + done.stderr
    )
