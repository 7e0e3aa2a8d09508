"""Choosing TCP ports on the loopback interface."""

from __future__ import annotations

import random
import socket
import sys

LOOPBACK = "127.0.0.1"

# Below the ranges that operating systems take the ports of outgoing connections from (Linux: 32768 and up): there a
# client that keeps trying to reach a broker that is down may be given the broker's own port, and keep it.
_FIRST_PORT = 20_000
_PAST_LAST_PORT = 32_000
_MOST_TRIES = 200


def is_port_free(port: int) -> bool:
    """Say whether a server could listen on this port of the loopback interface."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if sys.platform == "win32":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def choose_free_port() -> int:
    """Return a port that nobody listens on, outside the range of outgoing connections.

    Raises:
        OSError: None was found.
    """
    for _ in range(_MOST_TRIES):
        port = random.randrange(_FIRST_PORT, _PAST_LAST_PORT)  # noqa: S311 - nothing secret about a port
        if is_port_free(port):
            return port
    raise OSError(f"no free port among {_MOST_TRIES} tried between {_FIRST_PORT} and {_PAST_LAST_PORT}")


def accepts_connections(port: int, *, timeout_seconds: float = 1.0) -> bool:
    """Say whether something accepts connections on this port of the loopback interface."""
    try:
        socket.create_connection((LOOPBACK, port), timeout=timeout_seconds).close()
    except OSError:
        return False
    return True
