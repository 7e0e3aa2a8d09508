"""The checker of a session's packets: the rules of wire contract 10, rows V24 to V29 and V32."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TypeVar

import pytest
from google.protobuf.message import Message

from ma_streaming.packet_writing import split_configuration
from ma_streaming.packet_writing.check import AnyPacket, Finding, check_session
from ma_streaming.packet_writing.content_rules import Severity
from ma_streaming.protos import open_data_pb2 as open_data
from ma_streaming.testing import packets

KEY = "0b7c3d1e-5a64-4b0e-9c1a-2f6d7e8a9b0c"
NAMES = ["Sin:MyApp", "Cos:MyApp"]
FORMAT_ID = 638_900_000_000_000_001
START_NS = 1_790_000_000_000_000_000
SECOND_NS = 1_000_000_000
INTERVAL_NS = 10_000_000

M = TypeVar("M", bound=Message)
Pairs = list[tuple[str, AnyPacket]]


def configuration() -> open_data.ConfigurationPacket:
    """A configuration of two parameters, as 10.2 wants it."""
    definitions = [
        packets.parameter_definition(name.partition(":")[0], "MyApp", minimum=-1.0, maximum=1.0) for name in NAMES
    ]
    return packets.configuration(str(uuid.UUID(int=7)), "MyApp", definitions)


def periodic(number: int, samples: int = 100, interval_ns: int = INTERVAL_NS) -> open_data.PeriodicDataPacket:
    """One second of both parameters, the second with this number."""
    return packets.periodic_data(
        FORMAT_ID,
        start_time_ns=START_NS + number * SECOND_NS,
        interval_ns=interval_ns,
        columns=[[0.5] * samples, [0.25] * samples],
    )


def lap(number: int, second: float) -> open_data.MarkerPacket:
    """A lap that begins so many seconds after the data."""
    return packets.lap(f"Lap {number}", timestamp_ns=START_NS + int(second * SECOND_NS), number=number)


class Session:
    """A session in the contract's order, of which single packets can be changed, left out or added."""

    def __init__(self) -> None:
        self.packets: list[tuple[str, open_data.Packet]] = []
        self.both(packets.new_session("Default"))
        self.both(configuration())
        self.add("", packets.parameter_data_format(FORMAT_ID, NAMES))
        for number in range(30):
            self.add("Stream1", periodic(number))
        self.both(lap(1, 0.0))
        self.both(lap(2, 15.0))
        self.end = len(self.packets)
        self.both(packets.end_of_session("Default"))

    def both(self, content: Message) -> None:
        """Write the same packet to the main stream and to the other one."""
        for stream in ("", "Stream1"):
            self.add(stream, content)

    def add(self, stream: str, content: Message) -> None:
        """Write a packet."""
        is_definition = isinstance(content, open_data.DataFormatDefinitionPacket)
        packet = packets.packet(content, session_key="" if is_definition else KEY)
        self.packets.append((stream, packet))

    def insert(self, stream: str, content: Message) -> None:
        """Write a packet before the ends of the streams."""
        self.packets.insert(self.end, (stream, packets.packet(content, session_key=KEY)))
        self.end += 1

    def change(
        self, kind: str, change: Callable[[M], object], content_type: type[M], *, stream: str = "Stream1"
    ) -> None:
        """Change the content of the first packet of a kind."""
        packet = self.first(kind, stream)
        content = content_type.FromString(packet.content)
        change(content)
        packet.content = content.SerializeToString()

    def first(self, kind: str, stream: str = "Stream1") -> open_data.Packet:
        """Give the first packet of a kind."""
        return next(packet for where, packet in self.packets if packet.type == kind and where == stream)

    def leave_out(self, kind: str, stream: str) -> None:
        """Write no packet of a kind to a stream."""
        self.packets = [(where, each) for where, each in self.packets if (where, each.type) != (stream, kind)]

    def check(self) -> list[Finding]:
        """Check the session, as bytes."""
        pairs: Pairs = [(stream, packet.SerializeToString()) for stream, packet in self.packets]
        return check_session(pairs)

    def rules(self) -> list[str]:
        """Give the rules that are broken, each once."""
        return sorted({finding.rule for finding in self.check()})


def test_a_session_in_the_contracts_order_has_no_findings() -> None:
    assert Session().check() == []


@pytest.mark.parametrize("stream", ["", "Stream1"])
@pytest.mark.parametrize("kind", ["NewSession", "Configuration", "EndOfSession", "Marker"])
def test_v24_what_belongs_on_both_streams_is_missed_on_either(kind: str, stream: str) -> None:
    session = Session()
    session.leave_out(kind, stream)
    found = [finding for finding in session.check() if finding.rule == "every-stream"]
    assert found
    assert all(finding.severity is Severity.ERROR for finding in found)


