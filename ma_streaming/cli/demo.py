"""`ma-streaming demo`: write a session, read it live and historic, and prove that nothing is lost."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime, timezone

import click
from rich.console import Console

from ma_streaming.cli.demo_display import NoDisplay, show_result, terminal_display
from ma_streaming.cli.demo_plan import DemoPlan
from ma_streaming.cli.demo_result import DemoResult
from ma_streaming.cli.demo_run import DemoRun, run_demo
from ma_streaming.cli.options import broker_option, json_option

_PACKETS_PER_SECOND = 50.0
# The embedded broker keeps 5 MB of a topic. A sample takes 15 bytes at most (and less when compressed).
_EMBEDDED_MOST_SAMPLES = 250_000


@click.command()
@broker_option()
@click.option("--domain", default="", help="Prefix of the topic names.")
@click.option(
    "--duration", default=6.0, show_default=True, type=click.FloatRange(0.1, 86_400), help="Seconds to write."
)
@click.option(
    "--frequency", default=1000.0, show_default=True, type=click.FloatRange(1, 100_000), help="Samples a second."
)
@json_option
def demo(*, broker: str | None, domain: str, duration: float, frequency: float, as_json: bool) -> None:
    """Write a session with a sine wave, read it live and historic, and compare every sample.

    Without --broker it uses one inside this program. A writer and a live reader run as two processes. When the session
    has ended, it is read once more from its beginning. The exit code is 0 when every sample that was written was read
    both times, bit for bit, and 1 if not.
    """
    console = Console(highlight=False)
    with _broker(broker, domain, duration * frequency) as address:
        plan = _plan(address, domain, duration, frequency, embedded=broker is None)
        if not as_json:
            where = f"{address} (inside this program)" if plan.embedded else address
            console.print(f"Broker   {where}", markup=False)
            console.print(f"Session  {plan.session_identifier}, {plan.parameter} at {frequency:g} Hz", markup=False)
        run = DemoRun(plan)
        on_terminal = console.is_terminal and not as_json
        with terminal_display(console, run) if on_terminal else nullcontext(NoDisplay()) as display:
            run_demo(run, display)
    result = DemoResult.of(run)
    if as_json:
        click.echo(json.dumps(result.to_json(), indent=2))
    else:
        show_result(console, result, run)
    if not result.passed:
        click.get_current_context().exit(1)


def _plan(broker: str, domain: str, duration_seconds: float, frequency_hz: float, *, embedded: bool) -> DemoPlan:
    now = datetime.now(timezone.utc)
    return DemoPlan(
        broker=broker,
        embedded=embedded,
        domain=domain,
        session_identifier=f"Demo {now:%Y-%m-%d %H:%M:%S} {uuid.uuid4().hex[:6]}",
        duration_seconds=duration_seconds,
        frequency_hz=frequency_hz,
        samples_per_packet=max(1, round(frequency_hz / _PACKETS_PER_SECOND)),
    )


@contextmanager
def _broker(address: str | None, domain: str, samples: float) -> Iterator[str]:
    """Give the address of the broker to use: the one named, or one that lives as long as the demo."""
    if address is not None:
        yield address
        return
    if samples > _EMBEDDED_MOST_SAMPLES:
        raise click.UsageError(
            f"{samples:,.0f} samples are too many for the broker inside this program, which keeps 5 MB of a topic "
            f"(about {_EMBEDDED_MOST_SAMPLES:,} samples): make --duration or --frequency smaller, or name a --broker"
        )
    from ma_streaming.testing import EmbeddedBroker

    # Its clients can't create topics. The names are those of generation V2 (wire contract 1.3).
    prefix = f"{domain}." if domain else ""
    source, stream = DemoPlan.data_source, DemoPlan.stream
    names = ("Sys.SessionInfo", f"Data.{source}", f"Essential.{source}", f"Data.{source}.{stream}")
    with EmbeddedBroker(topics={prefix + name: 1 for name in names}) as broker:
        yield broker.bootstrap_servers
