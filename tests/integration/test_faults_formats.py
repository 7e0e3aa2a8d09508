"""Data formats that are unknown, late, doubled or redefined (fault F26; wire contract 4)."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from ma_streaming import UnknownDataFormatError
from ma_streaming.testing import wait_until
from tests.integration.contract_formats import event_definition, parameter_definition, ticks_now
from tests.integration.contract_session import ContractSession
from tests.integration.library import DEADLINE_SECONDS, ReaderLog, started
from tests.integration.one_generation import OneGeneration

if TYPE_CHECKING:
    from collections.abc import Callable

    from ma_streaming import DataFormatInfo
    from tests.integration.contract_actor import ContractActor
    from tests.integration.contract_topics import ContractTopics
    from tests.integration.library import Library

LARGEST_ID = 2**64 - 1


def wait_for_list(library: Library, data_source: str, data_format_id: int) -> list[str]:
    """Wait until an id resolves and give its parameters."""
    formats = library.formats
    return wait_until(
        lambda: formats.get_parameters_list(data_source, data_format_id).data,
        timeout_seconds=DEADLINE_SECONDS,
        message=f"data format {data_format_id}",
    ).parameter_list


def redefinitions(library: Library) -> int:
    """Ask for the count."""
    return library.formats.statistics().unwrap().redefinitions


def wait_for_warning(library: Library, text: str) -> None:
    """Wait until a warning has that text."""
    wait_until(
        lambda: any(text in line for line in library.logger.of("warning")),
        timeout_seconds=DEADLINE_SECONDS,
        message=lambda: f"{text}, has {library.logger.lines}",
    )


class TestUnknown:
    def test_f26_an_unknown_format_is_a_failed_result_that_names_the_id(
        self, actor: ContractActor, library: Library, data_source: str
    ) -> None:
        actor.create_data_source(data_source)
        for result in (
            library.formats.get_parameters_list(data_source, LARGEST_ID),
            library.formats.get_event(data_source, LARGEST_ID),
        ):
            assert not result.success
            assert str(LARGEST_ID) in result.error_message
            with pytest.raises(UnknownDataFormatError, match=data_source):
                result.unwrap()

    def test_f26_asking_for_an_unknown_format_creates_nothing(
        self, actor: ContractActor, library: Library, data_source: str
    ) -> None:
        assert not library.formats.get_parameters_list(data_source, 1).success
        assert library.formats.get_data_source_data_format_info(data_source).data == []
        assert not [topic for topic in actor.topic_partitions() if data_source in topic]

    def test_f26_packets_of_an_unknown_format_are_read_all_the_same(
        self, actor: ContractActor, library: Library, data_source: str
    ) -> None:
        session = ContractSession(actor, data_source, "Stream1").complete(packets=5)
        library.wait_for_session(data_source, session.key, historical=True)
        reader = library.historic(data_source, session.key)
        log = ReaderLog(reader)
        with reader:
            assert log.wait_for_completion(session.key) == "ended"
        assert log.received(session.key) == session.expected


class TestLate:
    def test_f26_a_definition_that_comes_after_its_data_resolves_without_a_restart(
        self, actor: ContractActor, library: Library, data_source: str
    ) -> None:
        updates: list[DataFormatInfo] = []
        library.formats.data_format_info_updated.subscribe(lambda _sender, info: updates.append(info))
        late = ticks_now()
        session = ContractSession(actor, data_source, "Stream1").announce()
        session.open_streams("Sin:MyApp")
        session.write_periodic("Stream1", 3, data_format_id=late)
        assert not library.formats.get_parameters_list(data_source, late).success
        actor.define_format(data_source, parameter_definition(late, "Sin:MyApp"))
        assert wait_for_list(library, data_source, late) == ["Sin:MyApp"]
        wait_until(lambda: bool(updates), timeout_seconds=DEADLINE_SECONDS, message="data_format_info_updated")
        assert [(info.data_source, info.data_formats, info.identifiers) for info in updates] == [
            (data_source, [late], ["Sin:MyApp"])
        ]

    def test_f26_an_essentials_topic_that_comes_after_the_question_is_found(
        self, actor: ContractActor, library: Library, data_source: str
    ) -> None:
        assert not library.formats.get_event(data_source, 3).success
        actor.create_data_source(data_source)
        actor.define_format(data_source, event_definition(3, "0A:App"))
        event = wait_until(
            lambda: library.formats.get_event(data_source, 3).data,
            timeout_seconds=DEADLINE_SECONDS,
            message="the late event",
        )
        assert event.event_name == "0A:App"


class TestRedefined(OneGeneration):
    def test_f26_the_first_definition_of_an_id_holds_and_others_are_counted(
        self, actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
    ) -> None:
        actor.create_data_source(data_source)
        actor.define_format(data_source, parameter_definition(20, "a:App"))
        early = connect(topics)
        assert wait_for_list(early, data_source, 20) == ["a:App"]
        for content in (("b:App",), ("a:App", "b:App"), ("a:App",)):
            actor.define_format(data_source, parameter_definition(20, *content))
        actor.define_format(data_source, parameter_definition(21, "last:App"))
        late = connect(topics)
        for library in (early, late):
            assert wait_for_list(library, data_source, 21) == ["last:App"]
            assert wait_for_list(library, data_source, 20) == ["a:App"]
            assert redefinitions(library) == 2
            wait_for_warning(library, f"'{data_source}' defines data format 20 anew")

    def test_f26_a_list_that_only_a_redefinition_had_gets_an_id_of_its_own(
        self, actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
    ) -> None:
        actor.create_data_source(data_source)
        actor.define_format(data_source, parameter_definition(20, "a:App"))
        actor.define_format(data_source, parameter_definition(20, "b:App"))
        made = connect(topics).formats.get_parameter_data_format_id(data_source, ["b:App"]).unwrap()
        assert made.data_format_id != 20
        other = connect(topics)
        assert wait_for_list(other, data_source, made.data_format_id) == ["b:App"]
        assert wait_for_list(other, data_source, 20) == ["a:App"]

    def test_f26_the_same_definition_again_is_no_redefinition(
        self, actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
    ) -> None:
        actor.create_data_source(data_source)
        for _ in range(3):
            actor.define_format(data_source, parameter_definition(20, "a:App", "b:App"))
            actor.define_format(data_source, event_definition(21, "0A:App"))
        library = connect(topics)
        infos = library.formats.get_data_source_data_format_info(data_source).unwrap()
        assert sorted((info.key, info.data_formats) for info in infos) == [("0A:App", [21]), ("a:App,b:App", [20])]
        statistics = library.formats.statistics().unwrap()
        assert (statistics.formats, statistics.redefinitions) == (2, 0)

    def test_f26_a_parameter_list_and_an_event_may_share_an_id(
        self, actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
    ) -> None:
        actor.create_data_source(data_source)
        actor.define_format(data_source, parameter_definition(20, "a:App"))
        actor.define_format(data_source, event_definition(20, "0A:App"))
        library = connect(topics)
        assert wait_for_list(library, data_source, 20) == ["a:App"]
        assert library.formats.get_event(data_source, 20).unwrap().event_name == "0A:App"
        assert redefinitions(library) == 0

    def test_f26_an_id_belongs_to_its_data_source(
        self, actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
    ) -> None:
        for name, identifier in ((data_source, "a:App"), (f"{data_source}2", "b:App")):
            actor.create_data_source(name)
            actor.define_format(name, parameter_definition(20, identifier))
        library = connect(topics)
        assert wait_for_list(library, f"{data_source}2", 20) == ["b:App"]
        assert wait_for_list(library, data_source, 20) == ["a:App"]
        assert redefinitions(library) == 0


class TestSeveralIds(OneGeneration):
    def test_f26_two_ids_of_one_list_both_resolve_and_the_first_is_used(
        self, actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
    ) -> None:
        actor.create_data_source(data_source)
        ids = [LARGEST_ID, ticks_now(), 1]
        for data_format_id in ids:
            actor.define_format(data_source, parameter_definition(data_format_id, "a:App", "b:App"))
        library = connect(topics)
        assert [wait_for_list(library, data_source, each) for each in ids] == [["a:App", "b:App"]] * 3
        known = library.formats.get_parameter_data_format_id(data_source, ["a:App", "b:App"]).unwrap()
        assert known.data_format_id == LARGEST_ID
        made = library.formats.get_parameter_data_format_id(data_source, ["b:App", "a:App"]).unwrap()
        assert 0 < made.data_format_id < LARGEST_ID
        (info,) = [
            info
            for info in library.formats.get_data_source_data_format_info(data_source).unwrap()
            if info.key == "a:App,b:App"
        ]
        assert info.data_formats == ids

    def test_f26_lists_that_read_alike_when_joined_stay_apart(
        self, library: Library, connect: Callable[..., Library], topics: ContractTopics, data_source: str
    ) -> None:
        lists = [["a", "b"], ["a,b"], ["a,", "b"], ["1:a", "b"]]
        made = [library.formats.get_parameter_data_format_id(data_source, each).unwrap() for each in lists]
        other = connect(topics)
        assert [wait_for_list(other, data_source, each.data_format_id) for each in made] == lists

    def test_f26_two_processes_that_create_the_same_list_at_once_agree(
        self, connect: Callable[..., Library], topics: ContractTopics, data_source: str
    ) -> None:
        libraries = [connect(topics) for _ in range(2)]
        made: list[dict[int, int]] = [{}, {}]
        together = threading.Barrier(2, timeout=DEADLINE_SECONDS)

        def create(which: int) -> None:
            service = libraries[which].formats
            for number in range(10):
                together.wait()
                info = service.get_parameter_data_format_id(data_source, [f"p{number}:App"]).unwrap()
                made[which][number] = info.data_format_id

        threads = [threading.Thread(target=create, args=(which,)) for which in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(DEADLINE_SECONDS)
        assert made[0] == made[1]
        assert len(made[0]) == 10
        reader = connect(topics)
        for number, data_format_id in made[0].items():
            assert wait_for_list(reader, data_source, data_format_id) == [f"p{number}:App"]
        assert redefinitions(reader) == 0


def test_f26_a_format_is_resolved_where_its_session_is_read_while_it_is_defined(
    actor: ContractActor, library: Library, data_source: str
) -> None:
    late = ticks_now()
    session = ContractSession(actor, data_source, "Stream1").announce()
    reader = library.live(data_source, session.key)
    log = ReaderLog(reader)
    with started(reader):
        session.open_streams("Sin:MyApp")
        session.write_periodic("Stream1", 3, data_format_id=late)
        log.wait_for("packet", 7)
        actor.define_format(data_source, parameter_definition(late, "Sin:MyApp"))
        assert wait_for_list(library, data_source, late) == ["Sin:MyApp"]
        session.end_streams()
        session.end()
        assert log.wait_for_completion(session.key) == "ended"
    assert log.received(session.key) == session.expected
