"""A reader that looks at the memory of its own process while it reads; runs as a `benchmarks.processes.Worker`."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from benchmarks.target import connect
from ma_streaming import PacketReadingConfiguration, PacketReadingType
from tests.support.memory import resident_bytes

if TYPE_CHECKING:
    from ma_streaming import ReceivedPacketDto

SAMPLES = 100
LONGEST_SECONDS = 280.0


class SampledReader:
    """Reads a finished session."""

    def __init__(self, servers: str, domain: str, data_source: str, session_key: str) -> None:
        self._api = connect(servers, domain)
        self._configuration = PacketReadingConfiguration(
            session_key=session_key,
            data_source=data_source,
            reading_type=PacketReadingType.HISTORIC,
            exclude_main_stream=True,
        )

    def handle(self, packets: int) -> list[float]:
        """Have the packets pushed to a handler; gives the resident memory in MB, a hundred times on the way."""
        samples: list[float] = []
        left = packets
        step = max(1, packets // SAMPLES)
        done = threading.Event()

        def handle(item: ReceivedPacketDto) -> None:
            nonlocal left
            left -= bool(item.packet_bytes.data)
            if left % step == 0:
                samples.append(resident_megabytes())
            if not left:
                done.set()

        with self._api.get_reading_packet_api().create_service_with_config(self._configuration).unwrap() as reader:
            reader.set_handler(handle)
            assert done.wait(LONGEST_SECONDS), f"{left} packets are missing"
        return samples

    def read_batch(self, packets: int) -> list[float]:
        """Take the packets in batches; gives the same."""
        samples: list[float] = []
        left = packets
        step = max(1, packets // SAMPLES)
        with self._api.get_reading_packet_api().create_service_with_config(self._configuration).unwrap() as reader:
            while left > 0:
                batch = reader.read_batch(2000, 10)
                assert batch, f"{left} packets are missing"
                left -= sum(bool(item.packet_bytes.data) for item in batch)
                if left <= packets - step * (len(samples) + 1):
                    samples.append(resident_megabytes())
        return samples

    def close(self) -> None:
        self._api.stop()


def resident_megabytes() -> float:
    """Give how much memory this process has in the machine's."""
    return resident_bytes() / 1e6
