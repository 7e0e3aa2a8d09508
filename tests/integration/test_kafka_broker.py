"""The runner of the real Kafka, seen by plain confluent-kafka clients."""

from __future__ import annotations

import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from ma_streaming.testing import BrokerStartError, KafkaBroker, wait_until
from ma_streaming.testing.ports import LOOPBACK, accepts_connections, is_port_free
from tests.support.brokers import SharedBroker, or_missing
from tests.support.processes import is_alive

TOPIC = "RunnerTest"


def produce(bootstrap_servers: str, values: list[bytes], topic: str = TOPIC) -> None:
    producer = Producer({"bootstrap.servers": bootstrap_servers, "log_level": 0})
    failures: list[object] = []
    for value in values:
        producer.produce(topic, value, callback=lambda error, _: failures.append(error) if error else None)
    assert producer.flush(10) == 0
    assert failures == []


def consume(bootstrap_servers: str, count: int, topic: str = TOPIC) -> list[bytes | None]:
    consumer = Consumer({"bootstrap.servers": bootstrap_servers, "group.id": "none", "log_level": 0})
    consumer.assign([TopicPartition(topic, 0, 0)])
    try:
        messages = consumer.consume(count, timeout=10)
        return [message.value() for message in messages]
    finally:
        consumer.close()


def test_messages_come_back_in_order(kafka_broker: SharedBroker, data_source: str) -> None:
    kafka_broker.create_topic(data_source)
    values = [str(number).encode() for number in range(100)]
    produce(kafka_broker.bootstrap_servers, values, data_source)
    assert consume(kafka_broker.bootstrap_servers, 100, data_source) == values


def test_created_topic_has_the_partitions_asked_for_and_may_exist_already(
    kafka_broker: SharedBroker, data_source: str
) -> None:
    kafka_broker.create_topic(data_source, 3)
    kafka_broker.create_topic(data_source, 3)
    topics = AdminClient({"bootstrap.servers": kafka_broker.bootstrap_servers}).list_topics(timeout=10).topics
    assert len(topics[data_source].partitions) == 3


def test_data_survive_kill_and_restart_and_not_stop(own_kafka_broker: KafkaBroker) -> None:
    broker = own_kafka_broker
    address, first_process = broker.bootstrap_servers, broker.process_id
    broker.create_topic(TOPIC)
    produce(address, [b"before the kill"])
    broker.kill()
    assert first_process is not None
    assert not is_alive(first_process)
    assert not broker.is_running
    broker.start()
    assert broker.bootstrap_servers == address
    produce(address, [b"after it"])
    broker.restart()
    assert consume(address, 2) == [b"before the kill", b"after it"]

    folder, last_process = broker.data_folder, broker.process_id
    broker.stop()
    broker.stop()
    assert last_process is not None
    assert not is_alive(last_process)
    assert not folder.exists()
    assert is_port_free(broker.port)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows can't suspend a process")
def test_paused_broker_answers_nothing_until_resumed_and_can_be_stopped(own_kafka_broker: KafkaBroker) -> None:
    broker = own_kafka_broker
    broker.create_topic(TOPIC)
    broker.pause()
    producer = Producer({"bootstrap.servers": broker.bootstrap_servers, "log_level": 0})
    producer.produce(TOPIC, b"patient")
    assert producer.flush(1) == 1
    assert accepts_connections(broker.port)
    broker.resume()
    assert producer.flush(15) == 0
    broker.pause()
    process = broker.process_id
    broker.stop()
    assert process is not None
    assert not is_alive(process)


def test_given_data_folder_is_kept_with_its_topics(tmp_path: Path) -> None:
    folder = tmp_path / "with space & ünïcode"
    broker = KafkaBroker(data_folder=folder, auto_create_topics=False, heap_megabytes=256)
    or_missing(broker.start)
    try:
        broker.create_topic(TOPIC)
        produce(broker.bootstrap_servers, [b"kept"])
    finally:
        broker.stop()
    assert "Kafka Server started" in broker.log_path.read_text()
    again = KafkaBroker(data_folder=folder, port=broker.port, heap_megabytes=256)
    with again:
        assert again.bootstrap_servers == broker.bootstrap_servers
        assert consume(again.bootstrap_servers, 1) == [b"kept"]


def test_taken_port_is_named() -> None:
    with socket.create_server((LOOPBACK, 0)) as listener:
        port = listener.getsockname()[1]
        broker = KafkaBroker(port=port)
        with pytest.raises(BrokerStartError, match=f"port {port} of 127.0.0.1 is taken"):
            or_missing(broker.start)


def test_broker_that_ends_while_starting_is_reported_with_the_end_of_its_log() -> None:
    broker = KafkaBroker(properties={"num.network.threads": "many"})
    with pytest.raises(BrokerStartError, match=r"(?s)exit code 1.*Invalid value many.*num\.network\.threads"):
        or_missing(broker.start)
    assert not broker.is_running
    broker.stop()


def test_broker_that_is_not_ready_in_time_is_ended() -> None:
    broker = KafkaBroker()
    with pytest.raises(BrokerStartError, match=r"not ready within 0\.01 s"):
        or_missing(lambda: broker.start(timeout_seconds=0.01))
    assert not broker.is_running
    broker.stop()


def test_broker_ends_with_the_python_that_started_it(kafka_broker: SharedBroker) -> None:
    del kafka_broker  # only so that Java and the jars are known to be there
    program = textwrap.dedent(
        """
        import sys
        from ma_streaming.testing import KafkaBroker
        broker = KafkaBroker(heap_megabytes=256)
        broker.start()
        print(broker.process_id, broker.data_folder, flush=True)
        sys.stdin.readline()
        """
    )
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        process_id, folder = child.stdout.readline().decode().strip().split(" ", 1)
        assert is_alive(int(process_id))
        child.kill()
    wait_until(lambda: not is_alive(int(process_id)), timeout_seconds=15, message="the broker outlives its starter")
    wait_until(lambda: not Path(folder).exists(), timeout_seconds=15, message=f"{folder} is left behind")
