"""Where a .NET runtime and librdkafka are looked for, and what is said when there is none."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ma_streaming import NativeLoadError
from ma_streaming._native import loader, runtimes
from ma_streaming._native.librdkafka import find_librdkafka

HOST_LIBRARY = {"win32": "hostfxr.dll", "darwin": "libhostfxr.dylib"}.get(sys.platform, "libhostfxr.so")
VARIABLES = ("MA_STREAMING_DOTNET_ROOT", "DOTNET_ROOT")
Hide = Callable[[str], None]


@pytest.fixture(autouse=True)
def nothing_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))


@pytest.fixture
def hide(monkeypatch: pytest.MonkeyPatch) -> Hide:
    """Make a package look as if it were not installed."""
    find_spec = importlib.util.find_spec

    def hidden(package: str) -> None:
        def find(name: str, *rest: Any) -> importlib.machinery.ModuleSpec | None:
            return None if name == package else find_spec(name, *rest)

        monkeypatch.setattr(importlib.util, "find_spec", find)

    return hidden


def make_runtime(root: Path, *versions: str) -> Path:
    (root / "host" / "fxr" / versions[0]).mkdir(parents=True)
    (root / "host" / "fxr" / versions[0] / HOST_LIBRARY).touch()
    for version in versions:
        (root / "shared" / "Microsoft.NETCore.App" / version).mkdir(parents=True)
    return root


def test_the_places_come_in_the_order_of_the_documentation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hide: Hide
) -> None:
    hide("dotnetcore2")
    for variable in VARIABLES:
        monkeypatch.setenv(variable, str(make_runtime(tmp_path / variable, "8.0.1")))
    program = make_runtime(tmp_path / "on_path", "10.0.0") / "dotnet"
    program.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(program.parent))

    found = list(runtimes.places())

    assert [each.root and each.root.name for each in found] == [*VARIABLES, "on_path", None]
    assert [each.named_by_user for each in found] == [True, True, False, False]
    assert ".NET 10.0.0" in str(found[2])


def test_what_is_not_set_or_not_there_says_so(hide: Hide) -> None:
    hide("dotnetcore2")

    assert [each.finding for each in runtimes.places()] == ["not set", "not set", "not found", "not installed"]


def test_a_folder_that_is_no_runtime_says_why(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    without_framework = tmp_path / "host_only"
    (without_framework / "host" / "fxr" / "8.0.0").mkdir(parents=True)
    (without_framework / "host" / "fxr" / "8.0.0" / HOST_LIBRARY).touch()
    expected = {
        tmp_path / "nowhere": "is not a folder",
        tmp_path / "empty": HOST_LIBRARY,
        without_framework: "Microsoft.NETCore.App",
        make_runtime(tmp_path / "old", "2.1.30", "3.0.3"): "3.1 or newer is needed",
    }
    for root, reason in expected.items():
        place = runtimes.examine("x", root)
        assert place.root is None
        assert reason in place.finding


def test_the_newest_version_of_a_folder_counts(tmp_path: Path) -> None:
    place = runtimes.examine("x", make_runtime(tmp_path / "several", "3.1.23", "10.0.1-rc.2", "8.0.31"))

    assert place.root == tmp_path / "several"
    assert ".NET 10.0.1" in place.finding


@pytest.mark.skipif(os.name == "nt", reason="the wrapper is a shell script")
def test_a_wrapper_on_path_is_asked_where_its_runtimes_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make_runtime(tmp_path / "elsewhere", "8.0.31")
    wrapper = tmp_path / "bin" / "dotnet"
    wrapper.parent.mkdir()
    line = f"Microsoft.NETCore.App 8.0.31 [{root / 'shared' / 'Microsoft.NETCore.App'}]"
    wrapper.write_text(f"#!/bin/sh\necho '{line}'\n", "utf-8")
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", str(wrapper.parent))

    place = list(runtimes.places())[2]

    assert place.root == root


def test_versions_are_compared_as_numbers() -> None:
    assert runtimes.version_of("10.0.1-preview.3") == (10, 0, 1)
    assert runtimes.version_of("10.0.0") > runtimes.version_of("8.0.31") > runtimes.version_of("3.1.23")
    assert runtimes.version_of("odd") == (0,)


@pytest.fixture
def no_clr(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Play a pythonnet in which no runtime was chosen yet."""
    pythonnet = SimpleNamespace(get_runtime_info=lambda: None)
    monkeypatch.setattr(importlib, "import_module", lambda _name: pythonnet)
    return pythonnet


@pytest.mark.usefixtures("no_clr")
def test_without_a_runtime_the_error_names_every_place_and_the_command(
    hide: Hide, monkeypatch: pytest.MonkeyPatch
) -> None:
    hide("dotnetcore2")
    monkeypatch.setenv("MA_STREAMING_DOTNET_ROOT", "/nowhere/at/all")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    with pytest.raises(NativeLoadError) as caught:
        loader._load_clr()

    text = str(caught.value)
    for part in ("MA_STREAMING_DOTNET_ROOT=/nowhere/at/all", "DOTNET_ROOT", "on PATH", "dotnetcore2: not installed"):
        assert part in text
    assert text.endswith('pip install "ma-streaming[dotnet]"')
    assert isinstance(caught.value, ImportError)


@pytest.mark.usefixtures("no_clr")
def test_where_there_is_no_wheel_the_command_is_another(hide: Hide, monkeypatch: pytest.MonkeyPatch) -> None:
    hide("dotnetcore2")
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    with pytest.raises(NativeLoadError, match=r"install \.NET 8 or newer"):
        loader._load_clr()


def test_another_clr_in_the_process_is_refused(no_clr: SimpleNamespace) -> None:
    no_clr.get_runtime_info = lambda: SimpleNamespace(kind="Mono")
    with pytest.raises(NativeLoadError, match=r"Mono.*\n.*before the first 'import clr'"):
        loader._load_clr()


def test_librdkafka_is_found_without_importing_confluent_kafka() -> None:
    loaded_before = "confluent_kafka" in sys.modules
    found = find_librdkafka()

    assert found.is_file()
    assert "rdkafka" in found.name
    assert ("confluent_kafka" in sys.modules) == loaded_before


def test_without_confluent_kafka_the_error_says_how_to_install_it(hide: Hide) -> None:
    hide("confluent_kafka")
    with pytest.raises(NativeLoadError, match=r"pip install confluent-kafka$"):
        find_librdkafka()


def test_a_confluent_kafka_without_the_library_says_where_it_was_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "confluent_kafka"
    package.mkdir()
    specification = SimpleNamespace(submodule_search_locations=[str(package)])
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: specification)
    with pytest.raises(NativeLoadError, match="--only-binary") as caught:
        find_librdkafka()

    assert str(tmp_path) in str(caught.value)


@pytest.mark.parametrize(
    ("system", "file"),
    [
        ("linux", "confluent_kafka.libs/librdkafka-0cb94173.so.1"),
        ("darwin", "confluent_kafka/.dylibs/librdkafka.dylib"),
        ("win32", "confluent_kafka.libs/librdkafka-5d1f2e3a.dll"),
    ],
)
def test_each_platform_has_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str, file: str) -> None:
    library = tmp_path / file
    library.parent.mkdir(parents=True)
    library.touch()
    specification = SimpleNamespace(submodule_search_locations=[str(tmp_path / "confluent_kafka")])
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: specification)
    monkeypatch.setattr(sys, "platform", system)

    assert find_librdkafka() == library
