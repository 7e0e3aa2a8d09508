"""Every Python snippet of the README and of the documentation is a program that runs.

The snippets of one document run in their order, each as a program of its own, on a broker of their own, which the
environment variable MA_STREAMING_BROKER names. One that can't run stands behind a line `<!-- not run: why -->`.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from ma_streaming.testing import KafkaBroker
from tests.samples.sample_program import ROOT, Program

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]
SNIPPET = re.compile(
    r"^(?P<skip><!-- not run: .+ -->\n+)?(?P<indent> *)```python\n(?P<code>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Snippet:
    """A program in a document.

    Attributes:
        line: Line of the document on which it begins.
        code: The program.
        runs: Whether it can run.
    """

    line: int
    code: str
    runs: bool


def snippets_of(text: str) -> list[Snippet]:
    return [
        Snippet(
            line=text.count("\n", 0, found.start("code")) + 1,
            code=re.sub(rf"^{found['indent']}", "", found["code"], flags=re.MULTILINE),
            runs=found["skip"] is None,
        )
        for found in SNIPPET.finditer(text)
    ]


WITH_SNIPPETS = [path for path in DOCUMENTS if any(s.runs for s in snippets_of(path.read_text(encoding="utf-8")))]


@pytest.mark.parametrize("document", WITH_SNIPPETS, ids=lambda path: str(path.relative_to(ROOT)))
def test_snippets_run(document: Path, own_kafka_broker: KafkaBroker, tmp_path: Path) -> None:
    for snippet in snippets_of(document.read_text(encoding="utf-8")):
        if snippet.runs:
            # Line numbers in a traceback are those of the document.
            code = "\n" * (snippet.line - 1) + snippet.code
            program = tmp_path / f"{document.stem}_line_{snippet.line}.py"
            program.write_text(code, encoding="utf-8")
            environment = {"MA_STREAMING_BROKER": own_kafka_broker.bootstrap_servers}
            with Program([sys.executable, str(program)], folder=tmp_path, environment=environment) as running:
                running.close_keyboard()
                assert running.wait(timeout_seconds=60) == 0, f"{document.name}:{snippet.line}\n{running.errors}"


def test_snippets_are_found() -> None:
    text = (
        "# Title\n\n```python\nprint(1)\n```\n\n<!-- not run: needs a car -->\n```python\ndrive()\n```\n\n"
        "- item\n\n  ```python\n  if True:\n      print(2)\n  ```\n\n```shell\nls\n```\n"
    )
    assert snippets_of(text) == [
        Snippet(4, "print(1)\n", runs=True),
        Snippet(9, "drive()\n", runs=False),
        Snippet(15, "if True:\n    print(2)\n", runs=True),
    ]
