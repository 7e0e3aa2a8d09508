"""Every notebook runs from its first cell to its last one, in a kernel of its own, and is kept without its outputs."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.samples.sample_program import SAMPLES, Program

NOTEBOOKS = sorted((SAMPLES / "notebooks").glob("*.ipynb"))
EXECUTE = "import sys; from nbclient.cli import main; main()"


def cells_of(notebook: Path) -> list[dict[str, Any]]:
    cells: list[dict[str, Any]] = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def executed(notebook: Path, folder: Path) -> list[dict[str, Any]]:
    """Run a copy, and give its cells of code with their outputs."""
    copy = folder / notebook.name
    copy.write_bytes(notebook.read_bytes())
    command = [sys.executable, "-c", EXECUTE, "--inplace", "--timeout=60", "--kernel_name=python3", str(copy)]
    with Program(command, folder=folder, environment={"JUPYTER_PLATFORM_DIRS": "1"}) as program:
        assert program.wait(timeout_seconds=90) == 0, program.errors
    return cells_of(copy)


def text_of(cell: dict[str, Any]) -> str:
    """Give what a cell shows, as text."""
    return "".join(
        "".join(output.get("text", output.get("data", {}).get("text/plain", ""))) for output in cell["outputs"]
    )


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.name)
def test_notebooks_are_kept_without_outputs(notebook: Path) -> None:
    assert [cell["source"] for cell in cells_of(notebook) if cell["outputs"] or cell["execution_count"]] == []


def test_the_notebook_of_columns_runs_and_shows_what_it_says(tmp_path: Path) -> None:
    (notebook,) = (path for path in NOTEBOOKS if path.name == "columns.ipynb")
    cells = executed(notebook, tmp_path)
    shown = "\n".join(text_of(cell) for cell in cells)
    assert all(cell["execution_count"] for cell in cells)
    assert "2,004 samples in" in shown
    assert "3 events and markers" in shown
    assert "Lap 2: 520 samples" in shown
    assert "0001:Gearbox" in shown
