"""What a test needs beyond Python, and what happens where it is missing."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def all_required() -> bool:
    """Return whether a missing requirement is a failure, as it is under `make test`."""
    return os.environ.get("MA_STREAMING_REQUIRE_ALL") == "1"


def missing(what: str, remedy: str) -> NoReturn:
    """End the test because `what` is missing: a skip in a bare `pytest`, a failure under `make test`.

    Args:
        what: what was not found, such as "Maven".
        remedy: what to install or to run, as an imperative sentence.
    """
    message = f"{what} is missing: {remedy}"
    if all_required():
        pytest.fail(message, pytrace=False)
    pytest.skip(message)
