"""A broker that is killed again and again under writers at full speed loses nothing and doubles nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.soak import options
from tests.soak.broker_kills import BrokerKills

if TYPE_CHECKING:
    from ma_streaming.testing import KafkaBroker

LONGEST_LIFE_SECONDS = 2.0
SECONDS_A_KILL = 30.0

pytestmark = pytest.mark.timeout(300 + SECONDS_A_KILL * options.kills())


def test_f02_a_broker_that_is_killed_loses_and_doubles_nothing(own_kafka_broker: KafkaBroker) -> None:
    seed = options.seed()
    print(f"seed {seed}")  # noqa: T201
    kills = BrokerKills(own_kafka_broker, kills=options.kills(), longest_life_seconds=LONGEST_LIFE_SECONDS, seed=seed)
    print(kills.run())  # noqa: T201
