"""The abstract classes of the services, and the spellings that customers' programs may use (faults row V48)."""

from __future__ import annotations

import inspect
from enum import IntEnum
from typing import Any

import pytest

from ma_streaming import (
    DataFormatInfoType,
    DataFormatManagementService,
    EssentialsService,
    IDataFormatManagementService,
    IEssentialsService,
    IHandler,
    InfoType,
    IPacketReaderService,
    IPacketWriterService,
    ISessionManagementService,
    LiveReadingType,
    PacketReaderService,
    PacketReadingConfiguration,
    PacketReadingType,
    PacketWriterService,
    ReadingType,
    ReceivedPacketDto,
    RetryMode,
    SessionManagementService,
    StreamCreationStrategy,
    StreamingApiConfiguration,
)
from tests.support.fakes import FakeHost, FakeReaderClient

CONTRACTS: dict[type, type] = {
    DataFormatManagementService: IDataFormatManagementService,
    EssentialsService: IEssentialsService,
    PacketReaderService: IPacketReaderService,
    PacketWriterService: IPacketWriterService,
    SessionManagementService: ISessionManagementService,
}


def service(kind: type) -> Any:
    arguments: dict[type, list[Any]] = {
        EssentialsService: ["Default", "key"],
        PacketReaderService: [PacketReadingConfiguration()],
    }
    return kind(FakeHost(FakeReaderClient()), *arguments.get(kind, []))


@pytest.mark.parametrize("kind", CONTRACTS)
def test_a_service_is_an_instance_of_its_contract_and_of_no_other(kind: type) -> None:
    made = service(kind)

    assert [contract for contract in CONTRACTS.values() if isinstance(made, contract)] == [CONTRACTS[kind]]


@pytest.mark.parametrize("kind", CONTRACTS)
def test_a_service_has_everything_that_its_contract_says(kind: type) -> None:
    made, contract = service(kind), CONTRACTS[kind]
    events = {name for each in contract.__mro__ for name in inspect.get_annotations(each)}
    methods = {name for name in dir(contract) if not name.startswith("_")}

    assert {"initialised", "started", "stopped"} <= events
    assert {"initialise", "start", "stop", "is_initialised", "is_started"} <= methods
    for name in events:
        assert callable(getattr(made, name).subscribe), name
    for name in methods:
        assert getattr(kind, name) is not getattr(contract, name), f"{name} has no behaviour"


@pytest.mark.parametrize("contract", CONTRACTS.values())
def test_a_contract_cannot_be_made(contract: type) -> None:
    with pytest.raises(TypeError, match="abstract"):
        contract()


@pytest.mark.parametrize(
    ("kind", "spellings"),
    [
        (PacketReadingType, {"Live": 0, "Historic": 1, "HISTORICAL": 1, "Historical": 1, "Both": 2}),
        (LiveReadingType, {"FromBeginning": 0, "LeadingEdge": 1}),
        (StreamCreationStrategy, {"PARTITION_BASED": 1, "PartitionBased": 1, "STREAM_BASE": 1}),
        (StreamCreationStrategy, {"TOPIC_BASED": 2, "TopicBased": 2}),
        (RetryMode, {"Finite": 0, "Infinite": 1}),
        (InfoType, {"Unspecified": 0, "SessionInfo": 1, "SystemStatus": 2}),
        (DataFormatInfoType, {"Parameters": 1, "Event": 2}),
    ],
)
def test_v48_other_spellings_are_the_same_members(kind: type[IntEnum], spellings: dict[str, int]) -> None:
    for spelling, value in spellings.items():
        assert kind[spelling] is kind(value)
    assert not set(spellings) & {member.name for member in kind}, "the names that are shown are ours"


def test_v48_reading_type_both() -> None:
    assert PacketReadingConfiguration(reading_type=ReadingType.Both).reading_type is PacketReadingType.BOTH


def test_v48_both_names_of_the_broker_and_of_adding_a_handler() -> None:
    assert StreamingApiConfiguration(broker_url="a:1") == StreamingApiConfiguration(broker_list="a:1")

    class Handler(IHandler[ReceivedPacketDto]):
        def handle(self, packet: ReceivedPacketDto) -> None:
            raise NotImplementedError

    reader = service(PacketReaderService)
    for add in (reader.set_handler, reader.add_handler):
        handler = Handler()
        add(handler)
        reader.remove_handler(handler)
    reader.remove_handler(Handler())
    assert len(reader._host.recorded.at("warning")) == 1, "only the one that was never added"
