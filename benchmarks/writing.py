"""Packets to the broker, every one of them acknowledged."""

from __future__ import annotations

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from benchmarks.measuring import Stopwatch
from benchmarks.packets import make_packets
from benchmarks.target import STREAM, connect, producer_properties, runtime, topic_of
from ma_streaming import SessionCreationInfo

_BATCH = 1000
_FLUSH_SECONDS = 120.0
_THREADS = 8


class OurWriter:
    """Writes through `PacketWriterService`."""

    def __init__(self, servers: str, domain: str, data_source: str, size: int, values: str = "sensor") -> None:
        self._api = connect(servers, domain)
        self._sessions = self._api.get_session_manager_api().create_service().unwrap()
        self._writer = self._api.get_writing_packet_api().create_service().unwrap()
        for service in (self._sessions, self._writer):
            service.initialise()
            service.start()
        self._data_source = data_source
        self._key = self._sessions.create_new_session(SessionCreationInfo(data_source)).unwrap().session_key
        self._packets = make_packets(size, self._key, values)

    def write_data(self, packets: int) -> dict[str, Any]:
        """Write packets one by one, until all are acknowledged."""
        every = self._packets.take(packets)
        write, data_source, key = self._writer.write_data, self._data_source, self._key
        watch = Stopwatch()
        for packet in every:
            if not write(data_source, STREAM, key, packet).success:
                raise RuntimeError("a packet was refused")
        report = self._writer.flush(_FLUSH_SECONDS).unwrap()
        turn = watch.turn(packets)
        assert report.in_flight == 0
        return turn

    def write_by_threads(self, packets: int) -> dict[str, Any]:
        """Write packets one by one, from several threads through the one service, until all are acknowledged."""
        every = self._packets.take(packets)
        start = threading.Barrier(_THREADS + 1)

        def write(share: list[bytes]) -> None:
            write, data_source, key = self._writer.write_data, self._data_source, self._key
            start.wait()
            for packet in share:
                if not write(data_source, STREAM, key, packet).success:
                    raise RuntimeError("a packet was refused")

        with ThreadPoolExecutor(_THREADS) as pool:
            # Next to each other in memory, as packets are that a thread has made itself.
            ends = [packets * number // _THREADS for number in range(_THREADS + 1)]
            shares = [pool.submit(write, every[first:last]) for first, last in itertools.pairwise(ends)]
            start.wait()
            watch = Stopwatch()
            for share in shares:
                share.result()
        report = self._writer.flush(_FLUSH_SECONDS).unwrap()
        turn = watch.turn(packets)
        assert report.in_flight == 0
        return turn

    def write_many(self, packets: int) -> dict[str, Any]:
        """Write packets 1,000 a call, until all are acknowledged."""
        every = self._packets.take(packets)
        batches = [every[first : first + _BATCH] for first in range(0, packets, _BATCH)]
        watch = Stopwatch()
        for batch in batches:
            self._writer.write_many(self._data_source, STREAM, self._key, batch).unwrap()
        report = self._writer.flush(_FLUSH_SECONDS).unwrap()
        turn = watch.turn(packets)
        assert report.in_flight == 0
        return turn

    def runtime(self) -> str:
        return runtime()

    def close(self) -> None:
        self._sessions.end_session(self._data_source, self._key).unwrap()
        self._api.stop()


class PeerWriter:
    """Writes by `produce()` with a delivery callback, to the topic of our writer, under a key of its own."""

    def __init__(self, servers: str, domain: str, data_source: str, size: int, values: str = "sensor") -> None:
        from confluent_kafka import Producer

        self._producer = Producer(producer_properties(servers))
        self._topic = topic_of(domain, data_source)
        self._key = b"0" * 36
        self._packets = make_packets(size, values=values)
        self._delivered = 0

    def produce(self, packets: int) -> dict[str, Any]:
        """Write packets one by one, until all are acknowledged."""
        every = self._packets.take(packets)
        produce, poll, topic, key, on_delivery = (
            self._producer.produce,
            self._producer.poll,
            self._topic,
            self._key,
            self._count,
        )
        self._delivered = 0
        watch = Stopwatch()
        for packet in every:
            while True:
                try:
                    produce(topic, packet, key, 0, on_delivery)
                except BufferError:
                    poll(0.1)
                else:
                    break
        left = self._producer.flush(_FLUSH_SECONDS)
        turn = watch.turn(packets)
        assert left == 0
        assert self._delivered == packets, f"{packets - self._delivered} packets were not delivered"
        return turn

    def close(self) -> None:
        """Nothing is left to send."""

    def _count(self, error: object, _message: object) -> None:
        if error is None:
            self._delivered += 1
