"""How long one packet takes from the writer's call to the reader's handler, in two processes.

Both sides send one packet at a time at a steady rate, and look at the clock of the machine (CLOCK_MONOTONIC), which all
processes share: the writer before its call, the reader when its handler begins.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

from benchmarks.packets import make_packets
from benchmarks.target import STREAM, connect, consumer_properties, producer_properties, topic_of
from ma_streaming import PacketReadingConfiguration, PacketReadingType, SessionCreationInfo

PACKET_BYTES: Final = 200
_WAIT_SECONDS: Final = 30.0
_POLL_SECONDS: Final = 0.1


class Arrivals:
    """When packets arrived, in ns of the machine's clock."""

    def __init__(self) -> None:
        self._times: list[int] = []
        self._expected = 1
        self._all_here = threading.Event()

    def handle(self, item: object) -> None:
        del item
        self._times.append(time.monotonic_ns())
        if len(self._times) == self._expected:
            self._all_here.set()

    def expect(self, packets: int) -> None:
        """Forget what came, and wait for so many from now on."""
        self._times = []
        self._expected = packets
        self._all_here.clear()

    def take(self) -> list[int]:
        """Wait for those that are expected."""
        assert self._all_here.wait(_WAIT_SECONDS), f"{self._expected - len(self._times)} packets are missing"
        return self._times


class OurLiveReader:
    """Has the packets of a live session pushed to a handler."""

    def __init__(self, servers: str, domain: str, data_source: str, session_key: str) -> None:
        self._api = connect(servers, domain)
        self._arrivals = Arrivals()
        configuration = PacketReadingConfiguration(
            session_key=session_key, data_source=data_source, reading_type=PacketReadingType.LIVE, streams=[STREAM]
        )
        self._reader = self._api.get_reading_packet_api().create_service_with_config(configuration).unwrap()
        self._reader.set_handler(self._arrivals.handle)
        self._reader.initialise()
        self._reader.start()
        self._arrivals.take()  # the packet that made the topic

    def expect(self, packets: int) -> None:
        self._arrivals.expect(packets)

    def take(self) -> list[int]:
        return self._arrivals.take()

    def close(self) -> None:
        self._api.stop()


class PeerLiveReader:
    """Polls a plain consumer, and hands each message to a handler."""

    def __init__(self, servers: str, domain: str, data_source: str) -> None:
        from confluent_kafka import Consumer, TopicPartition

        self._arrivals = Arrivals()
        self._consumer = Consumer(consumer_properties(servers, ours=True))
        self._consumer.assign([TopicPartition(topic_of(domain, data_source), 0, 0)])
        self._stopping = False
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        self._arrivals.take()

    def expect(self, packets: int) -> None:
        self._arrivals.expect(packets)

    def take(self) -> list[int]:
        return self._arrivals.take()

    def close(self) -> None:
        self._stopping = True
        self._thread.join()
        self._consumer.close()

    def _run(self) -> None:
        while not self._stopping:
            message = self._consumer.poll(_POLL_SECONDS)
            if message is not None and message.error() is None:
                self._arrivals.handle(message.value())


class OurLiveWriter:
    """Writes to a live session through `PacketWriterService`."""

    def __init__(self, servers: str, domain: str, data_source: str) -> None:
        self._api = connect(servers, domain)
        self._sessions = self._api.get_session_manager_api().create_service().unwrap()
        self._writer = self._api.get_writing_packet_api().create_service().unwrap()
        for service in (self._sessions, self._writer):
            service.initialise()
            service.start()
        self._data_source = data_source
        self._key = self._sessions.create_new_session(SessionCreationInfo(data_source)).unwrap().session_key
        self._packets = make_packets(PACKET_BYTES, self._key)
        self._write(self._packets.packets[0])

    def session_key(self) -> str:
        return self._key

    def write(self, packets: int, per_second: int) -> list[int]:
        """Write at a steady rate; gives when."""
        return _paced(self._packets.take(packets), per_second, self._write)

    def close(self) -> None:
        self._sessions.end_session(self._data_source, self._key).unwrap()
        self._api.stop()

    def _write(self, packet: bytes) -> None:
        self._writer.write_data(self._data_source, STREAM, self._key, packet).unwrap()


class PeerLiveWriter:
    """Writes by `produce()`, serving delivery reports after each packet as it should."""

    def __init__(self, servers: str, domain: str, data_source: str) -> None:
        from confluent_kafka import Producer

        self._producer = Producer(producer_properties(servers))
        self._topic = topic_of(domain, data_source)
        self._packets = make_packets(PACKET_BYTES)
        self._failures: list[object] = []
        self._write(self._packets.packets[0])

    def write(self, packets: int, per_second: int) -> list[int]:
        """Write at a steady rate; gives when."""
        return _paced(self._packets.take(packets), per_second, self._write)

    def close(self) -> None:
        self._producer.flush(_WAIT_SECONDS)
        assert not self._failures, self._failures[0]

    def _write(self, packet: bytes) -> None:
        self._producer.produce(self._topic, packet, b"0" * 36, 0, self._delivered)
        self._producer.poll(0)

    def _delivered(self, error: object, _message: object) -> None:
        if error is not None:
            self._failures.append(error)


def _paced(packets: list[bytes], per_second: int, write: Callable[[bytes], object]) -> list[int]:
    step_ns = 1_000_000_000 // per_second
    due = time.monotonic_ns()
    times = []
    for packet in packets:
        due += step_ns
        time.sleep(max(0.0, (due - time.monotonic_ns()) / 1e9))
        times.append(time.monotonic_ns())
        write(packet)
    return times
