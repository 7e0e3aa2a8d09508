"""Events, markers, errors and CAN frames as small tables beside the columns of samples."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from ma_streaming import InvalidArgumentError, PacketReadingType, SupportLibraryApi
from ma_streaming.protos import open_data_pb2 as open_data
from ma_streaming.testing import packets
from tests.native.column_rig import Rig, column_rig
from tests.support import samples
from tests.support.fakes import RecordingLogger, eventually
from tests.support.samples import packet, periodic

NOON = 1_790_000_000_000_000_000
EVERY = ("events", "markers", "errors", "can")


@pytest.fixture
def rig(api: SupportLibraryApi, data_source: str) -> Iterator[Rig]:
    with column_rig(api, data_source) as made:
        yield made


def define_event(rig: Rig, number: int, identifier: str) -> None:
    definition = packets.packet(packets.event_data_format(number, identifier), session_key="")
    rig.writer.write_data(rig.data_source, "", rig.key, definition.SerializeToString()).unwrap()


def event(number: int | str, **options: Any) -> open_data.EventPacket:
    return packets.event(number, timestamp_ns=NOON, **options)


ERROR = open_data.ErrorPacket(
    error_identifier="E1:App",
    timestamp=NOON,
    application_name="App",
    group="Brakes",
    name="Hot",
    description="Too hot",
    type=open_data.ERROR_TYPE_LOGGED,
    status=open_data.ERROR_STATUS_CLEARED,
)
FRAME = open_data.RawCANDataPacket(
    timestamp=NOON, bus=2**32 - 1, can_id=0x1FFFFFFF, payload=b"\x00\xff\x80", type=open_data.CAN_TYPE_RECEIVE
)


def test_every_field_of_the_schema_is_an_array(rig: Rig) -> None:
    rig.write(
        event("0001:App", raw_values=[1.5, -0.0, 3.0]),
        event("0002:App"),
        packets.marker(
            "Größe", timestamp_ns=NOON, end_time_ns=NOON + 5, description="long", source="1", value=-(2**63)
        ),
        packets.lap("Lap 2", timestamp_ns=NOON + 1, number=2),
        ERROR,
        FRAME,
        open_data.RawCANDataPacket(timestamp=NOON),
        periodic(["A"], [samples.samples([1.0])], start=NOON),
    )
    rig.end()

    (batch,) = rig.batches(tables=EVERY)

    assert batch["A"].values.tolist() == [1.0]
    assert batch.events.timestamps_ns.tolist() == [NOON, NOON]
    assert batch.events.identifiers.tolist() == ["0001:App", "0002:App"]
    assert [each.tolist() for each in batch.events.raw_values] == [[1.5, -0.0, 3.0], []]
    markers = batch.markers
    assert markers.timestamps_ns.tolist() == [NOON, NOON + 1]
    assert markers.end_times_ns.tolist() == [NOON + 5, 0]
    assert markers.labels.tolist() == ["Größe", "Lap 2"]
    assert markers.types.tolist() == ["", "Lap Trigger"]
    assert markers.descriptions.tolist() == ["long", ""]
    assert markers.sources.tolist() == ["1", "0"]
    assert markers.values.tolist() == [-(2**63), 2]
    errors = batch.errors
    texts = (errors.identifiers, errors.application_names, errors.groups, errors.names, errors.descriptions)
    assert [each.tolist() for each in texts] == [["E1:App"], ["App"], ["Brakes"], ["Hot"], ["Too hot"]]
    assert (errors.timestamps_ns.tolist(), errors.types.tolist(), errors.statuses.tolist()) == ([NOON], [2], [2])
    can = batch.can
    assert (can.buses.tolist(), can.can_ids.tolist()) == ([2**32 - 1, 0], [0x1FFFFFFF, 0])
    assert (can.payloads.tolist(), can.types.tolist()) == ([b"\x00\xff\x80", b""], [2, 0])
    assert {str(array.dtype) for array in (can.timestamps_ns, can.buses, markers.values)} == {"int64"}
    with pytest.raises(ValueError, match="read-only"):
        can.buses[0] = 1


def test_a_stream_of_nothing_but_events_loses_none(rig: Rig) -> None:
    rig.write(*(event("0001:App", raw_values=[number]) for number in range(25)))
    rig.end()

    batches = rig.batches(tables=["events"], max_samples=10, max_latency_seconds=60)

    assert [len(batch.events) for batch in batches] == [10, 10, 5]
    assert [value for batch in batches for (value,) in batch.events.raw_values] == list(range(25))
    assert [(len(batch), batch.samples) for batch in batches] == [(0, 0)] * 3
    assert len(batches[0].to_pandas()) == batches[0].to_arrow(wide=True).num_rows == 0


def test_tables_without_samples_need_no_parameter(rig: Rig) -> None:
    rig.write(periodic(["A"], [samples.samples([1.0])]), periodic(99, [samples.samples([1.0])]), event("0001:App"))
    rig.end()
    with rig.reader() as reader:
        (batch,) = list(reader.columns([], tables=["events"]))
        counted = reader.statistics().unwrap().columns

    assert batch, "a batch without columns is none to be passed over"
    assert (batch.get("vCar:Chassis"), batch.get("vCar:Chassis", 5)) == (None, 5)
    assert (len(batch), len(batch.events)) == (0, 1)
    assert counted is not None
    assert (counted.not_selected_packets, counted.table_rows, counted.unresolved) == (2, 1, {})


def test_tables_that_were_not_asked_for_say_so(rig: Rig) -> None:
    rig.write(event("0001:App"), ERROR, periodic(["A"], [samples.samples([1.0])]))
    rig.end()
    with rig.reader() as reader:
        (batch,) = list(reader.columns(tables=["markers", "errors"]))
        counted = reader.statistics().unwrap().columns

    assert (len(batch.markers), len(batch.errors)) == (0, 1)
    with pytest.raises(LookupError, match=r"columns\(tables=\['events'\]\)"):
        _ = batch.events
    assert counted is not None
    assert counted.other_packets == 2, "the event, and the end of the session"


def test_batches_end_before_the_event_and_hold_the_order_of_the_packets(rig: Rig) -> None:
    for number in range(6):
        rig.write(periodic(["A"], [samples.samples([float(number)])], start=NOON + number), event(str(number)))
    rig.end()

    batches = rig.batches(tables=["events"], max_samples=4, max_latency_seconds=60)

    assert [(batch["A"].values.tolist(), batch.events.identifiers.tolist()) for batch in batches] == [
        ([0.0, 1.0], ["0", "1"]),
        ([2.0, 3.0], ["2", "3"]),
        ([4.0, 5.0], ["4", "5"]),
    ]


def test_f26_events_wait_for_the_definition_of_their_data_format(rig: Rig) -> None:
    define_event(rig, 5001, "0001:App")
    with rig.reader(PacketReadingType.LIVE) as reader:
        batches = reader.columns(tables=EVERY)
        rig.write(event(5001), event(5002), FRAME, periodic(["A"], [samples.samples([1.0])]))
        first = next(batches)
        assert batches.read(0.2) is None
        counted = reader.statistics().unwrap().columns
        define_event(rig, 5002, "0002:App")
        second = batches.read(10)
        assert second is not None
        rig.end()

    assert counted is not None
    assert counted.waiting_packets == 3
    assert (first.events.identifiers.tolist(), len(first.can)) == (["0001:App"], 0)
    assert (second.events.identifiers.tolist(), len(second.can), list(second)) == (["0002:App"], 1, ["A"])


def test_f26_a_parameter_format_is_not_an_event(rig: Rig) -> None:
    definition = packets.packet(packets.parameter_data_format(5003, ["A"]), session_key="").SerializeToString()
    rig.writer.write_data(rig.data_source, "", rig.key, definition).unwrap()
    rig.write(event(5003), periodic(5003, [samples.samples([1.0])]))
    rig.end()
    with rig.reader() as reader:
        (batch,) = list(reader.columns(tables=["events"]))
        counted = reader.statistics().unwrap().columns

    assert (list(batch), len(batch.events)) == (["A"], 0)
    assert counted is not None
    assert counted.unresolved == {5003: 1}


@pytest.mark.parametrize(
    ("kind", "content", "reason"),
    [
        ("Event", event("x").SerializeToString()[:-1], "malformed_content"),
        ("Event", b"\x11" + bytes(8), "no_data_format"),
        ("Event", event(0).SerializeToString(), "no_data_format"),
        ("Event", b"\x1a\x04" + bytes(4), "malformed_content"),
        ("Event", packets.event("x", timestamp_ns=2**63).SerializeToString(), "timestamp_range"),
        ("Marker", b"\x1a\x01\xff", "malformed_content"),
        ("Marker", packets.marker("x", timestamp_ns=1, end_time_ns=2**64 - 1).SerializeToString(), "timestamp_range"),
        ("Error", b"\x0a\x05ab", "malformed_content"),
        ("RawCANData", b"\x22\x80\x80\x80\x80\x80\x01", "malformed_content"),
    ],
)
def test_malformed_rows_are_left_out_whole_and_counted(rig: Rig, kind: str, content: bytes, reason: str) -> None:
    rig.write(packet(rig.key, content, type=kind), FRAME)
    rig.end()
    with rig.reader() as reader:
        (batch,) = list(reader.columns(tables=EVERY))
        counted = reader.statistics().unwrap().columns

    assert [len(table) for table in (batch.events, batch.markers, batch.errors, batch.can)] == [0, 0, 0, 1]
    assert counted is not None
    assert counted.rejected == {reason: 1}
    assert counted.table_rows == 1


def test_f22_misspelt_types_are_read_and_told_once(rig: Rig, logger: RecordingLogger) -> None:
    lap = packets.lap("Lap 1", timestamp_ns=NOON, number=1)
    rig.write(
        packet(rig.key, event("0001:App"), type="EventData"),
        packet(rig.key, lap, type="MarkerData"),
        packet(rig.key, lap, type="MarkerData"),
        packet(rig.key, lap, type="markerdata"),
        lap,
    )
    rig.end()
    with rig.reader() as reader:
        (batch,) = list(reader.columns(tables=EVERY))
        counted = reader.statistics().unwrap().columns

    assert (len(batch.events), batch.markers.labels.tolist()) == (1, ["Lap 1"] * 3)
    assert counted is not None
    assert (counted.misspelt_packets, counted.table_rows) == (3, 4)
    eventually(lambda: sum("'MarkerData' for those of type 'Marker'" in str(line) for line in logger.lines) == 1)
    eventually(lambda: sum("unknown type 'markerdata'" in str(line) for line in logger.lines) == 1)


def test_f23_fields_of_a_newer_schema_are_ignored(rig: Rig) -> None:
    unknown = b"\xa2\x06\x03new\xa8\x06\x07\xb3\x06\x08\x01\xb4\x06"
    nested = unknown + event("0001:App", raw_values=[2.5]).SerializeToString() + unknown
    rig.write(packet(rig.key, nested, type="Event"))
    rig.end()

    (batch,) = rig.batches(tables=["events"])

    assert batch.events.identifiers.tolist() == ["0001:App"]
    assert batch.events.raw_values[0].tolist() == [2.5]


def test_fields_come_in_any_order_and_packing_and_the_last_one_counts(rig: Rig) -> None:
    unpacked = b"\x19" + np.float64(1.0).tobytes() + b"\x1a\x08" + np.float64(2.0).tobytes()
    both = event("by name").SerializeToString() + event(5004).SerializeToString()
    define_event(rig, 5004, "by id")
    rig.write(
        packet(rig.key, unpacked + both, type="Event"),
        packet(rig.key, event(77).SerializeToString() + event("by name").SerializeToString(), type="Event"),
    )
    rig.end()

    (batch,) = rig.batches(tables=["events"])

    assert batch.events.identifiers.tolist() == ["by id", "by name"]
    assert batch.events.raw_values[0].tolist() == [1.0, 2.0]


def test_rows_are_what_protobuf_reads(rig: Rig) -> None:
    """The same packets parsed with the official classes."""
    source = np.random.default_rng(3)
    frames = [
        open_data.RawCANDataPacket(
            timestamp=NOON + number,
            bus=int(source.integers(2**32)),
            can_id=int(source.integers(2**32)),
            payload=source.bytes(int(source.integers(9))),
            type=open_data.CanType.Name(int(source.integers(3))),
        )
        for number in range(500)
    ]
    rig.write(*frames)
    rig.end()

    batches = rig.batches(tables=["can"], max_samples=200)

    can = [
        row
        for batch in batches
        for row in zip(
            *(array.tolist() for array in (batch.can.timestamps_ns, batch.can.buses, batch.can.can_ids)),
            *(batch.can.payloads.tolist(), batch.can.types.tolist()),
            strict=True,
        )
    ]
    assert can == [(each.timestamp, each.bus, each.can_id, each.payload, each.type) for each in frames]


def test_position_counts_rows_that_were_handed_out(rig: Rig) -> None:
    rig.write(*(event(str(number)) for number in range(6)))
    rig.end()
    with rig.reader() as reader:
        first = next(reader.columns(tables=["events"], max_samples=2, max_latency_seconds=60))
        position = reader.position()
    with rig.reader(start_from=position) as reader:
        rest = list(reader.columns(tables=["events"]))

    assert first.events.identifiers.tolist() == ["0", "1"]
    assert [name for batch in rest for name in batch.events.identifiers] == ["2", "3", "4", "5"]


@pytest.mark.parametrize("arguments", [{"tables": "events"}, {"tables": ["laps"]}, {"tables": [1]}])
def test_tables_that_there_are_not_are_refused(rig: Rig, arguments: dict[str, Any]) -> None:
    with rig.reader(PacketReadingType.LIVE) as reader, pytest.raises(InvalidArgumentError, match="tables"):
        reader.columns(**arguments)
