"""The wheel of the drop-in has what it needs, and nothing that could overwrite another package."""

from __future__ import annotations

import email
import zipfile
from collections.abc import Iterator
from email.message import Message
from importlib.metadata import version
from pathlib import PurePosixPath

import pytest
from ma_streaming_drop_in.table import NAMES, PACKAGES, ROOT, source_of

from ma_streaming._version import __version__
from tests.support.wheels import Wheels


@pytest.fixture(scope="module")
def wheel(wheels: Wheels) -> Iterator[zipfile.ZipFile]:
    """The wheel of ma-streaming-drop-in."""
    with zipfile.ZipFile(wheels.drop_in) as archive:
        yield archive


@pytest.fixture(scope="module")
def metadata(wheel: zipfile.ZipFile) -> Message:
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    return email.message_from_bytes(wheel.read(name))


def test_it_depends_on_ma_streaming_of_the_same_version(metadata: Message) -> None:
    assert metadata["Name"] == "ma-streaming-drop-in"
    assert metadata["Version"] == __version__
    assert metadata.get_all("Requires-Dist") == [f"ma-streaming=={__version__}"]


def test_the_installed_one_is_of_this_version() -> None:
    assert version("ma-streaming-drop-in") == version("ma-streaming") == __version__


def test_it_has_no_file_of_the_package_that_it_stands_in_for(wheel: zipfile.ZipFile) -> None:
    assert {PurePosixPath(name).parts[0] for name in wheel.namelist()} == {
        "ma_streaming_drop_in",
        "ma_streaming_drop_in.pth",
        f"ma_streaming_drop_in-{__version__}.dist-info",
        f"{ROOT}-stubs",
    }


def test_it_has_a_stub_for_every_module_of_the_table(wheel: zipfile.ZipFile) -> None:
    stubs = {name: wheel.read(name).decode() for name in wheel.namelist() if name.startswith(f"{ROOT}-stubs/")}
    expected = {f"{path.replace('.', '/')}.pyi": source_of(path) for path in NAMES}
    for path in PACKAGES:
        expected[f"{path.replace('.', '/')}/__init__.pyi".lstrip("/")] = source_of(path)

    assert stubs == {f"{ROOT}-stubs/{name}": text for name, text in expected.items()}
