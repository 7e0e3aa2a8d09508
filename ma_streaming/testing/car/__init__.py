"""A deterministic racing car: telemetry for tests, benchmarks and demonstrations, as it comes from a real one.

car = SyntheticCar(laps=3)
car.values("vCar:Chassis")
write_car(car, writer, "Default", "Car", session_key)
"""

from __future__ import annotations

from ma_streaming.testing.car.channels import Channel
from ma_streaming.testing.car.model import CarEvent, Lap, SyntheticCar
from ma_streaming.testing.car.recording import write_car

__all__ = ["CarEvent", "Channel", "Lap", "SyntheticCar", "write_car"]
