"""Options that several commands have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from ma_streaming.cli.broker_state import BrokerKind, BrokerStateFile
from ma_streaming.errors import BrokerUnavailableError

BROKER_VARIABLE = "MA_STREAMING_BROKER"

_Function = TypeVar("_Function", bound=Callable[..., Any])


def broker_option(*, default: str | None = None) -> Callable[[_Function], _Function]:
    """Give a command the option ``--broker``, whose value reaches it as a broker list, or None where there is none.

    Args:
        default: The value where neither the option nor the environment variable is given.
    """
    return click.option(
        "--broker",
        envvar=BROKER_VARIABLE,
        show_envvar=True,
        default=default,
        show_default=default is not None,
        metavar="HOST:PORT",
        callback=_resolve_option,
        help="The Kafka to use: HOST:PORT[,HOST:PORT...], or `embedded` or `real` for the one that "
        "`ma-streaming broker start` has started.",
    )


def json_option(command: _Function) -> _Function:
    """Give a command the option ``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for machines.")(command)


def resolve_broker(value: str) -> str:
    """Return the broker list that the value of ``--broker`` stands for.

    Raises:
        BrokerUnavailableError: It is `embedded` or `real`, and no such broker of ours is running.
    """
    kinds = {kind.value: kind for kind in BrokerKind}
    if value not in kinds:
        return value
    state = BrokerStateFile(kinds[value]).running()
    if state is None:
        raise BrokerUnavailableError(
            f"no {value} broker is running; start it with `{kinds[value].start_command}`", subject=value
        )
    return state.bootstrap_servers


def _resolve_option(context: click.Context, option: click.Parameter, value: str | None) -> str | None:  # noqa: ARG001
    return resolve_broker(value) if value else None
