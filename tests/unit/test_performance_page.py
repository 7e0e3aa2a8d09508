"""The benchmarks' page: charts that are drawn to scale, tables with the same figures, and the machine."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from benchmarks.charts import Chart, Row, figure
from benchmarks.column_runs import DECODERS, DRAIN, SHAPES
from benchmarks.options import parse
from benchmarks.page import BEGIN, END, PageError, charts_of, write_page

ROOT = Path(__file__).resolve().parents[2]
CHART = Chart(
    "name",
    "Ours & theirs",
    "k/s",
    ("ours", "peer"),
    (Row("read", (300.0, 100.0), ratio=2.9), Row("write", (150.0, 30.0), ratio=5.2)),
)


def bars_of(svg: str) -> list[tuple[str, float]]:
    rects = ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}rect")  # noqa: S314 - our own
    found = [(rect.get("class", ""), float(rect.get("width", 0))) for rect in rects if float(rect.get("x", 0)) > 200]
    return [each for each in found if each[0].startswith("bar")]


def turns(ours: float, peer: float) -> dict[str, Any]:
    sides = {
        side: {"packets_per_second": rate, "cpu_us_per_packet": 1e6 / rate}
        for side, rate in (("ours", ours), ("peer", peer))
    }
    return {**sides, "rate_ratio": 1.91, "cpu_ratio": 0.53}


@pytest.fixture
def results() -> dict[str, Any]:
    """What a run has measured."""
    return {
        "about": {
            "processor": "A Processor",
            "processors": 4,
            "memory_gigabytes": 15.5,
            "system": "Linux 6.1",
            "load_average": [0.1, 0.2, 0.3],
            "python": "3.12.1",
            "librdkafka": "2.11.0",
            "numpy": "2.2.6",
            "rounds": 7,
            "runtime": ".NET 8.0.1",
        },
        "columns": [
            {
                "parameters": shape.parameters,
                "samples": shape.samples,
                "values": "random",
                "beside": peer,
                **turns(4e7, 5e6),
            }
            for shape in SHAPES
            for peer in (DRAIN, *DECODERS)
        ],
        "decoding": {".NET 8": {"decode": 300.0}, ".NET 10": {"decode": 310.0}},
        "arrays": {"queued": turns(5e7, 4e5)},
        "throughput": [{"benchmark": "read", "bytes": 200, **turns(7e5, 3.5e5)}],
        "latency": {
            "ours": {"p50_ms": 1.2, "p99_ms": 3.0},
            "peer": {"p50_ms": 1.3, "p99_ms": 3.1},
            "p50_ratio": 0.94,
            "p99_ratio": 0.98,
        },
    }


def test_bars_are_as_long_as_their_values_are_large() -> None:
    bars = bars_of(CHART.svg())

    assert [name for name, _ in bars] == ["bar0", "bar1", "bar0", "bar1"]
    longest = bars[0][1]
    assert longest > 300
    assert [width / longest for _, width in bars] == pytest.approx([1, 1 / 3, 1 / 2, 1 / 10], abs=0.001)


def test_a_chart_has_a_dark_form_and_a_title_that_is_read_aloud() -> None:
    svg = CHART.svg()

    assert "prefers-color-scheme: dark" in svg
    assert '<title id="title">Ours &amp; theirs, k/s</title>' in svg


def test_a_table_has_the_figures_of_the_chart_and_their_ratio() -> None:
    assert CHART.table().splitlines() == [
        "|  | ours | peer | ratio |",
        "|---|---:|---:|---:|",
        "| read | 300 | 100 | 2.90 |",
        "| write | 150 | 30.0 | 5.20 |",
    ]
    assert [figure(value) for value in (0.123, 1.0, 12.34, 1234.5)] == ["0.12", "1.00", "12.3", "1,234"]


def test_results_take_the_place_of_earlier_ones_on_the_page(tmp_path: Path, results: dict[str, Any]) -> None:
    page = tmp_path / "performance.md"
    page.write_text(f"before\n\n{BEGIN}\nold\n{END}\n\nafter\n", "utf-8")
    (tmp_path / "performance").mkdir()
    (tmp_path / "performance" / "old.svg").touch()

    for _ in range(2):
        write_page(page, json.loads(json.dumps(results)))

    text = page.read_text("utf-8")
    assert text.startswith(f"before\n\n{BEGIN}\n")
    assert text.endswith(f"\n\n{END}\n\nafter\n")
    assert "old" not in text
    charts = [chart.name for chart in charts_of(results)]
    assert sorted(path.stem for path in (tmp_path / "performance").iterdir()) == sorted(charts)
    assert all(f"(performance/{name}.svg)" in text for name in charts)
    assert "| read, 200 B | 700 | 350 | 1.91 |" in text, "the ratio that was measured, not that of the medians"
    assert "| 99th percentile | 3.00 | 3.10 | 0.98 |" in text
    assert "A Processor, 4 processors, 15.5 GiB of memory, Linux 6.1; Python 3.12.1, .NET 8.0.1, librdkafka" in text


def test_what_was_not_measured_is_not_shown(results: dict[str, Any]) -> None:
    nothing: dict[str, Any] = {"columns": [], "decoding": {}, "arrays": {}, "throughput": [], "latency": {}}

    assert list(charts_of({**results, **nothing})) == []


def test_a_page_without_marks_is_refused(tmp_path: Path, results: dict[str, Any]) -> None:
    page = tmp_path / "page.md"
    page.write_text("text", "utf-8")

    with pytest.raises(PageError, match=r"page\.md"):
        write_page(page, results)
    assert page.read_text("utf-8") == "text"


def test_the_documentation_has_a_page_for_results() -> None:
    text = (ROOT / "docs" / "performance.md").read_text("utf-8")

    assert text.index(BEGIN) < text.index(END)
    assert "performance.md" in (ROOT / "mkdocs.yml").read_text("utf-8")


def test_results_of_an_earlier_run_are_for_a_page() -> None:
    assert parse(["--results", "a.json", "--page", "page.md"]).results_file == Path("a.json")
    with pytest.raises(SystemExit):
        parse(["--results", "a.json"])
