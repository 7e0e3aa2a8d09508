"""The process that holds a broker started by `ma-streaming broker start`, from its start to its end."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from types import FrameType
from typing import Protocol

from ma_streaming.cli.broker_state import BrokerKind, BrokerState, BrokerStateFile
from ma_streaming.errors import StreamingError
from ma_streaming.testing import BrokerStartError, EmbeddedBroker, KafkaBroker

_LOOK_SECONDS = 0.1


class Broker(Protocol):
    """What both kinds of broker have."""

    @property
    def bootstrap_servers(self) -> str:
        """The address for clients."""

    @property
    def is_running(self) -> bool:
        """Whether it still runs."""

    def start(self) -> None:
        """Start it and wait until it is ready."""

    def stop(self) -> None:
        """Stop it."""

    def create_topic(self, name: str) -> None:
        """Create a topic with one partition."""


@dataclass(frozen=True)
class BrokerRequest:
    """What `ma-streaming broker start` was asked for.

    Attributes:
        kind: Which broker.
        port: The port of a real broker; 0 for any.
        topics: Topics to create, with one partition each.
        fresh: Whether a real broker's data of earlier runs are removed first.
    """

    kind: BrokerKind
    port: int
    topics: tuple[str, ...]
    fresh: bool

    def to_text(self) -> str:
        """Return it as an argument for `from_text`."""
        return json.dumps({**asdict(self), "kind": self.kind.value})

    @staticmethod
    def from_text(text: str) -> BrokerRequest:
        """Return what `to_text` was called on."""
        fields = json.loads(text)
        return BrokerRequest(
            kind=BrokerKind(fields["kind"]), port=fields["port"], topics=tuple(fields["topics"]), fresh=fields["fresh"]
        )


class Termination:
    """Whether this process was asked to end (SIGTERM)."""

    def __init__(self) -> None:
        """Nobody has asked yet."""
        self.requested = False

    def listen(self) -> None:
        """Take the signal. To be repeated once .NET is loaded, some versions of which take it for themselves."""
        signal.signal(signal.SIGTERM, self._note)

    def _note(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self.requested = True


def host_broker(request: BrokerRequest, *, announce: Callable[[BrokerState], None]) -> None:
    """Start a broker, note it in the cache, and stop it when this process is asked to end.

    Args:
        request: Which broker.
        announce: Called when the broker is ready.

    Raises:
        BrokerStartError: It can't be started, is running already in another process, or ended by itself.
        KeyboardInterrupt: Ctrl-C; the broker has been stopped.
    """
    file = BrokerStateFile(request.kind)
    if not file.lock.try_acquire():
        raise BrokerStartError(f"{request.kind.title} is already running, or about to")
    with file.lock:
        file.remove()
        termination = Termination()
        termination.listen()
        broker = _make(request, file)
        try:
            broker.start()
            termination.listen()
            for topic in request.topics:
                broker.create_topic(topic)
            state = _describe(request.kind, broker, file)
            file.write(state)
            announce(state)
            while not termination.requested:
                if not broker.is_running:
                    raise BrokerStartError(f"{request.kind.title} ended by itself; its log is {state.log_path}")
                time.sleep(_LOOK_SECONDS)
        finally:
            file.remove()
            broker.stop()


def _make(request: BrokerRequest, file: BrokerStateFile) -> Broker:
    if request.kind is BrokerKind.EMBEDDED:
        return EmbeddedBroker()
    if request.fresh and file.data_folder.exists():
        shutil.rmtree(file.data_folder)
    return KafkaBroker(port=request.port, data_folder=file.data_folder)


def _describe(kind: BrokerKind, broker: Broker, file: BrokerStateFile) -> BrokerState:
    real = isinstance(broker, KafkaBroker)
    return BrokerState(
        kind=kind.value,
        process_id=os.getpid(),
        bootstrap_servers=broker.bootstrap_servers,
        log_path=str(broker.log_path if isinstance(broker, KafkaBroker) else file.log_path),
        data_folder=str(file.data_folder) if real else "",
        started_at=datetime.now(timezone.utc).isoformat(timespec="seconds"),
    )


def main(arguments: list[str]) -> int:
    """Hold the broker that the one argument describes; what goes wrong is noted in the cache."""
    request = BrokerRequest.from_text(arguments[0])
    try:
        host_broker(request, announce=lambda state: print(state, flush=True))
    except (StreamingError, OSError) as error:
        BrokerStateFile(request.kind).failure_path.write_text(str(error), encoding="utf-8")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
