"""What a run measures: the command line."""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

BENCHMARKS: Final = (
    "read",
    "read_batch",
    "columns",
    "decode",
    "write",
    "write_many",
    "write_threads",
    "write_arrays",
    "fairness",
    "latency",
    "startup",
    "state",
)
BROKER_VARIABLE: Final = "MA_STREAMING_TEST_BROKER"
RUNTIME_VARIABLE: Final = "MA_STREAMING_DOTNET_ROOT"
_BATCH: Final = 2000


@dataclass(frozen=True)
class Options:
    """What to measure.

    Attributes:
        only: Names of the benchmarks to run.
        rounds: Turns of each side that count.
        sizes: Sizes of packets in bytes.
        values: What the packets hold: "sensor" or "random".
        megabytes: How much each turn reads or writes.
        streams: How many streams the session of the fairness benchmark has.
        stream_megabytes: How much is in each of them.
        latency_seconds: How long each turn of the latency benchmark sends.
        latency_rate: Packets a second that it sends.
        runtimes: Roots of .NET runtimes to start, besides those that are found.
        topics: How many topics the broker of the state benchmark has.
        sessions: How many sessions its session topic has.
        broker: Address of a running broker; "" = start one.
        json_file: Where to write everything that was measured.
        page_file: A page of the documentation to write results and charts into.
        results_file: What an earlier run wrote, to be shown on the page instead of measuring.
    """

    only: tuple[str, ...]
    rounds: int
    sizes: tuple[int, ...]
    values: str
    megabytes: float
    streams: int
    stream_megabytes: float
    latency_seconds: float
    latency_rate: int
    runtimes: tuple[Path, ...]
    topics: int
    sessions: int
    broker: str
    json_file: Path | None
    page_file: Path | None
    results_file: Path | None

    def packets(self, size: int) -> int:
        """Give how many packets of a size make a turn."""
        return _whole_batches(self.megabytes, size)

    def stream_packets(self, size: int) -> int:
        """Give how many packets of a size are in each stream of the fairness benchmark."""
        return _whole_batches(self.stream_megabytes, size)


def parse(arguments: list[str] | None = None) -> Options:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure against plain confluent-kafka on a real Kafka, which is started unless one is named.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--only", nargs="+", choices=BENCHMARKS, default=BENCHMARKS, help="what to measure")
    parser.add_argument("--rounds", type=int, default=7, help="turns of each side that count")
    parser.add_argument("--sizes", type=int, nargs="+", default=[200, 1000], help="bytes of a packet")
    parser.add_argument(
        "--values",
        choices=("sensor", "random"),
        default="sensor",
        help="values in the packets: random ones don't compress",
    )
    parser.add_argument("--megabytes", type=float, default=100.0, help="how much each turn reads or writes")
    parser.add_argument("--streams", type=int, default=50, help="streams in the fairness benchmark")
    parser.add_argument("--stream-megabytes", type=float, default=25.0, help="how much is in each of them")
    parser.add_argument(
        "--latency-seconds", type=float, default=4.0, help="length of each turn of the latency benchmark"
    )
    parser.add_argument("--latency-rate", type=int, default=500, help="packets a second in the latency benchmark")
    parser.add_argument("--topics", type=int, default=5000, help="topics in the state benchmark")
    parser.add_argument("--sessions", type=int, default=10_000, help="sessions in the state benchmark")
    parser.add_argument(
        "--dotnet-root", type=Path, nargs="+", default=[], help=f"runtimes to start as well; also {RUNTIME_VARIABLE}"
    )
    parser.add_argument(
        "--broker", default=os.environ.get(BROKER_VARIABLE, ""), help=f"a running broker; also {BROKER_VARIABLE}"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything that was measured to this file")
    parser.add_argument(
        "--page", type=Path, metavar="FILE", help="write results and charts into this page, docs/performance.md"
    )
    parser.add_argument(
        "--results", type=Path, metavar="FILE", help="measure nothing; the page shows what an earlier --json wrote"
    )
    given = parser.parse_args(arguments)
    if given.rounds < 1 or min(given.sizes) < 100 or given.megabytes <= 0 or given.latency_rate < 1:
        parser.error("rounds, megabytes and rate must be positive, sizes at least 100")
    if given.results is not None and given.page is None:
        parser.error("--results is for --page")
    if given.streams < 2 or given.stream_megabytes <= 0:
        parser.error("streams must be at least 2, and stream megabytes positive")
    return Options(
        only=tuple(given.only),
        rounds=given.rounds,
        sizes=tuple(given.sizes),
        values=given.values,
        megabytes=given.megabytes,
        streams=given.streams,
        stream_megabytes=given.stream_megabytes,
        latency_seconds=given.latency_seconds,
        latency_rate=given.latency_rate,
        runtimes=tuple(given.dotnet_root),
        topics=given.topics,
        sessions=given.sessions,
        broker=given.broker,
        json_file=given.json,
        page_file=given.page,
        results_file=given.results,
    )


def _whole_batches(megabytes: float, size: int) -> int:
    return max(1, round(megabytes * 1e6 / size / _BATCH)) * _BATCH
