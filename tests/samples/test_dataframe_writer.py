"""The sample that records a DataFrame: what it leaves on the broker is what ATLAS can read, and it reads it back."""

from __future__ import annotations

from pathlib import Path

import pytest

from ma_streaming.packet_writing.check import check_session
from ma_streaming.protos import open_data_pb2
from tests.samples.kafka_records import contents_of, records_of
from tests.samples.sample_program import dataframe_writer, run_into_closed_pipe
from tests.support.brokers import SharedBroker


@pytest.fixture
def options(kafka_broker: SharedBroker, domain: str, data_source: str) -> list[str]:
    return ["--broker", kafka_broker.bootstrap_servers, "--domain", domain, "--data-source", data_source]


def packets_of(broker: SharedBroker, domain: str, data_source: str) -> list[tuple[str, open_data_pb2.Packet]]:
    topics = {"": f"{domain}.Data.{data_source}", "Stream1": f"{domain}.Data.{data_source}.Stream1"}
    return [
        (stream, record.packet)
        for stream, topic in topics.items()
        for record in records_of(broker.bootstrap_servers, topic)
        if record.packet.session_key
    ]


def test_records_a_minute_of_a_car_and_reads_it_back(
    kafka_broker: SharedBroker, options: list[str], domain: str, data_source: str
) -> None:
    with dataframe_writer(*options, "--session", "Run 1") as program:
        text = program.succeed(60)
    assert "All 6,000 rows were read as they were written." in text
    assert "vCar:Chassis    km/h  100         0 to 350" in text
    packets = packets_of(kafka_broker, domain, data_source)
    assert check_session(packets) == []
    assert sum(packet.type == "PeriodicData" for _, packet in packets) == 60 * 3


def test_records_a_file_of_irregular_times_in_any_order(
    kafka_broker: SharedBroker, options: list[str], domain: str, data_source: str, tmp_path: Path
) -> None:
    file = tmp_path / "laps.csv"
    file.write_text(
        "time,vCar,T:Weather\n2025-06-15T14:01+02:00,3,22\n2025-06-15T12:00:00Z,1.5,20\n2025-06-15 12:00:01.25,,21\n"
    )
    with dataframe_writer(*options, "--csv", str(file)) as program:
        text = program.succeed(60)
    assert "All 3 rows were read as they were written." in text
    packets = packets_of(kafka_broker, domain, data_source)
    assert check_session(packets) == []
    records = records_of(kafka_broker.bootstrap_servers, f"{domain}.Data.{data_source}.Stream1")
    rows = contents_of(records, open_data_pb2.RowDataPacket)
    samples = [sample for packet in rows for row in packet.rows for sample in row.double_samples.samples]
    assert [sample.status for sample in samples] == [1, 2, 1], "the speed that is missing says so"
    assert (samples[0].value, samples[2].value) == (1.5, 3.0)
    noon_ns = 1_749_988_800_000_000_000
    assert [time - noon_ns for packet in rows for time in packet.timestamps] == [0, 1_250_000_000, 60_000_000_000] * 2


def test_output_that_nobody_reads_is_a_quiet_end(options: list[str]) -> None:
    assert run_into_closed_pipe("dataframe_writer", *options) == (1, "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("time,vCar\n", "there is nothing to record"),
        ("", "can't be read as CSV"),
        ("time,vCar\n2025-06-15T12:00:00Z,1\nnoon,2\n", "'noon' in row 2 is not a time in ISO 8601"),
        ("time,vCar\n0.01,1\n0.02,2\n", "'0.01' in row 1 is not a time in ISO 8601"),
    ],
    ids=["header only", "empty", "word", "seconds"],
)
def test_a_file_that_cannot_be_recorded_is_one_line(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "laps.csv"
    file.write_text(text)
    with dataframe_writer("--csv", str(file)) as program:
        assert program.wait(timeout_seconds=30) == 1
    (line,) = program.errors.splitlines()
    assert line.startswith(f"error: {file}")
    assert said in line


def test_a_failure_is_one_line() -> None:
    with dataframe_writer("--csv", "no such file") as program:
        assert program.wait(timeout_seconds=30) == 1
    assert program.errors == "error: [Errno 2] No such file or directory: 'no such file'\n"
