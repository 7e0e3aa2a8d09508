"""`ma-streaming broker` with a real Apache Kafka, as a user runs it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka.admin import AdminClient

from ma_streaming.testing import wait_until
from ma_streaming.testing.kafka_jars import find_kafka_jars
from ma_streaming.testing.ports import accepts_connections, is_port_free
from tests.support.brokers import or_missing
from tests.support.processes import is_alive


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A cache of the test's own, with the jars of the user's; whatever was started is stopped."""
    jars = or_missing(find_kafka_jars)
    cache = tmp_path / "cache"
    if not os.environ.get("KAFKA_HOME"):
        (cache / "kafka").mkdir(parents=True)
        (cache / "kafka" / jars.name).symlink_to(jars)
    own = {**os.environ, "MA_STREAMING_CACHE": str(cache)}
    own.pop("MA_STREAMING_BROKER", None)
    yield own
    run(own, "stop")


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ma_streaming.cli", "broker", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=150, check=False)


def started(environment: dict[str, str], *arguments: str) -> dict[str, Any]:
    ended = run(environment, "start", "--port", "0", "--json", *arguments)
    assert (ended.returncode, ended.stderr) == (0, "")
    state: dict[str, Any] = json.loads(ended.stdout)
    return state


def port_of(state: dict[str, Any]) -> int:
    return int(state["bootstrap_servers"].rpartition(":")[2])


def topics_of(state: dict[str, Any]) -> set[str]:
    client = AdminClient({"bootstrap.servers": state["bootstrap_servers"], "log_level": 0})
    return set(client.list_topics(timeout=10).topics)


def test_broker_goes_on_after_the_command_until_it_is_stopped(environment: dict[str, str]) -> None:
    state = started(environment, "--topic", "First", "--topic", "Second")
    assert topics_of(state) == {"First", "Second"}
    assert json.loads(run(environment, "status", "--json").stdout) == [state]
    again = run(environment, "start")
    assert again.returncode == 0
    assert f"already running at {state['bootstrap_servers']}" in again.stdout
    assert f" MA_STREAMING_BROKER={state['bootstrap_servers']}\n" in again.stdout, "for programs"

    stopped = run(environment, "stop")
    assert (stopped.returncode, stopped.stdout) == (0, "Stopped Apache Kafka.\n")
    wait_until(lambda: not is_alive(state["process_id"]), message="the process outlives `stop`")
    assert is_port_free(port_of(state))
    assert json.loads(run(environment, "status", "--json").stdout) == []

    assert topics_of(started(environment)) == {"First", "Second"}
    run(environment, "stop")
    assert topics_of(started(environment, "--fresh")) == set()


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
def test_killed_host_leaves_no_broker_and_no_claim(environment: dict[str, str]) -> None:
    state = started(environment)
    os.kill(state["process_id"], signal.SIGKILL)
    wait_until(lambda: not accepts_connections(port_of(state)), message="the broker outlives its host")
    assert json.loads(run(environment, "status", "--json").stdout) == []
    assert run(environment, "stop").stdout == "No broker was running.\n"


def test_topic_that_kafka_refuses_is_named_and_nothing_stays(environment: dict[str, str]) -> None:
    ended = run(environment, "start", "--port", "0", "--topic", "not/allowed")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith(
        "Error: Apache Kafka did not start: topic 'not/allowed' can't be created: Topic name"
    )
    assert json.loads(run(environment, "status", "--json").stdout) == []


def test_taken_port_is_named_and_nothing_stays(environment: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        ended = run(environment, "start", "--port", str(port))
    assert (ended.returncode, ended.stdout) == (1, "")
    assert f"port {port} of 127.0.0.1 is taken" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert json.loads(run(environment, "status", "--json").stdout) == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
def test_broker_in_the_foreground_ends_with_ctrl_c(environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "ma_streaming.cli", "broker", "start", "--port", "0", "--foreground"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        line = child.stdout.readline()
        assert line.startswith("Apache Kafka is running until Ctrl-C at 127.0.0.1:")
        child.send_signal(signal.SIGINT)
        _, errors = child.communicate(timeout=30)
    assert (child.returncode, errors) == (130, "\nInterrupted.\n")
    assert is_port_free(int(line.rpartition(":")[2]))
