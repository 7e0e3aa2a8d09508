"""A TCP proxy on the loopback interface that behaves like a bad network: slow, late, cut, or silently dead.

Kafka clients follow the addresses that a broker advertises. So the broker needs a listener that is advertised at the
proxy's address: see `proxied_listener`.
"""

from __future__ import annotations

import contextlib
import queue
import random
import select
import socket
import struct
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from ma_streaming.testing.ports import LOOPBACK, choose_free_port

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from typing_extensions import Self

_CHUNK_BYTES = 16 * 1024
_MOST_BYTES_UNDER_WAY = 256 * 1024
_LISTENER_BACKLOG = 128
_CALL_TIMEOUT_SECONDS = 10.0
_RESET_WHEN_CLOSED = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


@dataclass(frozen=True)
class Link:
    """How one direction behaves; all connections share its bandwidth.

    Attributes:
        delay_seconds: How much later than they came bytes go on.
        jitter_seconds: The delay is longer or shorter by up to that much, at random. Order is kept.
        bytes_per_second: The bandwidth; None for no limit.
    """

    delay_seconds: float = 0.0
    jitter_seconds: float = 0.0
    bytes_per_second: float | None = None


class TcpProxy:
    """Forwards connections to a port of this machine. A context manager; its one thread ends with it.

    Attributes:
        port: Where it listens.
    """

    def __init__(self, target_port: int, *, port: int = 0) -> None:
        """Describe the proxy; nothing listens yet.

        Args:
            target_port: Where connections go.
            port: Where to listen; 0 chooses a free port.
        """
        self.port = port or choose_free_port()
        self._target_port = target_port
        self._calls: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=f"tcp proxy {self.port}", daemon=True)
        # What follows belongs to the thread.
        self._to_server = _Direction()
        self._to_client = _Direction()
        self._state = _State.FORWARDING
        self._connections: list[_Connection] = []
        self._accepted = 0
        self._is_closing = False

    @property
    def address(self) -> str:
        """The address for clients, ``127.0.0.1:port``."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def accepted(self) -> int:
        """How many connections have been taken so far, refused ones too."""
        return self._accepted

    @property
    def bytes_to_client(self) -> int:
        """How many bytes clients have got so far."""
        return self._to_client.bytes

    def slow_down(self, *, to_client: Link | None = None, to_server: Link | None = None) -> None:
        """Give directions, from now on, a delay and a bandwidth; None leaves a direction as it is."""

        def change() -> None:
            self._to_client.link = to_client or self._to_client.link
            self._to_server.link = to_server or self._to_server.link

        self._call(change)

    def half_open(self) -> None:
        """Swallow everything, in silence: connections stay open, and new ones are taken, but nothing comes through.

        Connections that are open now are dead for good, as in a network that forgot them: only new ones can go through
        again after `restore`.
        """

        def change() -> None:
            self._state = _State.HALF_OPEN
            for connection in self._connections:
                connection.die()

        self._call(change)

    def cut(self) -> None:
        """Reset all connections, and each new one at once, until `restore`."""

        def change() -> None:
            self._state = _State.CUT
            self._close_all()

        self._call(change)

    def restore(self) -> None:
        """Forward again, at once and without a limit."""

        def change() -> None:
            self._state = _State.FORWARDING
            self._to_client.link = self._to_server.link = Link()

        self._call(change)

    def __enter__(self) -> Self:
        """Begin to forward."""
        self._listener = socket.create_server((LOOPBACK, self.port), backlog=_LISTENER_BACKLOG)
        self._wake_reading, self._wake_writing = socket.socketpair()
        self._wake_writing.setblocking(False)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Reset all connections and end the thread."""

        def change() -> None:
            self._is_closing = True
            self._close_all()

        self._call(change)
        self._thread.join(_CALL_TIMEOUT_SECONDS)
        assert not self._thread.is_alive(), "the proxy's thread does not end"
        for each in (self._listener, self._wake_reading, self._wake_writing):
            each.close()

    def _call(self, change: Callable[[], None]) -> None:
        """Have the thread do something, and wait until it has."""
        done = threading.Event()

        def change_and_tell() -> None:
            change()
            done.set()

        self._calls.put(change_and_tell)
        with contextlib.suppress(BlockingIOError):
            self._wake_writing.send(b"!")
        assert done.wait(_CALL_TIMEOUT_SECONDS), "the proxy's thread does not answer"

    def _run(self) -> None:
        while not self._is_closing:
            readable, _, _ = self._wait()
            if self._wake_reading in readable:
                self._wake_reading.recv(_CHUNK_BYTES)
            while not self._calls.empty():
                self._calls.get()()
            if self._listener in readable and not self._is_closing:
                self._accept()
            for connection in list(self._connections):
                if not connection.forward(readable):
                    connection.close()
                    self._connections.remove(connection)

    def _wait(self) -> tuple[list[socket.socket], list[socket.socket], list[socket.socket]]:
        pipes = [pipe for connection in self._connections for pipe in connection.pipes]
        reading = [pipe.source for pipe in pipes if pipe.wants_more]
        writing = [pipe.sink for pipe in pipes if pipe.is_blocked]
        due = [pipe.under_way[0].due for pipe in pipes if pipe.under_way and not pipe.is_blocked]
        timeout = max(0.0, min(due) - time.monotonic()) if due else None
        return select.select([self._wake_reading, self._listener, *reading], writing, [], timeout)

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        self._accepted += 1
        if self._state is _State.CUT:
            _reset(client)
            return
        try:
            server = socket.create_connection((LOOPBACK, self._target_port), timeout=_CALL_TIMEOUT_SECONDS)
        except OSError:  # nobody listens there: the broker is down
            _reset(client)
            return
        connection = _Connection(client, server, self._to_server, self._to_client)
        if self._state is _State.HALF_OPEN:
            connection.die()
        self._connections.append(connection)

    def _close_all(self) -> None:
        for connection in self._connections:
            connection.close()
        self._connections.clear()


