"""Reading columns: what a writer's packets hold comes as arrays, bit by bit, and views outlive whoever gave them."""

from __future__ import annotations

import gc
import struct
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from ma_streaming import (
    InvalidArgumentError,
    LifecycleError,
    PacketReadingType,
    SupportLibraryApi,
)
from ma_streaming._native import diagnostics
from tests.native.column_rig import STREAM, Rig, column_rig
from tests.support import samples
from tests.support.fakes import RecordingLogger, eventually
from tests.support.kept_views import KeptViews
from tests.support.samples import packet, periodic, rows, synchro

if TYPE_CHECKING:
    from ma_streaming.columns import ColumnBatch


@pytest.fixture
def rig(api: SupportLibraryApi, data_source: str) -> Iterator[Rig]:
    with column_rig(api, data_source) as made:
        yield made


def bits(values: Any) -> list[bytes]:
    return [struct.pack("<d", value) for value in values]


def test_f25_doubles_come_bit_by_bit_with_their_statuses(rig: Rig) -> None:
    nan = struct.unpack("<d", bytes.fromhex("efbeadde0000f87f"))[0]
    values = [0.0, -0.0, nan, float("inf"), float("-inf"), 5e-324, 1.7976931348623157e308, 0.1]
    statuses = [1, 0, 2, 3, 1, 1, 200, 1]
    rig.write(periodic(["A", "B"], [samples.samples(values, statuses), samples.samples(values)], start=7, interval=3))
    rig.end()

    (batch,) = rig.batches()

    assert (batch.data_source, batch.session_key, batch.stream) == (rig.data_source, rig.key, STREAM)
    assert list(batch) == ["A", "B"]
    assert bits(batch["A"].values) == bits(batch["B"].values) == bits(values)
    assert batch["A"].statuses.tolist() == statuses
    assert batch["A"].timestamps_ns.tolist() == [7 + 3 * n for n in range(8)]
    assert [str(a.dtype) for a in (batch["A"].timestamps_ns, batch["A"].values, batch["A"].statuses)] == [
        "int64",
        "float64",
        "uint8",
    ]


def test_values_of_all_kinds_and_packets_come_with_their_own_types(rig: Rig) -> None:
    numbers, flags, texts = [-(2**31), 0, 2**31 - 1], [True, False, True], ["", "Grüße", "\U0001f3ce"]
    rig.write(
        synchro(
            ["Number", "Flag", "Text"],
            [samples.samples(numbers), samples.samples(flags), samples.samples(texts)],
            start=100,
            intervals=[5, 7],
        ),
        rows(["Row"], [300, 301], [samples.samples([1.5]), samples.samples([2.5])]),
    )
    rig.end()

    (batch,) = rig.batches()

    assert batch["Number"].values.tolist() == numbers
    assert batch["Flag"].values.tolist() == flags
    assert batch["Text"].values.tolist() == texts
    assert batch["Text"].timestamps_ns.tolist() == [100, 105, 112]
    assert batch["Row"].values.tolist() == [1.5, 2.5]
    assert batch["Row"].timestamps_ns.tolist() == [300, 301]
    assert [str(batch[name].values.dtype) for name in batch] == ["int32", "bool", "object", "float64"]


def test_names_and_patterns_select_columns(rig: Rig) -> None:
    one = samples.samples([1.0])
    rig.write(periodic(["vCar:Chassis", "nEngine:Car", "vCar:Wheel"], [one, one, one]), periodic(["Other"], [one]))
    rig.end()

    (batch,) = rig.batches(["vCar:*", "nEngin?:Car"])

    assert list(batch) == ["vCar:Chassis", "nEngine:Car", "vCar:Wheel"]
    with pytest.raises(KeyError, match="vCar:Chassis"):
        batch["vCar:Chasis"]
    assert "Other" not in batch
    assert repr(batch) == (
        f"<ColumnBatch: stream 'Stream1' of session {rig.key}, 3 columns with 3 samples: "
        "vCar:Chassis, nEngine:Car, vCar:Wheel>"
    )


def test_batches_hold_as_many_samples_as_asked_for(rig: Rig) -> None:
    for number in range(10):
        rig.write(periodic(["A"], [samples.samples([float(number)] * 30)], start=number * 1_000))
    rig.end()

    batches = rig.batches(max_samples=100, max_latency_seconds=60)

    assert [batch.samples for batch in batches] == [90, 90, 90, 30]
    values = [value for batch in batches for value in batch["A"].values.tolist()]
    assert values == [float(number) for number in range(10) for _ in range(30)]


