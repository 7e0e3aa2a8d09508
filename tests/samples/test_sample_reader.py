"""The sample reader: live and historic, with its questions answered and with options, and what it says of bad input."""

from __future__ import annotations

import re
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace

import pytest

from ma_streaming.testing import packets
from tests.samples.kafka_records import records_of, write_packets
from tests.samples.sample_program import Program, run_into_closed_pipe, sample_reader, sample_writer
from tests.samples.sample_source import START_NS, START_TEXT, Source, make_source
from tests.support.brokers import SharedBroker

NANOSECONDS_PER_SECOND = 1_000_000_000
SAMPLE_LINE = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\dT[\d:]{8}\.\d{9}Z)  (?P<parameter>\S+) = (?P<value>\S+)  (?P<status>\w+)$"
)


@pytest.fixture
def source(kafka_broker: SharedBroker, domain: str, data_source: str) -> Source:
    return make_source(kafka_broker, domain, data_source)


def samples_in(text: str) -> Iterator[tuple[str, str, float, str]]:
    for line in text.splitlines():
        found = SAMPLE_LINE.search(line)
        if found:
            yield found["time"], found["parameter"], float(found["value"]), found["status"]


def write_with_the_sample(source: Source, identifier: str, *arguments: str) -> None:
    with sample_writer(*source.options, "--session", identifier, *arguments) as writer:
        writer.succeed(timeout_seconds=60)


def test_live_reader_gets_the_session_of_the_sample_writer(source: Source) -> None:
    reading = ["--mode", "L", "--sessions", "1", "--parameter", "Sin:MyApp"]
    with sample_reader(*source.options, *reading) as reader:
        reader.wait_for("Waiting for a live session")
        write_with_the_sample(source, "Run 1", "--duration", "3", "--frequency", "20")
        text = reader.succeed()
    samples = list(samples_in(text))
    assert len(samples) == 60
    assert {(parameter, status) for _, parameter, _, status in samples} == {("Sin:MyApp", "VALID")}
    assert [moment for moment, *_ in samples] == sorted(moment for moment, *_ in samples)
    events = [
        "Session started: 'Run 1'",
        "Reading session 'Run 1'",
        "Reading stream 'Stream1'",
        "Session ended: 'Run 1'",
        "Completed stream 'Stream1'",
        "Completed the main stream",
        "Completed session 'Run 1'",
        "Samples of Sin:MyApp in this session: 60",
    ]
    assert [event for event in events if event not in text] == []


def test_historic_reader_gets_what_the_live_reader_got(source: Source) -> None:
    reading = ["--parameter", "Sin:MyApp"]
    with sample_reader(*source.options, *reading, "--mode", "l", "--sessions", "1") as live:
        live.wait_for("Waiting for a live session")
        write_with_the_sample(source, "Run 1", "--duration", "2", "--frequency", "50")
        live_samples = list(samples_in(live.succeed()))
    with sample_reader(*source.options, *reading, "--mode", "H", "--session", "Run 1") as historic:
        historic_samples = list(samples_in(historic.succeed()))
    assert len(live_samples) == 100
    assert historic_samples == live_samples


def test_a_reader_that_was_interrupted_goes_on_where_its_group_is(source: Source) -> None:
    reading = ["--parameter", "Sin:MyApp"]
    with sample_reader(*source.options, *reading, "--mode", "L", "--group", source.domain) as first:
        first.wait_for("Waiting for a live session")
        with sample_writer(*source.options, "--session", "Run 1", "--duration", "4", "--frequency", "20") as writer:
            first.wait_for(r"Sin:MyApp = \S+ +VALID")
            first.interrupt()
            assert first.wait() == 130
            writer.succeed(timeout_seconds=60)
        before = list(samples_in(first.text))
    rest: list[list[tuple[str, str, float, str]]] = []
    for _ in range(2):
        options = [*reading, "--mode", "H", "--session", "Run 1", "--group", source.domain]
        with sample_reader(*source.options, *options) as reader:
            rest.append(list(samples_in(reader.succeed())))
    with sample_reader(*source.options, *reading, "--mode", "H", "--session", "Run 1") as whole:
        assert before + rest[0] == list(samples_in(whole.succeed()))
    assert before
    assert rest[0]
    assert rest[1] == [], "the group has read all of it"


def test_sessions_of_the_older_generation_are_written_and_read(kafka_broker: SharedBroker, data_source: str) -> None:
    options = ["--broker", kafka_broker.bootstrap_servers, "--data-source", data_source, "--topic-naming", "v1"]
    with sample_writer(*options, "--session", "Run 1", "--duration", "1") as writer:
        writer.succeed(timeout_seconds=60)
    assert records_of(kafka_broker.bootstrap_servers, f"{data_source}.Stream1")
    with sample_reader(*options, "--mode", "H", "--session", "Run 1", "--parameter", "Sin:MyApp") as reader:
        assert len(list(samples_in(reader.succeed()))) == 10


