"""Certificates for a broker and its clients, those too that must not be accepted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Final

import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

if TYPE_CHECKING:
    from pathlib import Path

KEY_PASSWORD: Final = "key-Pa55word-of-the-test"  # noqa: S105 - of keys that are made for one run
_HERE: Final = ("localhost", "127.0.0.1")
_ELSEWHERE: Final = ("kafka.elsewhere.example",)


@dataclass(frozen=True)
class Certificate:
    """A certificate and its private key (PKCS#8, which is what Kafka reads), each in a file of its own.

    Attributes:
        certificate: PEM file of the certificate.
        key: PEM file of the key, without a password.
        locked_key: The same key under `KEY_PASSWORD`.
    """

    certificate: Path
    key: Path
    locked_key: Path

    def keystore(self) -> str:
        """Give key and certificate as one text, for `ssl.keystore.key` or a PEM keystore file."""
        return self.key.read_text("ascii") + self.certificate.read_text("ascii")


class Certificates:
    """Everything that one run needs, in a folder.

    Attributes:
        authority: PEM file of the authority that broker and clients trust.
        other_authority: PEM file of another one.
        broker: For this machine.
        expired_broker: The same, not valid any more.
        broker_elsewhere: For another host.
        client: For a client, whose common name is `client`.
        expired_client: The same, not valid any more.
        unknown_client: The same from the other authority.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        ours, other = trustme.CA(), trustme.CA()
        self.authority = self._authority("authority", ours)
        self.other_authority = self._authority("other-authority", other)
        past = datetime.now(timezone.utc) - timedelta(days=1)
        self.broker = self._issue("broker", ours, *_HERE)
        self.expired_broker = self._issue("expired-broker", ours, *_HERE, not_after=past)
        self.broker_elsewhere = self._issue("broker-elsewhere", ours, *_ELSEWHERE)
        self.client = self._issue("client", ours, *_HERE)
        self.expired_client = self._issue("client", ours, *_HERE, not_after=past, file="expired-client")
        self.unknown_client = self._issue("client", other, *_HERE, file="unknown-client")

    def _authority(self, name: str, authority: trustme.CA) -> Path:
        path = self._folder / f"{name}.pem"
        authority.cert_pem.write_to_path(path)
        return path

    def _issue(
        self, name: str, authority: trustme.CA, *hosts: str, not_after: datetime | None = None, file: str = ""
    ) -> Certificate:
        not_before = None if not_after is None else not_after - timedelta(days=1)
        leaf = authority.issue_cert(*hosts, common_name=name, not_before=not_before, not_after=not_after)
        paths = Certificate(*(self._folder / f"{file or name}{end}" for end in (".pem", ".key", ".locked.key")))
        key = load_pem_private_key(leaf.private_key_pem.bytes(), password=None)
        locks: dict[Path, KeySerializationEncryption] = {
            paths.key: NoEncryption(),
            paths.locked_key: BestAvailableEncryption(KEY_PASSWORD.encode()),
        }
        for path, lock in locks.items():
            path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock))
        paths.certificate.write_bytes(b"".join(blob.bytes() for blob in leaf.cert_chain_pems))
        return paths
