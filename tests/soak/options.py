"""How much a soak run does: environment variables."""

from __future__ import annotations

import os
import random

KILLS_VARIABLE = "MA_STREAMING_SOAK_KILLS"
COMPARED_VARIABLE = "MA_STREAMING_SOAK_COMPARED"
GIGABYTES_VARIABLE = "MA_STREAMING_SOAK_GIGABYTES"
PACKETS_VARIABLE = "MA_STREAMING_SOAK_PACKETS"
SEED_VARIABLE = "MA_STREAMING_SOAK_SEED"


def kills() -> int:
    """How many times each reader, or the broker, is killed."""
    return int(os.environ.get(KILLS_VARIABLE, "50"))


def packets() -> int:
    """How many packets of 1 kB the long session has."""
    return int(os.environ.get(PACKETS_VARIABLE, "5000000"))


def packets_compared() -> int:
    """How many packets are compared with what protobuf makes of them, each way."""
    return int(os.environ.get(COMPARED_VARIABLE, "1000000"))


def gigabytes() -> float:
    """How much is decoded into columns while memory is watched."""
    return float(os.environ.get(GIGABYTES_VARIABLE, "10"))


def seed() -> int:
    """What decides the random moments, and the random packets."""
    return int(os.environ.get(SEED_VARIABLE) or random.randrange(2**32))
