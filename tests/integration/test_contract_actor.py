"""The actor that the other tests measure the library by does what the contract's minimal writer does (10.6)."""

from __future__ import annotations

import pytest

from ma_streaming.protos.open_data_pb2 import EndOfSessionPacket, NewSessionPacket
from tests.integration.contract_actor import ContractActor, Record
from tests.integration.contract_formats import parameter_definition
from tests.integration.contract_session import ContractSession
from tests.integration.contract_topics import V1, V2, V2_ALTERNATE, ContractTopics
from tests.integration.record_batches import ZSTD, batch_codecs


@pytest.mark.parametrize(
    ("topics", "names"),
    [
        (ContractTopics(V1), ("SessionInfo", "{}", "{}_essential", "{}.Stream1")),
        (ContractTopics(V2), ("Sys.SessionInfo", "Data.{}", "Essential.{}", "Data.{}.Stream1")),
        (
            ContractTopics(V2, "Team"),
            ("Team.Sys.SessionInfo", "Team.Data.{}", "Team.Essential.{}", "Team.Data.{}.Stream1"),
        ),
        (ContractTopics(V2_ALTERNATE), ("System.SessionInfo", "Data.{}", "Essentials.{}", "Data.{}.Stream1")),
    ],
    ids=["V1", "V2", "V2 with a domain", "V2_ALTERNATE"],
)
def test_a_session_of_the_actor_is_the_contracts_example(
    actor: ContractActor, data_source: str, broker_list: str, names: tuple[str, ...]
) -> None:
    session_topic, main, essentials, stream = (name.format(data_source) for name in names)
    actor.create_topics([session_topic, main, essentials, stream])
    session = ContractSession(actor, data_source, "Stream1").announce()
    session.open_streams("Sin:MyApp")
    actor.define_format(data_source, parameter_definition(7, "Sin:MyApp"))
    session.write_periodic("Stream1", 50)
    session.end_streams()
    session.end()
    keyed = session.key.encode()
    assert shape(actor.read(main)) == [
        (keyed, "NewSession", False),
        (keyed, "Configuration", True),
        (b"", "DataFormatDefinition", True),
        (keyed, "EndOfSession", False),
    ]
    assert shape(actor.read(essentials)) == [
        (keyed, "Configuration", True),
        (keyed, "Configuration", True),
        (b"", "DataFormatDefinition", True),
    ]
    assert shape(actor.read(stream)) == [
        (keyed, "NewSession", False),
        (keyed, "Configuration", True),
        *[(keyed, "PeriodicData", False)] * 50,
        (keyed, "EndOfSession", False),
    ]
    begin, end = (record.packet.content for record in actor.read_session(session_topic, session.key))
    offsets = {f"{main}:0": 0, f"{essentials}:0": 0, f"{stream}:0": 0}
    assert dict(NewSessionPacket.FromString(begin).topic_partition_offsets) == offsets
    offsets = {f"{main}:0": 4, f"{essentials}:0": 3, f"{stream}:0": 53}
    assert dict(EndOfSessionPacket.FromString(end).topic_partition_offsets) == offsets
    assert set(batch_codecs(broker_list, stream)) == {ZSTD}


def shape(records: list[Record]) -> list[tuple[bytes | None, str, bool]]:
    """Give key, type and essential flag of each record."""
    assert not any(record.headers for record in records)
    return [(record.key, record.packet.type, record.packet.is_essential) for record in records]