def proxied_listener(*, port: int, listener_port: int, proxy_port: int) -> dict[str, str]:
    """Give the properties of a `KafkaBroker` with a second listener, whose clients are sent to the proxy.

    Args:
        port: The port that the broker is given for all other clients.
        listener_port: Where the broker listens for the proxy.
        proxy_port: Where the proxy listens.
    """
    controller = f"{LOOPBACK}:{choose_free_port()}"
    return {
        "listeners": f"PLAINTEXT://{LOOPBACK}:{port},PROXIED://{LOOPBACK}:{listener_port},CONTROLLER://{controller}",
        "advertised.listeners": f"PLAINTEXT://{LOOPBACK}:{port},PROXIED://{LOOPBACK}:{proxy_port}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "controller.quorum.bootstrap.servers": controller,
    }


class _State(Enum):
    FORWARDING = "forwarding"
    HALF_OPEN = "half open"
    CUT = "cut"


@dataclass
class _Direction:
    """What all connections have in common, in one direction."""

    link: Link = field(default_factory=Link)
    free_at: float = 0.0
    bytes: int = 0
    random: random.Random = field(default_factory=lambda: random.Random(0))

    def due(self, size: int) -> float:
        """Say when so many bytes that come now have gone through."""
        now = time.monotonic()
        if self.link.bytes_per_second is not None:
            self.free_at = max(now, self.free_at) + size / self.link.bytes_per_second
            now = self.free_at
        jitter = self.random.uniform(-self.link.jitter_seconds, self.link.jitter_seconds)
        return now + max(0.0, self.link.delay_seconds + jitter)


@dataclass
class _Chunk:
    due: float
    data: memoryview


class _Pipe:
    """One direction of one connection."""

    def __init__(self, source: socket.socket, sink: socket.socket, direction: _Direction) -> None:
        self.source = source
        self.sink = sink
        self.under_way: deque[_Chunk] = deque()
        self.is_blocked = False
        self.is_dead = False
        self._direction = direction
        self._has_ended = False
        self._bytes_under_way = 0

    @property
    def wants_more(self) -> bool:
        return not self._has_ended and self._bytes_under_way < _MOST_BYTES_UNDER_WAY

    @property
    def is_finished(self) -> bool:
        return self._has_ended and not self.under_way

    def die(self) -> None:
        """Lose what is under way and what comes."""
        self.is_dead = True
        self.is_blocked = False
        self.under_way.clear()
        self._bytes_under_way = 0

    def take(self) -> None:
        """Take what the source has."""
        try:
            data = self.source.recv(_CHUNK_BYTES)
        except BlockingIOError:
            return
        self._has_ended = not data
        if data and not self.is_dead:
            due = max(self._direction.due(len(data)), self.under_way[-1].due if self.under_way else 0.0)
            self.under_way.append(_Chunk(due, memoryview(data)))
            self._bytes_under_way += len(data)

    def give(self) -> None:
        """Give the sink what is due."""
        self.is_blocked = False
        while self.under_way and self.under_way[0].due <= time.monotonic():
            chunk = self.under_way[0]
            try:
                sent = self.sink.send(chunk.data)
            except BlockingIOError:
                self.is_blocked = True
                return
            self._bytes_under_way -= sent
            self._direction.bytes += sent
            if sent < len(chunk.data):
                chunk.data = chunk.data[sent:]
            else:
                self.under_way.popleft()


class _Connection:
    """A client's connection and the one that it is forwarded to."""

    def __init__(
        self, client: socket.socket, server: socket.socket, to_server: _Direction, to_client: _Direction
    ) -> None:
        for each in (client, server):
            each.setblocking(False)
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.pipes = (_Pipe(client, server, to_server), _Pipe(server, client, to_client))

    def die(self) -> None:
        """Swallow everything from now on."""
        for pipe in self.pipes:
            pipe.die()

    def forward(self, readable: list[socket.socket]) -> bool:
        """Move on what can be moved; False when one side has ended and the other one has got everything."""
        try:
            for pipe in self.pipes:
                if pipe.source in readable:
                    pipe.take()
                pipe.give()
        except OSError:  # one of them was reset
            return False
        return not any(pipe.is_finished for pipe in self.pipes)

    def close(self) -> None:
        """Reset both sides."""
        for pipe in self.pipes:
            _reset(pipe.source)


def _reset(connection: socket.socket) -> None:
    """Close a connection so that its other end is told of an error."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_WHEN_CLOSED)
    connection.close()
