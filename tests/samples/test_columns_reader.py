"""The sample that reads a session as columns: its summary, its files, and what it says of bad input."""

from __future__ import annotations

from pathlib import Path

import pyarrow.csv
import pyarrow.parquet
import pytest

from ma_streaming.testing import packets
from tests.samples.sample_program import columns_reader, run_into_closed_pipe, sample_writer
from tests.samples.sample_source import START_NS, Source, make_source
from tests.support.brokers import SharedBroker

WARNING = "WARNING COLUMNS: columns leave out packets with data format 99, whose definition did not come\n"


@pytest.fixture
def source(kafka_broker: SharedBroker, domain: str, data_source: str) -> Source:
    return make_source(kafka_broker, domain, data_source)


def write_session(source: Source, identifier: str = "Run 1") -> str:
    step = 1_000_000_000
    return source.write_session(
        identifier,
        packets.lap("Out Lap", timestamp_ns=START_NS, number=1),
        packets.periodic_data(
            ["vCar:Chassis", "gState:Chassis"],
            start_time_ns=START_NS,
            interval_ns=step,
            columns=[[10.0, 12.5, 11.0], ["on", "on", "off"]],
        ),
        packets.row_data(["NGear:Gearbox"], timestamps_ns=[START_NS], rows=[[3]]),
        packets.periodic_data(99, start_time_ns=START_NS, interval_ns=step, columns=[[1.0]]),
        packets.event("0001:App", timestamp_ns=START_NS),
    )


def test_a_session_is_summed_up(source: Source) -> None:
    write_session(source)
    with columns_reader(*source.options, "--session", "Run 1") as reader:
        assert reader.wait() == 0
    assert reader.errors == WARNING
    text = " ".join(reader.text.split())
    assert "Stream1 vCar:Chassis 3 samples, 3 valid 1.0 Hz 10 to 12.5" in text
    assert "Stream1 NGear:Gearbox 1 samples, 1 valid - 3 to 3" in text
    assert "Stream1 gState:Chassis 3 samples, 3 valid 1.0 Hz -" in text
    assert "1 events, 1 markers, 0 errors, 0 can Laps: Out Lap" in text
    assert "Left out: 1 packets with data format 99, which nobody has defined" in text


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_samples_are_written_to_a_file(source: Source, tmp_path: Path, ending: str) -> None:
    key = write_session(source)
    path = tmp_path / f"samples.{ending}"
    with columns_reader(*source.options, "--session", key, "--parameter", "*:Chassis", "--output", str(path)) as reader:
        assert reader.wait() == 0
    assert reader.errors == WARNING
    table = pyarrow.parquet.read_table(path) if ending == "parquet" else pyarrow.csv.read_csv(path)
    assert table.column_names == ["timestamp", "stream", "parameter", "value", "text", "status"]
    assert table["parameter"].to_pylist() == ["vCar:Chassis"] * 3 + ["gState:Chassis"] * 3
    assert table["value"].to_pylist() == [10.0, 12.5, 11.0, None, None, None]
    assert [text or None for text in table["text"].to_pylist()] == [None, None, None, "on", "on", "off"]
    assert str(table["timestamp"].to_pylist()[1]) == "2026-09-21 14:13:21+00:00"


def test_a_live_session_is_read_until_ctrl_c(source: Source) -> None:
    with sample_writer(*source.options, "--session", "Run 2") as writer:
        writer.wait_for("Run 2")
        with columns_reader(*source.options, "--session", "latest") as reader:
            reader.wait_for("Reading Stream1")
            reader.interrupt()
            assert reader.wait() == 130
            assert reader.errors == ""
        writer.interrupt()
        assert writer.wait() == 130
    assert reader.output[-1].endswith((" can", "nothing came", "Laps: Out Lap")), "what was read until then"


def test_patterns_that_no_parameter_fits_are_named(source: Source) -> None:
    write_session(source)
    with columns_reader(
        *source.options, "--parameter", "vC?r:*", "--parameter", "nothing:*", "--parameter", "x[y]"
    ) as reader:
        assert reader.wait() == 1
    assert reader.errors == WARNING + "error: no samples of a parameter 'nothing:*' or 'x[y]' came\n"
    assert "3 samples" in reader.text


def test_output_that_nobody_reads_is_a_quiet_end(source: Source) -> None:
    write_session(source)
    assert run_into_closed_pipe("columns_reader", *source.options) == (1, "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--session", "No such run"], "no session 'No such run'"),
        (["--output", "/no/such/folder/x.csv"], "/no/such/folder/x.csv"),
    ],
)
def test_what_cannot_be_done_is_one_line(source: Source, arguments: list[str], said: str) -> None:
    write_session(source)
    with columns_reader(*source.options, *arguments) as reader:
        assert reader.wait() == 1
    (line,) = reader.errors.splitlines()
    assert line.startswith("error: ")
    assert said in line


@pytest.mark.parametrize(
    ("arguments", "said"), [(["--output", "x.txt"], "--output"), (["--duration", "x"], "--duration")]
)
def test_wrong_options_are_refused(arguments: list[str], said: str) -> None:
    with columns_reader(*arguments) as reader:
        assert reader.wait() == 2
    assert said in reader.errors
    assert "Traceback" not in reader.errors
