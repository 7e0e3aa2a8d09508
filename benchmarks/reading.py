"""Packets to a handler or in batches: a finished session read from its beginning."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from benchmarks.measuring import Stopwatch
from benchmarks.packets import make_packets
from benchmarks.target import STREAM, connect, consumer_properties, runtime, topic_of
from ma_streaming import PacketReadingConfiguration, PacketReadingType, ReceivedPacketDto, SessionCreationInfo
from ma_streaming.packet_reading.delivery import PUSH_DELAY_SECONDS

if TYPE_CHECKING:
    from confluent_kafka import Message

CONSUMED_AT_ONCE = 2000
_BATCH = 1000
_LONGEST_SECONDS = 240.0


class Touch:
    """The user's handler of both sides: looks at the bytes of every packet."""

    def __init__(self, packets: int) -> None:
        self.bytes = 0
        self.left = packets
        self.done = threading.Event()

    def handle(self, item: ReceivedPacketDto | PeerPacket) -> None:
        self.bytes += len(item.packet_bytes.data)
        self.left -= 1
        if not self.left:
            self.done.set()


class SessionMaker:
    """Writes sessions for others to read."""

    def __init__(self, servers: str, domain: str) -> None:
        self._api = connect(servers, domain)
        self._sessions = self._api.get_session_manager_api().create_service().unwrap()
        self._writer = self._api.get_writing_packet_api().create_service().unwrap()
        for service in (self._sessions, self._writer):
            service.initialise()
            service.start()

    def make(
        self, data_source: str, size: int, packets: int, values: str = "sensor", streams: Sequence[str] = (STREAM,)
    ) -> dict[str, Any]:
        """Write a session with so many packets in each stream, all streams in step, and end it.

        Returns:
            The session's key, and what the packets are like.
        """
        session = self._sessions.create_new_session(SessionCreationInfo(data_source, f"{size} B")).unwrap()
        made = make_packets(size, session.session_key, values)
        every = made.take(packets)
        for first in range(0, packets, _BATCH):
            batch = every[first : first + _BATCH]
            for stream in streams:
                self._writer.write_many(data_source, stream, session.session_key, batch).unwrap()
        self._writer.flush(60).unwrap()
        self._sessions.end_session(data_source, session.session_key).unwrap()
        return {"session_key": session.session_key, "mean_bytes": made.mean_bytes, "compressed": made.compressed}

    def close(self) -> None:
        self._api.stop()


class OurReader:
    """Reads through `PacketReaderService`."""

    def __init__(self, servers: str, domain: str, data_source: str, session_key: str) -> None:
        self._api = connect(servers, domain)
        self._configuration = PacketReadingConfiguration(
            session_key=session_key, data_source=data_source, reading_type=PacketReadingType.HISTORIC, streams=[STREAM]
        )

    def read(self, packets: int) -> dict[str, Any]:
        """Read the session once, from making the consumer to the last packet's handler."""
        reader = self._api.get_reading_packet_api().create_service_with_config(self._configuration).unwrap()
        handler = Touch(packets)
        reader.set_handler(handler.handle)
        reader.initialise()
        time.sleep(PUSH_DELAY_SECONDS + 0.05)  # delivery waits so long for further handlers: not what is measured
        watch = Stopwatch()
        reader.start()
        assert handler.done.wait(_LONGEST_SECONDS), f"{handler.left} packets are missing"
        turn = watch.turn(packets)
        reader.stop()
        return turn

    def read_batch(self, packets: int) -> dict[str, Any]:
        """Read the session once in batches, from making the consumer to the last packet's bytes."""
        reader = self._api.get_reading_packet_api().create_service_with_config(self._configuration).unwrap()
        reader.initialise()
        touched = 0
        left = packets
        watch = Stopwatch()
        reader.start()
        while left > 0:
            batch = reader.read_batch(CONSUMED_AT_ONCE, 1.0)
            assert batch or not reader.is_completed, f"{left} packets are missing"
            for item in batch:
                touched += len(item.packet_bytes.data)
            left -= len(batch)
        turn = watch.turn(packets)
        reader.stop()
        return turn

    def runtime(self) -> str:
        return runtime()

    def close(self) -> None:
        self._api.stop()