def test_a_batch_comes_when_its_latency_has_passed_while_the_session_goes_on(rig: Rig) -> None:
    rig.write(periodic(["A"], [samples.samples([1.0])]))
    with rig.reader(PacketReadingType.LIVE) as reader:
        batches = reader.columns(max_latency_seconds=0.05)
        assert next(batches)["A"].values.tolist() == [1.0]
        rig.write(periodic(["A"], [samples.samples([2.0])]))
        assert next(batches)["A"].values.tolist() == [2.0]
        rig.end()
        assert list(batches) == []


def test_events_come_around_the_batches_of_their_stream(rig: Rig) -> None:
    came: list[Any] = []
    rig.write(periodic(["A"], [samples.samples([1.0])]), stream="Stream1")
    rig.write(periodic(["A"], [samples.samples([2.0])]), stream="Stream2")
    rig.end("Stream1", "Stream2")
    with rig.reader() as reader:
        for name in ("session_reading_started", "session_reading_completed"):
            getattr(reader, name).subscribe(lambda _sender, _info, name=name: came.append(name))
        reader.stream_reading_started.subscribe(lambda _sender, info: came.append(("started", info.stream)))
        reader.stream_reading_completed.subscribe(lambda _sender, info: came.append(("completed", info.stream)))
        came.extend(("batch", batch.stream) for batch in reader.columns(max_latency_seconds=60))

    assert came[0] == "session_reading_started"
    assert came[-1] == "session_reading_completed"
    for stream in ("Stream1", "Stream2"):
        mine = [what for what, name in (each for each in came if isinstance(each, tuple)) if name == stream]
        assert mine == ["started", "batch", "completed"]


def test_f21_f24_packets_that_are_wrong_are_left_out_counted_and_told_once(rig: Rig, logger: RecordingLogger) -> None:
    good = periodic(["A"], [samples.samples([1.0, 2.0])])
    ragged = periodic(["A", "B"], [samples.samples([1.0]), samples.samples([1.0, 2.0])])
    cut = good.SerializeToString()[:-3]
    missing = periodic(["A", "B"], [samples.samples([1.0])])
    rig.write(good, ragged, packet(rig.key, cut, type="PeriodicData"), missing, ragged, good)
    rig.end()

    with rig.reader() as reader:
        (batch,) = list(reader.columns())
        counted = reader.statistics().unwrap().columns

    assert batch["A"].values.tolist() == [1.0, 2.0, 1.0, 2.0]
    assert counted is not None
    assert (counted.packets, counted.samples) == (2, 4)
    assert counted.rejected == {"malformed_content": 1, "column_count": 1, "column_length": 2}
    assert "a column has 2 samples where the ones before have 1" in counted.first_rejections["column_length"]
    eventually(lambda: len([line for line in logger.lines if "columns leave out" in str(line)]) == 3)


def test_f26_packets_wait_for_the_definition_of_their_data_format(rig: Rig) -> None:
    from ma_streaming.protos.open_data_pb2 import DataFormatDefinitionPacket, DataFormatType

    number = 4711
    with rig.reader(PacketReadingType.LIVE) as reader:
        batches = reader.columns()
        rig.write(periodic(number, [samples.samples([1.0])]), periodic(["B"], [samples.samples([2.0])]))
        taken: list[ColumnBatch] = []
        thread = threading.Thread(target=lambda: taken.append(next(batches)))
        thread.start()
        eventually(lambda: (counted := reader.statistics().unwrap().columns) and counted.waiting_packets == 2)
        definition = DataFormatDefinitionPacket(
            identifier=number,
            type=DataFormatType.DATA_FORMAT_TYPE_PARAMETER,
            parameter_identifiers={"parameter_identifiers": ["A"]},
        )
        essential = packet("", definition)
        from ma_streaming.protos.open_data_pb2 import Packet

        value = Packet.FromString(essential)
        value.is_essential = True
        rig.writer.write_data(rig.data_source, "", rig.key, value.SerializeToString()).unwrap()
        thread.join(10)
        assert list(taken[0]) == ["A", "B"]
        rig.end()


def test_f26_packets_whose_definition_never_comes_are_reported_by_id(rig: Rig) -> None:
    rig.write(periodic(4712, [samples.samples([1.0])]), periodic(["B"], [samples.samples([2.0])]))
    rig.end()

    with rig.reader() as reader:
        (batch,) = list(reader.columns())
        counted = reader.statistics().unwrap().columns

    assert list(batch) == ["B"]
    assert counted is not None
    assert counted.unresolved == {4712: 1}


