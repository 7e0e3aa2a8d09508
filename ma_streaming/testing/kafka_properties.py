"""The broker's `server.properties`: one node that is broker and controller, made for tests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

PropertyValue = str | int | float | bool

LARGEST_MESSAGE_BYTES = 8 * 1024 * 1024
CLEANER_BUFFER_BYTES = 8 * 1024 * 1024
"""For compacted topics. Kafka's own 128 MiB are allocated at the start, and end a broker with a small heap."""

_PAST_ASCII = 0x7F


def server_properties(
    *, port: int, controller_port: int, data_folder: Path, auto_create_topics: bool, extra: Mapping[str, PropertyValue]
) -> dict[str, str]:
    """Return the properties of a one-node broker on the loopback interface; ``extra`` has the last word.

    The session timeout of one second lets a killed broker come back in 3 s in place of 12 s. Internal topics have
    one partition and one replica, and consumer groups form at once. Records are kept for ever: a data format is
    defined once, and sessions need it for as long as they are kept.
    """
    properties: dict[str, PropertyValue] = {
        "process.roles": "broker,controller",
        "node.id": 1,
        "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "controller.listener.names": "CONTROLLER",
        "controller.quorum.bootstrap.servers": f"127.0.0.1:{controller_port}",
        "log.dirs": str(data_folder),
        "broker.session.timeout.ms": 1000,
        "broker.heartbeat.interval.ms": 200,
        "auto.create.topics.enable": auto_create_topics,
        "num.partitions": 1,
        "message.max.bytes": LARGEST_MESSAGE_BYTES,
        "log.retention.ms": -1,
        "log.cleaner.dedupe.buffer.size": CLEANER_BUFFER_BYTES,
        "group.initial.rebalance.delay.ms": 0,
        "offsets.topic.num.partitions": 1,
        "offsets.topic.replication.factor": 1,
        "transaction.state.log.num.partitions": 1,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "share.coordinator.state.topic.num.partitions": 1,
        "share.coordinator.state.topic.replication.factor": 1,
        "share.coordinator.state.topic.min.isr": 1,
    }
    properties.update(extra)
    return {key: _text(value) for key, value in properties.items()}


def render_properties(properties: Mapping[str, str]) -> str:
    """Return the text of a Java properties file, in ASCII, that Java reads back as ``properties``."""
    return "".join(f"{_escape(key, separators=True)}={_escape(value)}\n" for key, value in properties.items())


def _text(value: PropertyValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _escape(text: str, *, separators: bool = False) -> str:
    escaped = text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    if separators:
        for character in " :=":
            escaped = escaped.replace(character, "\\" + character)
    elif escaped.startswith(" "):
        escaped = "\\" + escaped
    utf16 = escaped.encode("utf-16-be")
    units = [int.from_bytes(utf16[index : index + 2], "big") for index in range(0, len(utf16), 2)]
    return "".join(chr(unit) if unit < _PAST_ASCII else f"\\u{unit:04x}" for unit in units)
