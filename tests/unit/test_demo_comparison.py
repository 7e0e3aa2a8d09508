"""The demo's verdict: what was read is compared with what was written, bit for bit."""

from __future__ import annotations

import json
import math
import struct
from dataclasses import replace

import pytest

from ma_streaming.cli.demo_check import Comparison, compare, latencies_ms, percentile
from ma_streaming.cli.demo_plan import DataPacket, DemoPlan
from ma_streaming.cli.demo_plot import plot
from ma_streaming.cli.demo_result import DemoResult, time_text
from ma_streaming.cli.demo_run import DemoRun

PLAN = DemoPlan("localhost:9092", False, "", "Demo 1", duration_seconds=0.6, frequency_hz=100.0, samples_per_packet=20)
START_NS = 1_790_000_000_000_000_000


def data_packet(number: int, values: list[float] | None = None) -> DataPacket:
    values = PLAN.values(number) if values is None else values
    return DataPacket.of_samples(
        packet_id=10 + number,
        clock_ns=1_000_000 * number,
        start_time_ns=START_NS + number * len(values) * PLAN.interval_ns,
        interval_ns=PLAN.interval_ns,
        values=values,
        statuses=[1] * len(values),
    )


WRITTEN = [data_packet(number) for number in range(PLAN.packet_count)]


def result_of(read: list[DataPacket], written: list[DataPacket] | None = None) -> DemoResult:
    run = DemoRun(PLAN, written=WRITTEN if written is None else written, live=read, historic=WRITTEN)
    return DemoResult.of(run)


def test_the_same_packets_are_identical() -> None:
    assert compare(WRITTEN, list(WRITTEN)) == Comparison(written=60)
    assert compare(WRITTEN, list(WRITTEN)).identical
    assert result_of(list(WRITTEN)).passed


@pytest.mark.parametrize("lost", range(PLAN.packet_count))
def test_a_lost_packet_fails_the_demo(lost: int) -> None:
    result = result_of([packet for number, packet in enumerate(WRITTEN) if number != lost])
    assert result.live_comparison.missing == 20
    assert not result.passed
    assert result.failures == ["read live: 20 missing"]


def test_a_lost_sample_is_missing() -> None:
    short = replace(WRITTEN[2], values=WRITTEN[2].values[:-8], statuses=WRITTEN[2].statuses[:-1])
    assert compare(WRITTEN, [*WRITTEN[:2], short]) == Comparison(written=60, missing=1)


@pytest.mark.parametrize("bit", [0, 52, 63])
def test_one_flipped_bit_is_a_difference(bit: int) -> None:
    values = bytearray(WRITTEN[1].values)
    values[8 * 7 + bit // 8] ^= 1 << bit % 8
    read = [WRITTEN[0], replace(WRITTEN[1], values=bytes(values)), WRITTEN[2]]
    assert compare(WRITTEN, read) == Comparison(written=60, different=1)
    assert not result_of(read).passed


@pytest.mark.parametrize(("written", "read"), [(0.0, -0.0), (math.nan, -math.nan), (1.0, math.nextafter(1.0, 2.0))])
def test_values_are_compared_as_bytes(written: float, read: float) -> None:
    assert compare([data_packet(0, [written])], [data_packet(0, [written])]).identical
    assert compare([data_packet(0, [written])], [data_packet(0, [read])]).different == 1


def test_another_status_is_a_difference() -> None:
    read = [replace(WRITTEN[0], statuses=bytes([2, *WRITTEN[0].statuses[1:]])), *WRITTEN[1:]]
    assert compare(WRITTEN, read) == Comparison(written=60, different=1)


def test_a_packet_read_twice_is_unexpected() -> None:
    assert compare(WRITTEN, [*WRITTEN, WRITTEN[2]]).unexpected == 20


def test_samples_at_other_times_are_missing_and_unexpected() -> None:
    moved = replace(WRITTEN[2], start_time_ns=WRITTEN[2].start_time_ns + 1)
    assert compare(WRITTEN, [*WRITTEN[:2], moved]) == Comparison(written=60, missing=20, unexpected=20)


def test_swapped_packets_are_out_of_order() -> None:
    comparison = compare(WRITTEN, [WRITTEN[1], WRITTEN[0], WRITTEN[2]])
    assert comparison == Comparison(written=60, out_of_order=20)
    assert str(comparison) == "20 out of order"


def test_nothing_written_does_not_pass() -> None:
    assert not compare([], []).identical
    assert not result_of([], written=[]).passed


def test_a_session_cut_short_does_not_pass() -> None:
    result = DemoResult.of(DemoRun(PLAN, written=WRITTEN[:2], live=WRITTEN[:2], historic=WRITTEN[:2]))
    assert result.failures == ["40 of 60 samples were written"]


def test_records_of_packets_survive_the_way_between_processes() -> None:
    odd = struct.unpack("<d", bytes.fromhex("01000000 0000f47f"))[0]  # a signalling NaN
    packet = data_packet(0, [0.1, -0.0, odd, math.inf, 5e-324])
    assert DataPacket.from_message(json.loads(json.dumps(packet.to_message()))) == packet
    assert DemoPlan.from_json(PLAN.to_json()) == PLAN


def test_latency_is_from_the_write_to_the_handler() -> None:
    read = [replace(packet, clock_ns=packet.clock_ns + 250_000 * (i + 1)) for i, packet in enumerate(WRITTEN)]
    assert latencies_ms(WRITTEN, read) == [0.25, 0.5, 0.75]
    assert percentile([0.25, 0.5, 0.75], 0.5) == 0.5
    assert percentile([0.25, 0.5, 0.75], 0.99) == 0.75
    assert percentile([], 0.5) is None


def test_result_as_json_names_times_exactly() -> None:
    document = json.loads(json.dumps(result_of(WRITTEN).to_json()))
    assert document["passed"] is True
    assert document["written"]["first_timestamp_ns"] == START_NS
    assert document["written"]["last_sample"] == time_text(START_NS + 59 * PLAN.interval_ns)
    assert document["live"]["comparison"]["identical"] is True
    assert document["historic"]["samples"] == 60


def test_times_have_all_their_digits() -> None:
    assert time_text(1_790_000_000_000_000_001) == "2026-09-21T14:13:20.000000001Z"
    assert time_text(None) == ""


@pytest.mark.parametrize("ascii_only", [False, True])
def test_the_curve_fills_the_width_and_touches_both_edges(ascii_only: bool) -> None:
    values = [math.sin(i / 50 * math.pi) for i in range(101)]
    lines = plot(values, total=101, columns=40, rows=6, ascii_only=ascii_only).split("\n")
    assert [len(line) for line in lines] == [40] * 6
    assert lines[0].strip()
    assert lines[-1].strip()
    assert all(any(line[column] != " " for line in lines) for column in range(40))


def test_the_curve_of_half_the_values_fills_half_the_width() -> None:
    lines = plot([0.0] * 50, total=100, columns=40, rows=3, ascii_only=True).split("\n")
    assert lines == [" " * 40, "*" * 20 + " " * 20, " " * 40]
