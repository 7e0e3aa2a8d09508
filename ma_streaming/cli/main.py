"""The command `ma-streaming`: its subcommands, and the exit codes 0 done, 1 failed, 2 usage, 130 interrupted."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence

import click

from ma_streaming._version import __version__
from ma_streaming.errors import StreamingError

COMMANDS = {
    # name: module and attribute, imported when the command is used or its help is shown. Such a module imports what
    # takes long (.NET, Kafka, numpy, protobuf) inside its functions.
    "broker": "ma_streaming.cli.broker:broker",
    "demo": "ma_streaming.cli.demo:demo",
}

EXIT_FAILED = 1
EXIT_INTERRUPTED = 130


class LazyGroup(click.Group):
    """A group whose subcommands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - as click calls it
        """Return the names of the subcommands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a subcommand; None where there is none of this name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        command = getattr(importlib.import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{COMMANDS[cmd_name]} is no click command")
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ma-streaming")
def cli() -> None:
    """Write and read Open Data Protocol telemetry on Kafka."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Whatever goes wrong for a reason that lies with the user, the broker or the machine is one message on standard
    error; a traceback is a fault of this program.

    Args:
        arguments: What follows the program's name; by default those of this process.
    """
    try:
        outcome = cli.main(args=arguments, prog_name="ma-streaming", standalone_mode=False)
        sys.stdout.flush()
    except click.Abort:
        _say("Interrupted.")
        return EXIT_INTERRUPTED
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except BrokenPipeError:
        # Whoever read our output has had enough; the interpreter must not try to flush the rest.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAILED
    except (StreamingError, OSError) as error:
        _say(f"Error: {error}")
        return EXIT_FAILED
    return outcome if isinstance(outcome, int) else 0


def _say(text: str) -> None:
    click.echo(text, err=True)
