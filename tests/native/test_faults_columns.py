"""Packets that are odd, new, wrong or late, read as columns: what comes, what is counted, and what the log says."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from ma_streaming import PacketReadingType, SupportLibraryApi
from ma_streaming._native.columns import BATCH
from ma_streaming.protos import open_data_pb2 as open_data
from ma_streaming.testing import packets
from tests.native.column_rig import Rig, column_rig
from tests.support import samples
from tests.support.fakes import RecordingLogger, eventually
from tests.support.samples import packet, periodic, rows, synchro

if TYPE_CHECKING:
    from ma_streaming.columns import ColumnBatch, ColumnStatistics

NOON = 1_790_000_000_000_000_000
"""In September 2026."""
HOUR_NS = 3_600_000_000_000
ONE, TWO = samples.samples([1.0]), samples.samples([1.0, 2.0])


@pytest.fixture
def rig(api: SupportLibraryApi, data_source: str) -> Iterator[Rig]:
    with column_rig(api, data_source) as made:
        yield made


def read(rig: Rig, **options: Any) -> tuple[list[ColumnBatch], ColumnStatistics]:
    """Read the session to its end."""
    with rig.reader() as reader:
        batches = list(reader.columns(**options))
        counted = reader.statistics().unwrap().columns
    assert counted is not None
    return batches, counted


def told(logger: RecordingLogger, level: str) -> list[str]:
    """Give what the log says of columns."""
    return [line for line in logger.at(level) if "columns " in line or "data format" in line]


def define(rig: Rig, number: int, *parameters: str) -> None:
    definition = packets.packet(packets.parameter_data_format(number, parameters), session_key="")
    rig.writer.write_data(rig.data_source, "", rig.key, definition.SerializeToString()).unwrap()


# Fields 100 to 102 as a length, a number and a group, and field 103 as 32 bits.
NEWER = b"\xa2\x06\x03new\xa8\x06\x07\xb3\x06\x08\x01\xb4\x06\xbd\x06\x01\x02\x03\x04"


def nested(field: int, content: bytes) -> bytes:
    """Give a message as a field of another one, all shorter than 128 bytes, with unknown fields around."""
    return NEWER + bytes([field << 3 | 2, len(content)]) + content


def test_f23_fields_of_a_newer_schema_are_ignored_in_columns_and_kept_in_packets(rig: Rig) -> None:
    sample = NEWER + open_data.DoubleSample(value=1.5, status=open_data.DATA_STATUS_VALID).SerializeToString() + NEWER
    column = nested(4, nested(1, nested(1, sample)))
    form = nested(1, nested(2, nested(1, b"A")))
    content = form + b"\x11" + NOON.to_bytes(8, "little") + b"\x18\x0a" + column + NEWER
    envelope = NEWER + packet(rig.key, content, type="PeriodicData") + NEWER
    rig.write(envelope, periodic(["A"], [ONE], start=NOON))
    rig.end()

    (batch,), counted = read(rig)
    with rig.reader() as reader:
        passed_on = [each.packet_bytes.data for each in reader]

    assert batch["A"].values.tolist() == [1.5, 1.0]
    assert batch["A"].timestamps_ns.tolist() == [NOON, NOON]
    assert counted.rejected == {}
    assert passed_on[0] == envelope


A, AB = ["A"], ["A", "B"]
UNFIT = [
    (periodic(AB, [ONE, TWO]), "column_length", "a column has 2 samples where the ones before have 1"),
    (periodic(AB, [ONE]), "column_count", "it has 1 values for the 2 parameters of its data format"),
    (periodic(AB, [ONE, ONE, ONE]), "column_count", "it has 3 values for the 2 parameters of its data format"),
    (periodic(["A", "A"], [ONE, ONE]), "repeated_parameter", "its data format names a parameter twice"),
    (periodic(0, [ONE]), "no_data_format", "it names no data format"),
    (synchro(A, [TWO], start=1, intervals=[]), "interval_count", "it has 0 intervals for 2 samples"),
    (synchro(A, [TWO], start=1, intervals=[1, 2]), "interval_count", "it has 2 intervals for 2 samples"),
    (synchro(AB, [TWO, ONE], start=1, intervals=[1]), "column_length", "a column has 1 samples"),
    (rows(A, [1, 2], [ONE]), "timestamp_count", "it has 2 timestamps for 1 rows"),
    (rows(A, [1], [ONE, ONE]), "timestamp_count", "it has 1 timestamps for 2 rows"),
    (rows(AB, [1, 2], [TWO, ONE]), "column_count", "it has 1 values for the 2 parameters of its data format"),
    (rows(A, [1, 2], [ONE, samples.samples(["x"])]), "mixed_rows", "it has rows of texts and rows of numbers"),
    (rows(A, [2**63], [ONE]), "timestamp_range", "after 2262-04-11"),
    (periodic(A, [ONE], start=2**64 - 1), "timestamp_range", "after 2262-04-11"),
    (periodic(A, [TWO], start=2**63 - 1, interval=1), "timestamp_range", "after 2262-04-11"),
    (synchro(A, [TWO], start=2**63 - 2, intervals=[2]), "timestamp_range", "after 2262-04-11"),
]


def test_f24_packets_that_do_not_fit_together_are_left_out_whole_each_with_its_reason(rig: Rig) -> None:
    """No sample of them comes, and no sample of the good ones between them is moved."""
    expected: dict[str, int] = {}
    for number, (content, reason, _) in enumerate(UNFIT):
        rig.write(content, periodic(AB, [ONE, ONE], start=NOON + number))
        expected[reason] = expected.get(reason, 0) + 1
    rig.end()

    (batch,), counted = read(rig)

    assert counted.rejected == expected
    assert counted.packets == len(UNFIT)
    for name in AB:
        assert batch[name].timestamps_ns.tolist() == [NOON + number for number in range(len(UNFIT))]
        assert batch[name].values.tolist() == [1.0] * len(UNFIT)
    first = {reason: text for _, reason, text in reversed(UNFIT)}
    for reason, text in first.items():
        assert text in counted.first_rejections[reason]
        assert f"of stream 'Stream1' of session {rig.key}: " in counted.first_rejections[reason]


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ([0], "times before 1971"),
        ([1_000_000_000], "times before 1971"),
        ([365 * 86_400 * 10**9 - 1], "times before 1971"),
        ([2**63 - 1], "times more than an hour after now"),
        ([NOON, NOON - 1], "times before those of earlier packets"),
    ],
)
def test_f29_times_that_can_hardly_be_right_are_kept_and_told_once_for_each_stream(
    rig: Rig, logger: RecordingLogger, wrong: list[int], text: str
) -> None:
    right = time.time_ns() + HOUR_NS // 2
    for stream in ("Stream1", "Stream2"):
        rig.write(*(rows(A, [at], [ONE]) for at in (*wrong, *wrong)), stream=stream)
        rig.write(rows(A, [right], [ONE]), rows(A, wrong[-1:], [ONE]), rows(A, [right + 1], [ONE]), stream=stream)
    rig.end("Stream1", "Stream2")

    batches, counted = read(rig)

    for stream in ("Stream1", "Stream2"):
        times = [at for batch in batches if batch.stream == stream for at in batch["A"].timestamps_ns.tolist()]
        assert times == [*wrong, *wrong, right, wrong[-1], right + 1], "the order of arrival"
    is_late = len(wrong) > 1
    assert counted.implausible_packets == (0 if is_late else 6)
    assert counted.late_packets > 0
    eventually(lambda: len([line for line in told(logger, "warning") if text in line]) == 2)
    assert f"stream 'Stream2' of session {rig.key}" in "".join(told(logger, "warning"))


def test_f29_rows_of_tables_have_plausible_times_too(rig: Rig, logger: RecordingLogger) -> None:
    rig.write(packets.marker("x", timestamp_ns=5), packets.event("y", timestamp_ns=time.time_ns() + 2 * HOUR_NS))
    rig.end()

    (batch,), counted = read(rig, tables=["events", "markers"])

    assert batch.markers.timestamps_ns.tolist() == [5]
    assert counted.implausible_packets == 2
    eventually(lambda: len(told(logger, "warning")) == 2)


def test_f30_an_interval_of_0_is_read_counted_and_told_once(rig: Rig, logger: RecordingLogger) -> None:
    still = periodic(A, [TWO], start=NOON, interval=0)
    rig.write(still, still, periodic(A, [TWO], start=NOON, interval=2**32 - 1))
    rig.end()

    (batch,), counted = read(rig)

    assert batch["A"].timestamps_ns.tolist() == [NOON] * 5 + [NOON + 2**32 - 1]
    assert counted.zero_interval_packets == 2
    eventually(lambda: len([line for line in told(logger, "warning") if "interval is 0" in line]) == 1)


@pytest.mark.parametrize(
    ("sent", "value"),
    [
        (b"", False),
        (b"\x08\x00", False),
        (b"\x08\x80\x00", False),
        (b"\x08\x01", True),
        (b"\x08\x80\x01", True),
        (b"\x08\x02", True),
        (b"\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", True),
        (b"\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x02", False),
        (b"\x08\x00\x08\x05", True),
    ],
)
def test_v21_a_bool_is_0_or_1_however_it_was_sent(rig: Rig, sent: bytes, value: bool) -> None:
    column = nested(4, nested(3, b"\x0a" + bytes([len(sent)]) + sent))
    content = periodic(A, [], start=NOON).SerializeToString() + column
    rig.write(packet(rig.key, content, type="PeriodicData"))
    rig.end()

    (batch,), _ = read(rig)

    expected = open_data.PeriodicDataPacket.FromString(content).columns[0].bool_samples.samples[0].value
    assert batch["A"].values.view("uint8").tolist() == [int(value)] == [int(expected)]


def test_v21_times_near_the_end_of_64_bits_do_not_wrap(rig: Rig) -> None:
    end = 2**63 - 1
    most = 2**32 - 1
    rig.write(
        periodic(["P"], [samples.samples([1.0] * 3)], start=end - 2 * most, interval=most),
        synchro(["S"], [samples.samples([1.0] * 3)], start=end - 2 * most, intervals=[most, most]),
        rows(["R"], [end], [ONE]),
        periodic(["P"], [samples.samples([1.0] * 4)], start=2**64 - 3 * most, interval=most),
        synchro(["S"], [samples.samples([1.0] * 3)], start=2**64 - most, intervals=[most, most]),
    )
    rig.end()

    (batch,), counted = read(rig)

    assert batch["P"].timestamps_ns.tolist() == [end - 2 * most, end - most, end]
    assert batch["S"].timestamps_ns.tolist() == [end - 2 * most, end - most, end]
    assert batch["R"].timestamps_ns.tolist() == [end]
    assert counted.rejected == {"timestamp_range": 2}


ONCE_WRONG = [
    (periodic(AB, [ONE]), "columns leave out a packet", "columns go on"),
    (periodic(A, [ONE], start=1), "times before 1971", "times after 1970"),
    (periodic(A, [ONE], start=2**62), "an hour after now", "times that are not after now"),
    (rows(A, [NOON, NOON - 1], [ONE, ONE]), "times before those of earlier packets", "times that go forward"),
    (periodic(A, [TWO], start=NOON, interval=0), "interval is 0", "times with an interval"),
]


@pytest.mark.parametrize(("content", "warning", "news"), ONCE_WRONG, ids=[warning for _, warning, _ in ONCE_WRONG])
def test_v22_each_warning_is_followed_by_the_news_that_it_is_over(
    rig: Rig, logger: RecordingLogger, content: Any, warning: str, news: str
) -> None:
    now = time.time_ns()
    for at in (0, 1):
        rig.write(content, rows(["B"], [now + at], [ONE]))
    rig.end()

    read(rig)

    eventually(lambda: len([line for line in told(logger, "info") if news in line]) == 1)
    assert len([line for line in told(logger, "warning") if warning in line]) == 1
    (line,) = (line for line in told(logger, "info") if news in line)
    assert f"of stream 'Stream1' of session {rig.key}" in line


def test_v23_the_order_of_the_parameters_says_which_column_is_which(rig: Rig) -> None:
    define(rig, 7001, "A", "B")
    define(rig, 7002, "B", "A")
    define(rig, 7003, "A,B")
    one, two = samples.samples([1.0]), samples.samples([2.0])
    rig.write(
        periodic(7001, [one, two], start=NOON),
        periodic(7002, [one, two], start=NOON + 1),
        rows(7002, [NOON + 2], [samples.samples([1.0, 2.0])]),
        periodic(["B", "A"], [one, two], start=NOON + 3),
        periodic(7003, [one], start=NOON + 4),
    )
    rig.end()

    (batch,), _ = read(rig)

    assert batch["A"].values.tolist() == [1.0, 2.0, 2.0, 2.0]
    assert batch["B"].values.tolist() == [2.0, 1.0, 1.0, 1.0]
    assert batch["A,B"].values.tolist() == [1.0]
    wide = batch.to_pandas(wide=True)
    assert wide["A"].dropna().tolist() == [1.0, 2.0, 2.0, 2.0]


def test_v20_the_former_name_of_synchro_columns_is_read(rig: Rig) -> None:
    """`SynchroDataPacket.columns` was `column` before January 2026, with the same number (wire contract 7.2)."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    file = descriptor_pb2.FileDescriptorProto()
    open_data.DESCRIPTOR.CopyToProto(file)
    (message,) = (each for each in file.message_type if each.name == "SynchroDataPacket")
    (field,) = (each for each in message.field if each.number == 4)
    assert field.name == "columns"
    field.name = field.json_name = "column"
    pool = descriptor_pool.DescriptorPool()
    for name in file.dependency:
        pool.AddSerializedFile(descriptor_pool.Default().FindFileByName(name).serialized_pb)
    pool.Add(file)
    former = message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{file.package}.SynchroDataPacket"))
    content: Any = former(start_time=NOON, intervals=[7])
    content.data_format.parameter_identifiers.parameter_identifiers.append("A")
    for value in (1.0, 2.0):
        sample = content.column.add() if not content.column else content.column[0]
        sample.double_samples.samples.add(value=value, status=1)
    rig.write(packet(rig.key, content.SerializeToString(), type="SynchroData"))
    rig.end()

    (batch,), _ = read(rig)

    assert batch["A"].values.tolist() == [1.0, 2.0]
    assert batch["A"].timestamps_ns.tolist() == [NOON, NOON + 7]


