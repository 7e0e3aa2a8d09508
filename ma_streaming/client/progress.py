"""How far a long read is, on a terminal."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from types import TracebackType

    from rich.progress import Progress, TaskID
    from typing_extensions import Self

    from ma_streaming.packet_reading.service import PacketReaderService

_SHOWN_AFTER_SECONDS: Final = 0.5
_LOOK_SECONDS: Final = 0.1


class ReadingProgress:
    """A bar on standard error, for reads that take longer than half a second.

    Args:
        reader: What is read, started.
        shown: Whether to show it; None for where standard error is a terminal or a notebook.
    """

    def __init__(self, reader: PacketReaderService, *, shown: bool | None) -> None:
        self._reader = reader
        self._shown = shown
        self._began = time.monotonic()
        self._next_look = self._began + _SHOWN_AFTER_SECONDS
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        if self._shown is not False:
            from rich.console import Console

            console = Console(stderr=True)
            self._shown = bool(self._shown or console.is_terminal or console.is_jupyter)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def update(self, samples: int) -> None:
        """Show that so many samples were read, now and then."""
        if not self._shown or time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + _LOOK_SECONDS
        counted = self._reader.statistics().data
        if counted is None:
            return
        if self._bar is None:
            self._bar = _bar()
            self._task = self._bar.add_task("Reading", samples=0)
            self._bar.start()
        if self._task is not None:
            done = counted.packets + counted.skipped
            self._bar.update(self._task, completed=done, total=done + counted.lag, samples=samples)


def _bar() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[samples]:,} samples"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
