"""The text of `server.properties`."""

from __future__ import annotations

from pathlib import Path

from ma_streaming.testing.kafka_properties import render_properties, server_properties


def test_one_node_is_broker_and_controller_on_the_loopback_interface() -> None:
    properties = server_properties(
        port=20001, controller_port=20002, data_folder=Path("data"), auto_create_topics=False, extra={}
    )
    assert properties["process.roles"] == "broker,controller"
    assert properties["listeners"] == "PLAINTEXT://127.0.0.1:20001,CONTROLLER://127.0.0.1:20002"
    assert properties["advertised.listeners"] == "PLAINTEXT://127.0.0.1:20001"
    assert properties["auto.create.topics.enable"] == "false"
    assert properties["broker.session.timeout.ms"] == "1000"
    assert properties["num.partitions"] == "1"
    assert properties["log.retention.ms"] == "-1", "records are kept for ever"
    assert int(properties["message.max.bytes"]) > 4_194_304


def test_own_properties_have_the_last_word() -> None:
    properties = server_properties(
        port=1, controller_port=2, data_folder=Path("data"), auto_create_topics=True,
        extra={"num.partitions": 4, "log.preallocate": True, "sasl.jaas.config": "x"},
    )  # fmt: skip
    assert properties["num.partitions"] == "4"
    assert properties["log.preallocate"] == "true"
    assert properties["sasl.jaas.config"] == "x"


def test_text_is_escaped_as_java_reads_it() -> None:
    text = render_properties({"log.dirs": "C:\\kafka", "a key": " spaced", "name": "ü😀\n"})
    assert text == "log.dirs=C:\\\\kafka\na\\ key=\\ spaced\nname=\\u00fc\\ud83d\\ude00\\n\n"
