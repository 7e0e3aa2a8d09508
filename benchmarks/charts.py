"""Bar charts as SVG, and the same figures as a table."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Final

_WIDTH: Final = 760
_PADDING: Final = 20
_LABELS: Final = 270
_VALUES: Final = 70
_BAR: Final = 16
_BETWEEN_BARS: Final = 3
_BETWEEN_ROWS: Final = 13
_HEAD: Final = 62
_LEGEND: Final = 26
_LETTER: Final = 7.2
# Its own ground, because a page may be dark where the reader's system is light, or the other way round.
_STYLE: Final = """
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600; font-size: 15px }
.quiet { fill: #59636e }
.ground { fill: #ffffff; stroke: #d1d9e0 }
.axis { stroke: #d1d9e0 }
.bar0 { fill: #0969da } .bar1 { fill: #9198a1 } .bar2 { fill: #c8761b }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc }
  .quiet { fill: #9198a1 }
  .ground { fill: #151b23; stroke: #3d444d }
  .axis { stroke: #3d444d }
  .bar0 { fill: #4493f8 } .bar1 { fill: #656c76 } .bar2 { fill: #db9347 }
}
"""


@dataclass(frozen=True)
class Row:
    """A group of bars.

    Attributes:
        label: What the bars are of.
        values: One for each series.
        series: Which series the only value is of, where there is one.
        ratio: Of a pair, as it was measured: the median of neighbouring turns' ratios, not that of the medians.
    """

    label: str
    values: tuple[float, ...]
    series: int = 0
    ratio: float | None = None


@dataclass(frozen=True)
class Chart:
    """Bars from 0 on.

    Attributes:
        name: Of the file.
        title: What is compared.
        unit: Of the values, and whether more or less is better.
        series: What the colours mean; the first is ours.
        rows: The bars.
    """

    name: str
    title: str
    unit: str
    series: tuple[str, ...]
    rows: tuple[Row, ...]

    def svg(self) -> str:
        """Draw it."""
        has_legend = len(self.series) > 1
        top = _HEAD + (_LEGEND if has_legend else 0)
        bars: list[str] = []
        y = top
        scale = (_WIDTH - 2 * _PADDING - _LABELS - _VALUES) / max(max(row.values) for row in self.rows)
        for row in self.rows:
            height = len(row.values) * (_BAR + _BETWEEN_BARS) - _BETWEEN_BARS
            bars.append(_text(_PADDING + _LABELS - 10, y + height / 2 + 4.5, row.label, anchor="end"))
            for number, value in enumerate(row.values):
                left, at = _PADDING + _LABELS, y + number * (_BAR + _BETWEEN_BARS)
                width = max(value * scale, 1)
                bars.append(
                    f'<rect class="bar{row.series + number}" x="{left}" y="{at}" width="{width:.1f}" height="{_BAR}"/>'
                )
                bars.append(_text(left + width + 6, at + _BAR - 3.5, figure(value)))
            y += height + _BETWEEN_ROWS
        height = y + _PADDING - _BETWEEN_ROWS
        axis = _PADDING + _LABELS
        size = f'viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}"'
        lines = [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title">',
            f'<title id="title">{escape(self.title)}, {escape(self.unit)}</title>',
            f"<style>{_STYLE}</style>",
            f'<rect class="ground" x="0.5" y="0.5" width="{_WIDTH - 1}" height="{height - 1}" rx="6"/>',
            _text(_PADDING, 28, self.title, style="title"),
            _text(_PADDING, 48, self.unit, style="quiet"),
            *(self._legend() if has_legend else []),
            *bars,
            f'<line class="axis" x1="{axis}" y1="{top - 4}" x2="{axis}" y2="{height - _PADDING + 4}"/>',
            "</svg>",
        ]
        return "\n".join(lines) + "\n"

    def table(self) -> str:
        """Give the figures as a table in Markdown."""
        is_plain = all(len(row.values) == 1 for row in self.rows)
        has_ratio = any(row.ratio is not None for row in self.rows)
        heads = ["", *([self.unit] if is_plain else self.series), *(["ratio"] if has_ratio else [])]
        lines = ["| " + " | ".join(heads) + " |", "|---" + "|---:" * (len(heads) - 1) + "|"]
        for row in self.rows:
            cells = [row.label, *map(figure, row.values)]
            if row.ratio is not None:
                cells.append(figure(row.ratio))
            lines.append("| " + " | ".join(cells) + " |")
        return "\n".join(lines) + "\n"

    def _legend(self) -> list[str]:
        parts: list[str] = []
        x = float(_PADDING)
        for number, name in enumerate(self.series):
            parts.append(f'<rect class="bar{number}" x="{x:.0f}" y="60" width="12" height="12"/>')
            parts.append(_text(x + 18, 70.5, name))
            x += 18 + len(name) * _LETTER + 18
        return parts


def figure(value: float) -> str:
    """Give three digits of a number, or all of its whole ones."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _text(x: float, y: float, text: str, *, style: str = "", anchor: str = "") -> str:
    styled = f' class="{style}"' if style else ""
    anchored = f' text-anchor="{anchor}"' if anchor else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{styled}{anchored}>{escape(text)}</text>'
