"""Writing packets, with a native side that the test plays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ma_streaming import (
    DeliveryError,
    DeliveryFailedInfo,
    FullQueuePolicy,
    InfoType,
    InvalidArgumentError,
    InvalidPacketError,
    LifecycleError,
    PacketBytes,
    QueueFullError,
    StreamingTimeoutError,
    TopicUnavailableError,
    WriterHealth,
    WriterState,
)
from ma_streaming._native.errors import error_of
from ma_streaming._native.outbound import OutboundBatch, WriteRoute
from ma_streaming.errors import StreamingError
from ma_streaming.packet_writing import PacketWriterService, PacketWritingModuleApi
from tests.support.fakes import FakeEventQueue, FakeHost, eventually

INVALID_PACKET, QUEUE_FULL, CLOSED, ESSENTIALS_FIRST = 8, 9, 15, -1


class FakeNativeWriter:
    """A native writer that keeps what it is given, and answers with the codes that the test sets."""

    QUEUE_FULL, CLOSED, ESSENTIALS_FIRST = QUEUE_FULL, CLOSED, ESSENTIALS_FIRST
    id = 4

    def __init__(self) -> None:
        self.failures = FakeEventQueue()
        self.routes: list[tuple[str, str, str]] = []
        self.route_error: StreamingError | None = None
        self.written: list[tuple[int, bytes]] = []
        self.codes: list[int] = []
        self.then_always = 0
        self.batch_limit: int | None = None
        self.report = {"accepted": 1, "delivered": 1, "failed": 0, "in_flight": 0, "newly_failed": 0, "failures": ()}
        self.health_fields = {"state": 0, "reason": "", "fatal_errors": 0}
        self.closed = False
        self.on_write: Callable[[], None] = lambda: None

    def write(self, writer: int, route: int, packet: bytes, length: int) -> int:
        assert (writer, length) == (self.id, len(packet))
        self.on_write()
        if self.closed:
            return CLOSED
        code = self.codes.pop(0) if self.codes else self.then_always
        if not code:
            self.written.append((route, packet))
        return code

    def write_many(self, batch: OutboundBatch, accepted: int) -> tuple[int, int]:
        assert (batch.routes.typecode, len(batch.routes)) == ("i", len(batch.ends))
        code = self.codes.pop(0) if self.codes else self.then_always
        ends = [0, *batch.ends]
        last = min(len(batch.ends), accepted + self.batch_limit) if code and self.batch_limit else len(batch.ends)
        for number in range(accepted, last):
            self.written.append((batch.routes[number], batch.payload[ends[number] : ends[number + 1]]))
        return code, last

    def open_route(self, data_source: str, stream: str, session_key: str) -> WriteRoute:
        if self.route_error is not None:
            raise self.route_error
        self.routes.append((data_source, stream, session_key))
        number = 2 * len(self.routes) - 1
        return WriteRoute(number, lambda packet: self.write(self.id, number, packet, len(packet)))

    def info_route(self) -> int:
        return 0

    def error(self, code: int, subject: str = "") -> StreamingError:
        return error_of(code, "the native text", subject)

    def flush(self, timeout_seconds: float) -> dict[str, Any]:
        assert timeout_seconds >= 0
        return dict(self.report)

    def statistics(self) -> dict[str, Any]:
        return dict(self.report)

    def health(self) -> dict[str, Any]:
        return dict(self.health_fields)

    def close(self) -> None:
        self.closed = True
        self.failures.closed.set()


class FakeWriterClient:
    def __init__(self) -> None:
        self.writer = FakeNativeWriter()
        self.full_queue_ms = -1

    def create_writer(self, full_queue_ms: int) -> FakeNativeWriter:
        self.full_queue_ms = full_queue_ms
        return self.writer


class Rig:
    def __init__(self, **options: Any) -> None:
        self.client = FakeWriterClient()
        self.host = FakeHost(self.client)
        self.service = PacketWritingModuleApi(self.host).create_service(**options).unwrap()
        self.service.initialise()
        self.service.start()

    @property
    def native(self) -> FakeNativeWriter:
        return self.client.writer

    def write(self, packet: Any = b"p") -> Any:
        return self.service.write_data("Car", "Stream1", "key", packet)


@pytest.fixture
def rig() -> Iterator[Rig]:
    made = Rig()
    yield made
    made.service.stop()


def packet_message() -> Any:
    from ma_streaming.protos.open_data_pb2 import Packet

    return Packet(type="Marker", content=b"abc")


def test_a_packet_goes_to_its_route_which_is_opened_once(rig: Rig) -> None:
    assert rig.write(b"a").success
    assert rig.write(b"b").data is True
    assert rig.service.write_data("Car", "", "key", b"c").success

    assert rig.native.routes == [("Car", "Stream1", "key"), ("Car", "", "key")]
    assert rig.native.written == [(1, b"a"), (1, b"b"), (3, b"c")]


def test_a_packet_has_three_forms(rig: Rig) -> None:
    for _ in range(2):
        for packet in (b"a", PacketBytes(b"a"), packet_message()):
            assert rig.write(packet).success

    data = packet_message().SerializeToString()
    assert [packet for _, packet in rig.native.written] == [b"a", b"a", data] * 2


@pytest.mark.parametrize("packet", ["text", None, 5, bytearray(b"a"), object(), [b"a"]])
def test_anything_else_is_a_failed_result(rig: Rig, packet: Any) -> None:
    first = rig.write(packet)
    rig.write(b"a")
    later = rig.write(packet)

    for result in (first, later, rig.service.write_info(packet), rig.service.write_many("Car", "", "key", [packet])):
        assert isinstance(result.error, InvalidArgumentError)
        assert type(packet).__name__ in result.message


def test_another_protobuf_message_is_a_failed_result(rig: Rig) -> None:
    from ma_streaming.protos.open_data_pb2 import NewSessionPacket

    assert isinstance(rig.write(NewSessionPacket()).error, InvalidArgumentError)


def test_bytes_that_are_no_packet_are_a_failed_result_with_the_native_text(rig: Rig) -> None:
    rig.native.codes = [INVALID_PACKET]
    result = rig.write()

    assert isinstance(result.error, InvalidPacketError)
    assert result.message == "the native text"


@pytest.mark.parametrize("names", [("", "s", "k"), ("Car", None, "k"), ("Car", "s", ""), (["x"], "s", "k")])
def test_wrong_names_are_a_failed_result(rig: Rig, names: tuple[Any, Any, Any]) -> None:
    assert isinstance(rig.service.write_data(*names, b"p").error, InvalidArgumentError)
    assert isinstance(rig.service.write_many(*names, [b"p"]).error, InvalidArgumentError)


def test_a_route_that_cant_be_opened_is_a_failed_result(rig: Rig) -> None:
    rig.native.route_error = TopicUnavailableError("no topic")

    assert isinstance(rig.write().error, TopicUnavailableError)


def test_a_full_queue_is_waited_for(rig: Rig) -> None:
    rig.write()
    rig.native.codes = [QUEUE_FULL, QUEUE_FULL]

    assert rig.write(b"b").success
    assert rig.native.written[-1] == (1, b"b")


def test_a_queue_that_stays_full_fails_the_result_after_the_timeout(rig: Rig) -> None:
    rig.write()
    rig.native.then_always = QUEUE_FULL
    result = rig.write(b"b")
    rig.native.then_always = 0

    assert isinstance(result.error, QueueFullError)
    assert result.error.retriable
    assert "0.3 s" in result.message


def test_a_batch_is_one_call(rig: Rig) -> None:
    packets = [b"a", PacketBytes(b"b"), packet_message()]
    result = rig.service.write_many("Car", "Stream1", "key", iter(packets))

    assert result.data == 3
    assert [packet for _, packet in rig.native.written] == [b"a", b"b", packet_message().SerializeToString()]
    assert rig.service.write_many("Car", "Stream1", "key", []).data == 0


def test_a_batch_goes_on_where_the_queue_was_full(rig: Rig) -> None:
    rig.native.codes = [QUEUE_FULL, QUEUE_FULL]
    rig.native.batch_limit = 2
    packets = [bytes([number]) for number in range(7)]

    assert rig.service.write_many("Car", "Stream1", "key", packets).data == 7
    assert [packet for _, packet in rig.native.written] == packets


def test_a_batch_that_stops_says_how_far_it_got(rig: Rig) -> None:
    rig.native.codes = [INVALID_PACKET]
    rig.native.batch_limit = 2
    result = rig.service.write_many("Car", "Stream1", "key", [b"a", b"b", b"c"])

    assert isinstance(result.error, InvalidPacketError)
    assert (result.success, result.data) == (False, 2)


@pytest.mark.parametrize("packets", [b"abc", "abc", PacketBytes(b"a"), None, 5])
def test_a_batch_is_a_list_of_packets(rig: Rig, packets: Any) -> None:
    assert isinstance(rig.service.write_many("Car", "Stream1", "key", packets).error, InvalidArgumentError)


def test_info_packets_have_a_route_of_their_own(rig: Rig) -> None:
    assert rig.service.write_info(b"i").success
    assert rig.service.write_info(b"i", InfoType.SYSTEM_STATUS).success
    assert rig.native.written == [(0, b"i"), (0, b"i")]
    assert isinstance(rig.service.write_info(b"i", 7).error, InvalidArgumentError)  # type: ignore[arg-type]
    assert [each.value for each in InfoType] == [0, 1, 2]


def test_a_batch_may_hold_packets_of_several_streams(rig: Rig) -> None:
    packets: list[Any] = [("A", b"1"), ("B", PacketBytes(b"2")), b"3", ("A", packet_message())]
    result = rig.service.write_many("Car", "Main", "key", packets)

    assert result.data == 4
    assert rig.native.routes == [("Car", "A", "key"), ("Car", "B", "key"), ("Car", "Main", "key")]
    assert [route for route, _ in rig.native.written] == [1, 3, 5, 1]
    assert [packet for _, packet in rig.native.written] == [b"1", b"2", b"3", packet_message().SerializeToString()]


@pytest.mark.parametrize("pair", [("A",), ("A", b"1", b"2"), (5, b"1"), ("A", "text"), (b"1", "A")])
def test_a_pair_is_a_stream_and_a_packet(rig: Rig, pair: Any) -> None:
    result = rig.service.write_many("Car", "Main", "key", [("A", b"0"), pair])

    assert isinstance(result.error, InvalidArgumentError)
    assert rig.native.written == []


def test_an_essential_packet_goes_to_the_essentials_first(rig: Rig) -> None:
    rig.native.codes = [ESSENTIALS_FIRST]
    assert rig.write(b"e").success
    rig.native.codes = [ESSENTIALS_FIRST, QUEUE_FULL, 0, QUEUE_FULL]
    assert rig.write(b"f").success

    assert rig.native.written == [(2, b"e"), (1, b"e"), (2, b"f"), (1, b"f")]


def test_an_essential_packet_in_a_batch_keeps_its_place(rig: Rig) -> None:
    rig.native.codes = [ESSENTIALS_FIRST]
    rig.native.batch_limit = 1
    assert rig.service.write_many("Car", "Stream1", "key", [b"a", b"e", b"b"]).data == 3

    assert rig.native.written == [(1, b"a"), (2, b"e"), (1, b"e"), (1, b"b")]


def test_an_essential_packet_that_only_the_essentials_have_says_so(rig: Rig) -> None:
    rig.write(b"a")
    rig.native.codes, rig.native.then_always = [ESSENTIALS_FIRST, 0], QUEUE_FULL
    result = rig.write(b"e")
    rig.native.then_always = 0

    assert isinstance(result.error, QueueFullError)
    assert "the packet's copy in the essentials is on its way" in result.message
    assert rig.native.written == [(1, b"a"), (2, b"e")]


def test_a_writer_that_must_not_wait_fails_at_once() -> None:
    rig = Rig(full_queue=FullQueuePolicy.FAIL)
    rig.write()
    rig.native.codes = [QUEUE_FULL] * 3
    one, many = rig.write(b"b"), rig.service.write_many("Car", "Stream1", "key", [b"c"])
    rig.service.stop()

    assert rig.client.full_queue_ms == 0
    assert isinstance(one.error, QueueFullError)
    assert isinstance(many.error, QueueFullError)
    assert "stayed so" not in one.message + many.message
    assert rig.native.codes == []


def test_a_writer_that_waits_does_so_in_short_slices(rig: Rig) -> None:
    assert 0 < rig.client.full_queue_ms <= 100


@pytest.mark.parametrize("policy", ["fail", None, 0])
def test_the_policy_for_a_full_queue_is_checked(rig: Rig, policy: Any) -> None:
    made = PacketWritingModuleApi(rig.host).create_service(full_queue=policy)

    assert isinstance(made.error, InvalidArgumentError)
    assert "full_queue" in made.message


def test_a_synchronous_writer_tells_of_each_call_what_became_of_it() -> None:
    rig = Rig(sync=True)
    assert rig.write().success
    assert rig.service.write_many("Car", "Stream1", "key", [b"a", b"b"]).data == 2
    assert rig.service.write_info(b"i").success
    rig.native.report |= {"failed": 1, "newly_failed": 1, "failures": ("packet id 7: too large",)}
    failed = (rig.write(), rig.service.write_many("Car", "Stream1", "key", [b"a"]), rig.service.write_info(b"i"))
    rig.native.report |= {"newly_failed": 0, "in_flight": 1}
    late = rig.write()
    rig.native.report |= {"in_flight": 0}
    rig.service.stop()

    assert all(isinstance(each.error, DeliveryError) and "packet id 7" in each.message for each in failed)
    assert failed[1].data == 1
    assert isinstance(late.error, StreamingTimeoutError)


def test_health(rig: Rig) -> None:
    assert rig.service.health().unwrap() == WriterHealth(WriterState.HEALTHY, "", 0)
    rig.native.health_fields = {"state": 2, "reason": "fenced", "fatal_errors": 3}
    assert rig.service.health().unwrap() == WriterHealth(WriterState.FAILED, "fenced", 3)


def test_flush_reports(rig: Rig) -> None:
    report = rig.service.flush(1).unwrap()

    assert (report.accepted, report.delivered, report.failed) == (1, 1, 0)
    assert rig.service.flush().success


def test_failed_deliveries_fail_the_flush_that_first_sees_them(rig: Rig) -> None:
    rig.native.report |= {"failed": 2, "newly_failed": 2, "failures": ("timed out",)}
    result = rig.service.flush(1)
    rig.native.report |= {"newly_failed": 0}

    assert isinstance(result.error, DeliveryError)
    assert "timed out" in result.message
    assert result.data is not None
    assert result.data.failed == 2
    assert rig.service.flush(1).success


def test_a_flush_that_runs_out_of_time_says_so(rig: Rig) -> None:
    rig.native.report |= {"in_flight": 3}
    result = rig.service.flush(0.5)
    rig.native.report |= {"in_flight": 0}

    assert isinstance(result.error, StreamingTimeoutError)
    assert result.data is not None
    assert result.data.in_flight == 3


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), "1", True])
def test_flush_checks_its_timeout(rig: Rig, seconds: Any) -> None:
    assert isinstance(rig.service.flush(seconds).error, InvalidArgumentError)


def test_statistics(rig: Rig) -> None:
    assert rig.service.statistics().unwrap().accepted == 1


def test_failed_deliveries_are_an_event_and_one_log_line(rig: Rig) -> None:
    heard: list[DeliveryFailedInfo] = []
    rig.service.delivery_failed.subscribe(lambda _sender, info: heard.append(info))
    failure = {"failed": 7, "reason": "timed out", "topic": "Car.Stream1", "data_source": "Car", "stream": "Stream1"}
    rig.native.failures.items.append({**failure, "session_key": "key", "first_packet_id": 2**64 - 1})
    eventually(lambda: heard)

    assert (heard[0].failed, heard[0].first_packet_id) == (7, 2**64 - 1)
    assert len(rig.host.recorded.at("error")) == 1
    assert "Car.Stream1" in rig.host.recorded.at("error")[0]


def test_stop_flushes_first_and_reports_what_was_lost(rig: Rig) -> None:
    rig.native.report |= {"failed": 1, "newly_failed": 1, "failures": ("gone",)}
    rig.service.stop()

    assert rig.native.closed
    assert any("gone" in line for line in rig.host.recorded.at("error"))


def test_calls_outside_the_life_are_failed_results_that_say_what_to_call(rig: Rig) -> None:
    created = PacketWriterService(rig.host)
    rig.service.stop()
    for service, what in ((created, "initialise() and start()"), (rig.service, "make a new one")):
        for result in (
            service.write_data("Car", "", "key", b"p"),
            service.write_many("Car", "", "key", [b"p"]),
            service.write_info(b"p"),
            service.flush(),
            service.statistics(),
            service.health(),
        ):
            assert isinstance(result.error, LifecycleError)
            assert what in result.message


def test_a_write_that_meets_stop_is_a_failed_result(rig: Rig) -> None:
    rig.write()
    rig.native.on_write = rig.service.stop
    result = rig.write()

    assert isinstance(result.error, LifecycleError)
    assert "stopped" in result.message


def test_the_last_route_is_not_taken_for_another_stream_or_session(rig: Rig) -> None:
    for stream, key in (("A", "key"), ("B", "key"), ("B", "other"), ("A", "key"), ("".join("A"), "key")):
        assert rig.service.write_data("Car", stream, key, b"p").success

    assert rig.native.routes == [("Car", "A", "key"), ("Car", "B", "key"), ("Car", "B", "other")]
    assert [route for route, _ in rig.native.written] == [1, 3, 5, 1, 1]
