"""Arrays on the embedded broker: a writer with a session of its own, and what is stored, parsed by protobuf."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from confluent_kafka import Consumer, TopicPartition

from ma_streaming import (
    DataFormatManagementService,
    PacketWriterService,
    SessionCreationInfo,
    StreamingApiConfiguration,
    SupportLibraryBootstrapper,
)
from ma_streaming.protos.open_data_pb2 import Packet, PeriodicDataPacket, RowDataPacket

STREAM = "Stream1"
START = 1_750_000_000_000_000_000
# SampleColumn and SampleRow: which list each element type is in (wire contract 7.2, 10.3).
LISTS = {"f": "double_samples", "i": "int32_samples", "b": "bool_samples"}
DTYPES = ("float64", "float32", "int32", "int64", "bool")
LAYOUTS = ("plain", "transposed", "backwards", "with gaps", "unaligned", "read-only")


@dataclass
class ArrayRig:
    """A writer with a session on topics of its own, and what arrives at the broker."""

    writer: PacketWriterService
    formats: DataFormatManagementService
    consumer: Consumer
    data_source: str
    key: str
    topic: str
    taken: int = 0

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

    def stored(self) -> list[Packet]:
        """Give the packets of the stream that were not given before."""
        return [Packet.FromString(record) for record in self.stored_records()]

    def stored_records(self) -> list[bytes]:
        """Give the records of the stream that were not given before."""
        assert self.writer.flush(20).success
        place = TopicPartition(self.topic, 0, 0)
        _, end = self.consumer.get_watermark_offsets(place, 10)
        if not self.taken:
            self.consumer.assign([place])
        messages = []
        while self.taken < end:
            found = self.consumer.consume(end - self.taken, 20)
            assert found
            messages += found
            self.taken += len(found)
        assert all(message.key() == self.key.encode() for message in messages)
        return [message.value() or b"" for message in messages]


@contextmanager
def array_rig(
    servers: str, data_source: str, domain: str, *, properties: Any = (), **writing: Any
) -> Iterator[ArrayRig]:
    """Give a rig with client properties, and a writer with options, of its own."""
    configuration = StreamingApiConfiguration(servers, domain=domain, additional_properties=properties)
    consumer = Consumer({"bootstrap.servers": servers, "group.id": "test", "fetch.wait.max.ms": 10})
    try:
        with SupportLibraryBootstrapper.bootstrap(configuration).create() as api:
            sessions = api.get_session_manager_api().create_service().unwrap()
            formats = api.get_data_format_manager_api().create_service().unwrap()
            writer = api.get_writing_packet_api().create_service(**writing).unwrap()
            with sessions, formats, writer:
                key = sessions.create_new_session(SessionCreationInfo(data_source)).unwrap().session_key
                topic = f"{domain}.Data.{data_source}.{STREAM}"
                yield ArrayRig(writer, formats, consumer, data_source, key, topic)
    finally:
        consumer.close()


def names(count: int) -> list[str]:
    return [f"p{number}:App" for number in range(count)]


def periodic_of(packets: Sequence[Packet]) -> list[PeriodicDataPacket]:
    assert all((packet.type, packet.is_essential) == ("PeriodicData", False) for packet in packets)
    return [PeriodicDataPacket.FromString(packet.content) for packet in packets]


def rows_of(packets: Sequence[Packet]) -> list[RowDataPacket]:
    assert all((packet.type, packet.is_essential) == ("RowData", False) for packet in packets)
    return [RowDataPacket.FromString(packet.content) for packet in packets]


def matrix_of(packets: Sequence[Packet], kind: str, field: str) -> np.ndarray[Any, Any]:
    """Give the values or statuses of packets of either type, by parameter and sample; `kind` is that of a dtype."""
    dtype = "uint8" if field == "status" else {"f": "float64", "i": "int32", "b": "bool"}[kind]
    parts = []
    for packet in packets:
        is_periodic = packet.type == "PeriodicData"
        groups = periodic_of([packet])[0].columns if is_periodic else rows_of([packet])[0].rows
        assert {group.WhichOneof("list") for group in groups} == {LISTS[kind]}
        lists = (getattr(group, LISTS[kind]).samples for group in groups)
        part = np.array([[getattr(sample, field) for sample in samples] for samples in lists], dtype)
        parts.append(part if is_periodic else part.T)
    return np.concatenate(parts, axis=1)


def times_of(packets: Sequence[Packet]) -> list[int]:
    """Give the time of each sample."""
    times: list[int] = []
    for packet in packets:
        if packet.type == "RowData":
            times += rows_of([packet])[0].timestamps
        else:
            content = periodic_of([packet])[0]
            samples = len(getattr(content.columns[0], str(content.columns[0].WhichOneof("list"))).samples)
            times += [content.start_time + number * content.interval for number in range(samples)]
    return times


def assert_same_bits(stored: np.ndarray[Any, Any], given: np.ndarray[Any, Any]) -> None:
    assert stored.shape == given.shape
    with np.errstate(invalid="ignore"):  # a signalling NaN of 32 bits becomes a quiet one of 64
        assert stored.tobytes() == given.astype(stored.dtype).tobytes()


def values_of(seed: int, dtype: str, shape: tuple[int, int]) -> np.ndarray[Any, Any]:
    """Give values of which some are special: any bits of a float (NaN, -0.0, subnormal), the limits of integers."""
    random = np.random.default_rng(seed)
    bits = random.bytes(8 * shape[0] * shape[1])
    if dtype == "bool":
        return np.frombuffer(bits, "uint8")[: shape[0] * shape[1]].reshape(shape) > 127
    made = np.frombuffer(bits, "int32" if dtype.startswith("int") else dtype)[: shape[0] * shape[1]].reshape(shape)
    special = (0, -0.0, np.nan, np.inf, 5e-324) if dtype.startswith("float") else (0, 1, -1, -(2**31), 2**31 - 1)
    with np.errstate(over="ignore", under="ignore"):
        usual = np.array(special).astype(made.dtype)
    return np.where(random.random(shape) < 0.3, random.choice(usual, shape), made).astype(dtype)


def laid_out(array: np.ndarray[Any, Any], layout: str) -> np.ndarray[Any, Any]:
    """Give the same elements with other strides."""
    rows, columns = array.shape
    if layout == "transposed":
        return np.ascontiguousarray(array.T).T
    if layout == "backwards":
        return np.ascontiguousarray(array[::-1, ::-1])[::-1, ::-1]
    if layout == "with gaps":
        large = np.zeros((rows * 2, columns * 3), array.dtype)
        large[::2, ::3] = array
        return large[::2, ::3]
    if layout == "unaligned":
        fields = np.zeros(array.shape, np.dtype([("other", "u1"), ("value", array.dtype)]))
        fields["value"] = array
        return fields["value"]
    copy = array.copy()
    copy.flags.writeable = layout != "read-only"
    return copy