def test_v24_a_single_marker_that_is_on_one_stream_only_is_found() -> None:
    session = Session()
    session.insert("Stream1", packets.marker("Box", timestamp_ns=START_NS + SECOND_NS))
    (finding,) = session.check()
    assert (finding.rule, finding.stream) == ("every-stream", "Stream1")
    assert "missing on main" in finding.text


def test_v24_configuration_and_markers_are_essential_and_the_frame_is_not() -> None:
    for kind in ("Configuration", "Marker", "NewSession", "EndOfSession"):
        session = Session()
        packet = session.first(kind)
        packet.is_essential = not packet.is_essential
        assert session.rules() == ["essential"]


@pytest.mark.parametrize("groups", [0, 2])
def test_v25_a_configuration_has_exactly_one_top_level_group(groups: int) -> None:
    def change(content: open_data.ConfigurationPacket) -> None:
        del content.group_definitions[:]
        content.group_definitions.extend(open_data.GroupDefinition(identifier=f"App{n}") for n in range(groups))

    session = Session()
    session.change("Configuration", change, open_data.ConfigurationPacket)
    assert session.rules() == ["configuration-group"]


@pytest.mark.parametrize("config_id", ["", "ConfigPacket", "00000000-0000-0000-0000-000000000000"])
def test_v26_a_hard_coded_configuration_id_is_found(config_id: str) -> None:
    session = Session()
    session.change(
        "Configuration", lambda content: setattr(content, "config_id", config_id), open_data.ConfigurationPacket
    )
    assert session.rules() == ["configuration-id"]


@pytest.mark.parametrize("late_ns", [-1, 1, 4_000_000])
def test_v27_a_start_by_the_wall_clock_leaves_gaps_or_overlaps(late_ns: int) -> None:
    session = Session()
    late = periodic(30)
    late.start_time += late_ns
    session.insert("Stream1", late)
    (finding,) = session.check()
    assert (finding.rule, finding.severity) == ("start-time", Severity.WARNING)
    assert f"{abs(late_ns)} ns" in finding.text


@pytest.mark.parametrize("rate_hz", [60, 3, 1024, 59.94, 0.3])
def test_v27_what_a_whole_interval_cuts_off_may_be_made_up_for(rate_hz: float) -> None:
    """The next packet starts at the exact time: 60 samples at 60 Hz take 40 ns more than 60 of 16,666,666 ns (10.3)."""
    interval = int(SECOND_NS / rate_hz)
    samples = 100

    def rules(late_ns: int) -> list[str]:
        session = Session()
        session.insert("Stream1", periodic(100, samples, interval))
        following = periodic(100, samples, interval)
        following.start_time += round(samples * SECOND_NS / rate_hz) + late_ns
        session.insert("Stream1", following)
        return session.rules()

    assert rules(0) == []
    assert rules(2) == rules(-samples) == ["start-time"]


def test_v27_a_pause_in_the_data_is_no_gap() -> None:
    session = Session()
    session.insert("Stream1", periodic(60))
    assert session.check() == []


def test_a_configuration_in_parts_has_its_group_in_the_first_one() -> None:
    session = Session()
    for stream in ("Stream1", ""):
        whole = open_data.ConfigurationPacket.FromString(session.first("Configuration", stream).content)
        whole.parameter_definitions[0].description = "long " * 365
        whole.parameter_definitions[1].groups.append("Waves")
        whole.group_definitions[0].groups.add(identifier="Waves")
        at = session.packets.index((stream, session.first("Configuration", stream)))
        parts = [packets.packet(part, session_key=KEY) for part in split_configuration(whole, 2_000)]
        assert len(parts) > 1
        session.packets[at : at + 1] = [(stream, part) for part in parts]
    assert session.rules() == []


@pytest.mark.parametrize("second", [-0.001, 29.991])
def test_v28_a_marker_outside_the_time_of_the_data_is_found(second: float) -> None:
    session = Session()
    for stream in ("", "Stream1"):
        session.insert(stream, packets.marker("Box", timestamp_ns=START_NS + int(second * SECOND_NS)))
    assert session.rules() == ["marker-time"]


def test_v29_packets_of_one_sample_are_found() -> None:
    session = Session()
    for number in range(40):
        single = packets.periodic_data(
            ["Slow:MyApp"], start_time_ns=START_NS + number * INTERVAL_NS, interval_ns=INTERVAL_NS, columns=[[1.0]]
        )
        session.insert("Stream1", single)
    assert session.rules() == ["few-samples"]


