"""What goes in and out of packet reading."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from ma_streaming import (
    ConfigurationError,
    IHandler,
    InvalidArgumentError,
    InvalidPacketError,
    LiveReadingType,
    PacketBytes,
    PacketReadingConfiguration,
    PacketReadingType,
    ReceivedPacketDto,
)


def test_the_defaults() -> None:
    configuration = PacketReadingConfiguration()

    assert (configuration.session_key, configuration.timeout_seconds) == ("", 10)
    assert configuration.raise_exception_on_timeout is False
    assert (configuration.data_source, configuration.session_identifier_pattern) == ("Default", "*")
    assert configuration.reading_type is PacketReadingType.LIVE
    assert (configuration.streams, configuration.excluded_streams) == ((), ())
    assert configuration.exclude_main_stream is False
    assert configuration.inactivity_timeout_seconds is None


def test_the_first_seven_may_be_given_in_order() -> None:
    configuration = PacketReadingConfiguration("key", 5, True, "Car", "Quali_*", PacketReadingType.BOTH, ["A", ""])

    assert configuration.session_key == "key"
    assert configuration.raise_exception_on_timeout is True
    assert configuration.reading_type is PacketReadingType.BOTH
    assert configuration.streams == ("A", "")


def test_the_rest_must_be_named() -> None:
    with pytest.raises(TypeError):
        PacketReadingConfiguration("key", 5, True, "Car", "*", PacketReadingType.BOTH, [], [])  # type: ignore[call-arg]


def test_none_means_no_streams_named_and_no_session_key() -> None:
    nothing: Any = None
    configuration = PacketReadingConfiguration(session_key=nothing, streams=None, excluded_streams=None)

    assert (configuration.session_key, configuration.streams, configuration.excluded_streams) == ("", (), ())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("timeout_seconds", 0),
        ("raise_exception_on_timeout", 1),
        ("data_source", ""),
        ("data_source", None),
        ("session_identifier_pattern", None),
        ("reading_type", 3),
        ("reading_type", LiveReadingType.LEADING_EDGE),
        ("streams", "Stream1"),
        ("streams", [1]),
        ("excluded_streams", 5),
        ("exclude_main_stream", None),
        ("buffer_length", -1),
        ("inactivity_timeout_seconds", 0),
    ],
)
def test_a_wrong_value_names_the_field_and_the_value(field: str, value: Any) -> None:
    arguments: dict[str, Any] = {field: value}
    with pytest.raises(ConfigurationError, match=field) as caught:
        PacketReadingConfiguration(**arguments)

    assert caught.value.subject == field
    assert repr(value) in str(caught.value)


def test_a_group_goes_on_where_it_is_so_a_start_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="group_id") as caught:
        PacketReadingConfiguration(group_id="mine", start_from={"Data.Car:0": 1})

    assert caught.value.subject == "start_from"


@pytest.mark.parametrize(
    "wrong", [["Data.Car:0"], {"Data.Car": 1}, {"Data.Car:x": 1}, {":0": 1}, {"Data.Car:0": -1}, {"Data.Car:0": 1.0}]
)
def test_a_start_has_partitions_and_offsets(wrong: Any) -> None:
    with pytest.raises(ConfigurationError, match="start_from") as caught:
        PacketReadingConfiguration(start_from=wrong)

    assert caught.value.subject == "start_from"


def test_a_start_is_kept_as_it_was_given() -> None:
    given = {"Data.Car:0": 17}
    configuration = PacketReadingConfiguration(start_from=given)
    given["Data.Car:0"] = 18

    assert configuration.start_from == {"Data.Car:0": 17}


@pytest.mark.parametrize("field", ["start_time", "end_time"])
def test_times_are_aware_and_for_historic_reads(field: str) -> None:
    historic: dict[str, Any] = {"reading_type": PacketReadingType.HISTORIC}
    now = datetime.now(timezone.utc)
    allowed: dict[str, Any] = {field: now, **historic}
    assert getattr(PacketReadingConfiguration(**allowed), field) == now
    for wrong in ({field: now.replace(tzinfo=None), **historic}, {field: now.timestamp(), **historic}, {field: now}):
        arguments: dict[str, Any] = wrong
        with pytest.raises(ConfigurationError, match=field) as caught:
            PacketReadingConfiguration(**arguments)
        assert caught.value.subject == field


def test_the_leading_edge_is_of_live_sessions() -> None:
    edge = LiveReadingType.LEADING_EDGE
    assert PacketReadingConfiguration(live_reading_type=edge).live_reading_type is edge
    with pytest.raises(ConfigurationError, match="live_reading_type"):
        PacketReadingConfiguration(live_reading_type=edge, reading_type=PacketReadingType.HISTORIC)


def test_the_enumerations_have_the_customers_numbers() -> None:
    assert [each.value for each in PacketReadingType] == [0, 1, 2]
    assert [each.value for each in LiveReadingType] == [0, 1]


def test_a_received_packet_makes_the_rest_when_it_is_asked_for() -> None:
    from ma_streaming.protos.open_data_pb2 import Packet

    packet = Packet(type="Marker", session_key="key", content=b"abc")
    dto = ReceivedPacketDto("Default", "key", "Stream1", 1_700_000_000_123, packet.SerializeToString())

    assert dto.submit_time == datetime(2023, 11, 14, 22, 13, 20, 123_000, tzinfo=timezone.utc)
    assert dto.packet_bytes == PacketBytes(packet.SerializeToString())
    assert dto.packet == packet
    assert dto.packet is dto.packet
    assert "Stream1" in repr(dto)


def test_bytes_that_are_no_packet_say_so_when_they_are_parsed() -> None:
    dto = ReceivedPacketDto("Default", "key", "Stream1", 0, b"\xff\xff")

    assert dto.packet_bytes.data == b"\xff\xff"
    with pytest.raises(InvalidPacketError):
        _ = dto.packet


def test_packet_bytes_are_bytes() -> None:
    packet = PacketBytes(b"abc")

    assert (packet.data, bytes(packet), len(packet)) == (b"abc", b"abc", 3)
    assert packet == PacketBytes(bytearray(b"abc"))  # type: ignore[arg-type]
    assert packet != b"abc"
    assert len({packet, PacketBytes(b"abc")}) == 1
    with pytest.raises(InvalidArgumentError):
        PacketBytes("abc")  # type: ignore[arg-type]


def test_ihandler_has_one_method() -> None:
    class Handler(IHandler[ReceivedPacketDto]):
        def handle(self, item: ReceivedPacketDto) -> None:
            pass

    assert isinstance(Handler(), IHandler)
    with pytest.raises(TypeError, match="handle"):
        IHandler()  # type: ignore[abstract]
