"""The client on a real Kafka: what it records is what ATLAS can read, and what it reads is what was written."""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import ma_streaming
from ma_streaming import (
    DeliveryError,
    Event,
    InvalidArgumentError,
    LifecycleError,
    PacketReadingConfiguration,
    PacketReadingType,
    Parameter,
    TopicNaming,
    UnknownSessionError,
)
from ma_streaming.packet_writing.check import check_session
from ma_streaming.protos import open_data_pb2 as open_data
from ma_streaming.testing import wait_until
from tests.integration.library import RecordingLogger
from tests.support import samples

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ma_streaming import Client, SessionInfo
    from ma_streaming.client.recording import Recording
    from tests.support.brokers import SharedBroker

START = 1_750_000_000_000_000_000
SECOND = 1_000_000_000
CAR, GEAR, BRAKE, AIR = "vCar:Chassis", "nGear:Chassis", "bBrake:Chassis", "TAir:Weather"
PARAMETERS = [
    Parameter(CAR, unit="km/h", description="speed", limits=(0, 350), warning_limits=(0, 340), groups=("Speeds",)),
    Parameter(GEAR, rates_hz=(50,), texts={0: "neutral"}),
    Parameter(BRAKE, rates_hz=(50,)),
    Parameter(AIR, unit="degC", rates_hz=(0.1,)),
]
BIT_PATTERNS = [0.0, -0.0, np.nan, np.inf, -np.inf, 5e-324, -1.7976931348623157e308, 0.1]


@pytest.fixture(scope="module")
def domain() -> str:
    """One for all tests of this module."""
    return f"Test{uuid.uuid4().hex[:8]}"


def connected(broker_list: str, domain: str, log: RecordingLogger) -> Client:
    return ma_streaming.connect(broker_list, domain=domain, topic_naming=TopicNaming.V2, logger=log)


@pytest.fixture
def log() -> RecordingLogger:
    return RecordingLogger()


@pytest.fixture
def client(broker_list: str, domain: str, log: RecordingLogger) -> Iterator[Client]:
    with connected(broker_list, domain, log) as client:
        yield client


@dataclass(frozen=True)
class Recorded:
    """A session of 30 s with everything in it, in the data source Car, and what was logged meanwhile."""

    session: SessionInfo
    warnings: list[str]


@pytest.fixture(scope="module")
def record(broker_list: str, domain: str) -> Recorded:
    log = RecordingLogger()
    with connected(broker_list, domain, log) as client:
        recording = client.record(
            "Car",
            identifier="run 1",
            parameters=PARAMETERS,
            events=[Event("1A:Chassis", description="over speed", priority="high", units=("km/h",))],
            details={"Driver": "A"},
            start=START,
        )
        with recording:
            write_everything(recording)
        assert recording.report is not None
        assert (recording.report.failed, recording.report.in_flight) == (0, 0)
        return Recorded(client.sessions(data_source="Car", live=False)[0], log.of("warning"))


@pytest.fixture
def recorded(record: Recorded) -> SessionInfo:
    return record.session


def write_everything(recording: Recording) -> None:
    recording.marker("Out Lap", "Lap Trigger")
    for second in range(30):
        recording.write(CAR, np.arange(60.0) + 60 * second, rate_hz=60)
        ticks = np.arange(50) + 50 * second
        recording.write({GEAR: (ticks % 8).astype(np.int16), BRAKE: ticks % 3 == 0}, rate_hz=50)
        if second == 14:
            recording.marker("Lap 1", "Lap Trigger")
            recording.marker("too early", time=START - SECOND)
            recording.event("1A:Chassis", [301.5], time=START + 3 * SECOND)
    recording.write(AIR, [20.5, 21.0, 21.5], interval_ns=10 * SECOND)
    recording.marker("In Lap", "Lap Trigger", time=START + 29 * SECOND, source="1")
    recording.marker("box", time=np.datetime64(START + 20 * SECOND, "ns"), description="stop")
    recording.marker("too late", time=START + 40 * SECOND)


