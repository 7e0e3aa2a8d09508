"""Data formats: what the library publishes and what it resolves, as the wire contract says (section 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ma_streaming import DataFormatInfoType, SessionCreationInfo
from ma_streaming.protos.open_data_pb2 import (
    DATA_FORMAT_TYPE_EVENT,
    DATA_FORMAT_TYPE_PARAMETER,
    DataFormatDefinitionPacket,
)
from ma_streaming.testing import wait_until
from tests.integration.contract_formats import event_definition, parameter_definition, ticks_now
from tests.integration.contract_session import ContractSession

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.contract_actor import ContractActor
    from tests.integration.contract_topics import ContractTopics
    from tests.integration.library import Library

BEYOND_DOUBLES = 639_000_000_000_000_001
"""An id of the usual size, which a double can't hold (trap 7)."""

TICKS_IN_A_DAY = 864_000_000_000


def definitions(actor: ContractActor, topic: str) -> list[DataFormatDefinitionPacket]:
    """Read the definitions on a topic."""
    packets = [record.packet for record in actor.read(topic)]
    return [
        DataFormatDefinitionPacket.FromString(packet.content)
        for packet in packets
        if packet.type == "DataFormatDefinition"
    ]


def test_parameter_format_is_published_with_its_list_in_order(
    library: Library, actor: ContractActor, data_source: str
) -> None:
    identifiers = ["vCar:Chassis", "nEngine:Engine", "aLat:Chassis"]
    made = library.formats.get_parameter_data_format_id(data_source, identifiers).unwrap()
    assert (made.data_source, list(made.parameter_list)) == (data_source, identifiers)
    for topic in (actor.topics.essentials(data_source), actor.topics.main(data_source)):
        (definition,) = definitions(actor, topic)
        assert definition.identifier == made.data_format_id
        assert definition.type == DATA_FORMAT_TYPE_PARAMETER
        assert definition.WhichOneof("format") == "parameter_identifiers"
        assert list(definition.parameter_identifiers.parameter_identifiers) == identifiers


def test_event_format_is_published_with_its_name(library: Library, actor: ContractActor, data_source: str) -> None:
    made = library.formats.get_event_data_format_id(data_source, "0A3F:App").unwrap()
    assert (made.data_source, made.event_name) == (data_source, "0A3F:App")
    (definition,) = definitions(actor, actor.topics.essentials(data_source))
    assert (definition.identifier, definition.type) == (made.data_format_id, DATA_FORMAT_TYPE_EVENT)
    assert definition.event_identifier == "0A3F:App"


def test_format_ids_are_increasing_clock_ticks(library: Library, data_source: str) -> None:
    ids = [
        library.formats.get_parameter_data_format_id(data_source, [f"p{number}:App"]).unwrap().data_format_id
        for number in range(5)
    ]
    assert ids == sorted(set(ids))
    assert all(abs(made - ticks_now()) < TICKS_IN_A_DAY for made in ids)


def test_a_known_format_is_looked_up_and_not_published_again(
    library: Library, connect: Callable[..., Library], actor: ContractActor, topics: ContractTopics, data_source: str
) -> None:
    first = library.formats.get_parameter_data_format_id(data_source, ["a:App", "b:App"]).unwrap()
    again = library.formats.get_parameter_data_format_id(data_source, ["a:App", "b:App"]).unwrap()
    elsewhere = connect(topics).formats.get_parameter_data_format_id(data_source, ["a:App", "b:App"]).unwrap()
    assert first.data_format_id == again.data_format_id == elsewhere.data_format_id
    assert len(definitions(actor, actor.topics.essentials(data_source))) == 1


def test_the_order_of_parameters_makes_another_format(library: Library, data_source: str) -> None:
    one = library.formats.get_parameter_data_format_id(data_source, ["a:App", "b:App"]).unwrap()
    other = library.formats.get_parameter_data_format_id(data_source, ["b:App", "a:App"]).unwrap()
    assert one.data_format_id != other.data_format_id


def test_a_format_is_on_the_broker_when_its_id_is_returned(
    library: Library, actor: ContractActor, data_source: str
) -> None:
    for number in range(3):
        made = library.formats.get_event_data_format_id(data_source, f"{number}:App").unwrap()
        assert definitions(actor, actor.topics.essentials(data_source))[-1].identifier == made.data_format_id


def test_formats_defined_on_essentials_only_are_resolved(
    actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
) -> None:
    actor.create_data_source(data_source)
    actor.define_format(data_source, parameter_definition(BEYOND_DOUBLES, "vCar:Chassis", "b:App"), on_main=False)
    actor.define_format(data_source, event_definition(BEYOND_DOUBLES + 1, "0A:App"), on_main=False)
    formats = connect(topics).formats
    assert formats.get_parameters_list(data_source, BEYOND_DOUBLES).unwrap().parameter_list == [
        "vCar:Chassis",
        "b:App",
    ]
    assert formats.get_event(data_source, BEYOND_DOUBLES + 1).unwrap().event_name == "0A:App"
    known = formats.get_parameter_data_format_id(data_source, ["vCar:Chassis", "b:App"]).unwrap()
    assert known.data_format_id == BEYOND_DOUBLES


