"""How evenly the streams of one session come on while they are read together."""

from __future__ import annotations

import threading
import time
from statistics import median
from typing import Final

from benchmarks.reading import CONSUMED_AT_ONCE
from benchmarks.target import connect, consumer_properties, runtime, topic_of
from ma_streaming import PacketReadingConfiguration, PacketReadingType, ReceivedPacketDto
from ma_streaming.packet_reading.delivery import PUSH_DELAY_SECONDS

PACKET_BYTES: Final = 1000
_SAMPLES: Final = 100
_MIDDLE: Final = (0.25, 0.75)
_LONGEST_SECONDS: Final = 240.0


def stream_names(streams: int) -> list[str]:
    """Name the streams of the session."""
    return [f"Samples{number:02}" for number in range(streams)]


class Progress:
    """Counts the packets of each stream, and looks a hundred times at how far apart the streams are.

    Args:
        streams: What the streams are called.
        packets: How many packets each of them has.
    """

    def __init__(self, streams: list[str], packets: int) -> None:
        self._counts = dict.fromkeys(streams, 0)
        self._total = packets * len(streams)
        self._read = 0
        self._step = max(1, self._total // _SAMPLES)
        self._next = self._step
        self._samples: list[tuple[float, float]] = []
        self._begun = time.perf_counter()
        self.done = threading.Event()

    @property
    def missing(self) -> int:
        """How many packets are still to come."""
        return self._total - self._read

    def begin(self) -> None:
        """Start the clock."""
        self._begun = time.perf_counter()

    def count(self, stream: str) -> None:
        """Count a packet."""
        self._counts[stream] += 1
        self._read += 1
        if self._read >= self._next:
            self._next += self._step
            self._look()

    def result(self) -> dict[str, float]:
        """Give the spread of progress in the middle half of the read, (max - min) / mean of packets per stream."""
        spreads = [spread for progress, spread in self._samples if _MIDDLE[0] <= progress <= _MIDDLE[1]]
        return {
            "median_spread": median(spreads),
            "worst_spread": max(spreads),
            "packets_per_second": self._total / self._seconds,
        }

    def _look(self) -> None:
        counts = self._counts.values()
        spread = (max(counts) - min(counts)) * len(counts) / self._read
        self._samples.append((self._read / self._total, spread))
        if not self.missing:
            self._seconds = time.perf_counter() - self._begun
            self.done.set()


class OurReader:
    """Has the packets of all streams pushed to one handler."""

    def __init__(self, servers: str, domain: str, data_source: str, session_key: str, streams: int) -> None:
        self._api = connect(servers, domain)
        self._streams = stream_names(streams)
        self._configuration = PacketReadingConfiguration(
            session_key=session_key,
            data_source=data_source,
            reading_type=PacketReadingType.HISTORIC,
            exclude_main_stream=True,
        )

    def read(self, packets: int) -> dict[str, float]:
        """Read the session once, with `packets` in each stream."""
        reader = self._api.get_reading_packet_api().create_service_with_config(self._configuration).unwrap()
        progress = Progress(self._streams, packets)

        def handle(item: ReceivedPacketDto) -> None:
            progress.count(item.stream)

        reader.set_handler(handle)
        reader.initialise()
        time.sleep(PUSH_DELAY_SECONDS + 0.05)
        progress.begin()
        reader.start()
        assert progress.done.wait(_LONGEST_SECONDS), f"{progress.missing} packets are missing"
        reader.stop()
        return progress.result()

    def runtime(self) -> str:
        return runtime()

    def close(self) -> None:
        self._api.stop()


class PeerReader:
    """Reads the same topics by a `consume()` loop of one plain consumer that is assigned all of them."""

    def __init__(
        self, servers: str, domain: str, data_source: str, session_key: str, streams: int, *, our_properties: bool
    ) -> None:
        self._properties = consumer_properties(servers, ours=our_properties)
        self._topics = {topic_of(domain, data_source, stream): stream for stream in stream_names(streams)}
        self._key = session_key.encode()

    def read(self, packets: int) -> dict[str, float]:
        """Read the topics once, with `packets` in each stream."""
        from confluent_kafka import Consumer, KafkaException, TopicPartition

        progress = Progress(list(self._topics.values()), packets)
        progress.begin()
        consumer = Consumer(self._properties)
        consumer.assign([TopicPartition(topic, 0, 0) for topic in self._topics])
        while progress.missing > 0:
            for message in consumer.consume(CONSUMED_AT_ONCE, 1.0):
                if message.error() is not None:
                    raise KafkaException(message.error())
                if message.key() == self._key and message.value() is not None:
                    progress.count(self._topics[message.topic() or ""])
        consumer.close()
        return progress.result()

    def close(self) -> None:
        """Nothing stays open between turns."""