def packets_of(client: Client, session: SessionInfo) -> list[tuple[str, open_data.Packet]]:
    """Read packet by packet."""
    configuration = PacketReadingConfiguration(
        session.session_key, data_source=session.data_source, reading_type=PacketReadingType.HISTORIC
    )
    reading = client._library.get_reading_packet_api()
    with reading.create_service_with_config(configuration).unwrap() as reader:
        return [(each.stream, each.packet) for each in reader]


def contents_of(packets: list[tuple[str, open_data.Packet]], kind: str, stream: str = "Stream1") -> list[Any]:
    message = getattr(open_data, f"{kind}Packet")
    return [message.FromString(each.content) for where, each in packets if (where, each.type) == (stream, kind)]


def findings_of(client: Client, session: SessionInfo) -> list[str]:
    return [str(finding) for finding in check_session(packets_of(client, session))]


def test_a_recorded_session_has_nothing_that_the_check_finds(client: Client, recorded: SessionInfo) -> None:
    assert findings_of(client, recorded) == []


def test_v24_all_that_every_stream_needs_is_on_both_streams(client: Client, recorded: SessionInfo) -> None:
    packets = packets_of(client, recorded)
    kinds = ["NewSession", "Configuration", "Marker", "EndOfSession"]
    both = [[each for where, each in packets if where == stream and each.type in kinds] for stream in ("", "Stream1")]
    assert both[0] == both[1]
    types = [each.type for each in both[0]]
    assert types == ["NewSession", "Configuration", *["Marker"] * 6, "EndOfSession"]
    assert [each.is_essential for each in both[0]] == [each.type in {"Configuration", "Marker"} for each in both[0]]


def test_v25_v26_the_configuration_has_one_group_and_an_id_of_its_own(client: Client, recorded: SessionInfo) -> None:
    (configuration,) = contents_of(packets_of(client, recorded), "Configuration")
    (group,) = configuration.group_definitions
    assert (group.identifier, [each.identifier for each in group.groups]) == ("Car", ["Speeds"])
    other = client.record_dataframe("Car2", frame_of({CAR: [1.0, 2.0, 3.0]}), identifier="other")
    (its,) = contents_of(packets_of(client, other), "Configuration")
    assert uuid.UUID(configuration.config_id) != uuid.UUID(its.config_id)
    assert its.group_definitions[0].identifier == "Chassis"


def test_v27_samples_follow_one_another_to_the_nanosecond(client: Client, recorded: SessionInfo) -> None:
    packets = contents_of(packets_of(client, recorded), "PeriodicData")
    assert len(packets) == 90
    starts = [each.start_time for each in packets if each.interval == 16_666_666]
    assert starts == [START + second * SECOND for second in range(30)]
    for kind in ("int32_samples", "bool_samples"):
        starts = [each.start_time for each in packets if each.columns[0].WhichOneof("list") == kind]
        assert starts == [START + second * SECOND for second in range(30)]


def test_v28_markers_are_brought_into_the_time_of_the_data(client: Client, record: Recorded) -> None:
    markers = contents_of(packets_of(client, record.session), "Marker")
    last_ns = START + 29 * SECOND + 59 * 16_666_666
    found = {each.label: (each.type, each.timestamp, each.source, each.value) for each in markers}
    assert found == {
        "Out Lap": ("Lap Trigger", START, "0", 1),
        "Lap 1": ("Lap Trigger", START + 14 * SECOND + 59 * 16_666_666, "0", 2),
        "In Lap": ("Lap Trigger", START + 29 * SECOND, "1", 3),
        "too early": ("Marker", START, "0", 0),
        "box": ("Marker", START + 20 * SECOND, "0", 0),
        "too late": ("Marker", last_ns, "0", 0),
    }
    warnings = [line for line in record.warnings if "recorders drop it" in line]
    assert [line.split("'")[1] for line in warnings] == ["too early", "too late"]
    assert "1 s before the data" in warnings[0]


def test_slow_samples_are_rows_and_the_event_is_on_the_data_stream(client: Client, recorded: SessionInfo) -> None:
    packets = packets_of(client, recorded)
    (rows,) = contents_of(packets, "RowData")
    assert list(rows.timestamps) == [START, START + 10 * SECOND, START + 20 * SECOND]
    (event,) = contents_of(packets, "Event")
    assert (event.timestamp, list(event.raw_values)) == (START + 3 * SECOND, [301.5])
    assert contents_of(packets, "Event", "") == []