def test_v32_swapped_warning_limits_are_found() -> None:
    def change(content: open_data.ConfigurationPacket) -> None:
        content.parameter_definitions[0].warning_min_value = 1.0
        content.parameter_definitions[0].warning_max_value = -1.0

    session = Session()
    session.change("Configuration", change, open_data.ConfigurationPacket)
    (finding,) = session.check()
    assert finding.rule == "parameter-limits"
    assert "warning_min_value 1 is above warning_max_value -1" in finding.text


@pytest.mark.parametrize(
    ("identifier", "rule"),
    [("Sin", "parameter-identifier"), ("Sin:Other", "parameter-identifier"), ("Cos:MyApp", "parameter-identifier")],
)
def test_a_parameter_is_name_and_application_and_defined_once(identifier: str, rule: str) -> None:
    def change(content: open_data.ConfigurationPacket) -> None:
        content.parameter_definitions[0].identifier = identifier

    session = Session()
    session.change("Configuration", change, open_data.ConfigurationPacket)
    assert session.rules() == [rule]


@pytest.mark.parametrize(("source", "finds"), [("0", False), ("255", False), ("", True), ("256", True), ("pit", True)])
def test_a_lap_has_a_number_as_its_source(source: str, finds: bool) -> None:
    session = Session()
    for stream in ("", "Stream1"):
        session.change(
            "Marker", lambda content: setattr(content, "source", source), open_data.MarkerPacket, stream=stream
        )
    assert session.rules() == (["lap-source"] if finds else [])


def test_laps_are_ten_seconds_apart_and_spelt_as_they_are() -> None:
    session = Session()
    for stream in ("", "Stream1"):
        session.insert(stream, lap(3, 24.999))
        session.insert(stream, packets.marker("Lap 4", timestamp_ns=START_NS, marker_type="LapTrigger"))
    assert session.rules() == ["lap-spacing", "lap-type"]


def test_data_that_do_not_fit_their_format_are_found() -> None:
    session = Session()
    session.change("PeriodicData", lambda content: content.columns.pop(), open_data.PeriodicDataPacket)
    assert session.rules() == ["parameter-count"]
    session = Session()
    session.change(
        "PeriodicData", lambda each: each.columns[0].double_samples.samples.pop(), open_data.PeriodicDataPacket
    )
    assert session.rules() == ["column-lengths"]


def test_the_counts_of_rows_and_intervals_fit() -> None:
    session = Session()
    row = packets.row_data(NAMES, timestamps_ns=[START_NS, START_NS + 1], rows=[[1.0, 2.0], [3.0, 4.0]])
    row.timestamps.pop()
    session.insert("Stream1", row)
    synchro = packets.synchro_data(
        NAMES, start_time_ns=START_NS, intervals_ns=[5, 7], columns=[[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]]
    )
    synchro.intervals.append(9)
    session.insert("Stream1", synchro)
    assert session.rules() == ["row-timestamps", "synchro-intervals"]


def test_an_interval_of_0_and_samples_without_status_are_found() -> None:
    session = Session()
    session.change("PeriodicData", lambda content: setattr(content, "interval", 0), open_data.PeriodicDataPacket)
    assert session.rules() == ["interval"]
    session = Session()
    session.change(
        "PeriodicData",
        lambda each: each.columns[0].double_samples.samples[3].ClearField("status"),
        open_data.PeriodicDataPacket,
    )
    assert session.rules() == ["sample-status"]


def test_what_comes_before_the_configuration_or_after_the_end_is_found() -> None:
    session = Session()
    session.packets.insert(2, ("Stream1", packets.packet(periodic(0), session_key=KEY)))
    session.add("", lap(9, 29.0))
    assert {"configuration-first", "after-end"} <= set(session.rules())


@pytest.mark.parametrize(
    ("kind", "meant"), [("EventData", "Event"), ("MarkerData", "Marker"), ("MarkerPacket", "Marker")]
)
def test_a_misspelt_type_is_told_how_it_is_spelt(kind: str, meant: str) -> None:
    session = Session()
    session.first("Marker").type = kind
    texts = [finding.text for finding in session.check() if finding.rule == "packet-type"]
    assert texts == [f"type {kind!r} is unknown: it is spelt {meant!r}"]


def test_packets_of_another_session_and_ids_that_go_down_are_found() -> None:
    session = Session()
    session.first("PeriodicData").session_key = "other"
    assert session.rules() == ["session-key"]
    session = Session()
    data = [packet for _, packet in session.packets if packet.type == "PeriodicData"]
    data[0].id, data[1].id = 2, 1
    assert session.rules() == ["packet-id"]


def test_bytes_that_are_no_packet_are_found_and_the_rest_is_checked() -> None:
    findings = check_session([("", b"\xff\xff")])
    assert (findings[0].rule, findings[0].packet) == ("packet", 1)
    assert "stream '', packet 1" in str(findings[0])
    assert {finding.rule for finding in findings[1:]} == {"every-stream"}
