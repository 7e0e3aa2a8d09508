"""`ma-streaming broker`: a Kafka on this machine to try things with."""

from __future__ import annotations

import json
import sys

import click

from ma_streaming.cli import broker_control
from ma_streaming.cli.broker_host import BrokerRequest, host_broker
from ma_streaming.cli.broker_state import BrokerKind, BrokerState, BrokerStateFile
from ma_streaming.cli.options import BROKER_VARIABLE, json_option
from ma_streaming.errors import LifecycleError

DEFAULT_PORT = 9092

# Nobody sees the width of a pipe or a file, and there each broker must be one line.
_PIPE_WIDTH = 1000


@click.group()
def broker() -> None:
    """Start, stop and list Kafka brokers on this machine.

    The real one is Apache Kafka 4; it needs Java 17 and, the first time, Maven. The embedded one needs nothing, and
    keeps its data in memory.
    """


@broker.command()
@click.option("--embedded", is_flag=True, help="Start the embedded broker in place of Apache Kafka.")
@click.option(
    "--port", type=click.IntRange(0, 65535), help=f"Apache Kafka's port, 0 for any.  [default: {DEFAULT_PORT}]"
)
@click.option("--topic", "topics", multiple=True, metavar="NAME", help="Create this topic, with one partition.")
@click.option("--fresh", is_flag=True, help="Remove the data that Apache Kafka has kept from earlier runs.")
@click.option("--foreground", is_flag=True, help="Stay in this terminal until Ctrl-C.")
@json_option
def start(
    *, embedded: bool, port: int | None, topics: tuple[str, ...], fresh: bool, foreground: bool, as_json: bool
) -> None:
    """Start a broker and wait until it is ready."""
    if embedded and port is not None:
        raise click.UsageError("--port is for Apache Kafka: the embedded broker's port can't be chosen.")
    if embedded and fresh:
        raise click.UsageError("--fresh is for Apache Kafka: the embedded broker keeps nothing.")
    request = BrokerRequest(
        kind=BrokerKind.EMBEDDED if embedded else BrokerKind.REAL,
        port=DEFAULT_PORT if port is None else port,
        topics=tuple(dict.fromkeys(topics)),
        fresh=fresh,
    )
    running = BrokerStateFile(request.kind).running()
    if running is not None:
        if port is not None or topics or fresh or foreground:
            raise LifecycleError(
                f"{request.kind.title} is already running at {running.bootstrap_servers}; "
                "stop it first (`ma-streaming broker stop`) to start it with other options",
                subject=running.bootstrap_servers,
            )
        _announce(running, as_json=as_json, news="is already running")
        return
    if foreground:
        broker_control.prepare(request.kind)
        host_broker(request, announce=lambda state: _announce(state, as_json=as_json, news="is running until Ctrl-C"))
    else:
        _announce(broker_control.start(request), as_json=as_json, news="is running")


@broker.command()
@click.option("--embedded", "chosen", flag_value=BrokerKind.EMBEDDED.value, help="Stop only the embedded broker.")
@click.option("--real", "chosen", flag_value=BrokerKind.REAL.value, help="Stop only Apache Kafka.")
@json_option
def stop(*, chosen: str | None, as_json: bool) -> None:
    """Stop the brokers that are running."""
    kinds = [BrokerKind(chosen)] if chosen else list(BrokerKind)
    stopped = [kind for kind in kinds if broker_control.stop(kind)]
    if as_json:
        click.echo(json.dumps({"stopped": [kind.value for kind in stopped]}))
    elif stopped:
        click.echo(f"Stopped {' and '.join(kind.title for kind in stopped)}.")
    else:
        click.echo("No broker was running.")


@broker.command()
@json_option
def status(*, as_json: bool) -> None:
    """Show the brokers that are running."""
    states = [state for kind in BrokerKind if (state := BrokerStateFile(kind).running()) is not None]
    if as_json:
        click.echo(json.dumps([state.as_dictionary() for state in states], indent=2))
    elif states:
        _print_table(states)
    else:
        click.echo(f"No broker is running. `{BrokerKind.EMBEDDED.start_command}` starts one.")


def _announce(state: BrokerState, *, as_json: bool, news: str) -> None:
    if as_json:
        click.echo(json.dumps(state.as_dictionary(), indent=2))
        return
    title = BrokerKind(state.kind).title
    click.echo(f"{title[0].upper()}{title[1:]} {news} at {state.bootstrap_servers}")
    set_variable = "set" if sys.platform == "win32" else "export"
    click.echo(f"  programs:  {set_variable} {BROKER_VARIABLE}={state.bootstrap_servers}")
    click.echo(f"  commands:  the same, or ma-streaming ... --broker {state.kind}")
    click.echo(f"  stop it:   ma-streaming broker stop --{state.kind}")
    click.echo(f"  its log:   {state.log_path}")


def _print_table(states: list[BrokerState]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("broker", "address", "process", "since (UTC)", box=None, pad_edge=False)
    table.add_column("log", overflow="fold")
    for state in states:
        since = state.started_at.partition("+")[0].replace("T", " ")
        table.add_row(state.kind, state.bootstrap_servers, str(state.process_id), since, state.log_path)
    for column in table.columns[:-1]:
        column.no_wrap = True
    console = Console()
    if not console.is_terminal:
        console.width = _PIPE_WIDTH
    console.print(table)
