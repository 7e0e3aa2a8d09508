"""The sample writer: what it leaves on the broker is what wire contract 10 wants, and bad input ends in one line."""

from __future__ import annotations

import math
import struct
import time
import uuid
from itertools import pairwise

import pytest

from ma_streaming.protos import open_data_pb2
from tests.samples.kafka_records import Record, contents_of, records_of
from tests.samples.sample_program import run_into_closed_pipe, sample_writer
from tests.support.brokers import SharedBroker

NANOSECONDS_PER_SECOND = 1_000_000_000


class Topics:
    """The topics of one data source, generation V2."""

    def __init__(self, domain: str, data_source: str) -> None:
        self.session = f"{domain}.Sys.SessionInfo"
        self.main = f"{domain}.Data.{data_source}"
        self.essentials = f"{domain}.Essential.{data_source}"
        self.stream = f"{domain}.Data.{data_source}.Stream1"


def types_of(records: list[Record]) -> list[str]:
    return [record.packet.type for record in records]


def only(records: list[Record], packet_type: str) -> list[Record]:
    return [record for record in records if record.packet.type == packet_type]


def test_writes_the_session_that_the_wire_contract_describes(
    kafka_broker: SharedBroker, domain: str, data_source: str
) -> None:
    broker = kafka_broker.bootstrap_servers
    options = ["--broker", broker, "--domain", domain, "--data-source", data_source, "--session", "Run 1"]
    with sample_writer(*options, "--duration", "3", "--frequency", "100") as writer:
        text = writer.succeed(timeout_seconds=60)
    assert "Session 'Run 1' created" in text
    assert "Session 'Run 1' ended" in text
    topics = Topics(domain, data_source)
    stream = records_of(broker, topics.stream)
    main = records_of(broker, topics.main)
    session = records_of(broker, topics.session)

    assert types_of(session) == ["NewSession", "EndOfSession"]
    key = session[0].packet.session_key
    assert types_of(stream) == ["NewSession", "Configuration", "Marker", *["PeriodicData"] * 3, "EndOfSession"]
    ours = [record for record in main if record.key == key.encode()]
    assert types_of(ours) == ["NewSession", "Configuration", "Marker", "EndOfSession"]
    both = [record for record in stream if record.packet.type != "PeriodicData"]
    assert [record.packet for record in ours] == [record.packet for record in both]
    for record in [*stream, *ours]:
        assert record.key == key.encode() == record.packet.session_key.encode()
        assert record.packet.is_essential == (record.packet.type in {"Configuration", "Marker"})
    ids = [record.packet.id for record in stream]
    assert ids == list(range(1, len(ids) + 1))
    essentials = [record.packet.type for record in records_of(broker, topics.essentials) if record.key == key.encode()]
    assert essentials.count("Configuration") >= 1


def test_data_configuration_and_lap_fit_together(kafka_broker: SharedBroker, domain: str, data_source: str) -> None:
    broker = kafka_broker.bootstrap_servers
    options = ["--broker", broker, "--domain", domain, "--data-source", data_source, "--packet-seconds", "0.25"]
    began_ns = time.time_ns()
    with sample_writer(*options, "--duration", "2", "--frequency", "60") as writer:
        writer.succeed(timeout_seconds=60)
    topics = Topics(domain, data_source)
    stream = records_of(broker, topics.stream)

    (configuration,) = contents_of(stream, open_data_pb2.ConfigurationPacket)
    uuid.UUID(configuration.config_id)
    (group,) = configuration.group_definitions
    assert group.identifier == group.name == group.application_name == "MyApp"
    (parameter,) = configuration.parameter_definitions
    assert (parameter.identifier, parameter.name, parameter.application_name) == ("Sin:MyApp", "Sin", "MyApp")
    assert parameter.data_type == open_data_pb2.DATA_TYPE_FLOAT64
    assert list(parameter.frequencies) == [60.0]
    assert parameter.min_value <= parameter.warning_min_value < parameter.warning_max_value <= parameter.max_value

    packets = contents_of(stream, open_data_pb2.PeriodicDataPacket)
    assert len(packets) == 8
    for packet in packets:
        assert packet.interval == 16_666_667
        (column,) = packet.columns
        samples = column.double_samples.samples
        assert len(samples) == 15
        assert {sample.status for sample in samples} == {open_data_pb2.DATA_STATUS_VALID}
    for packet, following in pairwise(packets):
        assert following.start_time == packet.start_time + 15 * packet.interval
    values = [sample.value for packet in packets for sample in packet.columns[0].double_samples.samples]
    expected = [math.sin(2.0 * math.pi * (i * 16_666_667 / NANOSECONDS_PER_SECOND) / 5.0) for i in range(120)]
    assert struct.pack("<120d", *values) == struct.pack("<120d", *expected)

    first_ns = packets[0].start_time
    assert began_ns < first_ns < time.time_ns()
    (marker,) = contents_of(stream, open_data_pb2.MarkerPacket)
    assert (marker.type, marker.label, marker.source, marker.timestamp) == ("Lap Trigger", "Out Lap", "0", first_ns)
    definitions = contents_of(records_of(broker, topics.essentials), open_data_pb2.DataFormatDefinitionPacket)
    (listed,) = [d for d in definitions if d.identifier == packets[0].data_format.data_format_identifier]
    assert list(listed.parameter_identifiers.parameter_identifiers) == ["Sin:MyApp"]


