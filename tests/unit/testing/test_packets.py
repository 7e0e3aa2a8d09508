"""The packet factories, against what the wire contract says (sections 7.1, 7.2 and 10.1 to 10.4)."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from google.protobuf.message import Message
from google.protobuf.wrappers_pb2 import DoubleValue, StringValue

from ma_streaming.errors import InvalidArgumentError
from ma_streaming.protos import open_data_pb2 as open_data
from ma_streaming.testing import packets
from ma_streaming.testing.samples import Value

NOW_NS = 1_700_000_000_123_456_789


@pytest.mark.parametrize(
    ("content", "type_name", "is_essential"),
    [
        (packets.new_session("Car"), "NewSession", False),
        (packets.end_of_session("Car"), "EndOfSession", False),
        (packets.session_info("Car"), "SessionInfo", False),
        (packets.parameter_data_format(1, ["a:b"]), "DataFormatDefinition", True),
        (packets.configuration("id", "App", []), "Configuration", True),
        (packets.metadata({}), "Metadata", True),
        (packets.periodic_data(1, start_time_ns=1, interval_ns=1, columns=[]), "PeriodicData", False),
        (packets.row_data(1, timestamps_ns=[], rows=[]), "RowData", False),
        (packets.synchro_data(1, start_time_ns=1, intervals_ns=[1], columns=[[1.0, 2.0]]), "SynchroData", False),
        (packets.event(1, timestamp_ns=1), "Event", False),
        (packets.marker("Pit", timestamp_ns=1), "Marker", True),
        (packets.coverage_cursor("Car", time_ns=1), "CoverageCursorInfo", False),
        (open_data.ErrorPacket(), "Error", False),
        (open_data.RawCANDataPacket(), "RawCANData", False),
        (open_data.StreamStartedPacket(), "StreamStarted", False),
        (open_data.DataFormatConfigurationPacket(), "DataFormatConfiguration", False),
        (open_data.SystemStatusMessage(), "SystemStatus", False),
    ],
)
def test_type_and_essential_flag_are_those_of_the_contract(
    content: Message, type_name: str, is_essential: bool
) -> None:
    wrapped = packets.packet(content, session_key="key", packet_id=7)
    assert (wrapped.type, wrapped.is_essential) == (type_name, is_essential)
    assert (wrapped.session_key, wrapped.id) == ("key", 7)
    assert type(content).FromString(wrapped.content) == content


def test_essential_flag_can_be_chosen() -> None:
    assert packets.packet(packets.new_session("Car"), session_key="k", is_essential=True).is_essential
    assert not packets.packet(packets.metadata({}), session_key="k", is_essential=False).is_essential


def test_packet_is_these_bytes() -> None:
    content = packets.new_session("Car")
    value = packets.packet(content, session_key="k1", packet_id=300).SerializeToString()
    assert value == b"\x0a\x0aNewSession" + b"\x12\x02k1" + b"\x22\x05\x0a\x03Car" + b"\x28\xac\x02"


def test_new_session_has_what_the_session_topic_wants() -> None:
    info = packets.session_info("Car", identifier="Run 1", details={"Driver": "A"}, associate_session_keys=["other"])
    session = packets.new_session(
        "Car", topic_partition_offsets={"Car:0": 5}, utc_offset_seconds=-5400, info=info, creation_time_ns=NOW_NS
    )
    assert dict(session.topic_partition_offsets) == {"Car:0": 5}
    assert session.utc_offset.ToTimedelta().total_seconds() == -5400
    assert session.creation_time.ToNanoseconds() == NOW_NS
    described = session.session_info
    assert (described.data_source, described.identifier, described.type) == ("Car", "Run 1", "Session")
    assert (described.version, dict(described.details)) == (1, {"Driver": "A"})
    assert list(described.associate_session_keys) == ["other"]


def test_what_is_not_given_is_absent() -> None:
    session = packets.new_session("Car")
    assert not session.HasField("session_info")
    assert not session.HasField("utc_offset")
    assert not session.HasField("creation_time")
    assert not packets.end_of_session("Car").HasField("termination_time")


def test_end_of_session_has_offsets_and_time() -> None:
    end = packets.end_of_session("Car", topic_partition_offsets={"Car:0": 9}, termination_time_ns=NOW_NS)
    assert (dict(end.topic_partition_offsets), end.termination_time.ToNanoseconds()) == ({"Car:0": 9}, NOW_NS)


def test_configuration_has_exactly_one_top_level_group_named_as_the_application() -> None:
    parameter = packets.parameter_definition(
        "Sin", "MyApp", units="V", minimum=-1.0, maximum=1.0, frequencies_hz=[100.0]
    )
    config = packets.configuration("unique", "MyApp", [parameter, parameter])
    [group] = config.group_definitions
    assert (group.identifier, group.name, group.application_name) == ("MyApp", "MyApp", "MyApp")
    assert len(config.parameter_definitions) == 2
    defined = config.parameter_definitions[0]
    assert (defined.identifier, defined.name, defined.application_name) == ("Sin:MyApp", "Sin", "MyApp")
    assert list(defined.groups) == []
    assert (defined.data_type, defined.format_string) == (open_data.DATA_TYPE_FLOAT64, "%5.2f")
    assert (defined.min_value, defined.max_value) == (-1.0, 1.0)
    assert (defined.warning_min_value, defined.warning_max_value) == (-1.0, 1.0)
    assert list(defined.frequencies) == [100.0]


def test_data_formats_name_a_list_or_an_event() -> None:
    by_list = packets.parameter_data_format(2**64 - 1, ["A:App", "B:App"])
    assert (by_list.identifier, by_list.type) == (2**64 - 1, open_data.DATA_FORMAT_TYPE_PARAMETER)
    assert list(by_list.parameter_identifiers.parameter_identifiers) == ["A:App", "B:App"]
    by_event = packets.event_data_format(3, "1A:App")
    assert (by_event.type, by_event.event_identifier) == (open_data.DATA_FORMAT_TYPE_EVENT, "1A:App")


def test_periodic_data_keep_values_bit_for_bit_and_are_valid() -> None:
    values = [0.0, -0.0, 1e-320, math.pi, float("inf")]
    data = packets.periodic_data(4, start_time_ns=NOW_NS, interval_ns=10_000_000, columns=[values])
    assert (data.data_format.data_format_identifier, data.start_time, data.interval) == (4, NOW_NS, 10_000_000)
    samples = data.columns[0].double_samples.samples
    assert [sample.value.hex() for sample in samples] == [value.hex() for value in values]
    assert {sample.status for sample in samples} == {open_data.DATA_STATUS_VALID}


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1.0, 2], "double_samples"),
        ([], "double_samples"),
        ([-(2**31), 2**31 - 1], "int32_samples"),
        ([True, False], "bool_samples"),
        (["a", ""], "string_samples"),
    ],
)
def test_kind_of_a_list_follows_its_values(values: list[Value], kind: str) -> None:
    column = packets.periodic_data(["A:App"], start_time_ns=0, interval_ns=1, columns=[values]).columns[0]
    row = packets.row_data(1, timestamps_ns=[5], rows=[values]).rows[0]
    assert column.WhichOneof("list") == row.WhichOneof("list") == kind
    assert [sample.value for sample in getattr(column, kind).samples] == values
    assert [sample.value for sample in getattr(row, kind).samples] == values


def test_format_may_be_the_parameters_themselves() -> None:
    data = packets.row_data(["A:App", "B:App"], timestamps_ns=[5, 6], rows=[[1.0, 2.0], [3.0, 4.0]])
    assert list(data.data_format.parameter_identifiers.parameter_identifiers) == ["A:App", "B:App"]
    assert list(data.timestamps) == [5, 6]


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: packets.periodic_data(1, start_time_ns=0, interval_ns=0, columns=[]), "interval_ns is 0"),
        (lambda: packets.periodic_data(1, start_time_ns=0, interval_ns=2**32, columns=[]), "interval_ns is 4294967296"),
        (
            lambda: packets.periodic_data(1, start_time_ns=0, interval_ns=1, columns=[[1.0], [1.0, 2.0]]),
            r"different lengths: \[1, 2\]",
        ),
        (
            lambda: packets.periodic_data(1, start_time_ns=0, interval_ns=1, columns=[["a", 1.0]]),
            r"these kinds together: \['float', 'str'\]",
        ),
        (
            lambda: packets.synchro_data(1, start_time_ns=0, intervals_ns=[1, 2], columns=[[1.0, 2.0]]),
            "2 intervals do not fit columns of 2 values",
        ),
        (lambda: packets.row_data(1, timestamps_ns=[1], rows=[]), "1 timestamps do not fit 0 rows"),
    ],
)
def test_what_does_not_fit_together_is_refused(make: Callable[[], Message], problem: str) -> None:
    with pytest.raises(InvalidArgumentError, match=problem):
        make()


def test_synchro_data_have_one_interval_less_than_values() -> None:
    data = packets.synchro_data(1, start_time_ns=8, intervals_ns=[1, 3], columns=[[1.0, 2.0, 3.0]])
    assert (data.start_time, list(data.intervals), len(data.columns[0].double_samples.samples)) == (8, [1, 3], 3)


def test_event_is_named_by_number_or_identifier() -> None:
    numbered = packets.event(9, timestamp_ns=5, raw_values=[1.0, 2.0, 3.0])
    assert (numbered.data_format.data_format_identifier, numbered.timestamp) == (9, 5)
    assert list(numbered.raw_values) == [1.0, 2.0, 3.0]
    assert packets.event("1A:App", timestamp_ns=5).data_format.event_identifier == "1A:App"


def test_lap_is_what_recorders_take_for_one() -> None:
    lap = packets.lap("Out Lap", timestamp_ns=5, number=1)
    assert (lap.type, lap.label, lap.timestamp, lap.value) == ("Lap Trigger", "Out Lap", 5, 1)
    assert 0 <= int(lap.source) <= 255


def test_metadata_hold_texts_and_numbers() -> None:
    content = packets.metadata({"Circuit": "Spa", "Length": 7.004}).metadata
    text, number = StringValue(), DoubleValue()
    assert content["Circuit"].Unpack(text)
    assert content["Length"].Unpack(number)
    assert (text.value, number.value) == ("Spa", 7.004)


def test_coverage_cursor_says_how_far() -> None:
    cursor = packets.coverage_cursor("Car", time_ns=NOW_NS)
    assert (cursor.data_source, cursor.coverage_cursor_time) == ("Car", NOW_NS)
