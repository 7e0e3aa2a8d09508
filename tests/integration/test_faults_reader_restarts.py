"""A reader that is killed at random moments and started again handles every packet; `make soak` kills more often."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from tests.soak.reader_restarts import ReaderRestarts, forgetful_broker

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KILLS = 5
LONGEST_LIFE_SECONDS = 2.0


@pytest.fixture(scope="module")
def restart_broker() -> Iterator[str]:
    with forgetful_broker() as servers:
        yield servers


@pytest.fixture
def restarts(restart_broker: str, tmp_path: Path) -> ReaderRestarts:
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # noqa: T201
    return ReaderRestarts(restart_broker, tmp_path, kills=KILLS, longest_life_seconds=LONGEST_LIFE_SECONDS, seed=seed)


def test_f19_a_reader_with_a_group_that_is_killed_handles_every_packet(restarts: ReaderRestarts) -> None:
    print(restarts.with_group())  # noqa: T201


def test_f19_a_reader_that_saves_its_position_handles_every_packet_once(restarts: ReaderRestarts) -> None:
    print(restarts.with_position())  # noqa: T201
