"""Finding Java and Maven, and saying what to install when they are missing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from ma_streaming.testing.errors import MissingToolError

OLDEST_JAVA = 17

_VERSION_TIMEOUT_SECONDS = 30
_WITHOUT_JAVA = "`ma-streaming broker start --embedded` gives a broker that needs no Java."
_INSTALL_JAVA = (
    f"Install Java {OLDEST_JAVA} or newer: `apt install openjdk-17-jre-headless` (Debian, Ubuntu), "
    f"`brew install openjdk@17` (macOS), `winget install EclipseAdoptium.Temurin.17.JRE` (Windows). {_WITHOUT_JAVA}"
)
_INSTALL_MAVEN = (
    "Install Maven: `apt install maven` (Debian, Ubuntu), `brew install maven` (macOS), `winget install Apache.Maven` "
    f"(Windows), or set KAFKA_HOME to an unpacked Apache Kafka 4. {_WITHOUT_JAVA}"
)


def find_java() -> Path:
    """Return the `java` to run the broker with: the one of JAVA_HOME, or else the first on PATH.

    Raises:
        MissingToolError: There is none, it doesn't run, or it is older than Java 17.
    """
    java = _find("java", home_variable="JAVA_HOME")
    if java is None:
        raise MissingToolError(
            "java", "Apache Kafka needs Java, and no `java` was found (JAVA_HOME, PATH).", _INSTALL_JAVA
        )
    version = _java_version(java)
    if version < OLDEST_JAVA:
        raise MissingToolError(
            "java", f"Apache Kafka needs Java {OLDEST_JAVA}, and {java} is {version}.", _INSTALL_JAVA
        )
    return java


def find_maven() -> Path:
    """Return the `mvn` to download the broker with: the one of MAVEN_HOME, or else the first on PATH.

    Raises:
        MissingToolError: There is none.
    """
    maven = _find("mvn", home_variable="MAVEN_HOME")
    if maven is None:
        raise MissingToolError(
            "mvn", "Maven downloads Apache Kafka, and no `mvn` was found (MAVEN_HOME, PATH).", _INSTALL_MAVEN
        )
    return maven


def parse_java_version(text: str) -> int | None:
    """Return the feature release that ``java -version`` printed: 17 for ``17.0.15``, 8 for ``1.8.0_392``."""
    match = re.search(r'version "(?:1\.)?(\d+)', text)
    return int(match.group(1)) if match else None


def _find(program: str, *, home_variable: str) -> Path | None:
    home = os.environ.get(home_variable)
    at_home = shutil.which(program, path=str(Path(home) / "bin")) if home else None
    found = at_home or shutil.which(program)
    return Path(found) if found else None


def _java_version(java: Path) -> int:
    try:
        answer = subprocess.run(
            [java, "-version"], capture_output=True, text=True, timeout=_VERSION_TIMEOUT_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise MissingToolError("java", f"`{java} -version` does not run: {error}.", _INSTALL_JAVA) from error
    version = parse_java_version(answer.stderr + answer.stdout)
    if version is None:
        raise MissingToolError("java", f"`{java} -version` names no version: {answer.stderr.strip()}.", _INSTALL_JAVA)
    return version
