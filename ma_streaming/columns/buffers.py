"""Texts, bytes and arrays of a native batch: offsets, and the bytes that they point into."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ma_streaming._native.columns import NativeBatch, NativeColumn


def buffers_of(batch: NativeBatch, column: NativeColumn) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    """Give offsets (int32 [n + 1]), and the bytes (uint8) that they point into."""
    import numpy as np

    data = batch.text(column) if column.text_bytes else ()
    return np.asarray(batch.values(column)), np.asarray(data, np.uint8)


def pieces_of(offsets: NDArray[np.int32], data: NDArray[np.uint8]) -> list[bytes]:
    """Cut the bytes into the n pieces that the offsets say."""
    content = data.tobytes()
    return [content[start:end] for start, end in itertools.pairwise(offsets.tolist())]