def test_views_outlive_batch_reader_and_stop_and_free_the_memory_when_they_go(rig: Rig) -> None:
    rig.write(periodic(["A", "B"], [samples.samples([1.0, 2.0, 3.0]), samples.samples([4.0, 5.0, 6.0])]))
    rig.end()
    (batch,) = rig.batches()
    part = batch["A"].values[1:]
    del batch
    gc.collect()

    with ThreadPoolExecutor() as threads:
        assert threads.submit(part.sum).result() == 5.0
    assert "ColumnBatch" in diagnostics.describe()
    with pytest.raises(ValueError, match="read-only"):
        part[0] = 0.0
    with pytest.raises(ValueError, match="WRITEABLE"):
        part.flags.writeable = True
    del part
    gc.collect()
    assert "ColumnBatch" not in diagnostics.describe()


def test_many_batches_leave_no_memory_behind(rig: Rig) -> None:
    for number in range(300):
        rig.write(periodic(["A", "T"], [samples.samples([1.0] * 50), samples.samples(["x"] * 50)], start=number * 500))
    rig.end()
    with rig.reader() as reader:
        counted = sum(batch.samples for batch in reader.columns(max_samples=100))
    assert counted == 30_000
    assert "ColumnBatch" not in diagnostics.describe()


def test_views_that_are_kept_in_several_threads_hold_what_they_held_while_others_go(rig: Rig) -> None:
    for number in range(300):
        rig.write(periodic(["A", "T"], [samples.samples([float(number)] * 50), samples.samples([f"{number}"] * 50)]))
    rig.end()
    kept = [KeptViews(5) for _ in range(4)]

    def read(views: KeptViews) -> None:
        with rig.reader() as reader:
            for batch in reader.columns(max_samples=1000):
                views.keep(batch)

    with ThreadPoolExecutor() as threads:
        list(threads.map(read, kept))
    assert "ColumnBatch 20" in diagnostics.describe()
    for views in kept:
        assert views.batches == 30
        views.let_go()
    gc.collect()
    assert "ColumnBatch" not in diagnostics.describe()


def test_columns_begin_behind_the_packets_that_were_handed_out(rig: Rig) -> None:
    for number in range(5):
        rig.write(periodic(["A"], [samples.samples([float(number)])]))
    rig.end()
    with rig.reader() as reader:
        packets = reader.read_batch(2, 5)
        assert len(packets) == 2
        (batch,) = list(reader.columns())
        assert batch["A"].values.tolist() == [2.0, 3.0, 4.0]
        with pytest.raises(LifecycleError, match="gives columns"):
            next(iter(reader))


def test_other_columns_need_another_reader(rig: Rig) -> None:
    rig.write(periodic(["A"], [samples.samples([1.0])]), periodic(["A"], [samples.samples([2.0])]))
    rig.end()
    with rig.reader() as reader:
        first = next(reader.columns(max_samples=1))
        with pytest.raises(LifecycleError, match="other columns"):
            next(reader.columns(max_samples=2))
        (second,) = list(reader.columns(max_samples=1))
    assert [each["A"].values.tolist() for each in (first, second)] == [[1.0], [2.0]]


@pytest.mark.parametrize(
    "arguments",
    [
        {"parameters": "vCar"},
        {"parameters": []},
        {"parameters": [""]},
        {"parameters": [1]},
        {"max_samples": 0},
        {"max_latency_seconds": -1},
    ],
)
def test_bad_arguments_are_refused_at_the_call(rig: Rig, arguments: dict[str, Any]) -> None:
    with rig.reader(PacketReadingType.LIVE) as reader, pytest.raises(InvalidArgumentError):
        reader.columns(**arguments)
    with pytest.raises(LifecycleError):
        rig.reader().columns()


def test_position_counts_only_samples_that_were_handed_out(rig: Rig) -> None:
    for number in range(6):
        rig.write(periodic(["A"], [samples.samples([float(number)])]))
    rig.end()
    with rig.reader() as reader:
        batches = reader.columns(max_samples=2, max_latency_seconds=60)
        assert next(batches)["A"].values.tolist() == [0.0, 1.0]
        position = reader.position()
    with rig.reader(start_from=position) as reader:
        assert [v for batch in reader.columns() for v in batch["A"].values.tolist()] == [2.0, 3.0, 4.0, 5.0]
