"""Writing while the broker dies and comes back, or halts and goes on (F02, F03)."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from tests.soak.broker_kills import BrokerKills

if TYPE_CHECKING:
    from ma_streaming.testing import KafkaBroker

KILLS = 5
LONGEST_LIFE_SECONDS = 1.0


def test_f02_a_broker_that_is_killed_loses_and_doubles_nothing(own_kafka_broker: KafkaBroker) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # noqa: T201
    kills = BrokerKills(own_kafka_broker, kills=KILLS, longest_life_seconds=LONGEST_LIFE_SECONDS, seed=seed)
    print(kills.run())  # noqa: T201
