"""What no Kafka client tells: the codec and the producer of record batches, read with a Fetch request made by hand."""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass

ZSTD = 4
"""Codec number of zstd in a record batch's attributes."""

_FETCH = 1
_FIRST_VERSION_WITH_ZSTD = 10


@dataclass(frozen=True)
class RecordBatch:
    """The header of a record batch.

    Attributes:
        codec: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd.
        producer_id: The id of an idempotent producer, -1 of any other.
    """

    codec: int
    producer_id: int


def record_batches(bootstrap_servers: str, topic: str) -> list[RecordBatch]:
    """Give the record batches of partition 0.

    Args:
        bootstrap_servers: Address of the one broker, `host:port`.
        topic: A topic that has records.
    """
    host, port = bootstrap_servers.rsplit(":", 1)
    request = _fetch_request(topic)
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(struct.pack(">i", len(request)) + request)
        (size,) = struct.unpack(">i", _receive(connection, 4))
        return _batches(_records(_receive(connection, size)))


def batch_codecs(bootstrap_servers: str, topic: str) -> list[int]:
    """Give the codec of each record batch of partition 0."""
    return [batch.codec for batch in record_batches(bootstrap_servers, topic)]


def _fetch_request(topic: str) -> bytes:
    name = topic.encode()
    header = struct.pack(">hhih", _FETCH, _FIRST_VERSION_WITH_ZSTD, 1, -1)
    waiting = struct.pack(">iiiibii", -1, 1000, 1, 50_000_000, 0, 0, -1)
    partition = struct.pack(">iiiqqi", 1, 0, -1, 0, -1, 50_000_000)
    return header + waiting + struct.pack(">ih", 1, len(name)) + name + partition + struct.pack(">i", 0)


def _receive(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        chunk = connection.recv(size - len(data))
        assert chunk, "the broker closed the connection"
        data += chunk
    return data


def _records(response: bytes) -> bytes:
    error, _session, topics, name_length = struct.unpack_from(">hiih", response, 8)
    assert error == 0, error
    assert topics == 1, topics
    at = 20 + name_length
    _count, _partition, error, _high, _stable, _start, aborted = struct.unpack_from(">iihqqqi", response, at)
    assert error == 0, error
    at += 38 + max(aborted, 0) * 16
    (size,) = struct.unpack_from(">i", response, at)
    return response[at + 4 : at + 4 + size]


def _batches(records: bytes) -> list[RecordBatch]:
    batches = []
    at = 0
    while at + 51 <= len(records):
        _offset, length, _epoch, magic, _checksum, attributes = struct.unpack_from(">qiibIh", records, at)
        assert magic == 2, magic
        (producer_id,) = struct.unpack_from(">q", records, at + 43)
        batches.append(RecordBatch(attributes & 7, producer_id))
        at += 12 + length
    return batches
