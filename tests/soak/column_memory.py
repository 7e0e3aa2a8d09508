"""Readers of columns in several threads that keep some views; runs as a `benchmarks.processes.Worker`."""

from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor

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

    def read(self, packets: int, readers: int) -> list[float]:
        """Let each reader read the whole session; views of the last time are still alive.

        Returns:
            The resident memory in MB on the way.
        """
        while len(self._views) < readers:
            self._views.append(KeptViews(KEPT))
        with ThreadPoolExecutor(readers) as threads:
            taken = [threads.submit(self._read, packets, views) for views in self._views]
            return [sample for each in taken for sample in each.result()]

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
