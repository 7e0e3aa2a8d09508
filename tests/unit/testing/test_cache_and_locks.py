"""The cache folder, and locks between processes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ma_streaming.testing.cache import cache_folder
from ma_streaming.testing.file_lock import FileLock


def test_cache_folder_is_the_one_chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MA_STREAMING_CACHE", str(tmp_path / "mine"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "mine"


def test_cache_folder_honours_xdg_when_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("MA_STREAMING_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "ma-streaming"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache_folder().is_absolute()
    assert "relative" not in cache_folder().parts


@pytest.mark.parametrize(
    ("platform", "expected"),
    [
        ("linux", "home/.cache/ma-streaming"),
        ("darwin", "home/Library/Caches/ma-streaming"),
        ("win32", "local/ma-streaming"),
    ],
)
def test_cache_folder_of_each_platform(
    platform: str, expected: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for variable in ("MA_STREAMING_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    monkeypatch.setattr(sys, "platform", platform)
    assert cache_folder() == tmp_path / expected


def test_lock_has_one_holder(tmp_path: Path) -> None:
    first, second = FileLock(tmp_path / "folder" / "lock"), FileLock(tmp_path / "folder" / "lock")
    assert not first.is_held_by_anybody()
    assert first.try_acquire()
    assert not second.try_acquire()
    assert second.is_held_by_anybody()
    with pytest.raises(TimeoutError, match="stays taken"):
        second.acquire(timeout_seconds=0.02)
    first.release()
    first.release()
    second.acquire(timeout_seconds=1)
    with second:
        assert first.is_held_by_anybody()
    assert not first.is_held_by_anybody()


def test_lock_of_a_process_that_died_is_free(tmp_path: Path) -> None:
    program = (
        "import sys, os, pathlib; from ma_streaming.testing.file_lock import FileLock; "
        "print(FileLock(pathlib.Path(sys.argv[1])).try_acquire(), flush=True); sys.stdin.readline(); os._exit(9)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "lock")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == b"True"
        assert FileLock(tmp_path / "lock").is_held_by_anybody()
        holder.communicate(b"\n", timeout=30)
    assert not FileLock(tmp_path / "lock").is_held_by_anybody()
