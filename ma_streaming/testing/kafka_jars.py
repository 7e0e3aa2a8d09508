"""Where the jars of Apache Kafka come from: KAFKA_HOME, or Maven by way of the user's cache."""

from __future__ import annotations

import hashlib
import importlib.resources
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from ma_streaming.testing.cache import cache_folder
from ma_streaming.testing.errors import BrokerStartError
from ma_streaming.testing.file_lock import FileLock
from ma_streaming.testing.java_tools import find_maven

OLDEST_KAFKA = (4, 0)

_DOWNLOAD_TIMEOUT_SECONDS = 600
_TAIL_LINES = 15


def find_kafka_jars() -> Path:
    """Return a folder with the jars of Apache Kafka, downloading them into the user's cache if need be.

    The download happens once for each `pom.xml` of this package (54 MB) and appears whole or not at all.

    Raises:
        MissingToolError: Maven is needed and missing.
        BrokerStartError: KAFKA_HOME isn't an Apache Kafka 4, or the download failed.
    """
    home = os.environ.get("KAFKA_HOME")
    if home:
        return _jars_of_home(Path(home))
    pom = importlib.resources.files("ma_streaming.testing").joinpath("kafka/pom.xml").read_bytes()
    folder = cache_folder() / "kafka" / f"jars-{hashlib.sha256(pom).hexdigest()[:16]}"
    if not folder.is_dir():
        maven = find_maven()
        lock = FileLock(folder.with_suffix(".lock"))
        lock.acquire(timeout_seconds=_DOWNLOAD_TIMEOUT_SECONDS)
        with lock:
            if not folder.is_dir():
                _download(maven, pom, folder)
    return folder


def _jars_of_home(home: Path) -> Path:
    jars = home / "libs"
    versions = [
        re.fullmatch(r"kafka-clients-(\d+)\.(\d+).*\.jar", jar.name) for jar in jars.glob("kafka-clients-*.jar")
    ]
    found = [(int(match.group(1)), int(match.group(2))) for match in versions if match]
    if not found:
        raise BrokerStartError(f"KAFKA_HOME is {home}, where there is no libs/kafka-clients-*.jar")
    major, minor = max(found)
    if (major, minor) < OLDEST_KAFKA:
        raise BrokerStartError(f"KAFKA_HOME is {home}, an Apache Kafka {major}.{minor}; 4.0 or newer is needed")
    return jars


def _download(maven: Path, pom: bytes, folder: Path) -> None:
    for interrupted in folder.parent.glob("download-*"):
        shutil.rmtree(interrupted)
    with tempfile.TemporaryDirectory(prefix="download-", dir=folder.parent) as name:
        temporary = Path(name)
        (temporary / "pom.xml").write_bytes(pom)
        jars = temporary / "jars"
        command = [
            str(maven), "--batch-mode", "--quiet", "--no-transfer-progress", "-Dstyle.color=never",
            "--file", str(temporary / "pom.xml"), "dependency:copy-dependencies",
            "-DincludeScope=runtime", f"-DoutputDirectory={jars}",
        ]  # fmt: skip
        _run_maven(command)
        if not any(jars.glob("kafka_*.jar")):
            raise BrokerStartError(f"Maven ended well but left no kafka_*.jar: {' '.join(command)}")
        jars.rename(folder)


def _run_maven(command: list[str]) -> None:
    try:
        subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace", timeout=_DOWNLOAD_TIMEOUT_SECONDS, check=True,
        )  # fmt: skip
    except subprocess.CalledProcessError as error:
        tail = "\n".join(error.stdout.splitlines()[:_TAIL_LINES])
        raise BrokerStartError(
            f"Maven could not download Apache Kafka (exit code {error.returncode}):\n{tail}"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise BrokerStartError(f"Maven did not download Apache Kafka within {_DOWNLOAD_TIMEOUT_SECONDS} s") from error
    except OSError as error:
        raise BrokerStartError(f"Maven does not run: {error}") from error
