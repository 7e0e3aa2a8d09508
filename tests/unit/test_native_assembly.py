"""The committed MaStreaming.dll was built from the sources in native/: told without .NET, by its metadata."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NATIVE = ROOT / "native"
ASSEMBLY = ROOT / "ma_streaming" / "_native" / "lib" / "MaStreaming.dll"

# As native/build/SourceDigest.targets says: these, and every C# file of the library that a person wrote.
OTHER_SOURCES = (
    "Directory.Build.props",
    "MaStreaming/MaStreaming.csproj",
    "build/SourceDigest.cs",
    "build/SourceDigest.targets",
    "global.json",
)
GENERATED = ("MaStreaming/bin/", "MaStreaming/obj/")


def source_digest(native: Path) -> str:
    paths = [path.relative_to(native).as_posix() for path in native.glob("MaStreaming/**/*.cs")]
    paths = [path for path in paths if not path.startswith(GENERATED)]
    lines = [f"{_digest(_text(native / path))}  {path}\n" for path in sorted([*paths, *OTHER_SOURCES])]
    return _digest("".join(lines).encode())


def _text(path: Path) -> bytes:
    return path.read_bytes().removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")


def _digest(contents: bytes) -> str:
    return hashlib.sha256(contents).hexdigest()


def _metadata(name: str) -> str:
    """Find the value of an AssemblyMetadata attribute: two strings, each after its length, between 01 00 and 00 00."""
    if not ASSEMBLY.is_file():
        pytest.fail(f"{ASSEMBLY.relative_to(ROOT)} is missing: run `make native` and commit it")
    key = name.encode()
    pattern = b"\x01\x00" + bytes([len(key)]) + re.escape(key) + rb"([\x01-\x7f])([ -~]+)\x00\x00"
    found = [match[2] for match in re.finditer(pattern, ASSEMBLY.read_bytes()) if len(match[2]) == match[1][0]]
    assert len(found) == 1, (
        f"{ASSEMBLY.relative_to(ROOT)} has {len(found)} metadata entries {name!r}: run `make native`"
    )
    return found[0].decode()


def test_the_committed_assembly_was_built_from_the_sources_beside_it() -> None:
    assert _metadata("SourceDigest") == source_digest(NATIVE), (
        "ma_streaming/_native/lib/MaStreaming.dll was built from other sources than those in native/: "
        "run `make native` and commit the result"
    )


def test_the_committed_assembly_names_the_sdk_that_built_it() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d{3}[0-9A-Za-z.-]*", _metadata("Sdk"))


@pytest.mark.parametrize("change", ["add", "edit", "rename"])
def test_the_source_digest_sees_every_change(tmp_path: Path, change: str) -> None:
    _write_sources(tmp_path, {"MaStreaming/A.cs": b"class A;\n"})
    before = source_digest(tmp_path)
    source = tmp_path / "MaStreaming" / "A.cs"
    if change == "add":
        source.with_name("B.cs").write_bytes(b"")
    elif change == "edit":
        source.write_bytes(b"class A; \n")
    else:
        source.rename(source.with_name("B.cs"))
    assert source_digest(tmp_path) != before


def test_the_source_digest_ignores_line_ends_and_what_the_build_writes(tmp_path: Path) -> None:
    _write_sources(tmp_path, {"MaStreaming/A.cs": b"class A;\n"})
    before = source_digest(tmp_path)
    _write_sources(tmp_path, {"MaStreaming/A.cs": b"class A;\r\n", "MaStreaming/obj/Generated.cs": b"class G;"})
    assert source_digest(tmp_path) == before


def _write_sources(native: Path, sources: dict[str, bytes]) -> None:
    for name, contents in {**dict.fromkeys(OTHER_SOURCES, b"other\n"), **sources}.items():
        path = native / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(contents)
