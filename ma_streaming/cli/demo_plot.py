"""Draw a curve with characters."""

from __future__ import annotations

from collections.abc import Sequence

_BRAILLE_BLANK = 0x2800
# Bits of the dots of one character: row by row, left and right.
_BRAILLE_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_DOTS_ACROSS, _DOTS_DOWN = 2, 4


def plot(
    values: Sequence[float], *, total: int, columns: int, rows: int, limit: float = 1.0, ascii_only: bool = False
) -> str:
    """Draw values between -limit and limit as lines of text.

    Args:
        values: The values so far, from left to right.
        total: Number of values that fill the whole width.
        columns: Width in characters.
        rows: Height in characters.
        limit: Value at the upper edge; its negative is at the lower edge.
        ascii_only: Use plain stars where the terminal can't show anything finer.
    """
    across, down = (1, 1) if ascii_only else (_DOTS_ACROSS, _DOTS_DOWN)
    dots = _dots(values, total, columns * across, rows * down, limit)
    cells: dict[tuple[int, int], int] = {}
    for x, y in dots:
        bit = 1 if ascii_only else _BRAILLE_DOTS[y % down][x % across]
        cells[y // down, x // across] = cells.get((y // down, x // across), 0) | bit
    lines = [[_character(cells.get((row, column), 0), ascii_only) for column in range(columns)] for row in range(rows)]
    return "\n".join("".join(line) for line in lines)


def _character(bits: int, ascii_only: bool) -> str:
    if ascii_only:
        return "*" if bits else " "
    return chr(_BRAILLE_BLANK + bits) if bits else " "


def _dots(values: Sequence[float], total: int, width: int, height: int, limit: float) -> set[tuple[int, int]]:
    """Return the dots of a connected line: column from the left, row from the top."""
    dots: set[tuple[int, int]] = set()
    previous: int | None = None
    for x in range(width):
        index = x * max(total - 1, 1) // max(width - 1, 1)
        if index >= len(values):
            break
        share = (min(max(values[index] / limit, -1.0), 1.0) + 1.0) / 2.0
        y = round((1.0 - share) * (height - 1))
        nearest = y if previous is None else previous + (y > previous) - (y < previous)
        dots.update((x, between) for between in range(min(y, nearest), max(y, nearest) + 1))
        previous = y
    return dots
