"""Bad input and failure: each gives the named error or failed result of the API within its time (API 1, 2, 6, 7)."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING, Any

import pytest

from ma_streaming import (
    BrokerUnavailableError,
    DeliveryError,
    InvalidArgumentError,
    InvalidPacketError,
    LifecycleError,
    MessageTooLargeError,
    PacketBytes,
    SessionCreationInfo,
    StreamingError,
    StreamingTimeoutError,
    UnknownSessionError,
)
from ma_streaming.protos.open_data_pb2 import Packet
from ma_streaming.testing import wait_until
from tests.integration.contract_topics import V2, ContractTopics
from tests.integration.library import Library, started, within

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.integration.contract_actor import ContractActor


@pytest.fixture
def topics() -> ContractTopics:
    """One generation is enough here."""
    return ContractTopics(V2, "TestFailures")


@pytest.fixture
def closed_address() -> str:
    """An address where nothing listens."""
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def silent_address() -> Iterator[str]:
    """An address that takes connections and never answers."""
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def packet_of(session_key: str, **fields: Any) -> bytes:
    """Make the bytes of a packet."""
    return Packet(type="Marker", session_key=session_key, **fields).SerializeToString()


def expect_failure(result: Any, error: type[StreamingError], *words: str) -> str:
    """Assert that a result failed with an error that says `words`, and give its message."""
    assert not result.success
    assert result.data is None
    assert result.message == result.error_message
    with pytest.raises(error):
        result.unwrap()
    for word in words:
        assert word in result.error_message
    return str(result.error_message)


class TestBrokerNotThere:
    @pytest.mark.parametrize("kind", ["closed", "silent", "unknown name"])
    def test_initialise_names_the_broker_within_its_timeout(
        self, closed_address: str, silent_address: str, kind: str
    ) -> None:
        address = {"closed": closed_address, "silent": silent_address, "unknown name": "no-such-host.invalid:9092"}[
            kind
        ]
        library = Library(address, timeout_seconds=2)
        with within(4), pytest.raises(BrokerUnavailableError, match=address):
            library.api.initialise()
        assert not library.api.is_initialised
        library.api.stop()

    def test_calls_after_a_failed_initialise_quote_its_cause(self, closed_address: str) -> None:
        library = Library(closed_address, timeout_seconds=1)
        with pytest.raises(BrokerUnavailableError):
            library.api.initialise()
        with pytest.raises(StreamingError):
            library.api.start()
        for create in (
            library.api.get_session_manager_api().create_service,
            library.api.get_writing_packet_api().create_service,
        ):
            result = create()
            if result.success:
                with pytest.raises(StreamingError, match=closed_address):
                    result.unwrap().initialise()
            else:
                assert closed_address in result.error_message
        library.api.stop()

    def test_a_second_initialise_succeeds_when_the_broker_is_there(self, broker_list: str, closed_address: str) -> None:
        library = Library(f"{closed_address},{broker_list}", timeout_seconds=10).start()
        assert library.sessions.get_all_sessions().success
        library.api.stop()


class TestLifecycle:
    def test_calls_before_start_say_what_to_call(self, connect: Callable[..., Library], topics: ContractTopics) -> None:
        api = connect(topics).api
        sessions = api.get_session_manager_api().create_service().unwrap()
        expect_failure(sessions.get_all_sessions(), LifecycleError, "initialise()")
        sessions.initialise()
        expect_failure(sessions.get_all_sessions(), LifecycleError, "start()")
        writer = api.get_writing_packet_api().create_service().unwrap()
        expect_failure(writer.write_data("Default", "", "key", packet_of("key")), LifecycleError, "initialise()")
        formats = api.get_data_format_manager_api().create_service().unwrap()
        expect_failure(formats.get_event_data_format_id("Default", "a:App"), LifecycleError, "initialise()")

    def test_start_before_initialise_is_a_lifecycle_error(
        self, broker_list: str, connect: Callable[..., Library], topics: ContractTopics
    ) -> None:
        with pytest.raises(LifecycleError, match=r"initialise\(\)"):
            Library(broker_list).api.start()
        sessions = connect(topics).api.get_session_manager_api().create_service().unwrap()
        with pytest.raises(LifecycleError, match=r"initialise\(\)"):
            sessions.start()

    def test_calls_after_stop_fail(self, connect: Callable[..., Library], topics: ContractTopics) -> None:
        library = connect(topics)
        sessions, writer, formats = library.sessions, library.writer, library.formats
        reader = started(library.live("Default"))
        for service in (sessions, writer, formats, reader):
            service.stop()
            service.stop()
            assert not service.is_started
        expect_failure(sessions.get_all_sessions(), LifecycleError, "stop")
        expect_failure(sessions.create_new_session(SessionCreationInfo()), LifecycleError, "stop")
        expect_failure(writer.write_data("Default", "", "key", packet_of("key")), LifecycleError, "stop")
        expect_failure(formats.get_event("Default", 1), LifecycleError, "stop")
        with pytest.raises(LifecycleError, match="stop"):
            list(reader)

    def test_stop_of_the_api_stops_its_services(self, connect: Callable[..., Library], topics: ContractTopics) -> None:
        library = connect(topics)
        services = [library.sessions, library.writer, library.formats, started(library.live("Default"))]
        stopped = []
        for service in services:
            service.stopped.subscribe(lambda sender, _arguments: stopped.append(sender))
        library.api.stop()
        assert not library.api.is_started
        assert [service.is_started for service in services] == [False] * 4
        assert sorted(map(id, stopped)) == sorted(map(id, services))
        expect_failure(library.sessions.get_all_sessions(), LifecycleError, "stop")
        library.api.stop()


class TestUnknownSession:
    def test_every_call_on_an_unknown_session_is_a_failed_result_that_names_it(
        self, library: Library, data_source: str
    ) -> None:
        sessions = library.sessions
        for result in (
            sessions.get_session_info(data_source, "no-such-key"),
            sessions.update_identifier(data_source, "no-such-key", "new"),
            sessions.update_session_details(data_source, "no-such-key", {"a": "b"}),
            sessions.add_associate_session(data_source, "no-such-key", "other"),
            sessions.end_session(data_source, "no-such-key"),
        ):
            expect_failure(result, UnknownSessionError, "no-such-key", data_source)

    def test_a_session_of_another_data_source_is_unknown(self, library: Library, data_source: str) -> None:
        session = library.sessions.create_new_session(SessionCreationInfo(data_source=data_source)).unwrap()
        result = library.sessions.get_session_info(f"{data_source}2", session.session_key)
        expect_failure(result, UnknownSessionError, session.session_key)

    @pytest.mark.parametrize("way", ["iteration", "event"])
    def test_a_reader_of_an_unknown_session_times_out_where_that_is_asked_for(
        self, library: Library, data_source: str, way: str
    ) -> None:
        reader = library.live(data_source, "no-such-key", timeout_seconds=1, raise_exception_on_timeout=True)
        with reader:
            if way == "iteration":
                with within(3), pytest.raises(StreamingTimeoutError, match=data_source):
                    list(reader)
            else:
                failures: list[Any] = []
                reader.failed.subscribe(lambda _sender, error: failures.append(error))
                wait_until(lambda: bool(failures), timeout_seconds=10, message="the failed event")
                assert isinstance(failures[0], StreamingTimeoutError)
                assert data_source in str(failures[0])

    def test_ending_an_ended_session_again_is_a_success(self, library: Library, data_source: str) -> None:
        session = library.sessions.create_new_session(SessionCreationInfo(data_source=data_source)).unwrap()
        assert library.sessions.end_session(data_source, session.session_key).unwrap().historical
        assert library.sessions.end_session(data_source, session.session_key).success


class TestBadArguments:
    @pytest.mark.parametrize(
        "value", [b"\xff\xff\xff\xff", b"no packet, just text", b"\x0a\x7fshort", b"\x0a\x02\xff\xfe"], ids=range(4)
    )
    def test_what_is_not_a_packet_is_refused(
        self, library: Library, actor: ContractActor, data_source: str, value: bytes
    ) -> None:
        for packet in (value, PacketBytes(value)):
            expect_failure(library.writer.write_data(data_source, "", "key", packet), InvalidPacketError)
        expect_failure(library.writer.write_info(value), InvalidPacketError)
        assert library.writer.flush(10).success
        assert actor.high_watermark(actor.topics.main(data_source)) == 0

    @pytest.mark.parametrize("name", ["with/slash", "with space", "", "x" * 300, "Größe"])
    def test_a_data_source_that_kafka_can_not_name_is_refused(self, library: Library, name: str) -> None:
        creation = library.sessions.create_new_session
        try:
            result = creation(SessionCreationInfo(data_source=name))
        except InvalidArgumentError:
            return
        expect_failure(result, InvalidArgumentError)
        expect_failure(library.writer.write_data(name, "", "key", packet_of("key")), InvalidArgumentError)
        expect_failure(library.formats.get_event_data_format_id(name, "a:App"), InvalidArgumentError)

    @pytest.mark.parametrize("stream", ["with.dot", "with/slash", "x" * 300])
    def test_a_stream_that_readers_would_not_find_is_refused(
        self, library: Library, data_source: str, stream: str
    ) -> None:
        result = library.writer.write_data(data_source, stream, "key", packet_of("key"))
        expect_failure(result, InvalidArgumentError, stream[:20])

    def test_a_packet_of_another_type_is_a_failed_result(self, library: Library, data_source: str) -> None:
        values: list[Any] = [42, "text", None, [b""]]
        for value in values:
            result = library.writer.write_data(data_source, "", "key", value)
            expect_failure(result, InvalidArgumentError)


class TestDelivery:
    def test_a_packet_larger_than_the_client_takes_is_refused_at_once(
        self, library: Library, actor: ContractActor, data_source: str
    ) -> None:
        large = packet_of("key", content=bytes(5_000_000))
        expect_failure(library.writer.write_data(data_source, "", "key", large), MessageTooLargeError)
        small = packet_of("key", content=b"small")
        library.writer.write_data(data_source, "", "key", small).unwrap()
        assert library.writer.flush(10).success
        assert [record.value for record in actor.read(actor.topics.main(data_source))] == [small]

    def test_flush_reports_what_the_broker_refused(
        self, library: Library, actor: ContractActor, data_source: str
    ) -> None:
        topic = actor.topics.stream(data_source, "Small")
        actor.create_topics([topic], config={"max.message.bytes": "2000", "compression.type": "uncompressed"})
        reported: list[Any] = []
        library.writer.delivery_failed.subscribe(lambda _sender, arguments: reported.append(arguments))
        small = packet_of("key", content=b"small")
        large = packet_of("key", content=bytes(range(256)) * 100)
        for packet in (small, large, small):
            library.writer.write_data(data_source, "Small", "key", packet).unwrap()
            library.writer.flush(10)
        library.writer.write_data(data_source, "", "key", small).unwrap()
        library.writer.write_data(data_source, "Small", "key", large).unwrap()
        result = library.writer.flush(10)
        assert not result.success
        assert "1" in result.error_message
        assert topic in result.error_message or "Small" in result.error_message
        with pytest.raises(DeliveryError):
            result.unwrap()
        wait_until(lambda: bool(reported), timeout_seconds=10, message="delivery_failed")
        assert [record.value for record in actor.read(topic)] == [small, small]
        assert [record.value for record in actor.read(actor.topics.main(data_source))] == [small]
        assert library.writer.statistics().unwrap().failed == 2

    def test_a_flush_with_nothing_to_do_succeeds(self, library: Library) -> None:
        report = library.writer.flush(10).unwrap()
        assert (report.failed, report.in_flight) == (0, 0)