def test_packets_are_written_in_real_time(kafka_broker: SharedBroker, domain: str, data_source: str) -> None:
    broker = kafka_broker.bootstrap_servers
    options = ["--broker", broker, "--domain", domain, "--data-source", data_source, "--packet-seconds", "0.5"]
    with sample_writer(*options, "--duration", "4", "--frequency", "10") as writer:
        writer.succeed(timeout_seconds=60)
    records = only(records_of(broker, Topics(domain, data_source).stream), "PeriodicData")
    assert len(records) == 8
    for record, content in zip(records, contents_of(records, open_data_pb2.PeriodicDataPacket), strict=True):
        measured_ms = (content.start_time + 5 * content.interval) // 1_000_000
        # Never before its last sample was measured; and what one packet is late does not add up.
        assert -20 <= record.timestamp_ms - measured_ms < 450


def test_every_configuration_has_an_id_of_its_own(kafka_broker: SharedBroker, domain: str, data_source: str) -> None:
    broker = kafka_broker.bootstrap_servers
    options = ["--broker", broker, "--domain", domain, "--data-source", data_source, "--duration", "0.2"]
    for _ in range(2):
        with sample_writer(*options) as writer:
            writer.succeed(timeout_seconds=60)
    records = records_of(broker, Topics(domain, data_source).stream)
    assert len({content.config_id for content in contents_of(records, open_data_pb2.ConfigurationPacket)}) == 2


def test_output_that_nobody_reads_ends_the_session_properly(
    kafka_broker: SharedBroker, domain: str, data_source: str
) -> None:
    broker = kafka_broker.bootstrap_servers
    options = ("--broker", broker, "--domain", domain, "--data-source", data_source)
    assert run_into_closed_pipe("sample_writer", *options) == (130, "")
    topics = Topics(domain, data_source)
    assert types_of(records_of(broker, topics.session)) == ["NewSession", "EndOfSession"]


def test_ctrl_c_ends_the_session_properly(kafka_broker: SharedBroker, domain: str, data_source: str) -> None:
    broker = kafka_broker.bootstrap_servers
    with sample_writer("--broker", broker, "--domain", domain, "--data-source", data_source) as writer:
        writer.wait_for("Packet 1 written")
        writer.interrupt()
        assert writer.wait(timeout_seconds=10) == 130
        assert writer.errors == ""
    topics = Topics(domain, data_source)
    assert types_of(records_of(broker, topics.session)) == ["NewSession", "EndOfSession"]
    assert types_of(records_of(broker, topics.stream))[-1] == "EndOfSession"


def test_an_unreachable_broker_is_one_line(domain: str) -> None:
    with sample_writer("--broker", "127.0.0.1:1", "--domain", domain) as writer:
        assert writer.wait(timeout_seconds=30) == 1
    assert writer.errors.startswith("error: ")
    assert "127.0.0.1:1" in writer.errors
    assert len(writer.errors.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["--parameter", "Sine"],
        ["--parameter", ":MyApp"],
        ["--frequency", "0"],
        ["--frequency", "0.1"],
        ["--frequency", "nan"],
        ["--duration", "-1"],
        ["--duration", "soon"],
        ["--topic-naming", "V3"],
    ],
)
def test_wrong_options_are_refused_before_anything_is_written(arguments: list[str]) -> None:
    with sample_writer("--broker", "127.0.0.1:1", *arguments) as writer:
        assert writer.wait() == 2
    assert arguments[0] in writer.errors
    assert "Traceback" not in writer.errors
