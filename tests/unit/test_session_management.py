"""Session management, with a native side that the test plays."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from ma_streaming import (
    InvalidArgumentError,
    LifecycleError,
    SessionCreationInfo,
    SessionDetail,
    SessionInfo,
    SessionStatistics,
    UnknownSessionError,
)
from ma_streaming.session_management import SessionManagementModuleApi, SessionManagementService
from tests.support.fakes import FakeEventQueue, FakeHost, eventually, session_fields


class FakeClient:
    """Keeps the calls, and answers with a session."""

    def __init__(self) -> None:
        self.queue = FakeEventQueue()
        self.calls: list[tuple[Any, ...]] = []
        self.session_statistics = lambda: [0, 0, 0, 0]

    def open_session_events(self) -> FakeEventQueue:
        return self.queue

    def sessions(self) -> list[dict[str, Any]]:
        return [session_fields("a"), session_fields("b")]

    def session(self, data_source: str, session_key: str) -> dict[str, Any]:
        if session_key == "unknown":
            raise UnknownSessionError("no session 'unknown'", subject=session_key)
        return session_fields(session_key) | {"data_source": data_source}

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: Any) -> dict[str, Any]:
            self.calls.append((name, *arguments))
            return session_fields()

        return call


class ClientOfSeveralPartitions(FakeClient):
    def sessions(self) -> list[dict[str, Any]]:
        noon = datetime(2025, 6, 15, 12, tzinfo=timezone.utc)
        seconds = {"third": 3, "unknown 1": None, "first": 1, "unknown 2": None, "second": 2}
        return [
            session_fields(key) | {"creation_time": None if at is None else noon + timedelta(seconds=at)}
            for key, at in seconds.items()
        ]


def test_sessions_are_in_the_order_of_their_creation_however_the_broker_has_them() -> None:
    with SessionManagementModuleApi(FakeHost(ClientOfSeveralPartitions())).create_service().unwrap() as service:
        listed = service.get_all_sessions().unwrap()
    assert [info.session_key for info in listed] == ["unknown 1", "unknown 2", "first", "second", "third"]


@pytest.fixture
def client() -> FakeClient:
    return FakeClient()


@pytest.fixture
def service(client: FakeClient) -> Iterator[SessionManagementService]:
    with SessionManagementModuleApi(FakeHost(client)).create_service().unwrap() as made:
        yield made


def test_sessions_are_listed_and_found(service: SessionManagementService) -> None:
    assert [each.session_key for each in service.get_all_sessions().unwrap()] == ["a", "b"]
    assert service.get_session_info("Car", "x").unwrap().data_source == "Car"


def test_an_unknown_session_is_a_failed_result(service: SessionManagementService) -> None:
    result = service.get_session_info("Car", "unknown")

    assert not result.success
    assert isinstance(result.error, UnknownSessionError)
    assert result.error.subject == "unknown"


def test_a_session_is_created_with_the_defaults(service: SessionManagementService, client: FakeClient) -> None:
    assert service.create_new_session(SessionCreationInfo()).success
    here = datetime.now().astimezone().utcoffset()

    assert client.calls == [("create_session", "Default", "", "Session", 1, here, [], [])]


@pytest.mark.parametrize(
    "details", [[SessionDetail("a", "1"), ("b", "2")], {"a": "1", "b": "2"}, [["a", "1"], ("b", "2")]]
)
def test_details_have_three_forms(service: SessionManagementService, client: FakeClient, details: Any) -> None:
    service.create_new_session(SessionCreationInfo("Car", utc_offset=timedelta(hours=-3), details=details))
    service.update_session_details("Car", "key", details)

    assert client.calls[0][5:7] == (timedelta(hours=-3), [("a", "1"), ("b", "2")])
    assert client.calls[1] == ("update_session_details", "Car", "key", [("a", "1"), ("b", "2")])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("data_source", ""),
        ("data_source", None),
        ("identifier", 5),
        ("type", None),
        ("version", "1"),
        ("version", 2**31),
        ("version", True),
        ("utc_offset", 3),
        ("details", "a=b"),
        ("details", [("a",)]),
        ("details", {"a": 5}),
        ("associate_session_keys", "key"),
        ("associate_session_keys", [5]),
        ("identifier", "\ud800"),
    ],
)
def test_wrong_values_are_a_failed_result_that_names_them(
    service: SessionManagementService, field: str, value: Any
) -> None:
    result = service.create_new_session(SessionCreationInfo(**{field: value}))

    assert isinstance(result.error, InvalidArgumentError)
    assert result.error.subject == field


def test_something_else_than_creation_info_is_a_failed_result(service: SessionManagementService) -> None:
    nothing: Any = None
    assert isinstance(service.create_new_session(nothing).error, InvalidArgumentError)


def test_the_other_calls_reach_the_native_side(service: SessionManagementService, client: FakeClient) -> None:
    service.update_identifier("Car", "key", "new")
    service.add_associate_session("Car", "key", "other")
    service.end_session("Car", "key")
    service.end_session("Car", "key", force=True)

    assert client.calls == [
        ("update_session_identifier", "Car", "key", "new"),
        ("add_associate_session", "Car", "key", "other"),
        ("end_session", "Car", "key", False),
        ("end_session", "Car", "key", True),
    ]


def test_a_session_is_stale_when_it_is_live_and_silent_for_too_long() -> None:
    silent_since = datetime(2026, 1, 1, tzinfo=timezone.utc)
    fields = session_fields() | {"last_activity_time": silent_since}
    now, hour = silent_since + timedelta(hours=1), timedelta(hours=1)
    assert SessionInfo(**fields).is_stale(hour - timedelta(microseconds=1), now=now)
    assert not SessionInfo(**fields).is_stale(hour, now=now)
    assert SessionInfo(**fields).is_stale(hour)
    assert not SessionInfo(**fields | {"historical": True}).is_stale(hour)
    assert not SessionInfo(**fields | {"last_activity_time": None}).is_stale(hour)


def test_statistics_name_the_native_counts(service: SessionManagementService, client: FakeClient) -> None:
    client.session_statistics = lambda: [4, 3, 2, 1]
    assert service.statistics().unwrap() == SessionStatistics(
        sessions=4, skipped_records=3, waiting_updates=2, dropped_updates=1
    )


@pytest.mark.parametrize("names", [("", "key"), ("Car", ""), (None, "key"), ("Car", 5)])
def test_wrong_names_are_a_failed_result(service: SessionManagementService, names: tuple[Any, Any]) -> None:
    for result in (
        service.get_session_info(*names),
        service.end_session(*names),
        service.update_identifier(*names, "x"),
        service.update_session_details(*names, {}),
        service.add_associate_session(*names, "x"),
    ):
        assert isinstance(result.error, InvalidArgumentError)


def test_each_kind_of_event_has_its_handlers(service: SessionManagementService, client: FakeClient) -> None:
    heard: list[tuple[str, Any]] = []
    for name in (
        "live_session_started",
        "live_session_state_change",
        "live_session_ended",
        "new_association_detected",
    ):
        getattr(service, name).subscribe(lambda _sender, info, name=name: heard.append((name, info)))
    for kind in (1, 2, 3, 4, 99):
        associate = session_fields("other") if kind == 4 else None
        client.queue.items.append({"kind": kind, "session": session_fields(), "associate": associate, "group": "g"})
    eventually(lambda: len(heard) == 4)

    assert [name for name, _ in heard] == [
        "live_session_started",
        "live_session_state_change",
        "live_session_ended",
        "new_association_detected",
    ]
    association = heard[3][1]
    assert (association.main_session_info.session_key, association.group) == ("key", "g")
    assert association.associate_session_info.session_key == "other"


def test_stop_from_an_event_handler_works(service: SessionManagementService, client: FakeClient) -> None:
    service.live_session_started.subscribe(lambda sender, _info: sender.stop())
    client.queue.items.append({"kind": 1, "session": session_fields(), "associate": None, "group": ""})
    eventually(lambda: not service.is_started)

    assert client.queue.closed.is_set()


def test_calls_outside_the_life_are_failed_results(client: FakeClient) -> None:
    service = SessionManagementService(FakeHost(client))

    assert isinstance(service.get_all_sessions().error, LifecycleError)
    assert "start()" in service.create_new_session(SessionCreationInfo()).message


def test_without_a_started_api_a_service_cant_be_initialised() -> None:
    with pytest.raises(LifecycleError, match="SupportLibraryApi"):
        SessionManagementService(FakeHost()).initialise()


def test_a_sessions_fields_are_arguments_of_protobuf_messages() -> None:
    from ma_streaming import SessionInfo
    from ma_streaming.protos.open_data_pb2 import NewSessionPacket, SessionInfoPacket

    info = SessionInfo(**session_fields() | {"details": {"a": "b"}, "associate_session_keys": ["x"]})
    packet = NewSessionPacket(
        utc_offset=info.utc_offset,
        session_info=SessionInfoPacket(details=info.details, associate_session_keys=info.associate_session_keys),
    )

    assert packet.utc_offset.ToTimedelta() == timedelta(hours=1)
    assert dict(packet.session_info.details) == {"a": "b"}