def test_waiting_of_one_stream_is_over_when_a_live_definition_comes(rig: Rig, logger: RecordingLogger) -> None:
    """Nothing is told of packets that wait and come."""
    with rig.reader(PacketReadingType.LIVE) as reader:
        batches = reader.columns()
        rig.write(periodic(8001, [ONE], start=NOON))
        assert batches.read(0.2) is None
        define(rig, 8001, "A")
        assert next(batches)["A"].values.tolist() == [1.0]
        rig.end()
        assert list(batches) == []
    assert told(logger, "warning") == []


def test_v45_other_threads_run_while_packets_are_decoded(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """No thread has to give the interpreter away here, so others run only while the native side has let go of it."""
    content = periodic(A, [samples.samples([1.0] * 20_000)], start=NOON)
    rig.write(*[content] * 50)
    rig.end()
    ticks = 0
    stopped = threading.Event()
    in_calls: list[int] = []

    def tick() -> None:
        nonlocal ticks
        while not stopped.is_set():
            ticks += 1
            time.sleep(0)

    with rig.reader() as reader:
        assert reader._native is not None
        calls = reader._native._column_calls
        take = calls.take

        def counted_take(columns: int, timeout_ms: int) -> tuple[int, list[int]]:
            before = ticks
            taken = take(columns, timeout_ms)
            in_calls.extend([ticks - before] if taken[0] == BATCH else [])
            return taken

        monkeypatch.setattr(calls, "take", counted_take)
        interval = sys.getswitchinterval()
        thread = threading.Thread(target=tick)
        sys.setswitchinterval(100)
        try:
            thread.start()
            assert sum(batch.samples for batch in reader.columns(max_latency_seconds=60)) == 1_000_000
        finally:
            sys.setswitchinterval(interval)
            stopped.set()
            thread.join()
    assert sum(in_calls) > 0
