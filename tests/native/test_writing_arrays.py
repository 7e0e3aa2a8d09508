"""Arrays of any layout are stored as packets whose samples, parsed by protobuf, are the arrays bit for bit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from confluent_kafka import Consumer, TopicPartition

from ma_streaming import (
    PacketWriterService,
    SessionCreationInfo,
    StreamingApiConfiguration,
    SupportLibraryApi,
    SupportLibraryBootstrapper,
)
from ma_streaming.protos.open_data_pb2 import Packet, PeriodicDataPacket, RowDataPacket
from ma_streaming.testing import EmbeddedBroker

STREAM = "Stream1"
START = 1_750_000_000_000_000_000
MAX_MESSAGE_BYTES = 20_000
INT32 = (-(2**31), 2**31 - 1)
# SampleColumn and SampleRow: which list each element type is in (wire contract 7.2, 10.3).
LISTS = {"f": "double_samples", "i": "int32_samples", "b": "bool_samples"}


@dataclass
class Rig:
    """A writer with a session on topics of its own, and what arrives at the broker."""

    writer: PacketWriterService
    formats: Any
    data_source: str
    key: str
    domain: str
    servers: str

    def columns(self, values: Any, **options: Any) -> Any:
        """Write columns of parameters p0, p1 and so on."""
        times = {} if "rate_hz" in options else {"interval_ns": 1_000_000}
        given = {"parameters": names(len(values) if np.ndim(values) == 2 else 1), "start_time_ns": START, **times}
        return self.writer.write_columns(self.data_source, STREAM, self.key, values=values, **{**given, **options})

    def rows(self, values: Any, timestamps_ns: Any, **options: Any) -> Any:
        """Write rows of parameters p0, p1 and so on."""
        given = {"parameters": names(np.shape(values)[1] if np.ndim(values) == 2 else 1), **options}
        return self.writer.write_rows(
            self.data_source, STREAM, self.key, values=values, timestamps_ns=timestamps_ns, **given
        )

    def stored(self, after: int = 0) -> list[Packet]:
        """Give the packets of the stream, from the one with that offset on."""
        assert self.writer.flush(10).success
        consumer = Consumer({"bootstrap.servers": self.servers, "group.id": "test"})
        topic = f"{self.domain}.Data.{self.data_source}.{STREAM}"
        try:
            _, end = consumer.get_watermark_offsets(TopicPartition(topic, 0), 10)
            consumer.assign([TopicPartition(topic, 0, after)])
            messages = consumer.consume(end - after, 20)
        finally:
            consumer.close()
        assert len(messages) == end - after
        assert all(message.key() == self.key.encode() for message in messages)
        self.end = end
        return [Packet.FromString(message.value() or b"") for message in messages]

    end = 0


@pytest.fixture
def rig(broker: EmbeddedBroker, data_source: str, domain: str) -> Iterator[Rig]:
    configuration = StreamingApiConfiguration(
        broker.bootstrap_servers, domain=domain, additional_properties={"message.max.bytes": str(MAX_MESSAGE_BYTES)}
    )
    with SupportLibraryBootstrapper.bootstrap(configuration).create() as api:
        yield from rig_of(api, broker, data_source, domain)


def rig_of(api: SupportLibraryApi, broker: EmbeddedBroker, data_source: str, domain: str) -> Iterator[Rig]:
    sessions = api.get_session_manager_api().create_service().unwrap()
    formats = api.get_data_format_manager_api().create_service().unwrap()
    writer = api.get_writing_packet_api().create_service().unwrap()
    with sessions, formats, writer:
        session = sessions.create_new_session(SessionCreationInfo(data_source)).unwrap()
        yield Rig(writer, formats, data_source, session.session_key, domain, broker.bootstrap_servers)


def names(count: int) -> list[str]:
    return [f"p{number}:App" for number in range(count)]


def periodic_of(packets: Sequence[Packet]) -> list[PeriodicDataPacket]:
    assert all((packet.type, packet.is_essential) == ("PeriodicData", False) for packet in packets)
    return [PeriodicDataPacket.FromString(packet.content) for packet in packets]


def rows_of(packets: Sequence[Packet]) -> list[RowDataPacket]:
    assert all((packet.type, packet.is_essential) == ("RowData", False) for packet in packets)
    return [RowDataPacket.FromString(packet.content) for packet in packets]


def samples_of(group: Any, kind: str) -> list[Any]:
    """Give the samples of a SampleColumn or SampleRow, which must have the list of that kind."""
    assert group.WhichOneof("list") == LISTS[kind]
    return list(getattr(group, LISTS[kind]).samples)


def matrix_of(packets: Sequence[Packet], kind: str, field: str, dtype: Any) -> np.ndarray[Any, Any]:
    """Give the values or statuses of PeriodicData packets, by parameter and sample."""
    parts = [
        [[getattr(sample, field) for sample in samples_of(column, kind)] for column in packet.columns]
        for packet in periodic_of(packets)
    ]
    return np.concatenate([np.array(part, dtype) for part in parts], axis=1)


def assert_same_bits(stored: np.ndarray[Any, Any], given: np.ndarray[Any, Any]) -> None:
    assert stored.shape == given.shape
    assert np.ascontiguousarray(stored).tobytes() == np.ascontiguousarray(given.astype(stored.dtype)).tobytes()


def test_columns_are_packets_with_the_format_times_and_values(rig: Rig) -> None:
    values = np.random.default_rng(1).normal(size=(3, 100))
    assert rig.columns(values).unwrap() == 100
    packet = rig.stored()[0]
    content = periodic_of([packet])[0]

    assert packet.session_key == rig.key
    assert (content.start_time, content.interval) == (START, 1_000_000)
    known = rig.formats.get_parameters_list(rig.data_source, content.data_format.data_format_identifier).unwrap()
    assert known.parameter_list == names(3)
    assert_same_bits(matrix_of([packet], "f", "value", np.float64), values)
    assert np.all(matrix_of([packet], "f", "status", np.uint8) == 1)
