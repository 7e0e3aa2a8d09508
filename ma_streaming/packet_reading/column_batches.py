"""What `PacketReaderService.columns` gives: the batches of one reader, by iteration or with a timeout."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ma_streaming import arguments
from ma_streaming.columns.packet_tables import TABLES
from ma_streaming.packet_reading.column_inbox import ColumnRequest

if TYPE_CHECKING:
    from ma_streaming.columns import ColumnBatch
    from ma_streaming.packet_reading.pulling import PullDelivery


class ColumnBatches(Iterator["ColumnBatch"]):
    """Batches of columns, one after the other, until everything was read or the reader is stopped.

    Args:
        owner: The service, which is kept alive.
        delivery: Where they come from.
        request: Which columns; also an attribute.
    """

    def __init__(self, owner: object, delivery: PullDelivery, request: ColumnRequest) -> None:
        self._owner = owner
        self._delivery = delivery
        self.request = request

    def __next__(self) -> ColumnBatch:
        batch = self._delivery.next_columns(self.request, None)
        if batch is None:
            raise StopIteration
        return batch

    def read(self, timeout_seconds: float) -> ColumnBatch | None:
        """Wait for the next batch, for so long at most; the one before is dealt with.

        Returns:
            The batch; None when none came in time, or when everything was read (see the reader's `is_completed`).

        Raises:
            InvalidArgumentError: The timeout is not allowed.
            LifecycleError: Other columns of this reader were asked for before.
            StreamingError: Reading failed.
        """
        return self._delivery.next_columns(self.request, arguments.seconds("timeout_seconds", timeout_seconds))


def column_request(
    parameters: Iterable[str] | None, max_samples: int, max_latency_seconds: float, tables: Iterable[str]
) -> ColumnRequest:
    """Check what `PacketReaderService.columns` was given.

    Raises:
        InvalidArgumentError: An argument is not allowed.
    """
    wanted = set(arguments.texts("tables", tables))
    if not wanted <= TABLES.keys():
        raise arguments.refuse("tables", sorted(wanted), f"a list of {', '.join(TABLES)}")
    names = None if parameters is None else tuple(arguments.texts("parameters", parameters))
    if names is not None and not (all(names) and (names or wanted)):
        raise arguments.refuse("parameters", list(names), "a list of identifiers or patterns, or None for all")
    return ColumnRequest(
        parameters=names,
        tables=tuple(name for name in TABLES if name in wanted),
        max_samples=arguments.integer("max_samples", max_samples, minimum=1, maximum=2**62),
        latency_ms=round(arguments.seconds("max_latency_seconds", max_latency_seconds) * 1000),
    )
