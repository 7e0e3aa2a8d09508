"""Data format management, with a native side that the test plays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ma_streaming import (
    DataFormatInfo,
    DataFormatInfoType,
    EventDataFormatInfo,
    InvalidArgumentError,
    LifecycleError,
    ParameterDataFormatInfo,
    UnknownDataFormatError,
)
from ma_streaming.data_format_management import DataFormatManagementModuleApi, DataFormatManagementService
from tests.support.fakes import FakeEventQueue, FakeHost, eventually

PARAMETERS = {"data_source": "Car", "key": "a,b", "type": 1, "ids": [2**64 - 1, 7], "identifiers": ["a", "b"]}
EVENT = {"data_source": "Car", "key": "e", "type": 2, "ids": [9], "identifiers": ["e"]}


class FakeClient:
    def __init__(self) -> None:
        self.queue = FakeEventQueue()
        self.follows_all = False

    def follow_all_data_formats(self) -> None:
        self.follows_all = True

    def open_data_format_events(self) -> FakeEventQueue:
        return self.queue

    def get_parameter_data_format(self, _source: str, identifiers: list[str]) -> dict[str, Any]:
        return PARAMETERS | {"identifiers": identifiers}

    def get_event_data_format(self, _source: str, _name: str) -> dict[str, Any]:
        return EVENT

    def find_parameter_data_format(self, _source: str, data_format_id: int) -> dict[str, Any]:
        if data_format_id not in (7, 2**64 - 1):
            raise UnknownDataFormatError(f"no format {data_format_id}", subject=str(data_format_id))
        return PARAMETERS

    def find_event_data_format(self, _source: str, _id: int) -> dict[str, Any]:
        return EVENT

    def data_formats(self, _source: str) -> list[dict[str, Any]]:
        return [PARAMETERS, EVENT]


@pytest.fixture
def client() -> FakeClient:
    return FakeClient()


@pytest.fixture
def service(client: FakeClient) -> Iterator[DataFormatManagementService]:
    with DataFormatManagementModuleApi(FakeHost(client)).create_service().unwrap() as made:
        yield made


def test_a_format_is_looked_up_by_its_parameters_in_order(service: DataFormatManagementService) -> None:
    found = service.get_parameter_data_format_id("Car", (name for name in ("b", "a"))).unwrap()

    assert found == ParameterDataFormatInfo("Car", 2**64 - 1, ["b", "a"])


def test_any_id_that_was_ever_published_is_resolved(service: DataFormatManagementService) -> None:
    assert service.get_parameters_list("Car", 7).unwrap() == ParameterDataFormatInfo("Car", 7, ["a", "b"])


def test_events_have_formats_too(service: DataFormatManagementService) -> None:
    assert service.get_event_data_format_id("Car", "e").unwrap() == EventDataFormatInfo("Car", 9, "e")
    assert service.get_event("Car", 9).unwrap() == EventDataFormatInfo("Car", 9, "e")


def test_an_unknown_id_is_a_failed_result(service: DataFormatManagementService) -> None:
    assert isinstance(service.get_parameters_list("Car", 5).error, UnknownDataFormatError)


def test_all_formats_of_a_data_source(service: DataFormatManagementService) -> None:
    parameters, event = service.get_data_source_data_format_info("Car").unwrap()

    assert parameters == DataFormatInfo("Car", "a,b", [2**64 - 1, 7], ["a", "b"], DataFormatInfoType.PARAMETERS)
    assert event.data_format_info_type is DataFormatInfoType.EVENT


def test_a_new_format_is_an_event(service: DataFormatManagementService, client: FakeClient) -> None:
    heard: list[DataFormatInfo] = []
    service.data_format_info_updated.subscribe(lambda _sender, info: heard.append(info))
    client.queue.items.append(EVENT)
    eventually(lambda: heard)

    assert heard[0].identifiers == ["e"]


@pytest.mark.parametrize("identifiers", ["a", None, [1], 5])
def test_identifiers_are_a_list_of_strings(service: DataFormatManagementService, identifiers: Any) -> None:
    assert isinstance(service.get_parameter_data_format_id("Car", identifiers).error, InvalidArgumentError)


@pytest.mark.parametrize("data_format_id", [-1, 2**64, "7", 7.0, True, None])
def test_ids_are_unsigned_64_bits(service: DataFormatManagementService, data_format_id: Any) -> None:
    assert isinstance(service.get_parameters_list("Car", data_format_id).error, InvalidArgumentError)
    assert isinstance(service.get_event("Car", data_format_id).error, InvalidArgumentError)


def test_a_data_source_and_an_event_need_a_name(service: DataFormatManagementService) -> None:
    assert isinstance(service.get_data_source_data_format_info("").error, InvalidArgumentError)
    assert isinstance(service.get_event_data_format_id("Car", "").error, InvalidArgumentError)


def test_calls_outside_the_life_are_failed_results(client: FakeClient) -> None:
    service = DataFormatManagementService(FakeHost(client))

    assert isinstance(service.get_event("Car", 9).error, LifecycleError)
