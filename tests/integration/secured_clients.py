"""The security settings of clients that a secured broker lets in, and of some that it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ma_streaming import KafkaSecurityConfiguration
from tests.support import secured_broker as rig
from tests.support.certificates import KEY_PASSWORD
from tests.support.tokens import unsecured_token

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.certificates import Certificate
    from tests.support.secured_broker import SecuredBroker

SECRETS = (rig.PASSWORD, rig.GUEST_PASSWORD, KEY_PASSWORD)
"""What must be in no log line and no error."""


def tls(broker: SecuredBroker, client: Certificate | None = None, **changes: Any) -> KafkaSecurityConfiguration:
    """Trust the broker's authority; with a certificate of one's own, or without."""
    own = {} if client is None else certificate(client)
    return KafkaSecurityConfiguration(
        **{"protocol": "Ssl", "ssl_ca_location": str(broker.certificates.authority), **own, **changes}
    )


def certificate(client: Certificate) -> dict[str, str]:
    """Give the fields of a certificate whose key has a password."""
    return {
        "ssl_certificate_location": str(client.certificate),
        "ssl_key_location": str(client.locked_key),
        "ssl_key_password": KEY_PASSWORD,
    }


def sasl(mechanism: str, **changes: Any) -> KafkaSecurityConfiguration:
    """Log in with name and password, without TLS."""
    user = {"sasl_username": rig.USER, "sasl_password": rig.PASSWORD}
    return KafkaSecurityConfiguration(**{"protocol": "SaslPlaintext", "mechanism": mechanism, **user, **changes})


def sasl_tls(broker: SecuredBroker, mechanism: str, **changes: Any) -> KafkaSecurityConfiguration:
    """Log in with name and password, over TLS."""
    authority = str(broker.certificates.authority)
    return sasl(mechanism, **{"protocol": "SaslSsl", "ssl_ca_location": authority, **changes})


def oauth(broker: SecuredBroker, **changes: Any) -> KafkaSecurityConfiguration:
    """Log in with a token, over TLS."""
    authority = str(broker.certificates.authority)
    return KafkaSecurityConfiguration("SaslSsl", "OAuthBearer", ssl_ca_location=authority, **changes)


ACCEPTED: dict[str, tuple[str, Callable[[SecuredBroker], KafkaSecurityConfiguration | None]]] = {
    "Plaintext": (rig.PLAINTEXT, lambda _: None),
    "Ssl": (rig.SSL, tls),
    "Ssl with a client certificate": (rig.MUTUAL_TLS, lambda broker: tls(broker, broker.certificates.client)),
    "SaslPlaintext Plain": (rig.SASL_PLAINTEXT, lambda _: sasl("Plain")),
    "SaslPlaintext ScramSha256": (rig.SASL_PLAINTEXT, lambda _: sasl("ScramSha256")),
    "SaslSsl Plain": (rig.SASL_SSL, lambda broker: sasl_tls(broker, "Plain")),
    "SaslSsl ScramSha256": (rig.SASL_SSL, lambda broker: sasl_tls(broker, "ScramSha256")),
    "SaslSsl ScramSha512": (rig.SASL_SSL, lambda broker: sasl_tls(broker, "ScramSha512")),
    "SaslSsl OAuthBearer": (
        rig.SASL_SSL,
        lambda broker: oauth(broker, oauth_token_callback=lambda _: unsecured_token(rig.USER, 3600)),
    ),
}
"""By name: the listener, and what lets a client in there."""
