"""One real Kafka with a listener for each kind of security, with users, certificates and access rules."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from confluent_kafka import KafkaException
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from ma_streaming.testing import KafkaBroker, wait_until
from ma_streaming.testing.ports import LOOPBACK, choose_free_port
from tests.support.certificates import Certificates

if TYPE_CHECKING:
    from pathlib import Path

    from ma_streaming.testing.kafka_properties import PropertyValue

PLAINTEXT, SSL, MUTUAL_TLS = "PLAINTEXT", "SSL", "MTLS"
SASL_PLAINTEXT, SASL_SSL = "SASL_PLAINTEXT", "SASL_SSL"
EXPIRED, ELSEWHERE = "EXPIRED", "ELSEWHERE"
_PROTOCOLS: Final = {
    PLAINTEXT: "PLAINTEXT",
    SSL: "SSL",
    MUTUAL_TLS: "SSL",
    SASL_PLAINTEXT: "SASL_PLAINTEXT",
    SASL_SSL: "SASL_SSL",
    EXPIRED: "SSL",
    ELSEWHERE: "SSL",
}
"""Security protocol by listener. EXPIRED has an expired certificate, ELSEWHERE one for another host."""

USER, PASSWORD = "pit-wall", "user-Pa55word-of-the-test"
GUEST, GUEST_PASSWORD = "guest", "guest-Pa55word-of-the-test"
"""USER may do everything. GUEST may do what access rules allow."""

_MECHANISMS: Final = {SASL_SSL: "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER", SASL_PLAINTEXT: "PLAIN,SCRAM-SHA-256"}
_LONGEST_LOGIN_MS: Final = 60_000
"""A client with a token must log in anew before it expires, or after so long."""

_LOGIN = "org.apache.kafka.common.security"
_SCRAM_ITERATIONS = 4096
_DEADLINE_SECONDS = 20.0


class SecuredBroker:
    """The broker and what it takes to be let in.

    Args:
        folder: Where certificates and keys are put.
    """

    def __init__(self, folder: Path) -> None:
        self.certificates = Certificates(folder)
        self._ports = _different_ports(len(_PROTOCOLS) + 1)
        self._keystores = folder
        self.broker = KafkaBroker(
            port=self._ports[0], heap_megabytes=512, properties={**self._listeners(), **self._stores(), **_logins()}
        )

    def address(self, listener: str) -> str:
        """Give the address of a listener, `host:port`."""
        return f"{LOOPBACK}:{self._ports[list(_PROTOCOLS).index(listener)]}"

    def admin(self) -> AdminClient:
        """Give a client that may do everything."""
        return AdminClient({"bootstrap.servers": self.address(PLAINTEXT), "log_level": 0})

    def start(self) -> None:
        """Start the broker and wait until its users are known."""
        self.broker.start()
        try:
            self._add_scram_users()
        except BaseException:
            self.broker.stop()
            raise

    def stop(self) -> None:
        """End the broker."""
        self.broker.stop()

    def _listeners(self) -> dict[str, PropertyValue]:
        controller = f"{LOOPBACK}:{self._ports[-1]}"
        addresses = [f"{name}://{self.address(name)}" for name in _PROTOCOLS]
        return {
            "listeners": ",".join([*addresses, f"CONTROLLER://{controller}"]),
            "advertised.listeners": ",".join(addresses),
            "listener.security.protocol.map": ",".join(
                f"{name}:{protocol}" for name, protocol in (*_PROTOCOLS.items(), ("CONTROLLER", "PLAINTEXT"))
            ),
            "controller.quorum.bootstrap.servers": controller,
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": f"User:ANONYMOUS;User:client;User:{USER}",
        }

    def _stores(self) -> dict[str, PropertyValue]:
        """Certificates: whom the broker trusts, and what it shows on each listener."""
        given = self.certificates
        stores: dict[str, PropertyValue] = {
            "ssl.keystore.type": "PEM",
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(given.authority),
            "listener.name.mtls.ssl.client.auth": "required",
            "ssl.principal.mapping.rules": "RULE:.*CN=([^,]+).*/$1/,DEFAULT",
        }
        for prefix, certificate in (
            ("", given.broker),
            ("listener.name.expired.", given.expired_broker),
            ("listener.name.elsewhere.", given.broker_elsewhere),
        ):
            store = self._keystores / f"{prefix}keystore.pem"
            store.write_text(certificate.keystore(), "ascii")
            stores[f"{prefix}ssl.keystore.location"] = str(store)
        return stores

    def _add_scram_users(self) -> None:
        admin = self.admin()
        mechanisms = (ScramMechanism.SCRAM_SHA_256, ScramMechanism.SCRAM_SHA_512)
        for user, password in ((USER, PASSWORD), (GUEST, GUEST_PASSWORD)):
            for mechanism in mechanisms:
                information = ScramCredentialInfo(mechanism, _SCRAM_ITERATIONS)
                wanted = UserScramCredentialUpsertion(user, information, password.encode())
                admin.alter_user_scram_credentials([wanted])[user].result(_DEADLINE_SECONDS)
        for name in ("SCRAM-SHA-256", "SCRAM-SHA-512"):
            wait_until(partial(self._lets_in, name), timeout_seconds=_DEADLINE_SECONDS, message=name)

    def _lets_in(self, mechanism: str) -> bool:
        """Say whether the users are known by now: the broker learns of them a moment after the controller."""
        guest = AdminClient(
            {
                "bootstrap.servers": self.address(SASL_SSL),
                "security.protocol": "sasl_ssl",
                "sasl.mechanisms": mechanism,
                "sasl.username": GUEST,
                "sasl.password": GUEST_PASSWORD,
                "ssl.ca.location": str(self.certificates.authority),
                "log_level": 0,
            }
        )
        try:
            return bool(guest.list_topics(timeout=2).brokers)
        except KafkaException:
            return False


def _logins() -> dict[str, PropertyValue]:
    """Say which mechanisms each listener has, and who the users are."""
    users = f'user_{USER}="{PASSWORD}" user_{GUEST}="{GUEST_PASSWORD}"'
    modules = {
        "plain": f"{_LOGIN}.plain.PlainLoginModule required {users};",
        "scram-sha-256": f"{_LOGIN}.scram.ScramLoginModule required;",
        "scram-sha-512": f"{_LOGIN}.scram.ScramLoginModule required;",
        "oauthbearer": f"{_LOGIN}.oauthbearer.OAuthBearerLoginModule required;",
    }
    logins: dict[str, PropertyValue] = {}
    for listener, mechanisms in _MECHANISMS.items():
        prefix = f"listener.name.{listener.lower()}"
        logins[f"{prefix}.sasl.enabled.mechanisms"] = mechanisms
        for mechanism in mechanisms.lower().split(","):
            logins[f"{prefix}.{mechanism}.sasl.jaas.config"] = modules[mechanism]
    logins["listener.name.sasl_ssl.oauthbearer.connections.max.reauth.ms"] = _LONGEST_LOGIN_MS
    return logins


def _different_ports(count: int) -> list[int]:
    ports: dict[int, None] = {}
    while len(ports) < count:
        ports[choose_free_port()] = None
    return list(ports)
