"""Where the librdkafka inside the confluent-kafka wheel is."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

from ma_streaming.errors import NativeLoadError

_REMEDY = "pip install confluent-kafka"


def find_librdkafka() -> Path:
    """Find the library file in the installed confluent-kafka, without importing that.

    Raises:
        NativeLoadError: There is none; the text names the places that were tried.
    """
    specification = importlib.util.find_spec("confluent_kafka")
    if specification is None or not specification.submodule_search_locations:
        raise NativeLoadError(
            f"librdkafka was not found: the Python package confluent-kafka, whose wheel holds it, is not installed.\n"
            f"To mend it: {_REMEDY}",
            subject="librdkafka",
        )
    tried: list[str] = []
    for location in specification.submodule_search_locations:
        package = Path(location)
        for folder, pattern in _candidates(package):
            tried.append(str(folder / pattern))
            files = sorted(each for each in folder.glob(pattern) if "++" not in each.name)
            if files:
                _allow_neighbours(folder)
                return files[0].resolve()
    listing = "\n".join(f"  - {each}" for each in tried)
    raise NativeLoadError(
        "librdkafka was not found: confluent-kafka is installed, but without the library that its wheels hold. Tried:\n"
        f"{listing}\nTo mend it: pip install --force-reinstall --only-binary :all: confluent-kafka",
        subject="librdkafka",
    )


def _candidates(package: Path) -> list[tuple[Path, str]]:
    beside = package.parent / f"{package.name}.libs"
    if sys.platform == "win32":
        return [(beside, "librdkafka*.dll"), (package, "librdkafka*.dll")]
    if sys.platform == "darwin":
        return [(package / ".dylibs", "librdkafka*.dylib"), (beside, "librdkafka*.dylib")]
    return [(beside, "librdkafka*.so*"), (package, "librdkafka*.so*")]


def _allow_neighbours(folder: Path) -> None:
    """Let Windows find the libraries beside librdkafka that it needs itself."""
    add = getattr(os, "add_dll_directory", None)
    if add is not None:
        add(str(folder))