def test_parameters_are_what_was_recorded(client: Client, recorded: SessionInfo) -> None:
    parameters = client.parameters(recorded)
    assert parameters.identifiers == [CAR, GEAR, BRAKE, AIR]
    assert parameters.notes == ()
    car, gear = parameters[CAR], parameters[1]
    assert (car.unit, car.description, car.limits, car.warning_limits) == ("km/h", "speed", (0, 350), (0, 340))
    assert (car.rates_hz, car.groups, car.application) == ((60,), ("Speeds",), "Chassis")
    assert (gear.rates_hz, gear.texts) == ((50,), {0: "neutral"})
    assert (parameters[AIR].has_rows, parameters[AIR].rates_hz) == (True, ())
    (event,) = parameters.events
    assert (event.identifier, event.priority, event.units) == ("1A:Chassis", "high", ("km/h",))
    with pytest.raises(KeyError, match=r"near matches: .*nGear"):
        parameters["nGaer:Chassis"]


def test_a_table_holds_what_reading_packet_by_packet_gives(client: Client, recorded: SessionInfo) -> None:
    packets = [each.SerializeToString() for where, each in packets_of(client, recorded) if where == "Stream1"]
    known = client._formats.get_data_source_data_format_info("Car").unwrap()
    formats = {number: each.identifiers for each in known for number in each.data_formats}
    expected = samples.decoded(packets, formats)

    table = client.read(recorded.session_key)

    assert samples.of_batches([table]) == expected
    assert sorted(map(len, expected.values())) == [3, 1500, 1500, 1800]
    assert (table.reason, table.left_out, table.samples) == ("ended", 0, 4803)


def test_f25_values_come_back_bit_for_bit(client: Client) -> None:
    statuses = np.array([0, 1, 2, 3, 1, 1, 254, 1], np.uint8)
    integers = np.array([-(2**31), 2**31 - 1, 0, 1, 2, 3, 4, 5], np.int32)
    with client.record("Bits", identifier="bits", start=START) as recording:
        recording.write({"a:A": BIT_PATTERNS, "b:A": integers}, rate_hz=10, statuses={"a:A": statuses})
        times = np.arange(8) * 7 + START + SECOND
        recording.write(["a:A", "c:A"][:1], np.array([BIT_PATTERNS]), timestamps_ns=times, statuses=statuses[None])
    table = client.read(recording.session_key)
    assert table["a:A"].values.tobytes() == np.array(BIT_PATTERNS * 2).tobytes()
    assert table["a:A"].statuses.tolist() == statuses.tolist() * 2
    assert table["a:A"].timestamps_ns.tolist() == [*range(START, START + 8 * 10**8, 10**8), *times.tolist()]
    assert table["b:A"].values.tobytes() == integers.tobytes()
    assert (table["b:A"].statuses == 1).all()


@pytest.mark.parametrize("irregular", [False, True])
def test_a_dataframe_is_recorded_in_one_call_and_read_back(client: Client, irregular: bool) -> None:
    frame = frame_of({"x:App": np.sin(np.arange(5_000)), "n:App": np.arange(5_000), "b:App": np.arange(5_000) % 2 == 0})
    frame.iloc[7, 0] = np.nan
    if irregular:
        frame = frame.drop(frame.index[[3, 4, 900]])
    session = client.record_dataframe("Frames", frame, identifier="frame", parameters=[*frame.columns])
    table = client.read(session)

    assert findings_of(client, session) == []
    pd.testing.assert_frame_equal(table.to_pandas(wide=True), frame.astype({"n:App": "int32"}), check_freq=False)
    missing = np.isnan(table["x:App"].values)
    assert (table["x:App"].statuses == np.where(missing, 2, 1)).all()
    assert missing.sum() == 1
    parameters = client.parameters(session)
    assert parameters["n:App"].limits == (0.0, 4_999.0)
    expected = ((), True) if irregular else ((100,), False)
    assert (parameters["x:App"].rates_hz, parameters["x:App"].has_rows) == expected


