"""numpy's arrays to packets: ours, and objects of protobuf as programs make them by hand."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from benchmarks.column_packets import car_values
from benchmarks.measuring import Stopwatch
from benchmarks.target import STREAM, connect, producer_properties, runtime, topic_of
from ma_streaming import SessionCreationInfo
from ma_streaming.protos.open_data_pb2 import (
    DATA_STATUS_VALID,
    DoubleSample,
    DoubleSampleList,
    Packet,
    PeriodicDataPacket,
    SampleColumn,
    SampleDataFormat,
)

PARAMETERS: Final = 10
SAMPLES: Final = 1000
"""Of each parameter in a packet."""

_NAMES: Final = [f"p{number}:Benchmark" for number in range(PARAMETERS)]
_START_NS: Final = 1_750_000_000_000_000_000
_INTERVAL_NS: Final = 1_000_000
_FLUSH_SECONDS: Final = 120.0


def _values() -> np.ndarray[Any, np.dtype[np.float64]]:
    """Give the samples of a packet."""
    return car_values(PARAMETERS * SAMPLES).reshape(PARAMETERS, SAMPLES)


class OurArrayWriter:
    """Writes through `write_columns`, a packet for each call."""

    def __init__(self, servers: str, domain: str, data_source: str) -> None:
        self._api = connect(servers, domain)
        self._sessions = self._api.get_session_manager_api().create_service().unwrap()
        self._writer = self._api.get_writing_packet_api().create_service().unwrap()
        for service in (self._sessions, self._writer):
            service.initialise()
            service.start()
        self._data_source = data_source
        self._key = self._sessions.create_new_session(SessionCreationInfo(data_source)).unwrap().session_key
        self._values = _values()

    def queue(self, packets: int) -> dict[str, Any]:
        """Write packets until all are in the client's queue."""
        watch = Stopwatch()
        self._write(packets)
        turn = watch.turn(packets * self._values.size)
        self._flush()
        return turn

    def deliver(self, packets: int) -> dict[str, Any]:
        """Write packets until all are acknowledged."""
        watch = Stopwatch()
        self._write(packets)
        self._flush()
        return watch.turn(packets * self._values.size)

    def runtime(self) -> str:
        return runtime()

    def close(self) -> None:
        self._sessions.end_session(self._data_source, self._key).unwrap()
        self._api.stop()

    def _write(self, packets: int) -> None:
        for number in range(packets):
            self._writer.write_columns(
                self._data_source,
                STREAM,
                self._key,
                parameters=_NAMES,
                start_time_ns=_START_NS,
                interval_ns=_INTERVAL_NS,
                first_sample=number * SAMPLES,
                values=self._values,
            ).unwrap()

    def _flush(self) -> None:
        assert self._writer.flush(_FLUSH_SECONDS).unwrap().in_flight == 0


class PeerArrayWriter:
    """Makes the same packets of protobuf's objects, and writes them by `produce()`."""

    def __init__(self, servers: str, domain: str, data_source: str) -> None:
        from confluent_kafka import Producer

        self._producer = Producer(producer_properties(servers))
        self._topic = topic_of(domain, data_source)
        self._key = "0" * 36
        self._values = _values()

    def queue(self, packets: int) -> dict[str, Any]:
        """Write packets until all are in the client's queue."""
        watch = Stopwatch()
        self._write(packets)
        turn = watch.turn(packets * self._values.size)
        assert self._producer.flush(_FLUSH_SECONDS) == 0
        return turn

    def deliver(self, packets: int) -> dict[str, Any]:
        """Write packets until all are acknowledged."""
        watch = Stopwatch()
        self._write(packets)
        assert self._producer.flush(_FLUSH_SECONDS) == 0
        return watch.turn(packets * self._values.size)

    def close(self) -> None:
        """Nothing is left to send."""

    def _write(self, packets: int) -> None:
        for number in range(packets):
            self._producer.produce(self._topic, self._packet(number), self._key.encode(), 0)

    def _packet(self, number: int) -> bytes:
        columns = [
            SampleColumn(
                double_samples=DoubleSampleList(
                    samples=[DoubleSample(value=value, status=DATA_STATUS_VALID) for value in column]
                )
            )
            for column in self._values.tolist()
        ]
        content = PeriodicDataPacket(
            data_format=SampleDataFormat(data_format_identifier=1),
            start_time=_START_NS + number * SAMPLES * _INTERVAL_NS,
            interval=_INTERVAL_NS,
            columns=columns,
        )
        made = Packet(type="PeriodicData", session_key=self._key, content=content.SerializeToString())
        data: bytes = made.SerializeToString()
        return data
