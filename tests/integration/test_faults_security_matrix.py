"""Each kind of client gets the credentials, whatever they are (fault V04): admin, producer, consumers, members."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.integration.library import PACKET, ReaderLog, by_stream, started
from tests.integration.one_generation import OneGeneration
from tests.integration.secured_clients import ACCEPTED, SECRETS
from tests.integration.written_session import WrittenSession

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.contract_topics import ContractTopics
    from tests.integration.library import Library
    from tests.support.secured_broker import SecuredBroker

STREAM = "Stream1"
PARAMETERS = ["vCar:Chassis"]


@pytest.fixture(scope="module")
def broker_list(secured_broker: SecuredBroker) -> str:
    """No other broker than the secured one."""
    return secured_broker.broker.bootstrap_servers


class TestEveryKindOfClient(OneGeneration):
    @pytest.mark.parametrize("kind", ACCEPTED)
    def test_v04_every_kind_of_client_gets_the_credentials(
        self,
        secured_broker: SecuredBroker,
        connect: Callable[..., Library],
        topics: ContractTopics,
        data_source: str,
        kind: str,
    ) -> None:
        listener, security = ACCEPTED[kind]
        access = {
            "broker": secured_broker.address(listener),
            "security": security(secured_broker),
            "topic_retention": timedelta.max,
        }
        writer, reader = connect(topics, **access), connect(topics, **access)
        session = WrittenSession(writer, data_source, STREAM)
        reader.wait_for_session(data_source, session.key)
        live = ReaderLog(started(reader.live(data_source, session.key)))
        member = ReaderLog(started(reader.live(data_source, session.key, group_id=f"group-{uuid4()}")))
        session.open()
        live.wait_for(PACKET, 2)
        member.wait_for(PACKET, 2)
        data_format = writer.formats.get_parameter_data_format_id(data_source, PARAMETERS).unwrap().data_format_id
        session.write_lap(STREAM, 1)
        session.close().end()
        for log in (live, member):
            assert log.wait_for_completion(session.key) == "ended"
            assert log.received(session.key) == session.expected
            log.reader.stop()
        with reader.historic(data_source, session.key) as historic:
            assert by_stream(list(historic)) == session.expected
        found = reader.formats.get_parameters_list(data_source, data_format).unwrap()
        assert list(found.parameter_list) == PARAMETERS
        reader.wait_for_session(data_source, session.key, historical=True)
        lines = writer.logger.lines + reader.logger.lines
        assert [line for line in lines if line[0] in {"warning", "error"}] == []
        for secret in SECRETS:
            assert secret not in f"{lines}{reader.configuration!r}"
