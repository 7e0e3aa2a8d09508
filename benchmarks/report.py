"""What was measured, as tables for people, beside the budgets of docs/architecture.md."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Final

from rich.console import Console
from rich.table import Table

from benchmarks.column_runs import DRAIN, DRAIN_OWN, USUAL, ColumnRow
from benchmarks.measuring import Turn
from benchmarks.runs import Found

_NOTE: Final = """Figures of a side are medians of its turns; ratios are medians of the ratios of neighbouring turns.
read, read_batch: the peer with our consumer's properties; peer's own: with those that librdkafka has by itself.
read_batch: the peer touches the messages as they are; packets built: it makes objects of them that are like ours."""
_COLUMNS_NOTE: Final = """Ours goes from Kafka to arrays. A consume loop drains the topic and decodes nothing.
All other peers decode the same packets from memory."""
SAMPLES_BUDGET_MILLIONS: Final = 30
FAIRNESS_BUDGET: Final = 0.2
LATENCY_BUDGET: Final = 1.2
STARTUP_BUDGETS_SECONDS: Final = {"import_seconds": 0.15, "bootstrap_seconds": 0.8, "first_packet_seconds": 1.5}

ARRAY_BUDGETS: Final = {"queued": 100.0}

STATE_BUDGETS: Final = {
    "initialise_seconds": 10.0,
    "list_seconds": None,
    "megabytes": 300.0,
    "get_session_info_us": 20.0,
    "get_parameter_data_format_id_us": 20.0,
}


@dataclass(frozen=True)
class Budget:
    """What a comparison has to reach; None = there is no budget."""

    rate_ratio: float | None = None
    cpu_ratio: float | None = None


BUDGETS: Final = {
    ("read", 200): Budget(1.5, 0.7),
    ("read", 1000): Budget(1.0),
    ("read, peer's own", 200): Budget(1.5, 0.7),
    ("read, peer's own", 1000): Budget(1.0),
    ("read_batch", 200): Budget(2.0),
    ("read_batch, peer's own", 200): Budget(2.0),
    ("read_batch, packets built", 200): Budget(2.0),
    ("read_batch, packets built, peer's own", 200): Budget(2.0),
    ("write_data", 200): Budget(1.1),
    ("write_data", 1000): Budget(1.0),
    ("write_many", 200): Budget(1.7),
    ("write_data, 8 threads to 1", 200): Budget(1.0),
    ("write_data, 8 threads to 1", 1000): Budget(1.0),
}
COLUMN_BUDGETS: Final = {
    ColumnRow(USUAL, "random", DRAIN): 0.85,
    ColumnRow(USUAL, "random", DRAIN_OWN): 0.85,
    ColumnRow(USUAL, "random", "protobuf to numpy"): 30.0,
    ColumnRow(USUAL, "random", "an object a row"): 80.0,
}
DECODE_BUDGETS: Final = {".NET Core 3.1": 100.0, ".NET": 300.0}
"""Millions of samples a second, by how the runtime's name begins."""
_DECODE_BUDGET_FOR: Final = ("decode periodic 10 x 100", "decode periodic 10 x 1000")


def show(found: Found, console: Console) -> None:
    """Print everything."""
    about = found.about
    console.print(
        f"Python {about['python']}, {about.get('runtime', '')}, librdkafka {about['librdkafka']}, "
        f"{about['processors']} processors, load {about['load_average'][0]:.1f}"
    )
    for size, packets in about["packets"].items():
        console.print(
            f"Packets of {size} B: {packets['mean_bytes']:.0f} B on average; "
            f"zlib leaves {packets['compressed']:.0%} of them"
        )
    if found.throughput:
        console.print(_rates(found), _cpu(found), _NOTE, sep="\n")
    if found.arrays:
        console.print(_arrays(found))
    if found.columns:
        console.print(_columns(found), _COLUMNS_NOTE, sep="\n")
        _show_samples(found, console)
    if found.decoding:
        console.print(_decoding(found))
    if found.fairness:
        console.print(_fairness(found))
    if found.latency:
        console.print(_latency(found))
    if found.startup:
        console.print(_startup(found))
    if found.state:
        console.print(_state(found))


def _show_samples(found: Found, console: Console) -> None:
    """Print how many samples a second came as columns."""
    comparison = found.columns[ColumnRow(USUAL, "random", DRAIN)]
    rate = _median(comparison.ours, "packets_per_second") / 1e6
    judged = _judged(rate, SAMPLES_BUDGET_MILLIONS, more_is_better=True, digits=0)
    console.print(f"columns: {judged}, millions of random samples a second (≥ {SAMPLES_BUDGET_MILLIONS})")


def _columns(found: Found) -> Table:
    table = Table(title="Columns: millions of samples a second, and ns of CPU for each")
    for name in ("packets", "peer", "ours", "peer's", "ratio", "budget", "ns", "peer's ns"):
        table.add_column(name, justify="left" if name in {"packets", "peer"} else "right")
    for row, comparison in found.columns.items():
        budget = COLUMN_BUDGETS.get(row)
        sides = (comparison.ours, comparison.peer)
        table.add_row(
            f"{row.shape} {row.values}",
            row.peer,
            *(f"{_median(turns, 'packets_per_second') / 1e6:.2f}" for turns in sides),
            _judged(comparison.rate_ratio, budget, more_is_better=True),
            f"≥ {budget:g}" if budget is not None else "",
            *(f"{_median(turns, 'cpu_us_per_packet') * 1000:.0f}" for turns in sides),
        )
    return table


