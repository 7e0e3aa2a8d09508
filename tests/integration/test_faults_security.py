"""A broker and a client that do not accept each other: a clear error in time, few log lines, no secret (fault F36)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ma_streaming import AuthenticationError, BrokerUnavailableError, KafkaSecurityConfiguration, StreamingError
from ma_streaming.testing.ports import LOOPBACK, choose_free_port
from tests.integration.library import Library, within
from tests.integration.secured_clients import SECRETS, sasl, sasl_tls, tls
from tests.support import secured_broker as rig

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.secured_broker import SecuredBroker

    Case = tuple[str, Callable[[SecuredBroker], KafkaSecurityConfiguration | None], str]

WRONG = "wrong-Pa55word"
LOGIN, OWN_CERTIFICATE = "refused the login", "refused this client's certificate"
BROKER_CERTIFICATE = "ssl_ca_location"

REFUSED: dict[str, Case] = {
    "bad password, Plain": (rig.SASL_PLAINTEXT, lambda _: sasl("Plain", sasl_password=WRONG), LOGIN),
    "bad password, ScramSha256": (rig.SASL_PLAINTEXT, lambda _: sasl("ScramSha256", sasl_password=WRONG), LOGIN),
    "bad password over TLS": (rig.SASL_SSL, lambda it: sasl_tls(it, "ScramSha512", sasl_password=WRONG), LOGIN),
    "unknown user": (rig.SASL_SSL, lambda it: sasl_tls(it, "ScramSha256", sasl_username="nobody"), LOGIN),
    "unsupported mechanism": (rig.SASL_PLAINTEXT, lambda _: sasl("ScramSha512"), "PLAIN,SCRAM-SHA-256"),
    "login where there is none": (rig.PLAINTEXT, lambda _: sasl("Plain"), LOGIN),
    "expired certificate of the broker": (rig.EXPIRED, tls, BROKER_CERTIFICATE),
    "certificate of another host": (rig.ELSEWHERE, tls, BROKER_CERTIFICATE),
    "wrong authority": (
        rig.SSL,
        lambda it: tls(it, ssl_ca_location=str(it.certificates.other_authority)),
        BROKER_CERTIFICATE,
    ),
    "authorities of the system": (rig.SSL, lambda _: KafkaSecurityConfiguration("Ssl"), BROKER_CERTIFICATE),
    "no client certificate": (rig.MUTUAL_TLS, tls, OWN_CERTIFICATE),
    "expired client certificate": (
        rig.MUTUAL_TLS,
        lambda it: tls(it, it.certificates.expired_client),
        OWN_CERTIFICATE,
    ),
    "client certificate of another authority": (
        rig.MUTUAL_TLS,
        lambda it: tls(it, it.certificates.unknown_client),
        OWN_CERTIFICATE,
    ),
}
"""By name: the listener, the client's settings, and what the error says. It is certain, so it comes at once."""

HUNG_UP: dict[str, Case] = {
    "plaintext client, TLS listener": (rig.SSL, lambda _: None, "'plaintext'"),
    "plaintext client, SASL listener": (rig.SASL_PLAINTEXT, lambda _: None, "'plaintext'"),
    "TLS client, plaintext listener": (rig.PLAINTEXT, tls, "'ssl'"),
    "TLS client, SASL listener": (rig.SASL_SSL, tls, "'ssl'"),
    "SASL without TLS, TLS listener": (rig.SASL_SSL, lambda _: sasl("Plain"), "'sasl_plaintext'"),
    "SASL with TLS, listener without": (rig.SASL_PLAINTEXT, lambda it: sasl_tls(it, "Plain"), "'sasl_ssl'"),
}
"""Likewise, where the broker just hangs up: that might be another fault, so the client goes on trying."""

AT_ONCE_SECONDS = 5
TIMEOUT_SECONDS = 2
MOST_LINES = 6


def failed_connection(address: str, security: KafkaSecurityConfiguration | None, **options: Any) -> StreamingError:
    """Give the error of a client that is not let in, after checking that few lines were logged and no secret."""
    library = Library(address, security=security, additional_properties=["debug=security"], **options)
    with pytest.raises(StreamingError) as raised:
        library.api.initialise()
    library.api.stop()
    lines = [f"{level}: {message}" for level, message in library.logger.lines]
    assert len([line for line in lines if not line.startswith("debug")]) <= MOST_LINES, lines
    for secret in (*SECRETS, WRONG):
        assert secret not in "".join([*lines, str(raised.value), repr(library.configuration)])
    return raised.value


@pytest.mark.parametrize("case", REFUSED)
def test_f36_what_is_certainly_refused_is_an_authentication_error_at_once(
    secured_broker: SecuredBroker, case: str
) -> None:
    listener, security, words = REFUSED[case]
    address = secured_broker.address(listener)
    with within(AT_ONCE_SECONDS):
        error = failed_connection(address, security(secured_broker), timeout_seconds=30)
    assert isinstance(error, AuthenticationError)
    assert error.subject == address
    assert address in str(error)
    assert words in str(error)
    assert "answered" not in str(error)


@pytest.mark.parametrize("case", HUNG_UP)
def test_f36_a_listener_that_speaks_another_protocol_gives_a_hint_within_the_timeout(
    secured_broker: SecuredBroker, case: str
) -> None:
    listener, security, protocol = HUNG_UP[case]
    address = secured_broker.address(listener)
    with within(TIMEOUT_SECONDS + 2):
        error = failed_connection(address, security(secured_broker), timeout_seconds=TIMEOUT_SECONDS)
    assert isinstance(error, BrokerUnavailableError)
    assert error.subject == address
    assert f"expects another protocol than {protocol}: see security" in str(error)


def test_f36_one_broker_that_refuses_leaves_time_for_the_others(secured_broker: SecuredBroker) -> None:
    addresses = f"{secured_broker.address(rig.EXPIRED)},{secured_broker.address(rig.SSL)}"
    library = Library(addresses, security=tls(secured_broker)).start()
    assert library.sessions.get_all_sessions().success
    library.stop()


def test_f36_a_refusal_is_reported_where_the_other_brokers_are_away(secured_broker: SecuredBroker) -> None:
    addresses = f"{secured_broker.address(rig.SASL_PLAINTEXT)},{LOOPBACK}:{choose_free_port()}"
    wrong = sasl("Plain", sasl_password=WRONG)
    error = failed_connection(addresses, wrong, timeout_seconds=TIMEOUT_SECONDS)
    assert isinstance(error, AuthenticationError)
    assert error.subject == addresses
