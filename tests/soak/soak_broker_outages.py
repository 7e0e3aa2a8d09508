"""A broker that is killed again and again, or halts, under writers at full speed loses nothing and doubles nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.soak import options
from tests.soak.broker_outages import BrokerOutages, assert_each_packet_is_stored_once

if TYPE_CHECKING:
    from ma_streaming.testing import KafkaBroker

LONGEST_LIFE_SECONDS = 2.0
SECONDS_A_KILL = 30.0
HALT_SECONDS = 45.0

pytestmark = pytest.mark.timeout(300 + SECONDS_A_KILL * options.kills())


def test_f02_a_broker_that_is_killed_loses_and_doubles_nothing(own_kafka_broker: KafkaBroker) -> None:
    seed = options.seed()
    print(f"seed {seed}")  # noqa: T201
    with BrokerOutages(own_kafka_broker) as outages:
        print(outages.kill(options.kills(), longest_life_seconds=LONGEST_LIFE_SECONDS, seed=seed))  # noqa: T201


def test_f03_a_broker_that_halts_for_long_loses_and_doubles_nothing(own_kafka_broker: KafkaBroker) -> None:
    with BrokerOutages(own_kafka_broker) as outages:
        outages.halt(HALT_SECONDS)
        assert_each_packet_is_stored_once(outages.end())
