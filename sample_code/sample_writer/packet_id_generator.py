"""Number the packets of a session."""

from itertools import count
from threading import Lock


class PacketIdGenerator:
    """Give every packet its own id: 1, 2, 3, ... Safe to use from several threads."""

    def __init__(self) -> None:
        self._ids = count(1)
        self._lock = Lock()

    def next_id(self) -> int:
        """Return the id of the next packet."""
        with self._lock:
            return next(self._ids)
