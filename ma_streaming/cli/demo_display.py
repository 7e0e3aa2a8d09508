"""Show how the demo goes, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.box import SIMPLE
from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from ma_streaming.cli.demo_plan import DataPacket, DemoPlan
from ma_streaming.cli.demo_plot import plot
from ma_streaming.cli.demo_result import DemoResult, time_text
from ma_streaming.cli.demo_run import DemoRun

_PLOT_COLUMNS, _PLOT_ROWS = 72, 5
_POINTS = 4 * _PLOT_COLUMNS


class NoDisplay:
    """Shows nothing while the demo runs: in a pipe."""

    def stage(self, text: str) -> None:
        """Take what happens next."""

    def update(self, run: DemoRun) -> None:
        """Take how far it has come."""


@contextmanager
def terminal_display(console: Console, run: DemoRun) -> Iterator[TerminalDisplay]:
    """Give a display that is redrawn while the context lasts, and removed afterwards."""
    display = TerminalDisplay(console, run)
    with Live(display, console=console, refresh_per_second=10, transient=True):
        yield display


class TerminalDisplay:
    """Shows the sine, how much of it has been written and read, and what is going on.

    Args:
        console: The terminal.
        run: The run that is shown.
    """

    def __init__(self, console: Console, run: DemoRun) -> None:
        self._console = console
        self._run = run
        self._stage = ""

    def stage(self, text: str) -> None:
        """Show what happens next."""
        self._stage = text

    def update(self, run: DemoRun) -> None:
        """Show how far it has come."""
        self._run = run

    def __rich__(self) -> Group:
        """Return what the terminal shows now."""
        run = self._run
        bars = Table.grid(padding=(0, 2))
        packets = {"written": run.written, "read live": run.live, "read historic": run.historic}
        for name, done in packets.items():
            bar = ProgressBar(total=run.plan.packet_count, completed=len(done), width=40)
            bars.add_row(name, bar, f"{len(done):,} of {run.plan.packet_count:,} packets")
        curve = Text(_curve(run.plan, run.live, self._console), style="cyan")
        return Group(Text(f"{self._stage} ..."), curve, bars)


def show_result(console: Console, result: DemoResult, run: DemoRun) -> None:
    """Print the sine as it was read from the finished session, a table, and the verdict."""
    console.print(Text(_curve(result.plan, run.historic, console), style="cyan"))
    console.print(_table(result))
    if result.passed:
        verdict = f"Passed: all {result.plan.sample_count:,} samples were read live and historic, bit for bit."
        console.print(Text(verdict, style="bold green"))
    else:
        console.print(Text(run.log))
        console.print(Text(f"Failed: {'; '.join(result.failures)}.", style="bold red"))


def _table(result: DemoResult) -> Table:
    table = Table("", "written", "read live", "read historic", box=SIMPLE, show_edge=False)
    columns = (result.written, result.live, result.historic)
    table.add_row("packets", *(f"{column.packets:,}" for column in columns))
    table.add_row("samples", *(f"{column.samples:,}" for column in columns))
    table.add_row("first sample", *(_time_of_day(column.first_timestamp_ns) for column in columns))
    table.add_row("last sample", *(_time_of_day(column.last_timestamp_ns) for column in columns))
    table.add_row("latency p50", "", _milliseconds(result.latency_p50_ms), "")
    table.add_row("latency p99", "", _milliseconds(result.latency_p99_ms), "")
    table.add_row("bit for bit", "", str(result.live_comparison), str(result.historic_comparison))
    return table


def _time_of_day(timestamp_ns: int | None) -> str:
    return time_text(timestamp_ns).partition("T")[2]


def _milliseconds(value: float | None) -> str:
    return "" if value is None else f"{value:.2f} ms"


def _curve(plan: DemoPlan, packets: Sequence[DataPacket], console: Console) -> str:
    stride = max(1, plan.sample_count // _POINTS)
    values = [value for packet in packets for value in packet.floats()[::stride]]
    total = plan.packet_count * len(range(0, plan.samples_per_packet, stride))
    ascii_only = console.options.ascii_only
    return plot(values, total=total, columns=_PLOT_COLUMNS, rows=_PLOT_ROWS, ascii_only=ascii_only)
