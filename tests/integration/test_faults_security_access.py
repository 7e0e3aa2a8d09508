"""Access that is withdrawn while everything runs (fault F36): services say so in time, and go on when it is back."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    ResourcePatternType,
    ResourceType,
)

from ma_streaming import AuthenticationError, SessionCreationInfo
from ma_streaming.testing import wait_until
from tests.integration.library import FAILED, PACKET, SESSION_COMPLETED, ReaderLog, started, within
from tests.integration.one_generation import OneGeneration
from tests.integration.secured_clients import SECRETS, sasl_tls
from tests.integration.written_session import WrittenSession
from tests.support import secured_broker as rig

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ma_streaming.results import ApiResult
    from tests.integration.contract_topics import ContractTopics
    from tests.integration.library import Library
    from tests.support.secured_broker import SecuredBroker

TIMEOUT_SECONDS = 5
MOST_LINES = 12


class Access:
    """What GUEST may do in one domain."""

    def __init__(self, broker: SecuredBroker, domain: str) -> None:
        self._admin = broker.admin()
        self._topics = (ResourceType.TOPIC, f"{domain}.", ResourcePatternType.PREFIXED, AclOperation.ALL)
        self._others = [
            (ResourceType.GROUP, domain, ResourcePatternType.PREFIXED, AclOperation.READ),
            (ResourceType.BROKER, "kafka-cluster", ResourcePatternType.LITERAL, AclOperation.CREATE),
        ]

    def grant(self) -> None:
        """Allow everything with the domain's topics and groups."""
        wanted = [AclBinding(*_rule(*rule)) for rule in (self._topics, *self._others)]
        for created in self._admin.create_acls(wanted).values():
            created.result(TIMEOUT_SECONDS)

    def revoke(self) -> None:
        """Take back what was granted for the topics."""
        for deleted in self._admin.delete_acls([AclBindingFilter(*_rule(*self._topics))]).values():
            assert deleted.result(TIMEOUT_SECONDS)


def _rule(kind: Any, name: str, pattern: Any, operation: Any) -> tuple[Any, ...]:
    return kind, name, pattern, f"User:{rig.GUEST}", "*", operation, AclPermissionType.ALLOW


def expect_refusal(result: ApiResult[Any]) -> None:
    """Assert that a call failed for want of the right."""
    assert not result.success
    assert "authorization failed" in result.error_message
    with pytest.raises(AuthenticationError):
        result.unwrap()


@pytest.fixture(scope="module")
def broker_list(secured_broker: SecuredBroker) -> str:
    """No other broker than the secured one."""
    return secured_broker.broker.bootstrap_servers


@contextmanager
def few_new_lines(*libraries: Library) -> Iterator[None]:
    """Assert that libraries log little meanwhile, and no secret ever."""
    before = [len(library.logger.lines) for library in libraries]
    yield
    for library, count in zip(libraries, before, strict=True):
        assert len(library.logger.lines) - count <= MOST_LINES, library.logger.lines[count:]
        for secret in SECRETS:
            assert secret not in f"{library.logger.lines}"


class TestAccessThatIsWithdrawn(OneGeneration):
    @pytest.fixture
    def access(self, secured_broker: SecuredBroker, domain: str) -> Access:
        """Access of GUEST to the test's domain, granted."""
        access = Access(secured_broker, domain)
        access.grant()
        return access

    @pytest.fixture
    def guest(
        self, secured_broker: SecuredBroker, connect: Callable[..., Library], topics: ContractTopics, access: Access
    ) -> Callable[[], Library]:
        """Make libraries that log in as GUEST."""
        _ = access
        security = sasl_tls(secured_broker, "Plain", sasl_username=rig.GUEST, sasl_password=rig.GUEST_PASSWORD)
        address = secured_broker.address(rig.SASL_SSL)
        return lambda: connect(topics, broker=address, security=security, timeout_seconds=TIMEOUT_SECONDS)

    def test_f36_readers_fail_with_the_reason(
        self, guest: Callable[[], Library], access: Access, data_source: str, domain: str
    ) -> None:
        writer, reader = guest(), guest()
        session = WrittenSession(writer, data_source, "Stream1")
        reader.wait_for_session(data_source, session.key)
        logs = [
            ReaderLog(started(reader.live(data_source, session.key, group_id=group)))
            for group in ("", f"{domain}-{uuid4()}")
        ]
        session.open()
        for log in logs:
            log.wait_for(PACKET, 2)
        with few_new_lines(reader), within(TIMEOUT_SECONDS):
            access.revoke()
            for log in logs:
                log.wait_for(SESSION_COMPLETED)
        for log in logs:
            assert [type(error) for error in log.of(FAILED)] == [AuthenticationError]
            assert f"{domain}.Data.{data_source}" in str(log.of(FAILED)[0])
            assert log.of(SESSION_COMPLETED)[0].reason == "error"
            log.reader.stop()

    def test_f36_writers_and_sessions_say_so_and_go_on_when_access_is_back(
        self, guest: Callable[[], Library], access: Access, data_source: str
    ) -> None:
        library = guest()
        session = WrittenSession(library, data_source, "Stream1").open()
        assert library.writer.flush(TIMEOUT_SECONDS).success
        with few_new_lines(library):
            access.revoke()
            session.write_lap("Stream1", 1)
            report = library.writer.flush(TIMEOUT_SECONDS)
            assert (report.success, report.data.failed if report.data else 0) == (False, 1)
            assert "Topic authorization failed" in report.error_message
            with within(TIMEOUT_SECONDS):
                expect_refusal(library.sessions.create_new_session(SessionCreationInfo(data_source=data_source)))
                expect_refusal(library.sessions.update_session_details(data_source, session.key, {"a": "b"}))
                expect_refusal(library.formats.get_parameter_data_format_id(data_source, ["vCar:Chassis"]))
            access.grant()

            def writes() -> bool:
                value = session.expected["Stream1"][-1]
                return library.writer.write_data(data_source, "Stream1", session.key, value).success

            wait_until(writes, timeout_seconds=TIMEOUT_SECONDS, message="a packet that is taken again")
            report = library.writer.flush(TIMEOUT_SECONDS)
            assert report.data is not None
            assert report.data.in_flight == 0
            assert library.sessions.update_session_details(data_source, session.key, {"a": "b"}).success