class PeerBytes:
    """What a user's own program would make instead of `PacketBytes`."""

    __slots__ = ("data",)

    def __init__(self, data: bytes) -> None:
        self.data = data


class PeerPacket:
    """What a user's own program would make instead of `ReceivedPacketDto`."""

    __slots__ = ("data_source", "packet_bytes", "session_key", "stream", "submit_time_ms")

    def __init__(self, data_source: str, session_key: str, stream: str, submit_time_ms: int, data: bytes) -> None:
        self.data_source = data_source
        self.session_key = session_key
        self.stream = stream
        self.submit_time_ms = submit_time_ms
        self.packet_bytes = PeerBytes(data)


class PeerReader:
    """Reads the same topic by a `consume()` loop, and does what the service does: select by key, build, hand over."""

    def __init__(self, servers: str, domain: str, data_source: str, session_key: str, our_properties: bool) -> None:
        self._properties = consumer_properties(servers, ours=our_properties)
        self._topic = topic_of(domain, data_source)
        self._data_source = data_source
        self._session_key = session_key

    def read(self, packets: int) -> dict[str, Any]:
        """Read the session once, from making the consumer to the last packet's handler."""
        from confluent_kafka import Consumer, KafkaException, TopicPartition

        data_source, session_key, key = self._data_source, self._session_key, self._session_key.encode()
        handler = Touch(packets)
        handle = handler.handle
        watch = Stopwatch()
        consumer = Consumer(self._properties)
        consumer.assign([TopicPartition(self._topic, 0, 0)])
        while handler.left > 0:
            for message in consumer.consume(CONSUMED_AT_ONCE, 1.0):
                if message.error() is not None:
                    raise KafkaException(message.error())
                if message.key() == key and (value := message.value()) is not None:
                    handle(PeerPacket(data_source, session_key, STREAM, message.timestamp()[1], value))
        turn = watch.turn(packets)
        consumer.close()
        return turn

    def read_batch(self, packets: int) -> dict[str, Any]:
        """Read the session once, touching the messages as `consume()` gives them: no packet is built."""
        from confluent_kafka import Consumer, KafkaException, TopicPartition

        key = self._session_key.encode()
        touched = 0
        left = packets
        watch = Stopwatch()
        consumer = Consumer(self._properties)
        consumer.assign([TopicPartition(self._topic, 0, 0)])
        while left > 0:
            for message in consumer.consume(CONSUMED_AT_ONCE, 1.0):
                if message.error() is not None:
                    raise KafkaException(message.error())
                if message.key() == key and (value := message.value()) is not None:
                    touched += len(value)
                    left -= 1
        turn = watch.turn(packets)
        consumer.close()
        return turn

    def read_built_batch(self, packets: int) -> dict[str, Any]:
        """Read the session once, making of each batch what `read_batch` gives: a list of packets."""
        from confluent_kafka import Consumer, TopicPartition

        touched = 0
        left = packets
        watch = Stopwatch()
        consumer = Consumer(self._properties)
        consumer.assign([TopicPartition(self._topic, 0, 0)])
        while left > 0:
            batch = self._build(consumer.consume(CONSUMED_AT_ONCE, 1.0))
            for item in batch:
                touched += len(item.packet_bytes.data)
            left -= len(batch)
        turn = watch.turn(packets)
        consumer.close()
        return turn

    def _build(self, messages: list[Message]) -> list[PeerPacket]:
        from confluent_kafka import KafkaException

        data_source, session_key, key = self._data_source, self._session_key, self._session_key.encode()
        packets = []
        for message in messages:
            if message.error() is not None:
                raise KafkaException(message.error())
            if message.key() == key and (value := message.value()) is not None:
                packets.append(PeerPacket(data_source, session_key, STREAM, message.timestamp()[1], value))
        return packets

    def close(self) -> None:
        """Nothing stays open between turns."""
