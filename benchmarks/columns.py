"""Kafka to arrays: a finished session of periodic packets read as columns, beside a loop that only drains its topic."""

from __future__ import annotations

from typing import Any, Final

from benchmarks.column_packets import Shape, make_packets
from benchmarks.measuring import Stopwatch
from benchmarks.reading import CONSUMED_AT_ONCE
from benchmarks.target import STREAM, connect, consumer_properties, runtime, topic_of
from ma_streaming import PacketReadingConfiguration, PacketReadingType, SessionCreationInfo

_BATCH: Final = 200


class ColumnMaker:
    """Writes a session of periodic packets."""

    def __init__(self, servers: str, domain: str) -> None:
        self._api = connect(servers, domain)
        self._sessions = self._api.get_session_manager_api().create_service().unwrap()
        self._formats = self._api.get_data_format_manager_api().create_service().unwrap()
        self._writer = self._api.get_writing_packet_api().create_service().unwrap()
        for service in (self._sessions, self._formats, self._writer):
            service.initialise()
            service.start()

    def make(
        self, data_source: str, packets: int, parameters: int = 10, samples: int = 100, values: str = "random"
    ) -> dict[str, Any]:
        """Write the session, and end it."""
        shape = Shape(parameters, samples)
        key = self._sessions.create_new_session(SessionCreationInfo(data_source, "columns")).unwrap().session_key
        data_format = self._formats.get_parameter_data_format_id(data_source, shape.names).unwrap().data_format_id
        made = make_packets(shape, values, session_key=key, data_format=data_format)
        every = (made * (packets // len(made) + 1))[:packets]
        for first in range(0, packets, _BATCH):
            self._writer.write_many(data_source, STREAM, key, every[first : first + _BATCH]).unwrap()
        self._writer.flush(60).unwrap()
        self._sessions.end_session(data_source, key).unwrap()
        return {"session_key": key, "mean_bytes": sum(map(len, made)) / len(made)}

    def close(self) -> None:
        self._api.stop()


class OurColumns:
    """Reads through `PacketReaderService.columns`."""

    def __init__(self, servers: str, domain: str, data_source: str, session_key: str) -> None:
        self._api = connect(servers, domain)
        self._configuration = PacketReadingConfiguration(
            session_key=session_key, data_source=data_source, reading_type=PacketReadingType.HISTORIC, streams=[STREAM]
        )

    def read(self, packets: int, packet_samples: int) -> dict[str, Any]:
        """Read the session once, from making the consumer to the last sample's arrays; all of them are made."""
        reader = self._api.get_reading_packet_api().create_service_with_config(self._configuration).unwrap()
        reader.initialise()
        left = packets * packet_samples
        watch = Stopwatch()
        reader.start()
        for batch in reader.columns():
            for column in batch.values():
                left -= len(column.values)
                assert len(column.timestamps_ns) == len(column.statuses) == len(column.values)
            if left <= 0:
                break
        turn = watch.turn(packets * packet_samples)
        assert left == 0, f"{left} samples are missing"
        reader.stop()
        return turn

    def runtime(self) -> str:
        return runtime()

    def close(self) -> None:
        self._api.stop()


class PeerDrain:
    """Drains the same topic by a `consume()` loop that decodes nothing."""

    def __init__(self, servers: str, domain: str, data_source: str, session_key: str, *, our_properties: bool) -> None:
        self._properties = consumer_properties(servers, ours=our_properties)
        self._topic = topic_of(domain, data_source)
        self._session_key = session_key

    def read(self, packets: int, packet_samples: int) -> dict[str, Any]:
        """Drain the topic once, from making the consumer to the last packet."""
        from confluent_kafka import Consumer, TopicPartition

        left = packets
        watch = Stopwatch()
        consumer = Consumer(self._properties)
        consumer.assign([TopicPartition(self._topic, 0, 0)])
        while left > 0:
            left -= len(consumer.consume(CONSUMED_AT_ONCE, 1.0))
        turn = watch.turn(packets * packet_samples)
        consumer.close()
        return turn

    def close(self) -> None:
        """Nothing stays open between turns."""
