"""The session that the sample writer writes is on Kafka as an ATLAS-readable session must be (contract 1 to 4, 10)."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ma_streaming.packet_writing.check import check_session
from ma_streaming.protos.open_data_pb2 import (
    DATA_STATUS_VALID,
    ConfigurationPacket,
    DataFormatDefinitionPacket,
    EndOfSessionPacket,
    MarkerPacket,
    NewSessionPacket,
    PeriodicDataPacket,
)
from tests.integration.contract_actor import ContractActor
from tests.integration.contract_topics import V1, ContractTopics

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.contract_actor import Record

REPOSITORY = Path(__file__).parents[2]
STREAM = "Stream1"


@pytest.fixture(scope="module", params=[ContractTopics(V1), ContractTopics("V2", "TestSample")], ids=["V1", "V2"])
def written(request: pytest.FixtureRequest, broker_list: str) -> Iterator[Written]:
    """What is on Kafka after the sample has run for a second."""
    topics: ContractTopics = request.param
    data_source = f"Sample{uuid.uuid4().hex[:8]}"
    with ContractActor(broker_list, topics) as actor:
        options = {
            "--broker": broker_list,
            "--topic-naming": topics.naming,
            "--domain": topics.domain,
            "--data-source": data_source,
            "--stream": STREAM,
            "--session": "run 7",
            "--frequency": "50",
            "--packet-seconds": "0.2",
            "--duration": "1",
        }
        run_sample([part for option in options.items() for part in option])
        yield Written(actor, data_source)


class Written:
    """The records of the one session on the sample's topics, which nobody else uses."""

    def __init__(self, actor: ContractActor, data_source: str) -> None:
        self.actor = actor
        self.data_source = data_source
        topics = actor.topics
        self.main = actor.read(topics.main(data_source))
        self.essentials = actor.read(topics.essentials(data_source))
        self.stream = actor.read(topics.stream(data_source, STREAM))
        key = self.main[0].key
        assert key
        self.key = key.decode()
        self.session = actor.read_session(topics.session, self.key)

    def of(self, records: list[Record], kind: str) -> list[bytes]:
        """Give the contents of the packets of one type."""
        return [record.packet.content for record in records if record.packet.type == kind]


def run_sample(arguments: list[str]) -> None:
    """Run the sample writer as a user does."""
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    finished = subprocess.run(
        [sys.executable, "main.py", *arguments],
        cwd=REPOSITORY / "sample_code" / "sample_writer",
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr


def kinds(records: list[Record]) -> list[str]:
    """Give the types of the packets."""
    return [record.packet.type for record in records]


def test_the_session_topic_has_the_beginning_and_the_end(written: Written) -> None:
    assert kinds(written.session) == ["NewSession", "EndOfSession"]
    begin = NewSessionPacket.FromString(written.session[0].packet.content)
    assert (begin.data_source, begin.session_info.data_source) == (written.data_source, written.data_source)
    assert (begin.session_info.identifier, begin.session_info.type, begin.session_info.version) == (
        "run 7",
        "Session",
        1,
    )
    end = EndOfSessionPacket.FromString(written.session[1].packet.content)
    assert dict(end.topic_partition_offsets) == written.actor.offsets(
        written.actor.topics.of(written.data_source, STREAM)
    )


def test_every_topic_has_one_partition(written: Written) -> None:
    partitions = written.actor.topic_partitions()
    assert {partitions[name] for name in written.actor.topics.of(written.data_source, STREAM)} == {1}


def test_both_streams_have_what_a_recorder_needs_in_the_strict_order(written: Written) -> None:
    on_main = [kind for kind in kinds(written.main) if kind != "DataFormatDefinition"]
    assert on_main == ["NewSession", "Configuration", "Marker", "EndOfSession"]
    on_stream = kinds(written.stream)
    assert on_stream[:2] == ["NewSession", "Configuration"]
    assert on_stream[-1] == "EndOfSession"
    assert sorted(on_stream[2:-1]) == ["Marker", *["PeriodicData"] * 5]


def test_keys_flags_and_headers_are_the_contracts(written: Written) -> None:
    for record in [*written.main, *written.essentials, *written.stream, *written.session]:
        packet = record.packet
        definition = packet.type == "DataFormatDefinition"
        assert record.key == (b"" if definition else written.key.encode())
        assert packet.session_key == ("" if definition else written.key)
        assert record.headers == []
        essential = packet.type in {"DataFormatDefinition", "Configuration", "Marker"}
        assert packet.is_essential == essential


def test_essentials_has_a_copy_of_each_essential_packet(written: Written) -> None:
    essential = [record.value for record in [*written.main, *written.stream] if record.packet.is_essential]
    assert sorted(record.value for record in written.essentials) == sorted(essential)


def test_the_configuration_is_one_that_atlas_shows(written: Written) -> None:
    (on_main,), (on_stream,) = written.of(written.main, "Configuration"), written.of(written.stream, "Configuration")
    assert on_main == on_stream
    configuration = ConfigurationPacket.FromString(on_main)
    assert configuration.config_id
    (group,) = configuration.group_definitions
    (parameter,) = configuration.parameter_definitions
    assert parameter.identifier == "Sin:MyApp"
    assert (parameter.name, parameter.application_name) == ("Sin", "MyApp")
    assert group.identifier == group.name == group.application_name == "MyApp"
    assert list(parameter.groups) == []
    assert list(parameter.frequencies) == [50.0]
    assert parameter.min_value < parameter.max_value
    assert parameter.warning_min_value <= parameter.warning_max_value


def test_samples_are_contiguous_valid_and_of_a_format_defined_before_them(written: Written) -> None:
    (definition,) = written.of(written.essentials, "DataFormatDefinition")
    format_id = DataFormatDefinitionPacket.FromString(definition).identifier
    packets = [PeriodicDataPacket.FromString(content) for content in written.of(written.stream, "PeriodicData")]
    assert {packet.data_format.data_format_identifier for packet in packets} == {format_id}
    assert {packet.interval for packet in packets} == {20_000_000}
    for packet in packets:
        (column,) = packet.columns
        assert len(column.double_samples.samples) == 10
        assert {sample.status for sample in column.double_samples.samples} == {DATA_STATUS_VALID}
    assert [later.start_time - earlier.start_time for earlier, later in pairwise(packets)] == [200_000_000] * 4
    defined = min(record.timestamp_ms for record in written.essentials if record.key == b"")
    sampled = min(record.timestamp_ms for record in written.stream if record.packet.type == "PeriodicData")
    assert defined <= sampled


def test_the_out_lap_is_within_the_data(written: Written) -> None:
    (on_main,), (on_stream,) = written.of(written.main, "Marker"), written.of(written.stream, "Marker")
    assert on_main == on_stream
    marker = MarkerPacket.FromString(on_main)
    assert (marker.type, marker.label) == ("Lap Trigger", "Out Lap")
    assert int(marker.source) in range(256)
    packets = [PeriodicDataPacket.FromString(content) for content in written.of(written.stream, "PeriodicData")]
    assert packets[0].start_time <= marker.timestamp <= packets[-1].start_time


def test_v32_the_checker_finds_nothing_in_what_the_sample_writes(written: Written) -> None:
    packets = [*(("", each.packet) for each in written.main), *((STREAM, each.packet) for each in written.stream)]
    assert check_session(packets) == []
