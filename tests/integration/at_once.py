"""Several things done at the same moment."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

DEADLINE_SECONDS = 60.0


def at_once(*work: Callable[[], Any]) -> list[Any]:
    """Do each on a thread of its own, begun together; give what they returned, or raise what one of them raised."""
    together = threading.Barrier(len(work), timeout=DEADLINE_SECONDS)

    def do(each: Callable[[], Any]) -> Any:
        together.wait()
        return each()

    with ThreadPoolExecutor(len(work)) as pool:
        futures = [pool.submit(do, each) for each in work]
        return [future.result(DEADLINE_SECONDS) for future in futures]
