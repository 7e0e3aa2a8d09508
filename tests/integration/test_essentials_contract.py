"""The essentials of one session, live and ended (contract 4.5, 5, 9.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ma_streaming.protos.open_data_pb2 import DataFormatDefinitionPacket, ParameterList
from ma_streaming.testing import wait_until
from tests.integration.contract_session import ContractSession, configuration
from tests.integration.library import within

if TYPE_CHECKING:
    from ma_streaming import EssentialsService
    from tests.integration.contract_actor import ContractActor
    from tests.integration.library import Library


class EssentialsLog:
    """What an essentials service reports, in its order."""

    def __init__(self, service: EssentialsService) -> None:
        self.entries: list[tuple[str, Any]] = []
        service.set_handler(lambda packet: self.entries.append(("packet", packet)))
        service.reading_essentials_started.subscribe(lambda _sender, info: self.entries.append(("started", info)))
        service.reading_essentials_completed.subscribe(lambda _sender, info: self.entries.append(("completed", info)))

    @property
    def packets(self) -> list[bytes]:
        """The bytes of the packets."""
        return [packet.packet_bytes.data for kind, packet in self.entries if kind == "packet"]

    @property
    def kinds(self) -> list[str]:
        """What was reported, without repetitions in a row."""
        kinds = [kind for kind, _ in self.entries]
        return [kind for place, kind in enumerate(kinds) if place == 0 or kinds[place - 1] != kind]

    def wait(self, *, packets: int = 0, completed: bool = False) -> None:
        """Wait until that much was reported."""
        wait_until(
            lambda: len(self.packets) >= packets and ("completed" in self.kinds) >= completed,
            timeout_seconds=20,
            message=lambda: f"{packets} packets, has {self.entries}",
        )


def essentials(library: Library, session: ContractSession) -> EssentialsService:
    """Make the service of a session, not started."""
    return library.api.get_essentials_api().create_service(session.data_source, session.key).unwrap()


def define_a_format(actor: ContractActor, data_source: str) -> None:
    """Put a record with an empty key among the essentials."""
    definition = DataFormatDefinitionPacket(
        identifier=5,
        type="DATA_FORMAT_TYPE_PARAMETER",
        parameter_identifiers=ParameterList(parameter_identifiers=["Sin:MyApp"]),
    )
    actor.define_format(data_source, definition.SerializeToString())


def test_the_essentials_of_an_ended_session_are_read_in_order_and_complete(
    library: Library, actor: ContractActor, data_source: str
) -> None:
    other = ContractSession(actor, data_source, "Stream1").announce()
    other.write("Stream1", "Configuration", configuration("Cos:MyApp"), essential=True)
    session = ContractSession(actor, data_source, "Stream1").announce()
    expected = [session.write("", "Configuration", configuration("Sin:MyApp"), essential=True)]
    define_a_format(actor, data_source)
    other.write("Stream1", "Marker", b"", essential=True)
    session.write("Stream1", "PeriodicData", b"")
    expected.append(session.write("Stream1", "Marker", b"", essential=True))
    session.end()
    library.wait_for_session(data_source, session.key, historical=True)
    with essentials(library, session) as service:
        log = EssentialsLog(service)
        log.wait(completed=True)
    assert log.packets == expected
    assert log.kinds == ["started", "packet", "completed"]
    assert log.entries[-1][1].reason == "ended"
    assert {packet.stream for kind, packet in log.entries if kind == "packet"} == {""}
    # The copy in the stream is recognisable as the same packet: it has the same bytes.
    assert expected[1] in session.expected["Stream1"]


def test_a_session_without_essentials_completes(library: Library, actor: ContractActor, data_source: str) -> None:
    session = ContractSession(actor, data_source).announce()
    session.end()
    library.wait_for_session(data_source, session.key, historical=True)
    with essentials(library, session) as service, within(10):
        assert list(service) == []


def test_a_live_session_keeps_the_essentials_open_until_it_ends(
    library: Library, actor: ContractActor, data_source: str
) -> None:
    session = ContractSession(actor, data_source)
    with essentials(library, session) as service:
        log = EssentialsLog(service)
        session.announce()
        expected = [session.write("", "Configuration", configuration("Sin:MyApp"), essential=True)]
        actor.flush()
        log.wait(packets=1)
        expected.append(session.write("", "Marker", b"", essential=True))
        actor.flush()
        log.wait(packets=2)
        assert "completed" not in log.kinds
        expected.append(session.write("", "Marker", b"late", essential=True))
        session.end()
        log.wait(packets=3, completed=True)
    assert log.packets == expected


def test_essentials_that_the_library_wrote_come_back(library: Library, data_source: str) -> None:
    from ma_streaming import SessionCreationInfo
    from ma_streaming.protos.open_data_pb2 import Packet

    info = library.sessions.create_new_session(SessionCreationInfo(data_source=data_source)).unwrap()
    packet = Packet(type="Marker", session_key=info.session_key, is_essential=True, id=7).SerializeToString()
    library.writer.write_data(data_source, "Stream1", info.session_key, packet).unwrap()
    library.sessions.end_session(data_source, info.session_key).unwrap()
    service = library.api.get_essentials_api().create_service(data_source, info.session_key).unwrap()
    with service:
        assert [each.packet_bytes.data for each in service] == [packet]