def test_questions_are_asked_when_no_options_answer_them(source: Source) -> None:
    write_with_the_sample(source, "Older", "--duration", "0.5")
    write_with_the_sample(source, "Newer", "--duration", "0.5")
    options = ["--domain", source.domain, "--data-source", source.data_source]
    with sample_reader(*options, environment={"MA_STREAMING_BROKER": source.broker}) as reader:
        reader.type("x")
        reader.type("h")
        reader.wait_for("1  .*'Newer'")
        reader.wait_for("2  .*'Older'")
        reader.type("3")
        reader.type("2")
        text = reader.succeed()
    assert text.count("Read live (L) or historic (H) sessions?") == 2
    assert "Reading session 'Older'" in text
    assert "Newer" not in text.partition("Reading session")[2]


def test_the_default_parameter_is_not_there_and_the_others_are_named(source: Source) -> None:
    options = ["--domain", source.domain, "--data-source", source.data_source]
    with sample_reader(*options, environment={"MA_STREAMING_BROKER": source.broker}) as reader:
        reader.type("L")
        reader.wait_for("Waiting for a live session")
        with sample_writer(*source.options, "--session", "Run 1") as writer:
            reader.wait_for("Reading session 'Run 1'")
            began = time.monotonic()
            reader.wait_for("No samples of vCar:Chassis")
            assert 4.0 < time.monotonic() - began < 9.0
            reader.wait_for("This session has: Sin:MyApp$")
            reader.wait_for("--parameter Sin:MyApp")
            writer.interrupt()
            assert writer.wait() == 130
        reader.wait_for("Completed session 'Run 1'")
        reader.type("")
        assert list(samples_in(reader.succeed())) == []


def test_the_chosen_parameter_is_read_when_the_writer_writes_it(source: Source) -> None:
    write_with_the_sample(source, "Run 1", "--parameter", "vCar:Chassis", "--duration", "1")
    with sample_reader(*source.options, "--mode", "H", "--session", "latest") as reader:
        text = reader.succeed()
    assert len(list(samples_in(text))) == 10
    assert "No samples" not in text


def test_formats_given_in_the_packet_are_understood(source: Source) -> None:
    names = ["Other:App", "vCar:Chassis"]
    step = NANOSECONDS_PER_SECOND // 4
    source.write_session(
        "Run 1",
        packets.periodic_data(names, start_time_ns=START_NS, interval_ns=step, columns=[[9.0, 9.0], [0.5, -0.0]]),
        packets.row_data(names, timestamps_ns=[START_NS + 3 * step, START_NS + 3 * step + 1], rows=[[9, 41], [9, 42]]),
        packets.synchro_data(
            names, start_time_ns=START_NS + 4 * step, intervals_ns=[1, 10], columns=[[9.0] * 3, [1.0, 2.0, 3.0]]
        ),
        packets.periodic_data(["Other:App"], start_time_ns=START_NS, interval_ns=step, columns=[[7.0]]),
        packets.event("0001:App", timestamp_ns=START_NS),
    )
    with sample_reader(*source.options, "--mode", "H", "--session", "Run 1") as reader:
        samples = list(samples_in(reader.succeed()))
    assert [(moment, value) for moment, _, value, _ in samples] == [
        (f"{START_TEXT}.000000000Z", 0.5),
        (f"{START_TEXT}.250000000Z", -0.0),
        (f"{START_TEXT}.750000000Z", 41),
        (f"{START_TEXT}.750000001Z", 42),
        ("2026-09-21T14:13:21.000000000Z", 1.0),
        ("2026-09-21T14:13:21.000000001Z", 2.0),
        ("2026-09-21T14:13:21.000000011Z", 3.0),
    ]


def test_data_formats_are_resolved_by_their_ids(source: Source) -> None:
    definition = packets.parameter_data_format(638_900_000_000_000_001, ["Other:App", "vCar:Chassis"])
    record = packets.packet(definition, session_key="")
    write_packets(source.broker, [(f"{source.domain}.Essential.{source.data_source}", "", record)])
    data = packets.periodic_data(
        638_900_000_000_000_001, start_time_ns=START_NS, interval_ns=1000, columns=[[9.0], [0.25]]
    )
    unknown = packets.periodic_data(
        638_900_000_000_000_002, start_time_ns=START_NS, interval_ns=1000, columns=[[9.0], [0.5]]
    )
    source.write_session("Run 1", unknown, data)
    with sample_reader(*source.options, "--mode", "H", "--session", "Run 1") as reader:
        text = reader.succeed()
    assert [value for _, _, value, _ in samples_in(text)] == [0.25]
    assert "638900000000000002" in text


