"""Brokers for tests and for trying things out, packets to fill them with, and a way to wait without sleeping.

`EmbeddedBroker` needs nothing installed; `KafkaBroker` is a real Apache Kafka on this machine. The factories for
packets are in `ma_streaming.testing.packets`, a car that writes telemetry is in `ma_streaming.testing.car`.
"""

from __future__ import annotations

from ma_streaming.testing.embedded_broker import EmbeddedBroker, KafkaRequest
from ma_streaming.testing.errors import BrokerStartError, MissingToolError
from ma_streaming.testing.kafka_broker import KafkaBroker
from ma_streaming.testing.waiting import wait_until

__all__ = ["BrokerStartError", "EmbeddedBroker", "KafkaBroker", "KafkaRequest", "MissingToolError", "wait_until"]
