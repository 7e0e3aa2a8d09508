"""Tokens of the program or of an endpoint: every client has them, they are refreshed, failures are told (fault F36)."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from ma_streaming import AuthenticationError, BrokerUnavailableError, OAuthToken
from ma_streaming.testing import wait_until
from tests.integration.library import DEADLINE_SECONDS, PACKET, Library, ReaderLog, by_stream, started, within
from tests.integration.one_generation import OneGeneration
from tests.integration.secured_clients import oauth
from tests.integration.written_session import WrittenSession
from tests.support import secured_broker as rig
from tests.support.tokens import TokenEndpoint, TokenMaker, unsecured_token

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.contract_topics import ContractTopics
    from tests.support.secured_broker import SecuredBroker

SHORT_LIFE_SECONDS = 6
"""librdkafka asks for the next token at 80 % of that, up to a second late, and only after 10 s where it got none."""
LONG_LIFE_SECONDS = 3600
SCOPE = "pit wall"
CLIENT_SECRET = "client-Pa55word-of-the-test"  # noqa: S105 - what must not be shown


@pytest.fixture(scope="module")
def broker_list(secured_broker: SecuredBroker) -> str:
    """No other broker than the secured one."""
    return secured_broker.broker.bootstrap_servers


def errors_of(library: Library) -> list[str]:
    """Give the errors that were logged, after checking that no token was."""
    lines = f"{library.logger.lines}"
    assert "eyJ" not in lines, "a JWT begins like this"
    return library.logger.of("error")


class TestTokens(OneGeneration):
    @pytest.fixture
    def connect_with(
        self, secured_broker: SecuredBroker, connect: Callable[..., Library], topics: ContractTopics
    ) -> Callable[..., Library]:
        """Make started libraries that log in with tokens; arguments are fields of the security configuration."""
        address = secured_broker.address(rig.SASL_SSL)
        return lambda **fields: connect(
            topics,
            broker=address,
            security=oauth(secured_broker, **fields),
            additional_properties=["debug=security"],
        )

    def test_one_token_serves_every_client(self, connect_with: Callable[..., Library], data_source: str) -> None:
        maker = TokenMaker(rig.USER, LONG_LIFE_SECONDS)
        library = connect_with(oauth_token_callback=maker, oauth_scope=SCOPE)
        session = WrittenSession(library, data_source, "Stream1").complete()
        for group in ("", f"group-{uuid4()}"):
            with library.historic(data_source, session.key, group_id=group) as reader:
                assert by_stream(list(reader)) == session.expected
        assert maker.scopes == [SCOPE]
        assert maker.threads == {f"ma-streaming tokens {library.api.id}"}
        assert errors_of(library) == []

    def test_f36_tokens_expire_and_writing_and_reading_go_on(
        self, connect_with: Callable[..., Library], data_source: str
    ) -> None:
        maker = TokenMaker(rig.USER, SHORT_LIFE_SECONDS)
        library = connect_with(oauth_token_callback=maker)
        session = WrittenSession(library, data_source, "Stream1").open()
        logs = [
            ReaderLog(started(library.live(data_source, session.key, group_id=group)))
            for group in ("", f"group-{uuid4()}")
        ]
        for count in (2, 3, 4):
            session.write_lap("Stream1", count)
            assert library.writer.flush(DEADLINE_SECONDS).success
            for log in logs:
                log.wait_for(PACKET, count + 1)
            wait_until(lambda: len(maker.tokens) >= count, timeout_seconds=DEADLINE_SECONDS, message="a token")  # noqa: B023
        assert time.time() > maker.tokens[1][1], "the second token has expired"
        session.close().end()
        for log in logs:
            assert log.wait_for_completion(session.key) == "ended"
            assert log.received(session.key) == session.expected
            log.reader.stop()
        with library.historic(data_source, session.key) as reader:
            assert by_stream(list(reader)) == session.expected
        errors_of(library)

    def test_f36_a_callback_that_fails_is_called_again_and_everything_goes_on(
        self, connect_with: Callable[..., Library], data_source: str
    ) -> None:
        maker = TokenMaker(rig.USER, SHORT_LIFE_SECONDS)
        library = connect_with(oauth_token_callback=maker)
        session = WrittenSession(library, data_source, "Stream1").open()
        log = ReaderLog(started(library.live(data_source, session.key)))
        log.wait_for(PACKET, 2)
        maker.failures.append(OSError("the identity provider is away"))
        wait_until(lambda: len(maker.scopes) == 2, timeout_seconds=DEADLINE_SECONDS, message="the failure")
        wait_until(lambda: time.time() > maker.tokens[0][1], timeout_seconds=DEADLINE_SECONDS, message="the expiry")
        session.write_lap("Stream1", 1)
        wait_until(lambda: len(maker.scopes) == 3, timeout_seconds=DEADLINE_SECONDS, message="the next call")
        assert library.writer.flush(DEADLINE_SECONDS).success
        session.close().end()
        assert log.wait_for_completion(session.key) == "ended"
        assert log.received(session.key) == session.expected
        log.reader.stop()
        told = [line for line in errors_of(library) if "oauth_token_callback" in line]
        assert told == [
            "there is no token to log in with: oauth_token_callback raised OSError: the identity provider is away"
        ]

    def test_tokens_come_from_an_endpoint(self, connect_with: Callable[..., Library], data_source: str) -> None:
        with TokenEndpoint(rig.USER, LONG_LIFE_SECONDS) as endpoint:
            library = connect_with(
                oauth_token_endpoint_url=endpoint.url,
                oauth_client_id="car",
                oauth_client_secret=CLIENT_SECRET,
                oauth_scope=SCOPE,
            )
            session = WrittenSession(library, data_source, "Stream1").complete()
            with library.historic(data_source, session.key) as reader:
                assert by_stream(list(reader)) == session.expected
            library.stop()
        authorization, form = endpoint.requests[0]
        assert authorization.startswith("Basic ")
        assert (form["grant_type"], form["scope"]) == (["client_credentials"], [SCOPE])
        assert errors_of(library) == []
        assert CLIENT_SECRET not in f"{library.logger.lines}"


def raising(_: str) -> OAuthToken:
    raise ValueError("no such user")


USELESS: dict[str, tuple[Callable[[str], Any], str]] = {
    "raises": (raising, "oauth_token_callback raised ValueError: no such user"),
    "gives no time": (lambda _: unsecured_token(rig.USER, 60)[0], "gave a str; allowed is an OAuthToken"),
    "gives an expired token": (lambda _: unsecured_token(rig.USER, -1), "gave a token that has expired"),
    "gives a wrong extension": (lambda _: (*unsecured_token(rig.USER, 60), "", {"1": "a"}), "extension"),
    "is not accepted": (lambda _: ("not.a.token", time.time() + 60), "refused the login"),
}


@pytest.mark.parametrize("case", USELESS)
def test_f36_a_callback_without_a_usable_token_ends_initialise_at_once(
    secured_broker: SecuredBroker, case: str
) -> None:
    callback, words = USELESS[case]
    address = secured_broker.address(rig.SASL_SSL)
    library = Library(address, security=oauth(secured_broker, oauth_token_callback=callback), timeout_seconds=30)
    with within(5), pytest.raises(AuthenticationError) as raised:
        library.api.initialise()
    library.stop()
    assert raised.value.subject == address
    assert words in str(raised.value)
    assert "eyJ" not in f"{raised.value}{library.logger.lines}"
    assert len(errors_of(library)) <= 2


def test_a_callback_that_does_not_return_keeps_neither_initialise_nor_stop(secured_broker: SecuredBroker) -> None:
    going = threading.Event()

    def hanging(_: str) -> tuple[str, float]:
        going.wait()
        return unsecured_token(rig.USER, LONG_LIFE_SECONDS)

    security = oauth(secured_broker, oauth_token_callback=hanging)
    library = Library(
        secured_broker.address(rig.SASL_SSL), security=security, timeout_seconds=1, termination_timeout_seconds=1
    )
    with within(5), pytest.raises(BrokerUnavailableError, match="oauth_token_callback has not given a token yet"):
        library.api.initialise()
    library.stop()
    assert [line for line in library.logger.of("warning") if "has not returned" in line]
    going.set()
