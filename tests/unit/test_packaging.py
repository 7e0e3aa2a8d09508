"""The wheel has all that an installed package needs, and the pins agree with the ranges."""

from __future__ import annotations

import configparser
import email
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from email.message import Message

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ma_streaming._version import __version__
from tests.support.wheels import ROOT, Wheels

ASSEMBLY = "ma_streaming/_native/lib/MaStreaming.dll"
NEEDED = (
    ASSEMBLY,
    "ma_streaming/py.typed",
    "ma_streaming/protos/open_data_pb2.py",
    "ma_streaming/protos/open_data_pb2.pyi",
    "ma_streaming/testing/kafka/pom.xml",
)
PYTHONS = ("3.10", "3.11", "3.12", "3.13")


@pytest.fixture(scope="module")
def wheel(wheels: Wheels) -> Iterator[zipfile.ZipFile]:
    """The wheel of ma-streaming."""
    with zipfile.ZipFile(wheels.ma_streaming) as archive:
        yield archive


def metadata_of(wheel: zipfile.ZipFile) -> Message:
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    return email.message_from_bytes(wheel.read(name))


@pytest.mark.parametrize("name", NEEDED)
def test_wheel_has(wheel: zipfile.ZipFile, name: str) -> None:
    assert name in wheel.namelist(), f"{name} is not in the wheel"
    assert wheel.read(name) == (ROOT / name).read_bytes()


def test_wheel_has_every_file_of_the_package_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    files = (path for path in (ROOT / "ma_streaming").rglob("*") if path.is_file())
    sources = {path.relative_to(ROOT).as_posix() for path in files if "__pycache__" not in path.parts}
    assert {name for name in wheel.namelist() if ".dist-info/" not in name} == sources


def test_wheel_says_what_it_is(wheel: zipfile.ZipFile) -> None:
    metadata = metadata_of(wheel)
    assert metadata["Name"] == "ma-streaming"
    assert metadata["Version"] == __version__
    assert metadata["Requires-Python"] == ">=3.10"
    assert metadata["License-Expression"] == "MIT"
    assert {"dotnet", "pandas", "arrow", "dev"} <= set(metadata.get_all("Provides-Extra", []))


def test_wheel_installs_the_command(wheel: zipfile.ZipFile) -> None:
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/entry_points.txt"))
    parser = configparser.ConfigParser()
    parser.read_string(wheel.read(name).decode())
    assert dict(parser["console_scripts"]) == {"ma-streaming": "ma_streaming.cli.main:main"}


def git(*arguments: str) -> subprocess.CompletedProcess[str]:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("this is not a git checkout")
    command = ["git", "-c", f"safe.directory={ROOT}", *arguments]  # the checkout may belong to another user
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_no_ignore_rule_hides_a_file_of_the_package() -> None:
    for name in NEEDED:
        result = git("check-ignore", "--no-index", "--verbose", name)
        assert (result.returncode, result.stdout) == (1, ""), result.stdout + result.stderr


def test_git_keeps_the_assembly_byte_for_byte() -> None:
    assert git("check-attr", "text", "--", ASSEMBLY).stdout.strip().endswith("text: unset")


def pins() -> list[Requirement]:
    lines = (line.partition("#")[0].strip() for line in (ROOT / "Requirements.txt").read_text("utf-8").splitlines())
    return [Requirement(line) for line in lines if line]


def applies(requirement: Requirement, python: str, **environment: str) -> bool:
    values = {"python_version": python, "python_full_version": f"{python}.0", "platform_machine": "x86_64"}
    return requirement.marker is None or requirement.marker.evaluate({**values, **environment})


@pytest.mark.parametrize("python", PYTHONS)
def test_pins_are_exact_and_one_for_each_package(python: str) -> None:
    chosen = [pin for pin in pins() if applies(pin, python)]
    names = [canonicalize_name(pin.name) for pin in chosen]
    assert len(names) == len(set(names))
    for pin in chosen:
        (specifier,) = pin.specifier
        assert specifier.operator == "=="
        assert "*" not in specifier.version


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("extra", ["", "dotnet", "dev"])
def test_every_requirement_is_pinned_within_its_range(wheel: zipfile.ZipFile, python: str, extra: str) -> None:
    pinned = {canonicalize_name(pin.name): pin for pin in pins() if applies(pin, python)}
    requirements = [Requirement(text) for text in metadata_of(wheel).get_all("Requires-Dist", [])]
    chosen = [requirement for requirement in requirements if applies(requirement, python, extra=extra)]
    assert chosen
    for requirement in chosen:
        (specifier,) = pinned[canonicalize_name(requirement.name)].specifier
        assert requirement.specifier.contains(specifier.version), f"{requirement} but pinned {specifier}"


def test_runtime_in_a_wheel_is_asked_for_only_where_there_is_one(wheel: zipfile.ZipFile) -> None:
    requirements = [Requirement(text) for text in metadata_of(wheel).get_all("Requires-Dist", [])]
    (runtime,) = (requirement for requirement in requirements if requirement.name == "dotnetcore2")
    machines = ("x86_64", "AMD64", "arm64", "aarch64", "ARM64")
    wanted = [machine for machine in machines if applies(runtime, "3.12", extra="dotnet", platform_machine=machine)]
    assert wanted == ["x86_64", "AMD64"]
