"""The four services through C# and the embedded broker: what is written comes back, in order, and says so."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from ma_streaming import (
    DeliveryFailedInfo,
    InvalidArgumentError,
    InvalidPacketError,
    MessageTooLargeError,
    PacketBytes,
    PacketReaderService,
    PacketReadingConfiguration,
    PacketReadingType,
    PacketWriterService,
    QueueFullError,
    ReceivedPacketDto,
    SessionCreationInfo,
    SessionInfo,
    SessionManagementService,
    StreamingApiConfiguration,
    StreamingTimeoutError,
    SupportLibraryApi,
    SupportLibraryBootstrapper,
    UnknownDataFormatError,
    UnknownSessionError,
    UnsupportedFeatureError,
)
from ma_streaming._native import diagnostics
from ma_streaming.testing import EmbeddedBroker
from tests.support.fakes import RecordingLogger, eventually

EVENTS = (
    "session_reading_started",
    "session_info_updated",
    "session_reading_completed",
    "stream_reading_started",
    "stream_reading_completed",
    "session_association_info_updated",
    "coverage_cursor_received",
    "failed",
)


def packet(session_key: str, number: int = 0, *, type: str = "Marker", size: int = 20) -> bytes:
    from ma_streaming.protos.open_data_pb2 import Packet

    return Packet(type=type, session_key=session_key, id=number, content=bytes(size)).SerializeToString()


@dataclass
class Rig:
    """Started services, and a live session."""

    api: SupportLibraryApi
    sessions: SessionManagementService
    writer: PacketWriterService
    session: SessionInfo
    data_source: str

    @property
    def key(self) -> str:
        return self.session.session_key

    def write(self, *numbers: int, stream: str = "Stream1") -> None:
        packets = [packet(self.key, number) for number in numbers]
        assert self.writer.write_many(self.data_source, stream, self.key, packets).unwrap() == len(numbers)

    def end(self, *streams: str) -> None:
        for stream in streams:
            self.writer.write_data(self.data_source, stream, self.key, packet(self.key, type="EndOfSession")).unwrap()
        self.sessions.end_session(self.data_source, self.key).unwrap()

    def reader(self, **options: Any) -> PacketReaderService:
        given: dict[str, Any] = {
            "data_source": self.data_source,
            "session_key": self.key,
            "reading_type": PacketReadingType.BOTH,
        }
        configuration = PacketReadingConfiguration(**(given | options))
        service = self.api.get_reading_packet_api().create_service_with_config(configuration).unwrap()
        service.initialise()
        service.start()
        return service


@pytest.fixture
def rig(api: SupportLibraryApi, data_source: str) -> Iterator[Rig]:
    sessions = api.get_session_manager_api().create_service().unwrap()
    writer = api.get_writing_packet_api().create_service().unwrap()
    with sessions, writer:
        session = sessions.create_new_session(SessionCreationInfo(data_source, "run 1")).unwrap()
        yield Rig(api, sessions, writer, session, data_source)


def ids(packets: list[ReceivedPacketDto]) -> list[int]:
    return [dto.packet.id for dto in packets if dto.packet.type == "Marker"]


def listen(reader: PacketReaderService) -> list[tuple[str, Any]]:
    heard: list[tuple[str, Any]] = []
    for name in EVENTS:
        getattr(reader, name).subscribe(lambda _sender, args, name=name: heard.append((name, args)))
    return heard


def test_a_session_is_created_changed_listed_and_ended(rig: Rig) -> None:
    heard: list[tuple[str, SessionInfo]] = []
    for name in ("live_session_started", "live_session_state_change", "live_session_ended"):
        getattr(rig.sessions, name).subscribe(lambda _sender, info, name=name: heard.append((name, info)))
    info = SessionCreationInfo(
        rig.data_source, "Ünïcode 車", "Session", 3, timedelta(hours=-3, minutes=-30), {"a": "1"}, [rig.key]
    )
    created = rig.sessions.create_new_session(info).unwrap()
    rig.sessions.update_identifier(rig.data_source, created.session_key, "new").unwrap()
    rig.sessions.update_session_details(rig.data_source, created.session_key, [("b", "2")]).unwrap()
    ended = rig.sessions.end_session(rig.data_source, created.session_key).unwrap()
    eventually(lambda: heard and heard[-1][0] == "live_session_ended")

    assert created.identifier == "Ünïcode 車"
    assert created.utc_offset == timedelta(hours=-3, minutes=-30)
    assert (created.version, created.historical, created.associate_session_keys) == (3, False, [rig.key])
    assert created.creation_time is not None
    assert created.creation_time.tzinfo is not None
    assert (ended.identifier, ended.details, ended.historical) == ("new", {"a": "1", "b": "2"}, True)
    assert ended.termination_time is not None
    changes = [name for name, session in heard if session.session_key == created.session_key]
    assert (changes[0], changes[-1]) == ("live_session_started", "live_session_ended")
    assert set(changes[1:-1]) == {"live_session_state_change"}
    mine = [each for each in rig.sessions.get_all_sessions().unwrap() if each.data_source == rig.data_source]
    assert [each.session_key for each in mine] == [rig.key, created.session_key]


def test_an_unknown_session_is_a_failed_result_with_its_key(rig: Rig) -> None:
    for result in (
        rig.sessions.get_session_info(rig.data_source, "nobody"),
        rig.sessions.get_session_info("Another", rig.key),
        rig.sessions.end_session(rig.data_source, "nobody"),
        rig.sessions.update_identifier(rig.data_source, "nobody", "x"),
    ):
        assert isinstance(result.error, UnknownSessionError)
        assert result.error.subject in ("nobody", rig.key)
        assert "System." not in result.message


def test_associations_are_detected(rig: Rig) -> None:
    heard: list[Any] = []
    rig.sessions.new_association_detected.subscribe(lambda _sender, info: heard.append(info))
    other = rig.sessions.create_new_session(SessionCreationInfo(rig.data_source)).unwrap()
    rig.sessions.add_associate_session(rig.data_source, rig.key, other.session_key).unwrap()
    eventually(lambda: heard)

    assert heard[0].main_session_info.session_key == rig.key
    assert heard[0].associate_session_info.session_key == other.session_key


def test_data_formats_are_created_once_and_resolved(rig: Rig) -> None:
    with rig.api.get_data_format_manager_api().create_service().unwrap() as formats:
        heard: list[Any] = []
        formats.data_format_info_updated.subscribe(lambda _sender, info: heard.append(info))
        first = formats.get_parameter_data_format_id(rig.data_source, ["a:App", "b:App"]).unwrap()
        again = formats.get_parameter_data_format_id(rig.data_source, ["a:App", "b:App"]).unwrap()
        other_order = formats.get_parameter_data_format_id(rig.data_source, ["b:App", "a:App"]).unwrap()
        event = formats.get_event_data_format_id(rig.data_source, "e:App").unwrap()
        eventually(lambda: len(heard) == 3)

        assert first == again
        assert first.data_format_id > 2**53
        assert len({first.data_format_id, other_order.data_format_id, event.data_format_id}) == 3
        assert formats.get_parameters_list(rig.data_source, first.data_format_id).unwrap() == first
        assert formats.get_event(rig.data_source, event.data_format_id).unwrap() == event
        assert isinstance(formats.get_event(rig.data_source, 5).error, UnknownDataFormatError)
        assert len(formats.get_data_source_data_format_info(rig.data_source).unwrap()) == 3


def test_a_live_session_is_pushed_in_order_to_its_end(rig: Rig) -> None:
    reader = rig.reader()
    heard = listen(reader)
    packets: list[ReceivedPacketDto] = []
    reader.set_handler(packets.append)
    rig.write(*range(100))
    rig.sessions.update_identifier(rig.data_source, rig.key, "renamed").unwrap()
    rig.end("Stream1")
    eventually(lambda: reader.is_completed, timeout_seconds=10)
    reader.stop()

    assert ids(packets) == list(range(100))
    assert {(dto.data_source, dto.session_key, dto.stream) for dto in packets} == {
        (rig.data_source, rig.key, "Stream1")
    }
    names = [name for name, _ in heard if name != "session_info_updated"]
    assert names == [
        "session_reading_started",
        "stream_reading_started",
        "stream_reading_completed",
        "session_reading_completed",
    ]
    assert heard[-1][1].reason == "ended"
    assert heard[-1][1].identifier == "renamed"
    age = abs(time.time() - packets[-1].submit_time.timestamp())
    assert age < 60


def test_nothing_between_start_and_the_first_handler_is_lost(rig: Rig) -> None:
    reader = rig.reader()
    rig.write(*range(10))
    rig.writer.flush().unwrap()
    packets: list[ReceivedPacketDto] = []
    reader.set_handler(packets.append)
    heard = listen(reader)
    eventually(lambda: len(packets) == 10)
    reader.stop()

    assert [name for name, _ in heard][:2] == ["session_reading_started", "stream_reading_started"]


def test_a_historic_read_ends_the_iteration_with_every_byte(rig: Rig) -> None:
    numbers = list(range(20_000))
    rig.write(*numbers)
    rig.end("Stream1")
    with rig.reader(reading_type=PacketReadingType.HISTORIC) as reader:
        came = list(reader)

        assert ids(came) == numbers
        assert [dto.packet_bytes.data for dto in came[:-1]] == [packet(rig.key, number) for number in numbers]
        statistics = reader.statistics().unwrap()
    assert statistics.packets == len(numbers) + 1
    assert statistics.bytes == sum(len(dto.packet_bytes) for dto in came)


def test_a_packet_larger_than_a_block_arrives_whole(rig: Rig) -> None:
    large = packet(rig.key, 1, size=3_000_000)
    for data in (packet(rig.key, 0), large, packet(rig.key, 2)):
        rig.writer.write_data(rig.data_source, "Stream1", rig.key, PacketBytes(data)).unwrap()
    rig.end("Stream1")
    with rig.reader() as reader:
        came = list(reader)

    assert ids(came) == [0, 1, 2]
    assert came[1].packet_bytes.data == large


def test_several_readers_of_one_session_see_the_same(rig: Rig) -> None:
    readers = [rig.reader() for _ in range(3)]
    came: list[list[ReceivedPacketDto]] = [[] for _ in readers]
    for reader, packets in zip(readers, came, strict=True):
        reader.set_handler(packets.append)
    rig.write(*range(500))
    rig.end("Stream1")
    eventually(lambda: all(reader.is_completed for reader in readers), timeout_seconds=10)
    for reader in readers:
        reader.stop()

    assert [ids(packets) for packets in came] == [list(range(500))] * 3


def test_streams_are_told_apart_and_chosen(rig: Rig) -> None:
    for stream, number in (("", 1), ("A", 2), ("B", 3)):
        rig.write(number, stream=stream)
    rig.end("", "A", "B")

    def read(**options: Any) -> dict[str, list[int]]:
        with rig.reader(**options) as reader:
            came = list(reader)
        streams = {dto.stream for dto in came}
        return {stream: ids([dto for dto in came if dto.stream == stream]) for stream in streams}

    assert read() == {"": [1], "A": [2], "B": [3]}
    assert read(streams=["A"]) == {"A": [2]}
    assert read(excluded_streams=["A"]) == {"": [1], "B": [3]}
    assert read(exclude_main_stream=True) == {"A": [2], "B": [3]}


def test_a_reader_may_be_there_before_its_session(rig: Rig) -> None:
    with rig.reader(session_key="", session_identifier_pattern="run 2*", reading_type=PacketReadingType.LIVE) as reader:
        later = rig.sessions.create_new_session(SessionCreationInfo(rig.data_source, "run 2b")).unwrap()
        rig.writer.write_data(rig.data_source, "", later.session_key, packet(later.session_key, 7)).unwrap()
        batch = reader.read_batch(10, 10)

    assert ids(batch) == [7]


def test_no_session_in_time_is_a_timeout_to_whoever_iterates(rig: Rig) -> None:
    options = {"session_key": "nobody", "timeout_seconds": 0.5, "raise_exception_on_timeout": True}
    with rig.reader(**options) as reader, pytest.raises(StreamingTimeoutError):
        list(reader)


def test_no_session_in_time_is_the_event_failed_otherwise(rig: Rig) -> None:
    options = {"session_key": "nobody", "timeout_seconds": 0.5, "raise_exception_on_timeout": True}
    with rig.reader(**options) as reader:
        heard = listen(reader)
        eventually(lambda: heard)

    assert isinstance(heard[0][1], StreamingTimeoutError)


def test_stop_from_a_packet_handler_completes_the_session_as_stopped(rig: Rig) -> None:
    reader = rig.reader()
    heard = listen(reader)
    packets: list[ReceivedPacketDto] = []

    def handle(dto: ReceivedPacketDto) -> None:
        packets.append(dto)
        reader.stop()

    reader.set_handler(handle)
    rig.write(*range(10))
    eventually(lambda: heard and heard[-1][0] == "session_reading_completed")

    assert len(packets) == 1
    assert heard[-1][1].reason == "stopped"


def test_a_packet_handler_may_stop_the_whole_api(rig: Rig) -> None:
    reader = rig.reader()
    came: list[ReceivedPacketDto] = []

    def handle(dto: ReceivedPacketDto) -> None:
        came.append(dto)
        rig.api.stop()

    reader.set_handler(handle)
    rig.write(*range(10))
    eventually(lambda: not rig.sessions.is_started, timeout_seconds=20)

    assert not rig.api.is_initialised
    assert len(came) == 1


def test_a_session_event_handler_may_stop_the_whole_api(rig: Rig) -> None:
    rig.sessions.live_session_ended.subscribe(lambda _sender, _info: rig.api.stop())
    rig.end()
    eventually(lambda: not rig.api.is_initialised, timeout_seconds=20)


def test_a_forgotten_reader_gives_everything_back(rig: Rig) -> None:
    rig.write(1)
    with rig.reader() as first:  # from the first reader of a data source on, the client follows its data formats
        assert ids(first.read_batch(1, 5)) == [1]
    before = diagnostics.live_handles(), diagnostics.live_threads()
    readers = [rig.reader()]
    assert ids(readers[0].read_batch(1, 5)) == [1]
    with pytest.warns(ResourceWarning, match="PacketReaderService"):
        readers.clear()

    eventually(lambda: (diagnostics.live_handles(), diagnostics.live_threads()) <= before)


def test_a_slow_handler_gets_everything_in_bounded_memory(rig: Rig) -> None:
    reader = rig.reader()
    packets: list[int] = []

    def slow(dto: ReceivedPacketDto) -> None:
        packets.append(dto.packet.id)
        threading.Event().wait(0.001)

    reader.set_handler(slow)
    rig.write(*range(300))
    rig.end("Stream1")
    eventually(lambda: reader.is_completed, timeout_seconds=20)
    reader.stop()

    assert [number for number in packets if number] == list(range(1, 300))


def test_a_buffer_length_bounds_how_many_packets_wait(rig: Rig) -> None:
    rig.write(*range(500))
    rig.end("Stream1")
    reader = rig.reader(buffer_length=40, streams=["Stream1"])
    eventually(lambda: reader.statistics().unwrap().packets >= 40)
    # What is counted is put into the buffer at once or never: there is no moment at which more is on its way.
    assert reader.statistics().unwrap().packets <= 42
    assert ids(list(reader)) == list(range(500))
    reader.stop()


def test_a_broker_without_an_index_by_time_refuses_a_range_of_time(rig: Rig) -> None:
    rig.write(1)
    rig.end("Stream1")
    with pytest.raises(UnsupportedFeatureError, match="start_time"):
        rig.reader(reading_type=PacketReadingType.HISTORIC, start_time=datetime(2026, 1, 1, tzinfo=timezone.utc))


def test_essentials_are_read_beside_the_stream_that_has_them_too(rig: Rig) -> None:
    from ma_streaming.protos.open_data_pb2 import Packet

    essential = Packet(type="Configuration", session_key=rig.key, is_essential=True, id=5).SerializeToString()
    rig.writer.write_data(rig.data_source, "Stream1", rig.key, essential).unwrap()
    rig.write(6)
    rig.end("Stream1")
    service = rig.api.get_essentials_api().create_service(rig.data_source, rig.key).unwrap()
    with service:
        assert [dto.packet_bytes.data for dto in service] == [essential]


def test_a_packet_that_isnt_one_is_a_failed_result(rig: Rig) -> None:
    for data in (b"\xff\xff", b"\x0a\xff"):
        result = rig.writer.write_data(rig.data_source, "Stream1", rig.key, data)
        assert isinstance(result.error, InvalidPacketError)
    result_of_many = rig.writer.write_many(rig.data_source, "Stream1", rig.key, [packet(rig.key), b"\xff\xff"])
    assert isinstance(result_of_many.error, InvalidPacketError)
    assert result_of_many.data == 1


@pytest.mark.parametrize("stream", ["a.b", "_essential", "a/b", "x" * 300])
def test_a_stream_name_that_kafka_or_the_contract_refuse_is_a_failed_result(rig: Rig, stream: str) -> None:
    assert isinstance(
        rig.writer.write_data(rig.data_source, stream, rig.key, packet(rig.key)).error, InvalidArgumentError
    )


def test_a_packet_that_is_too_large_is_a_failed_result_and_others_go_on(rig: Rig) -> None:
    result = rig.writer.write_data(rig.data_source, "Stream1", rig.key, packet(rig.key, size=5_000_000))
    rig.write(1)

    assert isinstance(result.error, MessageTooLargeError)
    assert rig.writer.flush().success


def test_info_packets_go_to_the_session_topic(rig: Rig) -> None:
    assert rig.writer.write_info(packet(rig.key, type="SystemStatus")).success
    assert rig.writer.flush().success


@pytest.fixture
def lonely() -> Iterator[tuple[SupportLibraryApi, EmbeddedBroker, RecordingLogger]]:
    """An API whose broker the test may stop, with a short queue and short timeouts."""
    logger = RecordingLogger()
    with EmbeddedBroker() as broker:
        configuration = StreamingApiConfiguration(
            broker.bootstrap_servers,
            additional_properties={"queue.buffering.max.messages": 10, "message.timeout.ms": 3000},
            timeout_seconds=0.5,
            termination_timeout_seconds=6,
        )
        with SupportLibraryBootstrapper.bootstrap(configuration, logger).create() as api:
            yield api, broker, logger


def test_a_full_queue_fails_after_the_timeout_and_lost_packets_are_reported(
    lonely: tuple[SupportLibraryApi, EmbeddedBroker, RecordingLogger],
) -> None:
    api, broker, logger = lonely
    writer = api.get_writing_packet_api().create_service().unwrap()
    failures: list[DeliveryFailedInfo] = []
    writer.delivery_failed.subscribe(lambda _sender, info: failures.append(info))
    with api.get_session_manager_api().create_service().unwrap() as sessions, writer:
        key = sessions.create_new_session(SessionCreationInfo()).unwrap().session_key
        assert writer.write_data("Default", "", key, packet(key)).success
        assert writer.flush(5).success
        broker.stop()
        began = time.monotonic()
        full = writer.write_many("Default", "", key, [packet(key, number) for number in range(50)])
        took = time.monotonic() - began
        eventually(lambda: failures, timeout_seconds=10)
        flushed = writer.flush(5)

    assert isinstance(full.error, QueueFullError)
    assert full.data == 10
    assert 0.4 < took < 3
    assert failures[0].failed >= 1
    assert (failures[0].data_source, failures[0].stream, failures[0].session_key) == ("Default", "", key)
    assert not flushed.success
    assert flushed.data is not None
    assert flushed.data.failed == 10
    assert any("were not delivered" in line for line in logger.at("error"))
