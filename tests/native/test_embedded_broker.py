"""The embedded broker: in a test, and as `ma-streaming broker start --embedded`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Consumer, KafkaError, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from ma_streaming.errors import LifecycleError, StreamingError
from ma_streaming.testing import EmbeddedBroker, KafkaRequest, wait_until
from ma_streaming.testing.ports import accepts_connections
from tests.support.processes import is_alive


def partitions_of(bootstrap_servers: str) -> dict[str, int]:
    client = AdminClient({"bootstrap.servers": bootstrap_servers, "log_level": 0})
    return {name: len(topic.partitions) for name, topic in client.list_topics(timeout=10).topics.items()}


def port_of(bootstrap_servers: str) -> int:
    return int(bootstrap_servers.rpartition(":")[2])


def test_topics_have_the_partitions_asked_for() -> None:
    with EmbeddedBroker(topics={"First": 1, "Second": 3}) as broker:
        broker.create_topic("Third")
        broker.create_topic("Fourth", 2)
        assert partitions_of(broker.bootstrap_servers) == {"First": 1, "Second": 3, "Third": 1, "Fourth": 2}


def test_messages_come_back_in_order() -> None:
    with EmbeddedBroker(topics={"Data": 1}) as broker:
        values = [str(number).encode() for number in range(100)]
        producer = Producer({"bootstrap.servers": broker.bootstrap_servers, "log_level": 0})
        for value in values:
            producer.produce("Data", value)
        assert producer.flush(10) == 0
        consumer = Consumer({"bootstrap.servers": broker.bootstrap_servers, "group.id": "none", "log_level": 0})
        consumer.assign([TopicPartition("Data", 0, 0)])
        assert [message.value() for message in consumer.consume(100, timeout=10)] == values
        consumer.close()


def test_stopped_broker_is_gone_and_can_be_started_again_empty() -> None:
    broker = EmbeddedBroker()
    assert not broker.is_running
    with pytest.raises(LifecycleError, match=r"call start\(\) first"):
        broker.create_topic("Early")
    broker.start()
    broker.start()
    address = broker.bootstrap_servers
    broker.create_topic("Data")
    broker.stop()
    broker.stop()
    assert not broker.is_running
    assert not accepts_connections(port_of(address))
    with pytest.raises(LifecycleError, match=r"call start\(\) first"):
        broker.bootstrap_servers  # noqa: B018 - the look is what is tested
    with broker:
        assert partitions_of(broker.bootstrap_servers) == {}


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A cache of the test's own; whatever was started is stopped."""
    own = {**os.environ, "MA_STREAMING_CACHE": str(tmp_path / "cache")}
    yield own
    run(own, "stop")


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ma_streaming.cli", "broker", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_command_starts_it_for_other_processes_until_it_is_stopped(environment: dict[str, str]) -> None:
    ended = run(environment, "start", "--embedded", "--topic", "First", "--json")
    assert (ended.returncode, ended.stderr) == (0, "")
    state = json.loads(ended.stdout)
    assert partitions_of(state["bootstrap_servers"]) == {"First": 1}
    assert json.loads(run(environment, "status", "--json").stdout) == [state]
    stopped = run(environment, "stop", "--embedded")
    assert (stopped.returncode, stopped.stdout) == (0, "Stopped the embedded broker.\n")
    wait_until(lambda: not is_alive(state["process_id"]), message="the process outlives `stop`")
    assert not accepts_connections(port_of(state["bootstrap_servers"]))


def test_command_says_what_is_missing_where_no_runtime_can_be_loaded(
    environment: dict[str, str], tmp_path: Path
) -> None:
    empty_runtime = tmp_path / "python" / "dotnetcore2"
    empty_runtime.mkdir(parents=True)
    (empty_runtime / "__init__.py").touch()
    hidden = {"PATH": str(tmp_path), "PYTHONPATH": os.pathsep.join([str(empty_runtime.parent), *sys.path])}
    without = {name: value for name, value in environment.items() if not name.endswith("DOTNET_ROOT")}
    ended = run({**without, **hidden}, "start", "--embedded")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("Error: the embedded broker did not start: ")
    assert "Python package dotnetcore2" in ended.stderr
    assert "Traceback" not in ended.stderr


def produce(broker: EmbeddedBroker, **properties: object) -> object:
    """Write one record to "Data"; gives the code of its error."""
    errors: list[KafkaError | None] = []
    producer = Producer({"bootstrap.servers": broker.bootstrap_servers, "log_level": 0, **properties})
    producer.produce("Data", b"value", on_delivery=lambda error, _message: errors.append(error))
    assert producer.flush(20) == 0
    (error,) = errors
    return error and error.code()


def test_requests_get_the_errors_that_were_pushed() -> None:
    with EmbeddedBroker(topics={"Data": 1}) as broker:
        broker.push_request_errors(KafkaRequest.PRODUCE, [KafkaError.MSG_SIZE_TOO_LARGE])
        assert produce(broker) == KafkaError.MSG_SIZE_TOO_LARGE
        assert produce(broker) is None
        broker.push_request_errors(KafkaRequest.PRODUCE, [KafkaError.REQUEST_TIMED_OUT, KafkaError.POLICY_VIOLATION])
        assert produce(broker, retries=0) == KafkaError.REQUEST_TIMED_OUT
        assert produce(broker) == KafkaError.POLICY_VIOLATION


def test_broker_that_is_down_is_back_with_its_data() -> None:
    with EmbeddedBroker(topics={"Data": 1}) as broker:
        assert produce(broker) is None
        broker.set_broker_down()
        assert not accepts_connections(port_of(broker.bootstrap_servers))
        broker.set_broker_up()
        wait_until(lambda: accepts_connections(port_of(broker.bootstrap_servers)))
        assert partitions_of(broker.bootstrap_servers) == {"Data": 1}
        with pytest.raises(StreamingError, match="broker 7"):
            broker.set_broker_down(7)


def test_partition_gets_the_leader_that_was_set() -> None:
    with EmbeddedBroker(topics={"Data": 2}, brokers=3) as broker:
        client = AdminClient({"bootstrap.servers": broker.bootstrap_servers, "log_level": 0})
        for leader in (3, 1, 2):
            broker.set_partition_leader("Data", 1, leader)
            assert client.list_topics("Data", timeout=10).topics["Data"].partitions[1].leader == leader
        with pytest.raises(StreamingError, match="broker 7"):
            broker.set_partition_leader("Data", 1, 7)