def frame_of(columns: dict[str, Any]) -> pd.DataFrame:
    rows = len(next(iter(columns.values())))
    index = pd.date_range("2025-06-15T15:06:40Z", periods=rows, freq="10ms", unit="ns", name="timestamp")
    return pd.DataFrame(columns, index=index)


def test_a_range_of_time_takes_every_form_of_time(client: Client, recorded: SessionInfo) -> None:
    begin, end = START + 5 * SECOND, START + 7 * SECOND
    expected = list(range(begin, end, SECOND // 50))
    for convert in (
        int,
        np.int64,
        lambda ns: np.datetime64(ns, "ns"),
        lambda ns: pd.Timestamp(ns, tz="UTC"),
        lambda ns: pd.Timestamp(ns, tz="UTC").to_pydatetime(),
        lambda ns: pd.Timestamp(ns, tz="Asia/Tokyo"),
    ):
        table = client.read(recorded, ["nGear*", AIR], convert(begin), convert(end))
        assert table[GEAR].timestamps_ns.tolist() == expected
        assert len(table[AIR]) == 0
    with pytest.raises(InvalidArgumentError, match="time zone"):
        client.read(recorded, start=pd.Timestamp(begin))


def test_a_range_without_samples_is_an_empty_table(client: Client, recorded: SessionInfo) -> None:
    table = client.read(recorded, start=START + 10**6 * SECOND)
    assert (set(table), table.samples) == ({BRAKE, AIR, CAR, GEAR}, 0)
    assert len(table.to_pandas()) == len(table.to_pandas(wide=True)) == table.to_arrow(wide=True).num_rows == 0
    known = client.read(recorded, CAR, stream="")
    assert (list(known), known[CAR].values.tolist()) == ([CAR], [])


def test_an_unknown_name_is_an_error_with_near_matches(client: Client, recorded: SessionInfo) -> None:
    for wrong in ("vCra:Chassis", ["nGear:Chassis", "vCra:Chassis"]):
        with pytest.raises(InvalidArgumentError, match=r"no samples of parameter 'vCra:Chassis'.*vCar:Chassis"):
            client.read(recorded, wrong)
    with pytest.raises(InvalidArgumentError, match=r"\[v\]Car"):
        client.read(recorded, "[v]Car*")
    with pytest.raises(UnknownSessionError, match=f"that is the identifier of {recorded.session_key}"):
        client.read("run 1")


def test_one_parameter_of_several_streams_is_in_the_order_of_time(client: Client) -> None:
    with client.record("Streams", identifier="one", stream="B", start=START) as recording:
        recording.write("a:A", [1.0, 3.0, 5.0], interval_ns=SECOND)
        writer = recording._services.writer
        route = ("Streams", "A", recording.session_key)
        values = np.array([2, 4], np.int32)
        writer.write_columns(
            *route, parameters=["a:A"], start_time_ns=START + 1, interval_ns=SECOND, values=values
        ).unwrap()
    table = client.read(recording.session_key)
    assert table["a:A"].values.tolist() == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert table["a:A"].kind == "float64"
    assert client.read(recording.session_key, stream="A")["a:A"].values.tolist() == [2, 4]
    assert client.read(recording.session_key, stream=["B"])["a:A"].values.tolist() == [1.0, 3.0, 5.0]


def test_follow_gives_a_live_session_until_it_ends(client: Client) -> None:
    got: list[float] = []
    with client.record("Live", identifier="live", start=START) as recording:
        recording.write("a:A", [0.0], rate_hz=10)
        assert client.sessions("Live", live=True)[0].session_key == recording.session_key
        batches = client.follow(recording.session, "a:*", max_latency_seconds=0.02)
        thread = threading.Thread(
            target=lambda: got.extend(value for batch in batches for value in batch["a:A"].values.tolist())
        )
        thread.start()
        for number in range(1, 4):
            wait_until(lambda seen=number: len(got) >= seen, timeout_seconds=20)  # type: ignore[misc]
            recording.write("a:A", [float(number)], rate_hz=10)
        assert client.parameters(recording.session).identifiers == ["a:A"]
        with pytest.raises(InvalidArgumentError, match="is live"):
            client.read(recording.session)
        assert client.read(recording.session, inactivity_timeout_seconds=0.5).reason == "inactivity"
    thread.join(20)
    assert got == [0.0, 1.0, 2.0, 3.0]


def test_an_iterator_that_is_dropped_leaves_no_reader(client: Client, recorded: SessionInfo) -> None:
    batches = client.follow(recorded, max_samples=1)
    assert next(batches).stream == "Stream1"
    batches.close()


def test_follow_gives_markers_and_events_where_they_are_asked_for(client: Client, recorded: SessionInfo) -> None:
    (batch,) = client.follow(recorded, AIR, stream="Stream1", tables=["markers", "events"], max_latency_seconds=60)
    assert sorted(batch.markers.labels) == ["In Lap", "Lap 1", "Out Lap", "box", "too early", "too late"]
    assert batch.events.identifiers.tolist() == ["1A:Chassis"]
    assert batch[AIR].values.tolist() == [20.5, 21.0, 21.5]


def fail_in(recording: Recording, values: Any) -> None:
    with recording:
        recording.write("a:A", values, rate_hz=1_000)
        raise ZeroDivisionError


def test_an_exception_in_the_block_ends_the_session_and_is_passed_on(client: Client) -> None:
    recording = client.record("Errors", identifier="failed", parameters=["a:A"])
    with pytest.raises(ZeroDivisionError):
        fail_in(recording, [1.0, 2.0])
    session = client.sessions("Errors")[0]
    assert (session.session_key, session.historical) == (recording.session_key, True)
    assert findings_of(client, session) == []
    with pytest.raises(LifecycleError, match="has ended"):
        recording.write("a:A", [1.0], rate_hz=1)
    with pytest.raises(LifecycleError, match="again"):
        recording.__enter__()


@pytest.mark.parametrize("stream", ["", "S"])
def test_a_recording_without_samples_is_a_whole_session(client: Client, stream: str) -> None:
    recording = client.record(f"Empty{stream}", identifier="empty", parameters=["a:A"], stream=stream)
    with recording:
        recording.marker("lap", "Lap Trigger")
    session = client.sessions(f"Empty{stream}")[0]
    assert findings_of(client, session) == []
    assert {where for where, _ in packets_of(client, session)} == {"", stream}
    assert client.parameters(recording.session_key).identifiers == ["a:A"]


def test_what_was_not_delivered_is_raised_at_the_end(client: Client, kafka_broker: SharedBroker, domain: str) -> None:
    """The topic takes no large packets: somebody else has made it so."""
    kafka_broker.create_topic(f"{domain}.Data.Lost.Stream1", configuration={"max.message.bytes": "2000"})
    values = np.random.default_rng(1).random(1_000)
    recording = client.record("Lost", identifier="lost")
    with pytest.raises(DeliveryError, match=r"records were not delivered: .*too large"), recording:
        recording.write("a:A", values, rate_hz=1_000)
    assert recording.report is not None
    assert recording.report.failed >= 1
    assert client.sessions("Lost")[0].historical, "there is nothing more to wait for"


def test_another_error_in_the_block_is_not_hidden_by_a_failed_delivery(
    client: Client, log: RecordingLogger, kafka_broker: SharedBroker, domain: str
) -> None:
    kafka_broker.create_topic(f"{domain}.Data.Lost2.Stream1", configuration={"max.message.bytes": "2000"})
    with pytest.raises(ZeroDivisionError):
        fail_in(client.record("Lost2", identifier="lost"), np.random.default_rng(1).random(1_000))
    assert any("were not delivered" in line for line in log.of("error"))


def test_names_are_those_of_the_data_formats_where_there_is_no_configuration(client: Client) -> None:
    created = client._sessions.create_new_session(ma_streaming.SessionCreationInfo("Raw", "raw")).unwrap()
    with client._library.get_writing_packet_api().create_service().unwrap() as writer:
        writer.write_columns(
            "Raw", "S", created.session_key, parameters=["a:A"], start_time_ns=START, rate_hz=1, values=np.zeros(3)
        ).unwrap()
    client._sessions.end_session("Raw", created.session_key).unwrap()
    parameters = client.parameters(created)
    assert [(each.identifier, each.unit, each.is_configured) for each in parameters] == [("a:A", None, False)]
    assert parameters.notes == ("there is no configuration", "1 come from the data formats of Raw alone")


def test_f28_a_large_configuration_is_recorded_in_parts_and_read_whole(client: Client) -> None:
    given = [Parameter(f"p{number}:App", description="x" * 2_000, limits=(0, number + 1)) for number in range(3_000)]
    with client.record("Large", identifier="large", parameters=given) as recording:
        recording.write("p7:App", [1.0], rate_hz=1)
    session = client.sessions("Large")[0]
    assert findings_of(client, session) == []
    assert len(contents_of(packets_of(client, session), "Configuration")) == 2
    parameters = client.parameters(recording.session_key)
    assert parameters.notes == ()
    assert [(each.identifier, each.limits) for each in parameters] == [(each.identifier, each.limits) for each in given]


def test_f27_a_configuration_that_was_never_finished_says_what_is_missing(client: Client) -> None:
    with client.record("Partial", identifier="partial", parameters=["a:A"]) as recording:
        part = open_data.ConfigurationPacket(
            config_id=str(uuid.uuid4()), partial_packet=True, packet_number=2, total_packet_number=2
        )
        part.parameter_definitions.add(identifier="b:A", units="V")
        packet = open_data.Packet(
            type="Configuration", session_key=recording.session_key, is_essential=True, content=part.SerializeToString()
        )
        recording._services.writer.write_data("Partial", "", recording.session_key, packet).unwrap()
        recording.write("a:A", [1.0], rate_hz=1)
    parameters = client.parameters(recording.session_key)
    assert {each.identifier: each.unit for each in parameters} == {"b:A": "V", "a:A": ""}
    assert parameters.notes == (f"of configuration {part.config_id} 1 of 2 parts are missing: 1",)


def test_a_name_of_another_session_is_unknown_in_one_without_configuration(client: Client, data_source: str) -> None:
    with client.record(data_source, identifier="Other") as other:
        other.write("nGear:Chassis", np.ones(10), rate_hz=10)
    key = client._sessions.create_new_session(ma_streaming.SessionCreationInfo(data_source)).unwrap().session_key
    client._sessions.end_session(data_source, key).unwrap()
    assert "nGear:Chassis" in client.parameters(key).identifiers, "the data source's formats have it"

    with pytest.raises(InvalidArgumentError, match="nGear:Chassis"):
        client.read(key, ["nGear:Chassis"])


def test_a_range_that_ends_before_it_begins_is_refused(client: Client, data_source: str) -> None:
    with client.record(data_source, identifier="Run") as recording:
        recording.write(CAR, np.ones(10), rate_hz=10)

    with pytest.raises(InvalidArgumentError, match="allowed is a time after start"):
        client.read(recording.session_key, start=START + SECOND, end=START)


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (pd.DataFrame({CAR: [1.0]}, pd.date_range("2025-06-15", periods=1)), "time zone"),
        (pd.DataFrame({"vCar": [1.0]}, pd.date_range("2025-06-15", periods=1, tz="UTC")), "Name:Application"),
        (pd.DataFrame({CAR: []}, pd.DatetimeIndex([], tz="UTC")), "no rows"),
    ],
)
def test_a_dataframe_that_is_refused_leaves_no_session(
    client: Client, data_source: str, frame: pd.DataFrame, said: str
) -> None:
    with pytest.raises(InvalidArgumentError, match=said):
        client.record_dataframe(data_source, frame, identifier="Refused")

    assert client.sessions(data_source) == []


def test_a_closed_client_says_so(broker_list: str, domain: str) -> None:
    client = connected(broker_list, domain, RecordingLogger())
    client.close()

    for call in (client.sessions, client.__enter__, lambda: client.record("Default", identifier="Run")):
        with pytest.raises(LifecycleError, match="the client is closed: connect\\(\\) again"):
            call()