def test_only_every_nth_sample_is_logged_when_asked(source: Source) -> None:
    data = packets.periodic_data(
        ["vCar:Chassis"], start_time_ns=START_NS, interval_ns=1000, columns=[[float(i) for i in range(10)]]
    )
    key = source.write_session("Run 1", data)
    with sample_reader(*source.options, "--mode", "H", "--session", key, "--every", "4") as reader:
        text = reader.succeed()
    assert [value for _, _, value, _ in samples_in(text)] == [3.0, 7.0]
    assert "Samples of vCar:Chassis in this session: 10" in text


def test_a_session_without_the_parameter_is_told_at_its_end(source: Source) -> None:
    definitions = [packets.parameter_definition(f"P{number}", "App") for number in range(25)]
    source.write_session("Run 1", packets.configuration(str(uuid.uuid4()), "App", definitions))
    with sample_reader(*source.options, "--mode", "H", "--session", "Run 1") as reader:
        text = reader.succeed()
    assert "No samples of vCar:Chassis" in text
    assert "P0:App, P1:App, " in text
    assert "P19:App and 5 more" in text
    assert "--parameter P0:App" in text


def test_duration_ends_live_reading(source: Source) -> None:
    with sample_reader(*source.options, "--mode", "L", "--duration", "1") as reader:
        reader.succeed()


def test_output_that_nobody_reads_is_a_quiet_end(source: Source) -> None:
    assert run_into_closed_pipe("sample_reader", *source.options, "--mode", "L") == (130, "")


def test_ctrl_c_ends_live_reading_within_a_second(source: Source) -> None:
    def ends_in_time() -> bool:
        with sample_reader(*source.options, "--mode", "L", "--parameter", "Sin:MyApp") as reader:
            reader.wait_for(SAMPLE_LINE.pattern)
            began = time.monotonic()
            reader.interrupt()
            assert reader.wait() == 130
            assert reader.errors == ""
            # More on a machine so busy that Python alone, with nothing to do, takes more than a twentieth of a second.
            return time.monotonic() - began < max(1.0, 20.0 * seconds_of_a_bare_python())

    with sample_writer(*source.options, "--session", "Run 1") as writer:
        assert any(ends_in_time() for _ in range(3))
        writer.interrupt()
        assert writer.wait() == 130


def seconds_of_a_bare_python() -> float:
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return time.monotonic() - began


def test_without_a_keyboard_live_reading_goes_on_until_interrupted(source: Source) -> None:
    with sample_reader(*source.options, "--mode", "L", "--parameter", "Sin:MyApp") as reader:
        reader.close_keyboard()
        reader.wait_for("Waiting for a live session")
        write_with_the_sample(source, "Run 1", "--duration", "1")
        reader.wait_for("Completed session 'Run 1'")
        reader.interrupt()
        assert reader.wait() == 130
        assert reader.errors == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--mode", "H", "--session", "No such run"], "'No such run'"),
        (["--mode", "H"], "--session"),
        ([], "--mode"),
    ],
)
def test_what_cannot_be_read_is_one_line(source: Source, arguments: list[str], said: str) -> None:
    source.write_session("Run 1")
    with sample_reader(*source.options, *arguments) as reader:
        reader.close_keyboard()
        assert reader.wait() == 1
    assert_one_line(reader, said)


def test_a_data_source_without_sessions_is_named(source: Source) -> None:
    nobody = replace(source, data_source="Nobody")
    with sample_reader(*nobody.options, "--mode", "H") as reader:
        assert reader.wait() == 1
    assert_one_line(reader, "'Nobody'")


def test_an_unreachable_broker_is_one_line(domain: str) -> None:
    with sample_reader("--broker", "127.0.0.1:1", "--domain", domain, "--mode", "L") as reader:
        assert reader.wait() == 1
    assert_one_line(reader, "127.0.0.1:1")


@pytest.mark.parametrize(
    "arguments", [["--mode", "X"], ["--every", "0"], ["--sessions", "none"], ["--topic-naming", "V"]]
)
def test_wrong_options_are_refused(arguments: list[str]) -> None:
    with sample_reader("--broker", "127.0.0.1:1", *arguments) as reader:
        assert reader.wait() == 2
    assert arguments[0] in reader.errors
    assert "Traceback" not in reader.errors


def assert_one_line(program: Program, said: str) -> None:
    (line,) = program.errors.splitlines()
    assert line.startswith("error: ")
    assert said in line
