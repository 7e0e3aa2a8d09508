"""What the client records on a real Kafka is what ATLAS can read."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from ma_streaming import DeliveryError, InvalidArgumentError, LifecycleError, Parameter
from tests.integration.client.whole_session import CAR, SECOND, START, Recorded, contents_of, findings_of, packets_of
from tests.integration.library import RecordingLogger

if TYPE_CHECKING:
    from ma_streaming import Client, SessionInfo
    from ma_streaming.client.recording import Recording
    from tests.support.brokers import SharedBroker

BIT_PATTERNS = [0.0, -0.0, np.nan, np.inf, -np.inf, 5e-324, -1.7976931348623157e308, 0.1]


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
def test_a_recording_without_samples_is_a_whole_session_and_says_so(
    client: Client, stream: str, log: RecordingLogger
) -> None:
    recording = client.record(f"Empty{stream}", identifier="empty", parameters=["a:A"], stream=stream)
    with recording:
        recording.marker("lap", "Lap Trigger")
    session = client.sessions(f"Empty{stream}")[0]
    assert findings_of(client, session) == []
    assert {where for where, _ in packets_of(client, session)} == {"", stream}
    assert client.parameters(recording.session_key).identifiers == ["a:A"]
    assert log.of("warning") == [f"the recording of session {recording.session_key} has ended without a sample"]


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
