"""The API's connection: brokers that can't be reached, retries, the order of stopping."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from ma_streaming import (
    BrokerUnavailableError,
    ConfigurationError,
    LifecycleError,
    OperationCancelledError,
    PacketReadingConfiguration,
    RetryMode,
    RetryPolicy,
    Service,
    SessionCreationInfo,
    StreamingApiConfiguration,
    StreamingError,
    SupportLibraryApi,
    SupportLibraryBootstrapper,
    UnsupportedFeatureError,
)
from ma_streaming._native import diagnostics
from ma_streaming.testing import EmbeddedBroker
from tests.support.fakes import RecordingLogger, eventually


@pytest.fixture
def dead_port() -> Iterator[str]:
    """An address where connections are refused: the port is held, and nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{held.getsockname()[1]}"


@pytest.fixture
def silent_port() -> Iterator[str]:
    """An address where connections are accepted and nothing is ever answered."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield f"127.0.0.1:{listening.getsockname()[1]}"


def make_api(
    broker_list: str,
    logger: RecordingLogger,
    *,
    timeout_seconds: float = 1,
    retry_policy: RetryPolicy | None = None,
) -> SupportLibraryApi:
    configuration = StreamingApiConfiguration(broker_list, timeout_seconds=timeout_seconds)
    return SupportLibraryBootstrapper.bootstrap(configuration, logger, retry_policy).create()


@pytest.mark.parametrize("kind", ["dead_port", "silent_port"])
def test_a_broker_that_does_not_answer_is_named_within_the_timeout(
    kind: str, request: pytest.FixtureRequest, logger: RecordingLogger
) -> None:
    address = request.getfixturevalue(kind)
    api = make_api(address, logger)
    began = time.monotonic()
    with pytest.raises(BrokerUnavailableError, match=address) as caught:
        api.initialise()

    assert time.monotonic() - began < 4
    assert caught.value.retriable
    assert isinstance(caught.value, ConnectionError)
    if kind == "dead_port":
        assert "refused" in str(caught.value)


def test_a_host_that_does_not_exist_is_named(logger: RecordingLogger) -> None:
    api = make_api("no-such-host.invalid:9092", logger)
    with pytest.raises(BrokerUnavailableError, match=r"no-such-host\.invalid"):
        api.initialise()


def test_calls_after_a_failed_initialise_quote_its_cause(dead_port: str, logger: RecordingLogger) -> None:
    api = make_api(dead_port, logger)
    with pytest.raises(BrokerUnavailableError) as caught:
        api.initialise()
    cause = str(caught.value)
    service = api.get_session_manager_api().create_service()
    with pytest.raises(LifecycleError) as start:
        api.start()

    assert not service.success
    assert cause in service.message
    assert cause in str(start.value)
    assert not api.is_initialised


def test_services_made_before_a_failed_initialise_quote_its_cause(dead_port: str, logger: RecordingLogger) -> None:
    api = make_api(dead_port, logger)
    service = api.get_session_manager_api().create_service().unwrap()
    with pytest.raises(BrokerUnavailableError):
        api.initialise()
    with pytest.raises(LifecycleError, match=dead_port):
        service.initialise()
    result = service.create_new_session(SessionCreationInfo())

    assert not result.success
    assert dead_port in result.message


def test_a_failed_initialise_leaves_nothing_and_may_be_repeated(dead_port: str, logger: RecordingLogger) -> None:
    before = diagnostics.live_handles(), diagnostics.live_threads()
    api = make_api(dead_port, logger)
    for _ in range(2):
        with pytest.raises(BrokerUnavailableError):
            api.initialise()

    eventually(lambda: (diagnostics.live_handles(), diagnostics.live_threads()) == before)


def test_a_finite_retry_policy_tries_as_often_as_it_says(dead_port: str, logger: RecordingLogger) -> None:
    api = make_api(dead_port, logger, timeout_seconds=0.3, retry_policy=RetryPolicy(2, 0.05))
    with pytest.raises(BrokerUnavailableError):
        api.initialise()

    assert [line.split("; ")[-1] for line in logger.at("warning") if "attempt" in line] == [
        "attempt 2 in 0.05 s",
        "attempt 3 in 0.05 s",
    ]


@pytest.mark.parametrize("pause_seconds", [0, 60])
def test_an_infinite_retry_policy_ends_with_stop(dead_port: str, logger: RecordingLogger, pause_seconds: float) -> None:
    policy = RetryPolicy(0, pause_seconds, RetryMode.INFINITE)
    api = make_api(dead_port, logger, timeout_seconds=0.2, retry_policy=policy)
    raised: list[StreamingError] = []

    def initialise() -> None:
        try:
            api.initialise()
        except StreamingError as error:
            raised.append(error)

    thread = threading.Thread(target=initialise)
    thread.start()
    eventually(lambda: logger.at("warning"))
    api.stop()
    thread.join(5)

    assert [type(error) for error in raised] == [OperationCancelledError]


def test_stop_cancels_an_initialise_that_waits_for_the_broker(silent_port: str, logger: RecordingLogger) -> None:
    before = diagnostics.live_handles(), diagnostics.live_threads()
    api = make_api(silent_port, logger, timeout_seconds=8)
    raised: list[StreamingError] = []

    def initialise() -> None:
        try:
            api.initialise()
        except StreamingError as error:
            raised.append(error)

    thread = threading.Thread(target=initialise)
    thread.start()
    eventually(lambda: diagnostics.live_handles() > before[0])
    began = time.monotonic()
    api.stop()
    thread.join(10)

    assert time.monotonic() - began < 5
    # The request for metadata that is under way goes on in the background, up to its own timeout.
    eventually(lambda: (diagnostics.live_handles(), diagnostics.live_threads()) == before, timeout_seconds=12)
    assert [type(error) for error in raised] == [OperationCancelledError]


@pytest.mark.parametrize(("key", "value"), [("no.such.property", "1"), ("linger.ms", "never")])
def test_a_property_that_librdkafka_refuses_is_named(
    broker: EmbeddedBroker, logger: RecordingLogger, key: str, value: str
) -> None:
    configuration = StreamingApiConfiguration(broker.bootstrap_servers, additional_properties={key: value})
    api = SupportLibraryBootstrapper.bootstrap(configuration, logger).create()
    with pytest.raises(ConfigurationError, match=key):
        api.initialise()


def test_properties_of_one_client_cause_no_warning_of_the_other(
    broker: EmbeddedBroker, logger: RecordingLogger, domain: str
) -> None:
    properties = {"linger.ms": "1", "fetch.wait.max.ms": "10", "client.id": "mine"}
    configuration = StreamingApiConfiguration(broker.bootstrap_servers, additional_properties=properties, domain=domain)
    with SupportLibraryBootstrapper.bootstrap(configuration, logger).create():
        pass

    assert logger.at("warning") == []


def services_of(api: SupportLibraryApi) -> list[Service]:
    configuration = PacketReadingConfiguration()
    return [
        api.get_session_manager_api().create_service().unwrap(),
        api.get_data_format_manager_api().create_service().unwrap(),
        api.get_reading_packet_api().create_service_with_config(configuration).unwrap(),
        api.get_essentials_api().create_service("Default", "key").unwrap(),
        api.get_writing_packet_api().create_service().unwrap(),
    ]


def test_stopping_the_api_stops_its_services_writers_first(api: SupportLibraryApi) -> None:
    stopped: list[str] = []
    services = services_of(api)
    for service in (*services, api):
        service.initialise()
        service.start()
        service.stopped.subscribe(lambda sender, _when: stopped.append(type(sender).__name__))
    api.stop()
    api.stop()

    # Readers of both kinds are stopped in any order.
    assert [stopped[0], *sorted(stopped[1:3]), *stopped[3:]] == [
        "PacketWriterService",
        "EssentialsService",
        "PacketReaderService",
        "DataFormatManagementService",
        "SessionManagementService",
        "SupportLibraryApi",
    ]
    assert not any(service.is_started for service in services)


def test_a_stopped_api_says_how_to_get_a_new_one(api: SupportLibraryApi) -> None:
    api.stop()
    result = api.get_session_manager_api().create_service()

    assert isinstance(result.error, LifecycleError)
    assert "SupportLibraryApiFactory.create()" in result.message


def test_services_need_a_started_api(configuration: StreamingApiConfiguration, logger: RecordingLogger) -> None:
    api = SupportLibraryBootstrapper.bootstrap(configuration, logger).create()
    for service in services_of(api):
        with pytest.raises(LifecycleError, match="SupportLibraryApi"):
            service.initialise()
    api.initialise()
    services = services_of(api)
    for service in services:
        service.initialise()
        with pytest.raises(LifecycleError, match="SupportLibraryApi"):
            service.start()
    api.start()
    for service in services:
        service.start()
        service.stop()
    api.stop()


def test_one_factory_makes_several_apis(configuration: StreamingApiConfiguration, logger: RecordingLogger) -> None:
    factory = SupportLibraryBootstrapper.bootstrap(configuration, logger)
    with factory.create() as first, factory.create() as second:
        assert first.id != second.id
        assert first.is_started
        assert second.is_started


@pytest.mark.parametrize("getter", ["get_sample_reader_api", "get_data_reader_api"])
def test_modules_that_are_not_there_are_refused_by_name(api: SupportLibraryApi, getter: str) -> None:
    with pytest.raises(UnsupportedFeatureError, match=getter):
        getattr(api, getter)()


def test_a_forgotten_api_gives_everything_back(configuration: StreamingApiConfiguration) -> None:
    before = diagnostics.live_handles(), diagnostics.live_threads()
    apis = [SupportLibraryBootstrapper.bootstrap(configuration, RecordingLogger()).create()]
    apis[0].initialise()
    apis[0].start()
    with pytest.warns(ResourceWarning, match="SupportLibraryApi"):
        apis.clear()

    eventually(lambda: (diagnostics.live_handles(), diagnostics.live_threads()) == before, timeout_seconds=10)


def test_many_services_leave_nothing(configuration: StreamingApiConfiguration, logger: RecordingLogger) -> None:
    factory = SupportLibraryBootstrapper.bootstrap(configuration, logger)
    before = diagnostics.live_handles(), diagnostics.live_threads(), threading.active_count()
    with factory.create() as api:
        for _ in range(25):
            for service in services_of(api):
                service.initialise()
                service.start()
                service.stop()

    eventually(lambda: (diagnostics.live_handles(), diagnostics.live_threads(), threading.active_count()) == before)
