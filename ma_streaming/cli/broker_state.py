"""The note that a broker started by `ma-streaming broker start` leaves in the cache while it runs."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path

from ma_streaming.testing.cache import cache_folder
from ma_streaming.testing.file_lock import FileLock


class BrokerKind(Enum):
    """The brokers that can be started; the value is the word for ``--broker``."""

    REAL = "real"
    EMBEDDED = "embedded"

    @property
    def title(self) -> str:
        """What people call it."""
        return "Apache Kafka" if self is BrokerKind.REAL else "the embedded broker"

    @property
    def start_command(self) -> str:
        """The command that starts it."""
        return "ma-streaming broker start" + (" --embedded" if self is BrokerKind.EMBEDDED else "")


@dataclass(frozen=True)
class BrokerState:
    """A running broker.

    Attributes:
        kind: ``real`` or ``embedded``.
        process_id: The process that ends the broker when it is asked to end.
        bootstrap_servers: The address for clients.
        log_path: What the broker has to say.
        data_folder: Where the data are kept; empty for the embedded broker, which keeps them in memory.
        started_at: When, in ISO 8601, UTC.
    """

    kind: str
    process_id: int
    bootstrap_servers: str
    log_path: str
    data_folder: str
    started_at: str

    def as_dictionary(self) -> dict[str, str | int]:
        """Return it as JSON shows it."""
        return asdict(self)


class BrokerStateFile:
    """The state of one kind of broker, and the lock that its process holds as long as it lives.

    The lock makes the note trustworthy: a process that was killed leaves the file, but not the lock, and a process
    identifier that went to another program since deceives nobody.
    """

    def __init__(self, kind: BrokerKind) -> None:
        """Name the files; nothing is opened."""
        self.kind = kind
        self.folder = cache_folder() / "broker"
        self.path = self.folder / f"{kind.value}.json"
        self.lock = FileLock(self.folder / f"{kind.value}.lock")

    @property
    def log_path(self) -> Path:
        """What the process that holds the broker prints."""
        return self.folder / f"{self.kind.value}.log"

    @property
    def failure_path(self) -> Path:
        """Why the process that held the broker ended, where that was a failure."""
        return self.folder / f"{self.kind.value}.failure"

    @property
    def data_folder(self) -> Path:
        """Where a real broker keeps its data."""
        return self.folder / f"{self.kind.value}-data"

    def is_claimed(self) -> bool:
        """Say whether a living process holds such a broker, starting and stopping included."""
        return self.lock.is_held_by_anybody()

    def running(self) -> BrokerState | None:
        """Return the broker that is running and ready; None for one that isn't, or whose process is gone."""
        return self._read() if self.is_claimed() else None

    def write(self, state: BrokerState) -> None:
        """Note a broker that is ready. For the holder of the lock."""
        temporary = self.path.with_suffix(".new")
        temporary.write_text(json.dumps(state.as_dictionary(), indent=2), encoding="utf-8")
        temporary.replace(self.path)

    def remove(self) -> None:
        """Remove the note. For the holder of the lock."""
        self.path.unlink(missing_ok=True)

    def _read(self) -> BrokerState | None:
        try:
            return BrokerState(**json.loads(self.path.read_text(encoding="utf-8")))
        except (FileNotFoundError, TypeError, ValueError):  # not written yet, or by another version
            return None
