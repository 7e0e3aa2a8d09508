"""What one is told when Java or Maven is missing or too old."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ma_streaming.testing import BrokerStartError, MissingToolError
from ma_streaming.testing.cache import cache_folder
from ma_streaming.testing.java_tools import find_java, find_maven, parse_java_version
from ma_streaming.testing.kafka_jars import find_kafka_jars

POSIX_ONLY = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")


@pytest.fixture(autouse=True)
def nothing_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A PATH with one folder, empty until a test fills it, and a cache that is empty as well."""
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("MA_STREAMING_CACHE", str(tmp_path / "cache"))
    for variable in ("JAVA_HOME", "MAVEN_HOME", "KAFKA_HOME"):
        monkeypatch.delenv(variable, raising=False)
    return programs


def install(folder: Path, name: str, script: str) -> None:
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


@pytest.mark.parametrize(
    ("printed", "version"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('openjdk version "21" 2023-09-19', 21),
        ('java version "1.8.0_392"', 8),
        ('openjdk version "25-ea" 2025-09-16', 25),
        ("command not understood", None),
    ],
)
def test_version_is_read_as_java_prints_it(printed: str, version: int | None) -> None:
    assert parse_java_version(printed) == version


def test_missing_java_says_what_to_install() -> None:
    with pytest.raises(MissingToolError, match=r"no `java` was found.*apt install openjdk-17") as caught:
        find_java()
    assert caught.value.subject == "java"


@POSIX_ONLY
def test_old_java_is_refused_with_both_versions(nothing_installed: Path) -> None:
    install(nothing_installed, "java", """echo 'java version "1.8.0_392"' >&2""")
    with pytest.raises(MissingToolError, match=r"needs Java 17, and .*java is 8\. Install Java 17"):
        find_java()


@POSIX_ONLY
def test_java_that_does_not_run_is_refused(nothing_installed: Path) -> None:
    install(nothing_installed, "java", "exit 3")
    with pytest.raises(MissingToolError, match="does not run"):
        find_java()


@POSIX_ONLY
def test_java_home_comes_before_path(nothing_installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(nothing_installed, "java", "exit 3")
    home = tmp_path / "home"
    (home / "bin").mkdir(parents=True)
    install(home / "bin", "java", """echo 'openjdk version "21.0.2"' >&2""")
    monkeypatch.setenv("JAVA_HOME", str(home))
    assert find_java() == home / "bin" / "java"


def test_missing_maven_says_what_to_install() -> None:
    with pytest.raises(MissingToolError, match=r"no `mvn` was found.*apt install maven.*KAFKA_HOME") as caught:
        find_maven()
    assert caught.value.subject == "mvn"


@POSIX_ONLY
def test_failed_download_shows_what_maven_says_and_leaves_nothing(nothing_installed: Path) -> None:
    install(nothing_installed, "mvn", "echo '[ERROR] no route to the repository'; exit 1")
    with pytest.raises(BrokerStartError, match=r"(?s)exit code 1.*no route to the repository"):
        find_kafka_jars()
    assert [item.suffix for item in (cache_folder() / "kafka").iterdir()] == [".lock"]


@POSIX_ONLY
def test_download_happens_once_and_is_found_again_without_maven(nothing_installed: Path) -> None:
    install(
        nothing_installed,
        "mvn",
        'for a in "$@"; do case $a in -DoutputDirectory=*) f=${a#*=}; esac; done; /bin/mkdir $f; : > $f/kafka_2.jar',
    )
    (cache_folder() / "kafka" / "download-interrupted").mkdir(parents=True)
    jars = find_kafka_jars()
    assert sorted(item.suffix for item in jars.parent.iterdir()) == ["", ".lock"]
    assert [jar.name for jar in jars.iterdir()] == ["kafka_2.jar"]
    (nothing_installed / "mvn").unlink()
    assert find_kafka_jars() == jars


@POSIX_ONLY
def test_download_without_kafka_is_refused(nothing_installed: Path) -> None:
    install(nothing_installed, "mvn", "exit 0")
    with pytest.raises(BrokerStartError, match="left no kafka_"):
        find_kafka_jars()


def test_kafka_home_is_used_when_new_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    libraries = tmp_path / "kafka" / "libs"
    libraries.mkdir(parents=True)
    monkeypatch.setenv("KAFKA_HOME", str(libraries.parent))
    with pytest.raises(BrokerStartError, match="there is no libs/kafka-clients"):
        find_kafka_jars()
    (libraries / "kafka-clients-3.9.1.jar").touch()
    with pytest.raises(BrokerStartError, match=r"an Apache Kafka 3\.9; 4\.0 or newer"):
        find_kafka_jars()
    (libraries / "kafka-clients-3.9.1.jar").rename(libraries / "kafka-clients-4.1.0.jar")
    assert find_kafka_jars() == libraries


def test_starting_a_broker_without_java_is_one_clear_error(nothing_installed: Path) -> None:
    program = "from ma_streaming.testing import KafkaBroker; KafkaBroker().start()"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert "MissingToolError: Apache Kafka needs Java, and no `java` was found" in ended.stderr
    assert list(nothing_installed.iterdir()) == []