def test_formats_published_while_we_run_are_resolved(library: Library, actor: ContractActor, data_source: str) -> None:
    updates = []
    library.formats.data_format_info_updated.subscribe(lambda _sender, info: updates.append(info))
    ContractSession(actor, data_source, "Stream1").announce()
    actor.define_format(data_source, parameter_definition(BEYOND_DOUBLES, "late:App"))
    wait_until(
        lambda: library.formats.get_parameters_list(data_source, BEYOND_DOUBLES).success,
        timeout_seconds=20,
        message="the late format",
    )
    wait_until(lambda: bool(updates), timeout_seconds=20, message="data_format_info_updated")
    assert [(info.data_source, list(info.data_formats)) for info in updates] == [(data_source, [BEYOND_DOUBLES])]


def test_every_id_of_a_list_resolves_and_lookup_gives_the_first(
    actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
) -> None:
    actor.create_data_source(data_source)
    actor.define_format(data_source, parameter_definition(20, "a:App"))
    actor.define_format(data_source, parameter_definition(10, "a:App"))
    actor.define_format(data_source, parameter_definition(20, "other:App"))
    formats = connect(topics).formats
    assert formats.get_parameters_list(data_source, 10).unwrap().parameter_list == ["a:App"]
    assert formats.get_parameters_list(data_source, 20).unwrap().parameter_list == ["a:App"]
    assert formats.get_parameter_data_format_id(data_source, ["a:App"]).unwrap().data_format_id == 20


def test_all_formats_of_a_data_source_are_listed(
    actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
) -> None:
    actor.create_data_source(data_source)
    actor.define_format(data_source, parameter_definition(1, "a:App", "b:App"))
    actor.define_format(data_source, parameter_definition(2, "a:App", "b:App"))
    actor.define_format(data_source, event_definition(3, "0A:App"))
    infos = connect(topics).formats.get_data_source_data_format_info(data_source).unwrap()
    assert {
        info.key: (info.data_source, list(info.data_formats), list(info.identifiers), info.data_format_info_type)
        for info in infos
    } == {
        "a:App,b:App": (data_source, [1, 2], ["a:App", "b:App"], DataFormatInfoType.PARAMETERS),
        "0A:App": (data_source, [3], ["0A:App"], DataFormatInfoType.EVENT),
    }


def test_an_unknown_format_is_a_failed_result(library: Library, actor: ContractActor, data_source: str) -> None:
    actor.create_data_source(data_source)
    actor.define_format(data_source, event_definition(5, "0A:App"))
    wait_until(
        lambda: library.formats.get_event(data_source, 5).success, timeout_seconds=20, message="the event's format"
    )
    for result in (
        library.formats.get_parameters_list(data_source, 4),
        library.formats.get_parameters_list(data_source, 5),
        library.formats.get_event(data_source, 4),
    ):
        assert not result.success
        assert result.data is None
        assert data_source in result.error_message
    assert "4" in library.formats.get_event(data_source, 4).error_message


def test_foreign_records_on_essentials_do_not_hide_the_formats(
    actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
) -> None:
    actor.create_data_source(data_source)
    essentials = actor.topics.essentials(data_source)
    actor.produce(essentials, key=None, value=b"\xff\xff\xff")
    actor.produce(essentials, key=b"", value=b"")
    actor.define_format(data_source, b"\x0a\xff not a definition")
    actor.define_format(data_source, parameter_definition(7, "a:App"))
    formats = connect(topics).formats
    assert formats.get_parameters_list(data_source, 7).unwrap().parameter_list == ["a:App"]


def test_formats_of_every_data_source_are_told_of_once_they_are_new(
    actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
) -> None:
    known, unknown = f"{data_source}Known", f"{data_source}Unknown"
    actor.create_data_source(known)
    actor.define_format(known, parameter_definition(1, "old:App"))
    updates = []
    formats = connect(topics).formats
    formats.data_format_info_updated.subscribe(
        lambda _sender, info: updates.append((info.data_source, info.identifiers, info.data_formats))
    )
    actor.define_format(known, parameter_definition(2, "new:App"))
    actor.create_data_source(unknown)
    actor.define_format(unknown, parameter_definition(3, "other:App"))
    formats.get_parameters_list(known, 1).unwrap()
    expected = [(known, ["new:App"], [2]), (unknown, ["other:App"], [3])]
    wait_until(
        lambda: [each for each in expected if each in updates] == expected,
        timeout_seconds=20,
        message=lambda: f"both, has {updates}",
    )
    assert (known, ["old:App"], [1]) not in updates


def test_a_list_of_60_000_parameters_is_one_format_for_everyone(
    library: Library, connect: Callable[..., Library], topics: ContractTopics, data_source: str
) -> None:
    identifiers = [f"Parameter{number}:App" for number in range(60_000)]
    library.sessions.create_new_session(SessionCreationInfo(data_source=data_source)).unwrap()
    created = library.formats.get_parameter_data_format_id(data_source, identifiers).unwrap()
    resolved = connect(topics).formats.get_parameters_list(data_source, created.data_format_id).unwrap()
    assert resolved.parameter_list == identifiers
