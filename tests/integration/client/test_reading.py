"""What the client reads from a real Kafka is what was written."""

from __future__ import annotations

import threading
import uuid
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import ma_streaming
from ma_streaming import InvalidArgumentError, LifecycleError, UnknownSessionError
from ma_streaming.protos import open_data_pb2 as open_data
from ma_streaming.testing import wait_until
from tests.integration.client.whole_session import AIR, BRAKE, CAR, GEAR, SECOND, START, connected, packets_of
from tests.integration.library import RecordingLogger
from tests.support import samples

if TYPE_CHECKING:
    from ma_streaming import Client, SessionInfo


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


@pytest.mark.parametrize("wrong", [{"max_samples": 0}, {"max_latency_seconds": -1}, {"tables": ["laps"]}])
def test_follow_refuses_arguments_at_once(client: Client, recorded: SessionInfo, wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgumentError, match=next(iter(wrong))):
        client.follow(recorded, **wrong)


def test_an_iterator_that_is_dropped_leaves_no_reader(client: Client, recorded: SessionInfo) -> None:
    batches = client.follow(recorded, max_samples=1)
    assert next(batches).stream == "Stream1"
    batches.close()


def test_follow_gives_markers_and_events_where_they_are_asked_for(client: Client, recorded: SessionInfo) -> None:
    (batch,) = client.follow(recorded, AIR, stream="Stream1", tables=["markers", "events"], max_latency_seconds=60)
    assert sorted(batch.markers.labels) == ["In Lap", "Lap 1", "Out Lap", "box", "too early", "too late"]
    assert batch.events.identifiers.tolist() == ["1A:Chassis"]
    assert batch[AIR].values.tolist() == [20.5, 21.0, 21.5]


def test_follow_tells_of_names_that_nothing_has_fitted_at_the_end(
    client: Client, recorded: SessionInfo, log: RecordingLogger
) -> None:
    for _ in client.follow(recorded, [AIR, "vCra:*", "vCar:*"]):
        assert log.of("warning") == []
    assert log.of("warning") == [f"session {recorded.session_key} has ended without a sample of parameter 'vCra:*'"]


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


def test_a_closed_client_says_so(broker_list: str, domain: str) -> None:
    client = connected(broker_list, domain, RecordingLogger())
    client.close()

    for call in (client.sessions, client.__enter__, lambda: client.record("Default", identifier="Run")):
        with pytest.raises(LifecycleError, match="the client is closed: connect\\(\\) again"):
            call()
