"""The decoder and the encoder of columns alone, in memory and without Python, on each .NET runtime."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from benchmarks.processes import ROOT, WorkerError

_FOLDER: Final = ROOT / "native" / "MaStreaming.Benchmarks"
_SECONDS: Final = 600
_UNIT: Final = " M samples/s"


def run_decoding(roots: Iterable[Path], said: Callable[[str], None]) -> dict[str, dict[str, float]]:
    """Measure on one thread, by CPU time.

    Args:
        roots: Of the runtimes.
        said: Told how it goes.

    Returns:
        Millions of samples a second, by runtime and by what was done; empty where there is no .NET SDK.

    Raises:
        WorkerError: It could not be built, or failed.
    """
    dotnet = shutil.which("dotnet") or shutil.which("dotnet", path=os.environ.get("DOTNET_ROOT"))
    if dotnet is None or not _output([dotnet, "--list-sdks"]):
        said("the decoder alone: left out, because there is no .NET SDK on PATH or in DOTNET_ROOT to build it with")
        return {}
    said("the decoder alone: building")
    _output([dotnet, "build", "-c", "Release", "--nologo", str(_FOLDER)])
    found: dict[str, dict[str, float]] = {}
    for root in roots:
        about, *lines = _output([str(_FOLDER / "run"), str(root)]).splitlines()
        rates = dict(line.removesuffix(_UNIT).rsplit(": ", 1) for line in lines if line.endswith(_UNIT))
        runtime = about.partition(",")[0]
        found[runtime] = {what: float(rate) for what, rate in rates.items()}
        said(f"the decoder alone on {runtime}: {found[runtime]}")
    return found


def _output(command: list[str]) -> str:
    done = subprocess.run(
        command,
        cwd=_FOLDER.parent,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=_SECONDS,
        check=False,
        text=True,
    )
    if done.returncode != 0:
        raise WorkerError(f"{' '.join(command)} ended with exit code {done.returncode}:\n{done.stdout}")
    return done.stdout
