"""Readers that are killed again and again, and started again, handle every packet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.soak import options
from tests.soak.reader_restarts import ReaderRestarts, forgetful_broker

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LONGEST_LIFE_SECONDS = 5.0
SECONDS_A_KILL = 30.0

pytestmark = pytest.mark.timeout(300 + SECONDS_A_KILL * options.kills())


@pytest.fixture(scope="module")
def restart_broker() -> Iterator[str]:
    with forgetful_broker() as servers:
        yield servers


@pytest.fixture
def restarts(restart_broker: str, tmp_path: Path) -> ReaderRestarts:
    seed = options.seed()
    print(f"seed {seed}")  # noqa: T201
    return ReaderRestarts(
        restart_broker,
        tmp_path,
        kills=options.kills(),
        longest_life_seconds=LONGEST_LIFE_SECONDS,
        seed=seed,
    )


def test_f19_a_reader_with_a_group_that_is_killed_handles_every_packet(restarts: ReaderRestarts) -> None:
    print(restarts.with_group())  # noqa: T201


def test_f19_a_reader_that_saves_its_position_handles_every_packet_once(restarts: ReaderRestarts) -> None:
    print(restarts.with_position())  # noqa: T201
