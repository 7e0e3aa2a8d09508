"""Make the modules of the table when they are imported."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Final

from ma_streaming_drop_in.table import ABSENT, NAMES, PACKAGES, ROOT, source_of

# Where the modules would lie as files. There is no such folder: a path hook stands in for it, so that the import
# system, pkgutil and importlib find modules in it as in any other. (os.path, as pathlib takes longer to load than all
# of this.)
_FOLDER: Final = os.path.join(os.path.dirname(os.path.abspath(__file__)), ROOT)


class Folder:
    """Finds the modules of one package, for the import system and pkgutil.

    Args:
        location: An entry of the package's `__path__`.

    Raises:
        ImportError: It is no folder of ours.
    """

    def __init__(self, location: str) -> None:
        if location != _FOLDER and not location.startswith(_FOLDER + os.sep):
            raise ImportError(f"{location} is no folder of {ROOT}", path=location)
        self._package = location[len(_FOLDER) + 1 :].replace(os.sep, ".")

    def find_spec(self, name: str, target: ModuleType | None = None) -> ModuleSpec | None:  # noqa: ARG002 - the import system's signature
        """Give the module of that name, or None where there is none.

        Raises:
            ModuleNotFoundError: It is of the parts that ma_streaming does not have in this version.
        """
        path = name.removeprefix(ROOT + ".")
        if path in ABSENT:
            missing = path.rpartition(".")[2]
            text = f"{name} is not there: this version of ma_streaming has no {missing}"
            # The name is not the one asked for, as `from contracts import buffering` would then swallow this text.
            raise ModuleNotFoundError(text, name=f"ma_streaming.{missing}")
        return _spec(path) if path in NAMES or path in PACKAGES else None

    def iter_modules(self, prefix: str = "") -> Iterator[tuple[str, bool]]:
        """Give the names in this package, each with whether it is a package."""
        for path in (*PACKAGES, *NAMES):
            parent, _, name = path.rpartition(".")
            if name and parent == self._package:
                yield prefix + name, path in PACKAGES


class Loader:
    """Runs the text that the table gives for a module."""

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:  # noqa: ARG002 - the import system's signature
        """Leave it to the import system."""
        return None

    def exec_module(self, module: ModuleType) -> None:
        """Fill the module."""
        # The text, as the first compile() in a process takes some milliseconds, to make the classes of the module ast.
        exec(self.get_source(module.__name__), module.__dict__)  # noqa: S102 - the text is made of the table

    def get_source(self, name: str) -> str:
        """Give the module's text."""
        return source_of(_path_of(name))

    def is_package(self, name: str) -> bool:
        """Tell packages from modules."""
        return _path_of(name) in PACKAGES


def root_spec(finder: object) -> ModuleSpec:
    """Give the package at the root.

    Args:
        finder: The one that asks, which is not to be asked.

    Raises:
        ImportError: Another package of that name is installed, too.
    """
    location = _find_another(finder)
    if location is not None:
        distributions = _distributions()
        remedy = f"pip uninstall {' '.join(distributions)}" if distributions else "take that folder off sys.path"
        text = (
            f"there are two packages {ROOT}: one in {location}, and the stand-in of ma-streaming-drop-in. To run on "
            f"ma_streaming: {remedy}. To keep the other one: pip uninstall ma-streaming-drop-in"
        )
        raise ImportError(text, name=ROOT, path=location)
    if Folder not in sys.path_hooks:
        sys.path_hooks.append(Folder)
    return _spec("")


def _find_another(finder: object) -> str | None:
    """Say where another package of that name is; None where there is none."""
    for other in sys.meta_path:
        spec = other.find_spec(ROOT, None, None) if other is not finder and hasattr(other, "find_spec") else None
        if spec is None:
            continue
        if spec.origin is not None:
            return os.path.dirname(spec.origin)
        for location in spec.submodule_search_locations or ():
            # A folder without any module is what an uninstalled package has left.
            if any(file.endswith((".py", ".pyc", ".pyd", ".so")) for file in _files_in(location)):
                return location
    return None


def _files_in(location: str) -> Iterator[str]:
    for _, folders, files in os.walk(location):
        folders[:] = [name for name in folders if name != "__pycache__"]
        yield from files


def _distributions() -> list[str]:
    """Name the installed distributions that have files of that package."""
    from importlib.metadata import distributions

    return sorted({each.name for each in distributions() if any(file.parts[0] == ROOT for file in each.files or ())})


def _spec(path: str) -> ModuleSpec:
    name = f"{ROOT}.{path}" if path else ROOT
    loader = Loader()  # not an importlib.abc.Loader: that module takes long to load, and nobody asks for it
    spec = ModuleSpec(name, loader, origin=_file_of(path), is_package=path in PACKAGES)  # type: ignore[arg-type]
    spec.has_location = True
    if spec.submodule_search_locations is not None:
        spec.submodule_search_locations.append(os.path.join(_FOLDER, *filter(None, path.split("."))))
    return spec


def _path_of(name: str) -> str:
    return name[len(ROOT) + 1 :]


def _file_of(path: str) -> str:
    parts = [*filter(None, path.split(".")), "__init__"] if path in PACKAGES else path.split(".")
    return os.path.join(_FOLDER, *parts) + ".py"
