"""A real Kafka that asks for credentials: one listener for each way of logging in, and a plain one for the test itself.

Certificates, keys and users are made anew at each start.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from confluent_kafka.admin import AdminClient, ScramCredentialInfo, ScramMechanism, UserScramCredentialUpsertion

from ma_streaming.testing import KafkaBroker
from ma_streaming.testing.ports import LOOPBACK, choose_free_port
from tests.support.brokers import or_missing
from tests.support.certificates import Certificate, CertificateAuthority

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType

    from typing_extensions import Self

USER: Final = "streaming-user"
PASSWORD: Final = "right-horse-battery-staple"  # noqa: S105 - of a user of a broker that is gone after the test
KEY_PASSWORD: Final = "key-of-the-locked-drawer"  # noqa: S105 - of a key that is made for the test

_SCRAM: Final = {
    "SCRAM-SHA-256": ScramMechanism.SCRAM_SHA_256,
    "SCRAM-SHA-512": ScramMechanism.SCRAM_SHA_512,
}
_SCRAM_ITERATIONS: Final = 4096
_ANSWER_SECONDS: Final = 20.0
_LOGIN_MODULES: Final = "org.apache.kafka.common.security"


@dataclass(frozen=True)
class Listener:
    """One way into the broker.

    Attributes:
        name: Its name in the broker's properties.
        protocol: Kafka's security protocol.
        certificate: Which of the broker's certificates it shows; "" for none.
        client_certificate: Whether clients need one: ``none``, ``requested`` or ``required``.
        mechanisms: The SASL mechanisms that it offers.
    """

    name: str
    protocol: str
    certificate: str = ""
    client_certificate: str = "none"
    mechanisms: tuple[str, ...] = ()


TLS: Final = Listener("TLS", "SSL", certificate="broker", client_certificate="requested")
MUTUAL_TLS: Final = Listener("MUTUAL", "SSL", certificate="broker", client_certificate="required")
WRONG_HOST: Final = Listener("WRONGHOST", "SSL", certificate="wrong-host")
EXPIRED: Final = Listener("EXPIRED", "SSL", certificate="expired")
LOGIN: Final = Listener("LOGIN", "SASL_PLAINTEXT", mechanisms=("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"))
TLS_LOGIN: Final = Listener("TLSLOGIN", "SASL_SSL", certificate="broker", mechanisms=("SCRAM-SHA-512",))
LISTENERS: Final = (TLS, MUTUAL_TLS, WRONG_HOST, EXPIRED, LOGIN, TLS_LOGIN)


class SecuredBroker:
    """The broker, its certificates and its one user. A context manager.

    Attributes:
        authority: Signed everything that the broker shows and accepts.
        other_authority: Signed nothing of it.
        client: A certificate that the broker accepts.
        locked_client: The same with a private key that is encrypted with `KEY_PASSWORD`.
        unrelated_client: A certificate of the other authority.
    """

    def __init__(self, folder: Path) -> None:
        """Make the certificates; nothing is started yet.

        Args:
            folder: Where certificates and keys are kept.
        """
        self.authority = CertificateAuthority(folder / "authority", "Test authority")
        self.other_authority = CertificateAuthority(folder / "other", "Unrelated authority")
        self.client = self.authority.sign("client")
        self.locked_client = self.authority.sign("locked-client", key_password=KEY_PASSWORD)
        self.unrelated_client = self.other_authority.sign("unrelated-client")
        here = f"DNS:localhost,IP:{LOOPBACK}"
        self._certificates = {
            "broker": self.authority.sign("broker", hosts=here),
            "wrong-host": self.authority.sign("wrong-host", hosts="DNS:broker.example.org"),
            "expired": self.authority.sign("expired", hosts=here, ended_days_ago=1),
        }
        ports: set[int] = set()
        while len(ports) < len(LISTENERS) + 2:
            ports.add(choose_free_port())
        plain, controller, *others = ports
        self._ports = {listener.name: port for listener, port in zip(LISTENERS, others, strict=True)}
        self._broker = KafkaBroker(port=plain, heap_megabytes=512, properties=self._properties(plain, controller))

    @property
    def plain_address(self) -> str:
        """The address of the listener that asks for nothing."""
        return self._broker.bootstrap_servers

    def address(self, listener: Listener) -> str:
        """Give the address of a listener, ``127.0.0.1:port``."""
        return f"{LOOPBACK}:{self._ports[listener.name]}"

    def __enter__(self) -> Self:
        """Start the broker, and make its user known for SCRAM; PLAIN has it from the broker's properties."""
        or_missing(self._broker.start)
        try:
            self._create_users()
        except BaseException:
            self._broker.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop the broker."""
        self._broker.stop()

    def _create_users(self) -> None:
        admin = AdminClient({"bootstrap.servers": self.plain_address, "log_level": 0})
        for mechanism in _SCRAM.values():  # one at a time: a request may name a user only once
            wanted = UserScramCredentialUpsertion(
                USER, ScramCredentialInfo(mechanism, _SCRAM_ITERATIONS), PASSWORD.encode()
            )
            for made in admin.alter_user_scram_credentials([wanted], request_timeout=_ANSWER_SECONDS).values():
                made.result(_ANSWER_SECONDS)

    def _properties(self, plain_port: int, controller_port: int) -> dict[str, str]:
        addresses = {"PLAINTEXT": f"{LOOPBACK}:{plain_port}"}
        addresses |= {listener.name: self.address(listener) for listener in LISTENERS}
        controller = f"{LOOPBACK}:{controller_port}"
        protocols = {"PLAINTEXT": "PLAINTEXT", "CONTROLLER": "PLAINTEXT"}
        protocols |= {listener.name: listener.protocol for listener in LISTENERS}
        properties = {
            "listeners": _joined({**addresses, "CONTROLLER": controller}, "://"),
            "advertised.listeners": _joined(addresses, "://"),
            "listener.security.protocol.map": _joined(protocols, ":"),
            "controller.quorum.bootstrap.servers": controller,
        }
        for listener in LISTENERS:
            wanted = self._certificate_properties(listener) | _login_properties(listener)
            properties |= {f"listener.name.{listener.name.lower()}.{key}": value for key, value in wanted.items()}
        return properties

    def _certificate_properties(self, listener: Listener) -> dict[str, str]:
        if not listener.certificate:
            return {}
        shown: Certificate = self._certificates[listener.certificate]
        return {
            "ssl.keystore.type": "PEM",
            "ssl.keystore.certificate.chain": shown.certificate.read_text("ascii"),
            "ssl.keystore.key": shown.key.read_text("ascii"),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.certificates": self.authority.certificate.read_text("ascii"),
            "ssl.client.auth": listener.client_certificate,
        }


def _login_properties(listener: Listener) -> dict[str, str]:
    if not listener.mechanisms:
        return {}
    properties = {"sasl.enabled.mechanisms": ",".join(listener.mechanisms)}
    for mechanism in listener.mechanisms:
        if mechanism in _SCRAM:
            module = f"{_LOGIN_MODULES}.scram.ScramLoginModule required;"
        else:
            module = f'{_LOGIN_MODULES}.plain.PlainLoginModule required user_{USER}="{PASSWORD}";'
        properties[f"{mechanism.lower()}.sasl.jaas.config"] = module
    return properties


def _joined(pairs: Mapping[str, str], separator: str) -> str:
    return ",".join(f"{name}{separator}{value}" for name, value in pairs.items())
