"""Readers of columns in several threads that keep some views; runs as a `benchmarks.processes.Worker`."""

from __future__ import annotations

import gc
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait

from benchmarks.column_runs import USUAL
from benchmarks.target import connect
from ma_streaming import PacketReadingConfiguration, PacketReadingType
from ma_streaming._native import diagnostics
from tests.soak.sampled_reader import resident_megabytes
from tests.support.kept_views import KeptViews

BATCH_SAMPLES = 200_000
KEPT = 20
SAMPLED_EVERY = 10


class ColumnMemory:
    """Reads a finished session as columns, by several readers at once."""

    def __init__(self, servers: str, domain: str, data_source: str, session_key: str) -> None:
        self._api = connect(servers, domain)
        self._configuration = PacketReadingConfiguration(
            session_key=session_key,
            data_source=data_source,
            reading_type=PacketReadingType.HISTORIC,
            exclude_main_stream=True,
        )
        self._views: list[KeptViews] = []
        self._reading: list[Future[list[float]]] = []

    def begin(self, packets: int, readers: int) -> None:
        """Let each reader read the whole session, in a thread of its own."""
        self._views = [KeptViews(KEPT) for _ in range(readers)]
        threads = ThreadPoolExecutor(readers)
        self._reading = [threads.submit(self._read, packets, views) for views in self._views]
        threads.shutdown(wait=False)

    def go_on(self, seconds: float) -> list[float] | None:
        """Wait for the readers; gives the resident memory in MB on the way, None while they still read."""
        if wait(self._reading, seconds, FIRST_EXCEPTION).not_done and not any(map(_has_failed, self._reading)):
            return None
        return [
            sample for each in zip(*(reading.result() for reading in self._reading), strict=False) for sample in each
        ]

    def let_go(self) -> float:
        """Let all views go; gives the resident memory then."""
        for views in self._views:
            views.let_go()
        gc.collect()
        assert "ColumnBatch" not in diagnostics.describe(), diagnostics.describe()
        return resident_megabytes()

    def close(self) -> None:
        self._api.stop()

    def _read(self, packets: int, views: KeptViews) -> list[float]:
        samples: list[float] = []
        left = packets * USUAL.packet_samples
        with self._api.get_reading_packet_api().create_service_with_config(self._configuration).unwrap() as reader:
            for batch in reader.columns(max_samples=BATCH_SAMPLES):
                left -= batch.samples
                views.keep(batch)
                if views.batches % SAMPLED_EVERY == 0:
                    samples.append(resident_megabytes())
        assert left == 0, f"{left} samples are missing"
        return samples


def _has_failed(reading: Future[list[float]]) -> bool:
    return reading.done() and reading.exception() is not None
