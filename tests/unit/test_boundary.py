"""One package touches .NET and native memory, and imports go one way (docs/architecture.md)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "ma_streaming"
BOUNDARY = PACKAGE / "_native"

FOREIGN = {"cffi", "clr", "clr_loader", "ctypes", "MaStreaming", "Python", "pythonnet", "System"}

# What the boundary may use of the rest of the package: it returns plain values and raises the package's errors.
BOUNDARY_MAY_IMPORT = {"_native", "errors", "logger"}
# Built from the features; nothing else in the package may import these.
TOP = {"cli", "client", "support_library", "testing"}
# Modules beside the features that are not for everybody to use.
ABOVE_FOUNDATION = {"__init__", "aio", "client", "contracts", "hosting", "support_library"}


def sources(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if not path.name.endswith("_pb2.py"))


def imported_modules(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the line and the full name of everything that a file imports, by statement or by a call with a constant."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"), str(path))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import"
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}"
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
            for argument in node.args[:1]:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield node.lineno, argument.value


def part(module: str) -> str:
    """Return the part of the package that a full name belongs to, empty for other packages."""
    names = module.split(".")
    return names[1] if names[0] == "ma_streaming" and len(names) > 1 else ""


def violations(files: list[Path], allowed: set[str] | None, forbidden: set[str]) -> list[str]:
    found = []
    for file in files:
        for line, module in imported_modules(file):
            name = part(module)
            if name and (name in forbidden or (allowed is not None and name not in allowed)):
                found.append(f"{file.relative_to(ROOT)}:{line}: {module}")
    return found


@pytest.mark.parametrize("folder", ["ma_streaming", "sample_code", "benchmarks", "tests"])
def test_only_the_boundary_imports_dotnet_and_ctypes(folder: str) -> None:
    outside = [path for path in sources(ROOT / folder) if not path.is_relative_to(BOUNDARY)]
    assert outside
    found = [
        f"{path.relative_to(ROOT)}:{line}: {module}"
        for path in outside
        for line, module in imported_modules(path)
        if module.split(".")[0] in FOREIGN
    ]
    assert found == []


def test_boundary_knows_nothing_of_what_uses_it() -> None:
    files = sources(BOUNDARY)
    assert files
    assert violations(files, BOUNDARY_MAY_IMPORT, set()) == []


def test_modules_that_all_use_know_nothing_of_the_features() -> None:
    files = [path for path in sorted(PACKAGE.glob("*.py")) if path.stem not in ABOVE_FOUNDATION]
    names = {path.stem for path in files}
    assert {"configuration", "errors", "events", "lifecycle", "logger", "results"} <= names
    assert violations(files, names | {"protos"}, set()) == []


def test_the_client_has_no_way_of_its_own_to_the_broker() -> None:
    files = sources(PACKAGE / "client")
    assert files
    assert violations(files, None, {"_native", "cli", "testing"}) == []


def test_features_do_not_import_what_is_built_from_them() -> None:
    files = [path for path in sources(PACKAGE) if path.relative_to(PACKAGE).parts[0].removesuffix(".py") not in TOP]
    assert violations([path for path in files if path != PACKAGE / "__init__.py"], None, TOP) == []
