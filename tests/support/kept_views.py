"""Views of columns, some of which are kept while others go, as programs with plots and windows do."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from ma_streaming.columns import ColumnBatch


class KeptViews:
    """Keeps a slice of one column of each batch, lets the rest go, and looks at each slice again before it goes.

    Args:
        most: How many slices are kept at a time.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: deque[tuple[np.ndarray[Any, Any], bytes]] = deque()
        self.batches = 0

    def keep(self, batch: ColumnBatch) -> None:
        """Keep something of a batch, and let the oldest go."""
        columns = list(batch.values())
        column = columns[self.batches % len(columns)]
        array = column.timestamps_ns if column.values.dtype == object else column.values  # texts are Python's own
        part = array[len(array) // 3 :: 7]
        self._kept.append((part, part.tobytes()))
        self.batches += 1
        if len(self._kept) > self._most:
            self._let_one_go()

    def let_go(self) -> None:
        """Let all of them go."""
        while self._kept:
            self._let_one_go()

    def _let_one_go(self) -> None:
        part, copied = self._kept.popleft()
        assert part.tobytes() == copied, "the memory of a view that is alive was used again"
