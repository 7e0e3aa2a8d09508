"""Small tables for people: as text in a console, as HTML in a notebook."""

from __future__ import annotations

import html
import itertools
from collections.abc import Iterable, Sequence
from typing import Final

_MOST_ROWS: Final = 20
_WIDEST: Final = 60

Row = Sequence[object]


def text_table(title: str, headers: Sequence[str], rows: Iterable[Row], count: int) -> str:
    """Make a table of text: a title, and a line for each of the first rows.

    Args:
        title: The first line.
        headers: Names of the columns.
        rows: What they hold; None is shown as nothing.
        count: How many rows there are.
    """
    shown = [[_cell(cell) for cell in row] for row in itertools.islice(rows, _MOST_ROWS)]
    if not shown:
        return title
    lines = [list(headers), *shown]
    widths = [max(len(line[at]) for line in lines) for at in range(len(headers))]
    body = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    return "\n".join([title, *(f"  {line}" for line in body), *_more(count, "  ")])


def html_table(title: str, headers: Sequence[str], rows: Iterable[Row], count: int) -> str:
    """Make the same table of HTML; everything in it is escaped."""
    shown = [[html.escape(_cell(cell)) for cell in row] for row in itertools.islice(rows, _MOST_ROWS)]
    head = "".join(f"<th>{html.escape(each)}</th>" for each in headers)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in shown)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>" if shown else ""
    return f"<p>{html.escape(title)}</p>{table}" + "".join(f"<p>{each}</p>" for each in _more(count, ""))


def counted(number: int, singular: str, plural: str = "") -> str:
    """Give a number with its noun: "1 session", "2,000 sessions"."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def _more(count: int, indent: str) -> list[str]:
    return [f"{indent}... and {count - _MOST_ROWS:,} more"] if count > _MOST_ROWS else []


def _cell(cell: object) -> str:
    text = " ".join(str("" if cell is None else cell).split())
    return text if len(text) <= _WIDEST else text[: _WIDEST - 3] + "..."
