"""Certificates for tests, made by the `openssl` program while a test runs: authorities, and what they have signed."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from tests.support.requirements import missing

if TYPE_CHECKING:
    from pathlib import Path

_TIMEOUT_SECONDS = 30.0
_DAY = timedelta(days=1)
_CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")

_CONFIGURATION = """
[req]
distinguished_name = name
prompt = no
string_mask = utf8only
[name]
commonName = {common_name}
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[signed]
basicConstraints = critical, CA:FALSE
{extension}
[ca]
default_ca = settings
[settings]
database = {folder}/index.txt
new_certs_dir = {folder}
rand_serial = yes
default_md = sha256
policy = policy
unique_subject = no
[policy]
commonName = supplied
"""


@dataclass(frozen=True)
class Certificate:
    """A certificate and its private key, as PEM files.

    Attributes:
        certificate: The file of the certificate.
        key: The file of the private key (PKCS #8).
    """

    certificate: Path
    key: Path


class CertificateAuthority:
    """An authority that signs certificates.

    Attributes:
        certificate: The file of its own certificate (PEM), which clients are to trust.
    """

    def __init__(self, folder: Path, name: str) -> None:
        """Make it.

        Args:
            folder: Where its files, and those of the certificates that it signs, are kept; it must be its own.
            name: Its name in the certificates.
        """
        folder.mkdir(parents=True)
        (folder / "index.txt").touch()
        self._folder = folder
        self._key = folder / "authority.key"
        self.certificate = folder / "authority.pem"
        configuration = self._configure("authority", name)
        openssl(
            "req", "-x509", "-config", configuration, "-extensions", "authority", "-days", "2", *_CURVE, "-nodes",
            "-keyout", self._key, "-out", self.certificate,
        )  # fmt: skip

    def sign(
        self, name: str, *, hosts: str = "", key_password: str = "", ended_days_ago: int | None = None
    ) -> Certificate:
        """Make a key and a certificate for it.

        Args:
            name: The common name, and the name of the files.
            hosts: The hosts that it is for, as openssl writes them: ``DNS:localhost,IP:127.0.0.1``.
            key_password: Encrypts the private key; "" leaves it readable.
            ended_days_ago: Makes a certificate that is valid no more; None makes one that is valid.
        """
        configuration = self._configure(name, name, f"subjectAltName = {hosts}" if hosts else "")
        made = Certificate(self._folder / f"{name}.pem", self._folder / f"{name}.key")
        request = self._folder / f"{name}.csr"
        protection = ["-passout", f"pass:{key_password}"] if key_password else ["-nodes"]
        openssl("req", "-new", "-config", configuration, *_CURVE, *protection, "-keyout", made.key, "-out", request)
        last = datetime.now(timezone.utc) + (_DAY if ended_days_ago is None else -ended_days_ago * _DAY)
        openssl(
            "ca", "-batch", "-notext", "-config", configuration, "-extensions", "signed",
            "-cert", self.certificate, "-keyfile", self._key, "-in", request, "-out", made.certificate,
            "-startdate", _as_date(last - 3 * _DAY), "-enddate", _as_date(last),
        )  # fmt: skip
        return made

    def _configure(self, file_name: str, common_name: str, extension: str = "") -> Path:
        path = self._folder / f"{file_name}.cnf"
        text = _CONFIGURATION.format(common_name=common_name, extension=extension, folder=self._folder.as_posix())
        path.write_text(text, encoding="utf-8")
        return path


def openssl(*arguments: str | Path) -> None:
    """Run `openssl`; the test ends where there is none, and fails where it does."""
    program = shutil.which("openssl")
    if program is None:
        missing("the program `openssl`", "install OpenSSL 1.1.1 or later and put it on the PATH")
    command = [program, *map(str, arguments)]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        timeout=_TIMEOUT_SECONDS, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"openssl {arguments[0]} failed:\n{done.stdout}"


def _as_date(moment: datetime) -> str:
    return moment.strftime("%Y%m%d%H%M%SZ")
