"""The page of the documentation that shows what was measured: charts, tables, and the machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from benchmarks.charts import Chart, Row
from benchmarks.column_runs import DRAIN, SHAPES, USUAL

BEGIN: Final = "<!-- results: written by `python -m benchmarks --page` -->"
END: Final = "<!-- end of the results -->"
_OURS: Final = "ma_streaming"
_KAFKA: Final = "confluent-kafka"
_RATE: Final = "packets_per_second"
_CPU: Final = "cpu_us_per_packet"
_PACKET_ROWS: Final = ("read", "read_batch", "write_data", "write_many")
_WAYS: Final = {
    "protobuf to numpy": "protobuf to numpy, from memory",
    "an object a sample": "an object for each sample, from memory",
    "an object a row": "an object for each row, from memory",
}


class PageError(Exception):
    """The page is not one to write results into."""


def write_page(page: Path, results: dict[str, Any]) -> None:
    """Write charts beside a page, and put tables and charts between its marks.

    Args:
        page: A Markdown file; charts go into a folder of its name.
        results: As `Found.as_json` gives them.

    Raises:
        PageError: The page has no marks.
    """
    before, begin, rest = page.read_text("utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise PageError(f"{page} has not the lines {BEGIN!r} and {END!r}, between which results go")
    folder = page.with_suffix("")
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.svg"):
        old.unlink()
    parts = [BEGIN, _machine(results["about"])]
    for chart in charts_of(results):
        (folder / f"{chart.name}.svg").write_text(chart.svg(), "utf-8")
        parts.append(f"### {chart.title}\n\n![{chart.title}]({folder.name}/{chart.name}.svg)\n\n{chart.table()}")
    page.write_text(before + "\n\n".join(part.strip() for part in parts) + f"\n\n{END}" + after, "utf-8")


def charts_of(results: dict[str, Any]) -> Iterator[Chart]:
    """Give a chart of each thing that was measured."""
    if results["columns"]:
        yield from _columns(results["columns"])
    if results["decoding"]:
        yield _decoding(results["decoding"])
    if results["arrays"]:
        yield _arrays(results["arrays"])
    yield from _packets(results["throughput"])
    if results["latency"]:
        yield _latency(results["latency"])


def _machine(about: dict[str, Any]) -> str:
    return (
        f"Measured on {about['processor']}, {about['processors']} processors, "
        f"{about['memory_gigabytes']:g} GiB of memory, {about['system']}; Python {about['python']}, "
        f"{about.get('runtime', '.NET')}, librdkafka {about['librdkafka']}, numpy {about['numpy']}. "
        f"The broker ran on the same machine. Load before: {about['load_average'][0]:.1f}. "
        f"Medians of {about['rounds']} turns of each side; "
        "ratios are medians of the ratios of neighbouring turns."
    )


def _columns(measured: list[dict[str, Any]]) -> Iterator[Chart]:
    by_row = {(row["parameters"], row["samples"], row["values"], row["beside"]): row for row in measured}
    usual = (USUAL.parameters, USUAL.samples, "random")
    drained = by_row[(*usual, DRAIN)]
    for name, title, unit, key, factor in (
        ("columns", "Samples from Kafka to arrays", "millions of samples a second: more is better", _RATE, 1e-6),
        ("columns-cpu", "CPU for a sample", "ns of the client's CPU: less is better", _CPU, 1e3),
    ):
        rows = [
            Row("ma_streaming, Kafka to numpy", (drained["ours"][key] * factor,)),
            Row("consume loop that decodes nothing", (drained["peer"][key] * factor,), series=1),
            *(Row(text, (by_row[(*usual, peer)]["peer"][key] * factor,), series=1) for peer, text in _WAYS.items()),
        ]
        yield Chart(name, f"{title}, packets of {USUAL}", unit, (_OURS,), tuple(rows))
    rows = [
        Row(
            f"{shape.parameters:,} x {shape.samples:,}",
            tuple(
                by_row[shape.parameters, shape.samples, "random", peer][side][_RATE] / 1e6
                for side, peer in (("ours", DRAIN), ("peer", DRAIN), ("peer", "protobuf to numpy"))
            ),
        )
        for shape in SHAPES
    ]
    yield Chart(
        "columns-shapes",
        "Samples from Kafka to arrays, by parameters x samples in a packet",
        "millions of samples a second: more is better",
        (_OURS, "consume loop that decodes nothing", "protobuf to numpy, from memory"),
        tuple(rows),
    )


def _decoding(measured: dict[str, dict[str, float]]) -> Chart:
    runtimes = tuple(measured)[:3]
    rows = [Row(what, tuple(measured[runtime][what] for runtime in runtimes)) for what in measured[runtimes[0]]]
    unit = "millions of samples a second of CPU, one thread, from and to memory: more is better"
    return Chart("decoding", "The native code alone", unit, runtimes, tuple(rows))


def _arrays(measured: dict[str, Any]) -> Chart:
    rows = [
        Row(
            f"until they are {name}",
            tuple(each[side][_RATE] / 1e6 for side in ("ours", "peer")),
            ratio=each["rate_ratio"],
        )
        for name, each in measured.items()
    ]
    series = (_OURS, "objects of protobuf and confluent-kafka")
    return Chart("arrays", "Arrays to packets", "millions of samples a second: more is better", series, tuple(rows))


def _packets(measured: list[dict[str, Any]]) -> Iterator[Chart]:
    chosen = [each for each in measured if each["benchmark"] in _PACKET_ROWS]
    if not chosen:
        return
    for name, title, unit, key, factor, ratio in (
        ("packets", "Packets", "thousands of packets a second: more is better", _RATE, 1e-3, "rate_ratio"),
        ("packets-cpu", "CPU for a packet", "µs of the client's CPU: less is better", _CPU, 1.0, "cpu_ratio"),
    ):
        rows = [
            Row(
                f"{each['benchmark']}, {each['bytes']:,} B",
                tuple(each[side][key] * factor for side in ("ours", "peer")),
                ratio=each[ratio],
            )
            for each in chosen
        ]
        yield Chart(name, title, unit, (_OURS, _KAFKA), tuple(rows))


def _latency(measured: dict[str, Any]) -> Chart:
    rows = [
        Row(
            f"{each[1:]}th percentile",
            tuple(measured[side][f"{each}_ms"] for side in ("ours", "peer")),
            ratio=measured[f"{each}_ratio"],
        )
        for each in ("p50", "p99")
    ]
    unit = "ms from the writer's call to the reader's handler: less is better"
    return Chart("latency", "Latency of single packets", unit, (_OURS, _KAFKA), tuple(rows))
