"""What the synthetic car writes comes back as columns, bit by bit."""

from __future__ import annotations

import numpy as np

from ma_streaming import SupportLibraryApi
from ma_streaming.testing.car import SyntheticCar, write_car
from tests.native.column_rig import STREAM, column_rig


def test_a_lap_comes_back_as_it_was_written(api: SupportLibraryApi, data_source: str) -> None:
    car = SyntheticCar()
    with column_rig(api, data_source) as rig:
        written = write_car(car, rig.writer, data_source, STREAM, rig.key)
        rig.end()
        batches = rig.batches()
        with rig.reader() as reader:
            packets = [item.packet.type for item in reader]

    assert written == sum(batch.samples for batch in batches) == sum(map(car.count, car.channels))
    for identifier, channel in car.channels.items():
        columns = [batch[identifier] for batch in batches if identifier in batch]
        values = np.concatenate([column.values for column in columns])
        assert values.dtype == channel.dtype
        assert values.tobytes() == car.values(identifier).tobytes()
        assert np.array_equal(np.concatenate([column.timestamps_ns for column in columns]), car.times_ns(identifier))
        assert all(np.all(column.statuses == 1) for column in columns)
    assert packets.count("Marker") == 2 * len(car.laps), "on the main stream and on this one"
    assert packets.count("Event") == len(car.events)
