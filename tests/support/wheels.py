"""The two wheels, built from copies of the sources, so that nothing of an earlier build gets in."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PIP_OPTIONS = ("--no-input", "--disable-pip-version-check")


@dataclass(frozen=True)
class Wheels:
    """The files of the two wheels."""

    ma_streaming: Path
    drop_in: Path


def build_wheels(folder: Path) -> Wheels:
    """Build both wheels in `folder`."""
    source = folder / "source"
    ignored = shutil.ignore_patterns("__pycache__", "build", "*.egg-info")
    for name in ("ma_streaming", "drop_in"):
        shutil.copytree(ROOT / name, source / name, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    options = [*PIP_OPTIONS, "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder)]
    run_pip("wheel", *options, str(source), str(source / "drop_in"))
    (drop_in,) = folder.glob("ma_streaming_drop_in-*.whl")
    (ma_streaming,) = (wheel for wheel in folder.glob("*.whl") if wheel != drop_in)
    return Wheels(ma_streaming, drop_in)


def run_pip(*arguments: str) -> None:
    """Run pip; fail the test, with what it printed, where pip fails."""
    command = [sys.executable, "-m", "pip", *arguments]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
