"""Where a .NET runtime may be, in the order in which the places are tried."""

from __future__ import annotations

import dataclasses
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

OLDEST_VERSION: Final = (3, 1)
_FRAMEWORK: Final = "Microsoft.NETCore.App"
_HOST_LIBRARY: Final = {"win32": "hostfxr.dll", "darwin": "libhostfxr.dylib"}.get(sys.platform, "libhostfxr.so")


@dataclass(frozen=True)
class Place:
    """One place that was looked at.

    Attributes:
        origin: Why it was looked at, for people.
        root: The folder to load the runtime from; None where there is nothing usable.
        finding: The newest version there, or why it can't be used.
        named_by_user: True where an environment variable names this place, so that passing it over deserves a warning.
    """

    origin: str
    root: Path | None
    finding: str
    named_by_user: bool = False

    def __str__(self) -> str:
        return f"{self.origin}: {self.finding}"


def places() -> Iterator[Place]:
    """Look for runtimes, in the order of preference.

    Yields:
        Every place, with what was found there.
    """
    for variable in ("MA_STREAMING_DOTNET_ROOT", "DOTNET_ROOT"):
        value = os.environ.get(variable, "")
        if value:
            yield dataclasses.replace(
                examine(f"environment variable {variable}={value}", Path(value)), named_by_user=True
            )
        else:
            yield Place(f"environment variable {variable}", None, "not set")
    yield _place_on_path()
    yield _place_of_wheel()


def examine(origin: str, root: Path) -> Place:
    """Say whether `root` holds a runtime that can be used."""
    if not root.is_dir():
        return Place(origin, None, f"{root} is not a folder")
    if not any(root.glob(f"host/fxr/*/{_HOST_LIBRARY}")):
        return Place(origin, None, f"{root} holds no host/fxr/*/{_HOST_LIBRARY}")
    versions = [version_of(each.name) for each in root.glob(f"shared/{_FRAMEWORK}/*") if each.is_dir()]
    if not versions:
        return Place(origin, None, f"{root} holds no shared/{_FRAMEWORK}")
    newest = max(versions)
    text = ".".join(map(str, newest))
    if newest < OLDEST_VERSION:
        return Place(origin, None, f"{root} holds .NET {text}; 3.1 or newer is needed")
    return Place(origin, root.resolve(), f".NET {text} in {root}")


def version_of(text: str) -> tuple[int, ...]:
    """Read the numbers at the start of a version: "8.0.31" gives (8, 0, 31)."""
    match = re.match(r"\d+(\.\d+)*", text)
    return tuple(map(int, match.group().split("."))) if match else (0,)


def _place_on_path() -> Place:
    origin = "program dotnet on PATH"
    program = shutil.which("dotnet")
    if program is None:
        return Place(origin, None, "not found")
    found = examine(f"{origin} ({program})", Path(program).resolve().parent)
    if found.root is not None:
        return found
    for folder in _folders_named_by(program):
        named = examine(f"{origin} ({program})", folder)
        if named.root is not None:
            return named
    return found


def _folders_named_by(program: str) -> list[Path]:
    """Ask the program itself, for installations where it is a wrapper elsewhere."""
    try:
        listing = subprocess.run(
            [program, "--list-runtimes"],
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
            stdin=subprocess.DEVNULL,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return []
    found = re.findall(rf"^{re.escape(_FRAMEWORK)} (\S+) \[(.+)\]\s*$", listing, re.MULTILINE)
    newest_first = sorted(found, key=lambda each: version_of(each[0]), reverse=True)
    return [Path(folder).parent.parent for _, folder in newest_first]


def _place_of_wheel() -> Place:
    origin = "Python package dotnetcore2"
    specification = importlib.util.find_spec("dotnetcore2")
    if specification is None or specification.origin is None:
        return Place(origin, None, "not installed")
    return examine(origin, Path(specification.origin).parent / "bin")
