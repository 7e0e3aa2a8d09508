"""Everything that a run measures, one benchmark after the other."""

from __future__ import annotations

import importlib.util
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from benchmarks import fairness, machine
from benchmarks.column_runs import ColumnRow, run_columns
from benchmarks.decoding import run_decoding
from benchmarks.measuring import Comparison, compare
from benchmarks.options import RUNTIME_VARIABLE, Options
from benchmarks.processes import ROOT, Worker, WorkerError

Said = Callable[[str], None]

_START_UP_SECONDS: Final = 120
# Of 10 parameters and 1,000 samples; a turn of either side takes about as long.
_OUR_ARRAYS: Final = 1000
_PEER_ARRAYS: Final = 20


@dataclass
class Found:
    """What was measured.

    Attributes:
        about: The machine, the versions, the packets.
        arrays: Comparisons by how far the arrays went, "queued" and "delivered"; samples in the place of packets.
        columns: Comparisons by packets and peer; samples in the place of packets.
        decoding: Millions of samples a second of the decoder alone, by runtime and packets.
        throughput: Comparisons by benchmark ("read", "read, peer's own", "write_data" and so on) and size.
        fairness: Medians of how far the streams of one session are apart, by side.
        latency: For each side p50 and p99 in ms, by turn; and the median ratios.
        startup: Times in seconds, by runtime.
        state: Medians of what connecting to a large broker takes, and of look-ups there.
    """

    about: dict[str, Any]
    throughput: dict[tuple[str, int], Comparison] = field(default_factory=dict)
    arrays: dict[str, Comparison] = field(default_factory=dict)
    columns: dict[ColumnRow, Comparison] = field(default_factory=dict)
    decoding: dict[str, dict[str, float]] = field(default_factory=dict)
    fairness: dict[str, dict[str, float]] = field(default_factory=dict)
    latency: dict[str, Any] = field(default_factory=dict)
    startup: dict[str, dict[str, float]] = field(default_factory=dict)
    state: dict[str, float] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Give everything, for machines."""
        return {
            "about": self.about,
            "throughput": [
                {"benchmark": name, "bytes": size, **comparison.as_json()}
                for (name, size), comparison in self.throughput.items()
            ],
            "arrays": {name: comparison.as_json() for name, comparison in self.arrays.items()},
            "columns": [{**row.as_json(), **comparison.as_json()} for row, comparison in self.columns.items()],
            "decoding": self.decoding,
            "fairness": self.fairness,
            "latency": self.latency,
            "startup": self.startup,
            "state": self.state,
        }


WRITE_THREADS: Final = "write_data, 8 threads to 1"
"""Our side in both places."""


@dataclass(frozen=True)
class ReadingRow:
    """One comparison of reading.

    Attributes:
        name: What the report calls it.
        option: Name of the benchmark, and of our side's method.
        peer_method: What the other side does.
        as_ours: Whether the other side's consumer has our properties, or librdkafka's own.
    """

    name: str
    option: str
    peer_method: str
    as_ours: bool


READING_ROWS: Final = (
    ReadingRow("read", "read", "read", as_ours=True),
    ReadingRow("read, peer's own", "read", "read", as_ours=False),
    ReadingRow("read_batch", "read_batch", "read_batch", as_ours=True),
    ReadingRow("read_batch, peer's own", "read_batch", "read_batch", as_ours=False),
    ReadingRow("read_batch, packets built", "read_batch", "read_built_batch", as_ours=True),
    ReadingRow("read_batch, packets built, peer's own", "read_batch", "read_built_batch", as_ours=False),
)


class Run:
    """One run on one broker.

    Args:
        options: What to measure.
        servers: The broker.
        domain: First word of all topics; nothing else uses it.
        said: Told how it goes.
    """

    def __init__(self, options: Options, servers: str, domain: str, said: Said) -> None:
        self._options = options
        self._where = {"servers": servers, "domain": domain}
        self._said = said
        self._found = Found(_about(options))

    def run(self) -> Found:
        """Run what the options name."""
        only = self._options.only
        for size in self._options.sizes:
            if "read" in only or "read_batch" in only:
                self._read(size)
            if {"write", "write_many", "write_threads"} & set(only):
                self._write(size)
        for name, measure in {
            "write_arrays": self._write_arrays,
            "columns": self._columns,
            "decode": self._decode,
            "fairness": self._fairness,
            "latency": self._latency,
            "startup": self._start_up,
            "state": self._state,
        }.items():
            if name in only:
                measure()
        return self._found

    def _read(self, size: int) -> None:
        packets = self._options.packets(size)
        session = self._make_session(f"Read{size}", size, packets)
        with Worker("benchmarks.reading:OurReader", **session) as ours:
            self._found.about["runtime"] = ours.call("runtime")
            for row in READING_ROWS:
                if row.option in self._options.only:
                    self._said(f"{row.name}, {packets:,} packets of {size} B")
                    with Worker("benchmarks.reading:PeerReader", **session, our_properties=row.as_ours) as peer:
                        compared = self._compare((ours, row.option), (peer, row.peer_method), packets)
                    self._found.throughput[row.name, size] = compared

    def _columns(self) -> None:
        self._found.columns = run_columns(self._options, self._where, self._said, self._found.about)

    def _decode(self) -> None:
        roots = [root for root in _runtime_roots(self._options) if root is not None]
        self._found.decoding = run_decoding(roots, self._said)

    def _write(self, size: int) -> None:
        packets = self._options.packets(size)
        arguments = {**self._where, "data_source": f"Write{size}", "size": size, "values": self._options.values}
        with (
            Worker("benchmarks.writing:OurWriter", **arguments) as ours,
            Worker("benchmarks.writing:PeerWriter", **arguments) as peer,
        ):
            self._found.about["runtime"] = ours.call("runtime")
            for option, method in (("write", "write_data"), ("write_many", "write_many")):
                if option in self._options.only:
                    self._said(f"{method}, {packets:,} packets of {size} B")
                    self._found.throughput[method, size] = self._compare((ours, method), (peer, "produce"), packets)
            if "write_threads" in self._options.only:
                self._said(f"write_data by several threads, and by one, {packets:,} packets of {size} B")
                compared = self._compare((ours, "write_by_threads"), (ours, "write_data"), packets)
                self._found.throughput[WRITE_THREADS, size] = compared

    def _write_arrays(self) -> None:
        arguments = {**self._where, "data_source": "WriteArrays"}
        with (
            Worker("benchmarks.arrays:OurArrayWriter", **arguments) as ours,
            Worker("benchmarks.arrays:PeerArrayWriter", **arguments) as peer,
        ):
            self._found.about["runtime"] = ours.call("runtime")
            for name, method in (("queued", "queue"), ("delivered", "deliver")):
                self._said(f"arrays, {name}: {_OUR_ARRAYS} packets of ours, {_PEER_ARRAYS} of the peer's")
                self._found.arrays[name] = compare(
                    self._options.rounds,
                    lambda method=method: ours.call(method, packets=_OUR_ARRAYS),  # type: ignore[misc]
                    lambda method=method: peer.call(method, packets=_PEER_ARRAYS),  # type: ignore[misc]
                    self._said,
                )

    def _compare(self, ours: tuple[Worker, str], peer: tuple[Worker, str], packets: int) -> Comparison:
        def turns_of(side: tuple[Worker, str]) -> Callable[[], dict[str, Any]]:
            worker, method = side
            return lambda: worker.call(method, packets=packets)

        return compare(self._options.rounds, turns_of(ours), turns_of(peer), self._said)

    def _make_session(self, data_source: str, size: int, packets: int, **streams: list[str]) -> dict[str, Any]:
        values = self._options.values
        with Worker("benchmarks.reading:SessionMaker", **self._where) as maker:
            made = maker.call("make", data_source=data_source, size=size, packets=packets, values=values, **streams)
        self._found.about["packets"][str(size)] = {name: made[name] for name in ("mean_bytes", "compressed")}
        return {**self._where, "data_source": data_source, "session_key": made["session_key"]}

    def _fairness(self) -> None:
        size, streams = fairness.PACKET_BYTES, self._options.streams
        packets = self._options.stream_packets(size)
        self._said(f"fairness, {streams} streams of {packets:,} packets of {size} B")
        session = self._make_session("Fairness", size, packets, streams=fairness.stream_names(streams))
        self._found.about["streams"] = streams
        reading = {**session, "streams": streams}
        with (
            Worker("benchmarks.fairness:OurReader", **reading) as ours,
            Worker("benchmarks.fairness:PeerReader", **reading, our_properties=True) as peer,
            Worker("benchmarks.fairness:PeerReader", **reading, our_properties=False) as peers_own,
        ):
            self._found.about["runtime"] = ours.call("runtime")
            sides = {"ours": ours, "peer": peer, "peer's own": peers_own}
            turns: dict[str, list[dict[str, float]]] = {side: [] for side in sides}
            for number in range(self._options.rounds + 1):
                taken = {side: worker.call("read", packets=packets) for side, worker in sides.items()}
                if number:
                    for side, turn in taken.items():
                        turns[side].append(turn)
                    texts = (f"{turn['worst_spread']:.1%}" for turn in taken.values())
                    self._said(f"round {number} of {self._options.rounds}: " + " : ".join(texts))
        self._found.fairness = {side: _medians(measured) for side, measured in turns.items()}

    def _latency(self) -> None:
        rate = self._options.latency_rate
        packets = round(rate * self._options.latency_seconds)
        self._said(f"latency, {packets:,} packets at {rate:,} a second")
        ours_at = {**self._where, "data_source": "LatencyOurs"}
        peer_at = {**self._where, "data_source": "LatencyPeer"}
        with (
            Worker("benchmarks.latency:OurLiveWriter", **ours_at) as our_writer,
            Worker(
                "benchmarks.latency:OurLiveReader", **ours_at, session_key=our_writer.call("session_key")
            ) as our_reader,
            Worker("benchmarks.latency:PeerLiveWriter", **peer_at) as peer_writer,
            Worker("benchmarks.latency:PeerLiveReader", **peer_at) as peer_reader,
        ):
            turns: dict[str, list[dict[str, float]]] = {"ours": [], "peer": []}
            for number in range(self._options.rounds + 1):
                pair = {
                    "ours": _one_latency_turn(our_writer, our_reader, packets, rate),
                    "peer": _one_latency_turn(peer_writer, peer_reader, packets, rate),
                }
                if number:
                    for side, turn in pair.items():
                        turns[side].append(turn)
                    texts = (f"p50 {turn['p50_ms']:.2f} p99 {turn['p99_ms']:.2f} ms" for turn in pair.values())
                    self._said(f"round {number} of {self._options.rounds}: " + " : ".join(texts))
        self._found.latency = _latency_of(turns)

    def _start_up(self) -> None:
        session = self._make_session("StartUp", 200, 1000)
        arguments = [session[name] for name in ("servers", "domain", "data_source", "session_key")]
        for root in _runtime_roots(self._options):
            times = [_start(arguments, root) for _ in range(self._options.rounds + 1)][1:]
            runtime = str(times[0]["runtime"])
            self._found.startup[runtime] = {
                name: statistics.median(each[name] for each in times) for name in times[0] if name != "runtime"
            }
            self._said(f"start-up on {runtime}: {self._found.startup[runtime]}")

    def _state(self) -> None:
        topics, sessions = self._options.topics, self._options.sessions
        self._said(f"state, {topics:,} topics, {sessions:,} sessions")
        # A domain of its own: the sessions of the other benchmarks are none of it.
        where = {**self._where, "domain": f"{self._where['domain']}State"}
        with Worker("benchmarks.state:StateMaker", **where) as maker:
            made = maker.call("make", topics=topics, sessions=sessions)
        self._found.about["state"] = {"topics": made["topics"], "sessions": made["sessions"]}
        turns: list[dict[str, float]] = []
        for number in range(1, self._options.rounds + 1):
            with Worker("benchmarks.state:StateLoader", **where) as loader:
                turn = loader.call("load", sessions=sessions)
                self._found.about["runtime"] = turn.pop("runtime")
                names = {name: made[name] for name in ("data_source", "session_key")}
                turns.append({**turn, **loader.call("look_up", **names)})
            shown = ", ".join(f"{name} {value:.2f}" for name, value in turns[-1].items())
            self._said(f"round {number} of {self._options.rounds}: {shown}")
        self._found.state = _medians(turns)


def run_all(options: Options, servers: str, domain: str, said: Said) -> Found:
    """Run what the options name on a broker."""
    return Run(options, servers, domain, said).run()


def _one_latency_turn(writer: Worker, reader: Worker, packets: int, rate: int) -> dict[str, float]:
    reader.call("expect", packets=packets)
    sent = writer.call("write", packets=packets, per_second=rate)
    arrived = reader.call("take")
    taken = sorted((end - begin) / 1e6 for begin, end in zip(sent, arrived, strict=True))
    return {"p50_ms": _quantile(taken, 0.5), "p99_ms": _quantile(taken, 0.99), "max_ms": taken[-1]}


def _medians(turns: list[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.median(turn[name] for turn in turns) for name in turns[0]}


def _quantile(ascending: list[float], share: float) -> float:
    return ascending[min(len(ascending) - 1, int(share * len(ascending)))]


def _latency_of(turns: dict[str, list[dict[str, float]]]) -> dict[str, Any]:
    medians = {side: _medians(taken) for side, taken in turns.items()}
    ratios = {
        f"{name.removesuffix('_ms')}_ratio": statistics.median(
            ours[name] / peer[name] for ours, peer in zip(turns["ours"], turns["peer"], strict=True)
        )
        for name in ("p50_ms", "p99_ms")
    }
    return {**medians, **ratios, "turns": turns}


def _runtime_roots(options: Options) -> list[Path | None]:
    """Give the runtimes to start: that of the wheel, those that were named; None = what is found by itself."""
    wheel = importlib.util.find_spec("dotnetcore2")
    roots: list[Path | None] = []
    if wheel is not None and wheel.origin is not None:
        roots.append(Path(wheel.origin).parent / "bin")
    named = os.environ.get(RUNTIME_VARIABLE, "")
    roots += [*options.runtimes, *([Path(named)] if named else [])]
    return list(dict.fromkeys(roots)) or [None]


def _start(arguments: list[str], root: Path | None) -> dict[str, Any]:
    chosen = {RUNTIME_VARIABLE: str(root)} if root is not None else {}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.startup", *arguments],
        cwd=ROOT,
        env={**os.environ, **chosen},
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        timeout=_START_UP_SECONDS,
        check=False,
        text=True,
    )
    if done.returncode != 0:
        raise WorkerError(f"the start-up benchmark ended with exit code {done.returncode}")
    times: dict[str, Any] = json.loads(done.stdout)
    return times


def _about(options: Options) -> dict[str, Any]:
    return {**machine.describe(), "values": options.values, "rounds": options.rounds, "packets": {}}
