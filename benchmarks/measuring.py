"""Clocks, and what a comparison makes of their readings."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, Final

_WARM_UP_ROUNDS: Final = 2


@dataclass(frozen=True)
class Turn:
    """One turn of one side.

    Attributes:
        packets: How many packets went through.
        seconds: How long that took.
        cpu_seconds: CPU time of the whole process meanwhile, of all threads.
    """

    packets: int
    seconds: float
    cpu_seconds: float

    @property
    def packets_per_second(self) -> float:
        return self.packets / self.seconds

    @property
    def cpu_us_per_packet(self) -> float:
        return self.cpu_seconds / self.packets * 1e6


class Stopwatch:
    """Reads both clocks; starts when it is made."""

    def __init__(self) -> None:
        self._cpu = time.process_time()
        self._time = time.perf_counter()

    def turn(self, packets: int) -> dict[str, Any]:
        """Give the turn until now, as JSON has it."""
        seconds = time.perf_counter() - self._time
        return asdict(Turn(packets, seconds, time.process_time() - self._cpu))


@dataclass(frozen=True)
class Comparison:
    """Turns of both sides, taken alternately: turn i of one is the neighbour of turn i of the other."""

    ours: list[Turn]
    peer: list[Turn]

    @property
    def rate_ratio(self) -> float:
        """Median of our rate over the peer's: more is better."""
        return median(self._ratios(lambda turn: turn.packets_per_second))

    @property
    def cpu_ratio(self) -> float:
        """Median of our CPU time per packet over the peer's: less is better."""
        return median(self._ratios(lambda turn: turn.cpu_us_per_packet))

    @property
    def rate_range(self) -> tuple[float, float]:
        """Smallest and largest ratio of rates."""
        ratios = self._ratios(lambda turn: turn.packets_per_second)
        return min(ratios), max(ratios)

    def as_json(self) -> dict[str, Any]:
        """Give everything that was measured, and the medians."""
        sides = {"ours": self.ours, "peer": self.peer}
        medians = {
            side: {
                "packets_per_second": median(turn.packets_per_second for turn in turns),
                "cpu_us_per_packet": median(turn.cpu_us_per_packet for turn in turns),
            }
            for side, turns in sides.items()
        }
        turns = {side: [asdict(turn) for turn in turns] for side, turns in sides.items()}
        return {**medians, "rate_ratio": self.rate_ratio, "cpu_ratio": self.cpu_ratio, "turns": turns}

    def _ratios(self, figure: Callable[[Turn], float]) -> list[float]:
        return [figure(ours) / figure(peer) for ours, peer in zip(self.ours, self.peer, strict=True)]


def compare(
    rounds: int, ours: Callable[[], dict[str, Any]], peer: Callable[[], dict[str, Any]], said: Callable[[str], None]
) -> Comparison:
    """Let both sides take turns: two each that don't count, in which code is compiled, then `rounds` each.

    Args:
        rounds: How many turns of each side count.
        ours: Takes one turn of our side; gives what `Stopwatch.turn` gives.
        peer: Does the same for the other side.
        said: Told after each round how it went.
    """
    comparison = Comparison([], [])
    for number in range(1 - _WARM_UP_ROUNDS, rounds + 1):
        turns = Turn(**ours()), Turn(**peer())
        if number > 0:
            comparison.ours.append(turns[0])
            comparison.peer.append(turns[1])
            said(
                f"round {number} of {rounds}: "
                + " : ".join(
                    f"{turn.packets_per_second / 1000:.0f} k/s {turn.cpu_us_per_packet:.2f} µs" for turn in turns
                )
            )
    return comparison
