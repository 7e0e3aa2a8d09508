"""What a reader has taken from the native library as columns and not yet handed on: batches and events, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ma_streaming._native.blocks import NOTHING_CAME, NOTHING_MORE
from ma_streaming.columns.packet_tables import TABLES
from ma_streaming.packet_reading.inbox import Progress, StreamTable

if TYPE_CHECKING:
    from ma_streaming._native.blocks import NativeReader
    from ma_streaming._native.columns import NativeBatch


class ColumnRequest(NamedTuple):
    """Which columns a reader is to give, and in which batches.

    Attributes:
        parameters: Identifiers, or patterns of them; None for all, empty for no samples.
        tables: Names of `TABLES`, in its order.
        max_samples: How many samples and rows of tables a batch has at most.
        latency_ms: How long after its first sample a batch is given, in ms.
    """

    parameters: tuple[str, ...] | None
    tables: tuple[str, ...]
    max_samples: int
    latency_ms: int


class ColumnInbox:
    """The queue between the native library and whoever reads columns.

    Args:
        native: The native reader; it gives columns from now on.
        request: Which.
        progress: How far packets were handed out before.
        streams: What a batch's stream index means.

    Attributes:
        request: Which columns these are.
        streams: What a batch's stream index means.
        is_completed: True when the native library has nothing more.
    """

    def __init__(self, native: NativeReader, request: ColumnRequest, progress: Progress, streams: StreamTable) -> None:
        parameters = None if request.parameters is None else list(request.parameters)
        bits = sum(1 << number for number, name in enumerate(TABLES) if name in request.tables)
        native.open_columns(parameters, bits, request.max_samples, request.latency_ms, progress)
        self._native = native
        self._event: dict[str, Any] | None = None
        # How many batches were taken, and the last one unless it was handed out: always changed together.
        self._taken: tuple[int, NativeBatch | None] = (0, None)
        self.request = request
        self.streams = streams
        self.is_completed = False

    def fetch(self, timeout_ms: int) -> None:
        """Take the next batch or event from the native library, waiting for it.

        Raises:
            StreamingError: The reader failed.
        """
        taken = self._native.take_columns(timeout_ms)
        if isinstance(taken, dict):
            self._event = taken
        elif not isinstance(taken, str):
            self._taken = (self._taken[0] + 1, taken)
        elif taken != NOTHING_CAME:
            self.is_completed = taken == NOTHING_MORE

    def first(self) -> NativeBatch | dict[str, Any] | None:
        """Give what comes next: a batch, which stays until it is `done`; or an event, once; or None."""
        event, self._event = self._event, None
        return event or self._taken[1]

    def done(self) -> None:
        """Forget the batch, which is being handed out."""
        self._taken = (self._taken[0], None)

    def drop_packets(self) -> set[str]:
        """Forget the batch that is here.

        Returns:
            Its session, if there was one.
        """
        batch = self._taken[1]
        self.done()
        return set() if batch is None else {self.streams[batch.stream][1]}

    @property
    def waiting(self) -> int:
        """How many batches are here."""
        return int(self._taken[1] is not None)

    def handed_out(self) -> Progress:
        """Tell how far batches have been handed out; from any thread."""
        count, batch = self._taken
        return Progress(count, int(batch is None))
