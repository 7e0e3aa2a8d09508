"""One side of a comparison, in a process of its own: does what the run asks it to.

Each line of standard input is a JSON object: first `{"side": "module:Class", "arguments": {...}}`, then any number of
`{"method": ..., "arguments": {...}}`. Each is answered by a line `{"result": ...}` or `{"error": ...}`.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any


def main() -> None:
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    # Whatever prints, prints to stderr: standard output is for answers.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    side: Any = None
    for line in sys.stdin:
        request = json.loads(line)
        act = getattr(side, request["method"]) if side is not None else _find(request["side"])
        answer, made = _call(act, request["arguments"])
        if side is None:
            side, answer = made, {"result": None} if made is not None else answer
        answers.write(json.dumps(answer) + "\n")
    if side is not None:
        side.close()


def _find(name: str) -> Callable[..., Any]:
    module, _, type_name = name.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), type_name)
    return found


def _call(act: Callable[..., Any], arguments: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    try:
        result = act(**arguments)
    except Exception:  # noqa: BLE001 - the run shows it and ends
        return {"error": traceback.format_exc()}, None
    return {"result": result}, result


if __name__ == "__main__":
    main()