def _decoding(found: Found) -> Table:
    table = Table(
        title="The native code alone, from and to memory, millions of samples a second and CPU: more is better"
    )
    table.add_column("")
    for runtime in found.decoding:
        table.add_column(runtime, justify="right")
    for what in next(iter(found.decoding.values())):
        rates = []
        for runtime, measured in found.decoding.items():
            budgets = [budget for begin, budget in DECODE_BUDGETS.items() if runtime.startswith(begin)]
            budget = budgets[0] if what in _DECODE_BUDGET_FOR else None
            rates.append(_judged(measured[what], budget, more_is_better=True, digits=1))
        table.add_row(what, *rates)
    return table


def _rates(found: Found) -> Table:
    table = Table(title="Thousands of packets a second: more is better")
    for name in ("benchmark", "bytes", "ours", "peer", "ratio", "lowest", "highest", "budget"):
        table.add_column(name, justify="left" if name == "benchmark" else "right")
    for (name, size), comparison in found.throughput.items():
        budget = BUDGETS.get((name, size), Budget()).rate_ratio
        table.add_row(
            name,
            str(size),
            *(f"{_median(turns, 'packets_per_second') / 1000:.0f}" for turns in (comparison.ours, comparison.peer)),
            _judged(comparison.rate_ratio, budget, more_is_better=True),
            *(f"{ratio:.2f}" for ratio in comparison.rate_range),
            f"≥ {budget:g}" if budget is not None else "",
        )
    return table


def _cpu(found: Found) -> Table:
    table = Table(title="µs of the client's CPU for each packet: less is better")
    for name in ("benchmark", "bytes", "ours", "peer", "ratio", "budget"):
        table.add_column(name, justify="left" if name == "benchmark" else "right")
    for (name, size), comparison in found.throughput.items():
        budget = BUDGETS.get((name, size), Budget()).cpu_ratio
        table.add_row(
            name,
            str(size),
            *(f"{_median(turns, 'cpu_us_per_packet'):.2f}" for turns in (comparison.ours, comparison.peer)),
            _judged(comparison.cpu_ratio, budget, more_is_better=False),
            f"≤ {budget:.1f}" if budget is not None else "",
        )
    return table


def _arrays(found: Found) -> Table:
    table = Table(title="Arrays to packets beside objects of protobuf, millions of samples a second: more is better")
    for name in ("until they are", "ours", "peer", "ratio", "lowest", "highest", "budget"):
        table.add_column(name, justify="right")
    for name, comparison in found.arrays.items():
        budget = ARRAY_BUDGETS.get(name)
        table.add_row(
            name,
            *(f"{_median(turns, 'packets_per_second') / 1e6:.2f}" for turns in (comparison.ours, comparison.peer)),
            _judged(comparison.rate_ratio, budget, more_is_better=True),
            *(f"{ratio:.0f}" for ratio in comparison.rate_range),
            f"≥ {budget:.0f}" if budget is not None else "",
        )
    return table


def _fairness(found: Found) -> Table:
    streams = found.about["streams"]
    title = f"How far {streams} streams read together are apart in the middle half of the read, in % of their progress"
    table = Table(title=title)
    for name in ("", "median", "worst", "budget", "thousands of packets a second"):
        table.add_column(name, justify="right")
    for side, turn in found.fairness.items():
        ours = side == "ours"
        table.add_row(
            side,
            f"{turn['median_spread'] * 100:.1f}",
            _judged(
                turn["worst_spread"] * 100, FAIRNESS_BUDGET * 100 if ours else None, more_is_better=False, digits=1
            ),
            f"< {FAIRNESS_BUDGET:.0%}" if ours else "",
            f"{turn['packets_per_second'] / 1000:.0f}",
        )
    return table


def _latency(found: Found) -> Table:
    table = Table(title="Latency of single packets, writer's call to reader's handler, in two processes")
    for name in ("", "ours ms", "peer ms", "ratio", "budget"):
        table.add_column(name, justify="right")
    for name in ("p50", "p99"):
        table.add_row(
            name,
            *(f"{found.latency[side][f'{name}_ms']:.2f}" for side in ("ours", "peer")),
            _judged(found.latency[f"{name}_ratio"], LATENCY_BUDGET, more_is_better=False),
            f"≤ {LATENCY_BUDGET:.1f}",
        )
    return table


def _startup(found: Found) -> Table:
    table = Table(title="Start of a program, in seconds, each in a fresh process")
    table.add_column("runtime")
    for name, budget in STARTUP_BUDGETS_SECONDS.items():
        table.add_column(f"{name.removesuffix('_seconds').replace('_', ' ')} (< {budget:g})", justify="right")
    for runtime, times in found.startup.items():
        table.add_row(
            runtime,
            *(
                _judged(times[name], budget, more_is_better=False, digits=3)
                for name, budget in STARTUP_BUDGETS_SECONDS.items()
            ),
        )
    return table


def _state(found: Found) -> Table:
    size = found.about["state"]
    table = Table(title=f"A broker with {size['topics']:,} topics and {size['sessions']:,} sessions: less is better")
    for name in ("", "median", "budget"):
        table.add_column(name, justify="left" if not name else "right")
    for name, budget in STATE_BUDGETS.items():
        label = name.replace("_", " ").removesuffix(" us") + (", µs" if name.endswith("_us") else "")
        judged = _judged(found.state[name], budget, more_is_better=False)
        table.add_row(label, judged, f"< {budget:g}" if budget is not None else "")
    return table


def _median(turns: list[Turn], figure: str) -> float:
    return float(median(getattr(turn, figure) for turn in turns))


def _judged(value: float, budget: float | None, *, more_is_better: bool, digits: int = 2) -> str:
    text = f"{value:.{digits}f}"
    if budget is None:
        return text
    met = value >= budget if more_is_better else value <= budget
    return f"[green]{text}[/] met" if met else f"[red]{text}[/] missed"
