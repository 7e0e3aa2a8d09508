"""Arrays of any layout are stored as packets whose samples, parsed by protobuf, are the arrays bit for bit."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ma_streaming import FullQueuePolicy, InvalidArgumentError, MessageTooLargeError, QueueFullError
from ma_streaming.protos.open_data_pb2 import Packet
from ma_streaming.testing import EmbeddedBroker
from tests.native.arrays_rig import (
    DTYPES,
    LAYOUTS,
    START,
    STREAM,
    ArrayRig,
    array_rig,
    assert_same_bits,
    laid_out,
    matrix_of,
    names,
    periodic_of,
    times_of,
    values_of,
)
from tests.support.fakes import eventually

MAX_MESSAGE_BYTES = 20_000
SMALL_QUEUE = {"message.max.bytes": str(MAX_MESSAGE_BYTES), "queue.buffering.max.messages": "10"}
SHORT = settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def rig(broker: EmbeddedBroker, data_source: str, domain: str) -> Iterator[ArrayRig]:
    properties = {"message.max.bytes": str(MAX_MESSAGE_BYTES)}
    with array_rig(broker.bootstrap_servers, data_source, domain, properties=properties) as made:
        yield made


ARRAYS = {
    "seed": st.integers(0, 2**32 - 1),
    "dtype": st.sampled_from(DTYPES),
    "shape": st.tuples(st.integers(1, 5), st.integers(1, 700)),
    "layout": st.sampled_from(LAYOUTS),
    "has_statuses": st.booleans(),
}


@SHORT
@given(**ARRAYS)
def test_columns_of_any_layout_are_stored_bit_for_bit(
    rig: ArrayRig, seed: int, dtype: str, shape: tuple[int, int], layout: str, has_statuses: bool
) -> None:
    values = values_of(seed, dtype, shape)
    statuses = np.random.default_rng(seed).integers(0, 4, shape, "uint8")
    given_statuses = laid_out(statuses, layout) if has_statuses else None
    assert rig.columns(laid_out(values, layout), statuses=given_statuses).unwrap() == shape[1]
    packets = rig.stored()

    assert_same_bits(matrix_of(packets, values.dtype.kind, "value"), values)
    assert_same_bits(
        matrix_of(packets, values.dtype.kind, "status"), statuses if has_statuses else np.ones(shape, "uint8")
    )
    assert times_of(packets) == [START + number * 1_000_000 for number in range(shape[1])]


@SHORT
@given(**ARRAYS)
def test_rows_of_any_layout_are_stored_bit_for_bit(
    rig: ArrayRig, seed: int, dtype: str, shape: tuple[int, int], layout: str, has_statuses: bool
) -> None:
    values = values_of(seed, dtype, shape)
    random = np.random.default_rng(seed)
    statuses = random.integers(0, 4, shape, "uint8")
    times = random.integers(0, 2**63 - 1, (1, shape[1]), "int64")
    given_statuses = laid_out(statuses.T, layout) if has_statuses else None
    written = rig.rows(laid_out(values.T, layout), laid_out(times, layout)[0], statuses=given_statuses)
    packets = rig.stored()

    assert written.unwrap() == shape[1]
    assert_same_bits(matrix_of(packets, values.dtype.kind, "value"), values)
    assert_same_bits(
        matrix_of(packets, values.dtype.kind, "status"), statuses if has_statuses else np.ones(shape, "uint8")
    )
    assert times_of(packets) == times[0].tolist()


def test_columns_have_the_id_of_the_parameters_format(rig: ArrayRig) -> None:
    rig.columns(np.zeros((3, 10))).unwrap()
    rig.columns(np.zeros((3, 10)), first_sample=10).unwrap()
    rig.rows(np.zeros((10, 2)), np.arange(10)).unwrap()
    packets = rig.stored()
    known = [
        rig.formats.get_parameter_data_format_id(rig.data_source, names(count)).unwrap().data_format_id
        for count in (3, 2)
    ]

    assert [packet.session_key for packet in packets] == [rig.key] * 3
    assert [each.data_format.data_format_identifier for each in periodic_of(packets[:2])] == known[:1] * 2
    assert known[0] != known[1]


def test_one_parameter_may_have_one_dimension(rig: ArrayRig) -> None:
    values = np.arange(5.0)
    assert rig.columns(values).unwrap() == 5
    assert rig.columns([True, False]).unwrap() == 2
    assert rig.rows(values, range(5)).unwrap() == 5
    packets = rig.stored()

    assert_same_bits(matrix_of(packets[:1], "f", "value"), values[None])
    assert_same_bits(matrix_of(packets[1:2], "b", "value"), np.array([[True, False]]))
    assert times_of(packets[2:]) == [0, 1, 2, 3, 4]


def test_no_samples_are_no_packets(rig: ArrayRig) -> None:
    assert rig.columns(np.zeros((2, 0))).unwrap() == 0
    assert rig.rows(np.zeros((0, 2)), np.zeros(0, "int64")).unwrap() == 0
    rig.columns([1.0]).unwrap()
    assert len(rig.stored()) == 1


def test_v29_the_samples_of_a_call_are_one_packet_where_they_fit(rig: ArrayRig) -> None:
    for number in range(20):
        rig.columns(np.zeros((2, 100)), first_sample=number * 100).unwrap()
    packets = rig.stored()

    assert len(packets) == 20
    assert all(len(column.double_samples.samples) == 100 for each in periodic_of(packets) for column in each.columns)


@pytest.mark.parametrize("are_rows", [False, True])
def test_packets_fill_what_a_message_may_have_and_no_more(rig: ArrayRig, are_rows: bool) -> None:
    values = np.random.default_rng(1).normal(size=(3, 20_000))
    write = rig.rows(values.T, np.arange(20_000)) if are_rows else rig.columns(values)
    assert write.unwrap() == 20_000
    sizes = [len(record) + len(rig.key) for record in rig.stored_records()]

    assert max(sizes) <= MAX_MESSAGE_BYTES
    assert min(sizes[:-1]) > 0.8 * MAX_MESSAGE_BYTES


def test_v27_times_have_no_gap_from_packet_to_packet_and_from_call_to_call(rig: ArrayRig) -> None:
    interval = 999_999
    for call in range(3):
        rig.columns(np.zeros(5000), interval_ns=interval, first_sample=call * 5000).unwrap()
    packets = rig.stored()

    assert len(packets) > 3
    assert times_of(packets) == [START + number * interval for number in range(15_000)]


def test_f30_samples_at_60_hz_do_not_drift(rig: ArrayRig) -> None:
    day = 24 * 3600 * 60
    for first in (0, 3000, day):
        rig.columns(np.zeros(3000), rate_hz=60, first_sample=first).unwrap()
    packets = rig.stored()
    exact = [START + number * 10**9 // 60 for first in (0, day) for number in range(first, first + 6000)]

    assert {each.interval for each in periodic_of(packets)} == {16_666_666}
    assert all(0 <= right - time < 1000 for time, right in zip(times_of(packets), exact[:6000], strict=False))
    assert times_of(packets)[6000] == START + 24 * 3600 * 10**9


def test_f30_a_rate_that_is_no_exact_number_has_the_interval_that_was_meant(rig: ArrayRig) -> None:
    rig.columns(np.zeros(1200), rate_hz=1 / 0.007).unwrap()

    assert times_of(rig.stored()) == [START + number * 7_000_000 for number in range(1200)]


@pytest.mark.parametrize("times", [{"interval_ns": 0}, {"interval_ns": 2**32}, {"rate_hz": 0.2}])
def test_f30_slow_samples_are_refused_and_are_written_as_rows(rig: ArrayRig, times: dict[str, Any]) -> None:
    refused = rig.columns([1.0, 2.0], **times)
    assert isinstance(refused.error, InvalidArgumentError)
    assert next(iter(times)) in refused.message
    assert "write_rows" in refused.message

    slow = [START, START + 5_000_000_000]
    assert rig.rows([1.0, 2.0], slow).unwrap() == 2
    assert times_of(rig.stored()) == slow


def test_f29_rows_have_the_times_that_were_given(rig: ArrayRig) -> None:
    times = [0, 2**63 - 1, 5, 5, 4]
    forms = [
        np.array(times),
        np.array(times, "uint64"),
        np.array(times, "datetime64[ns]"),
        np.repeat(times, 3)[::3],
        times,
    ]
    for form in forms:
        assert rig.rows(np.arange(5.0), form).unwrap() == 5

    assert times_of(rig.stored()) == times * len(forms)


@pytest.mark.parametrize(
    ("times", "text"),
    [
        (np.array([1, -1]), "timestamps_ns[1] is -1"),
        (np.array([1, 2**63], "uint64"), f"timestamps_ns[1] is {2**63}"),
        (np.array([1, "NaT"], "datetime64[ns]"), "timestamps_ns[1]"),
    ],
)
def test_f29_times_that_cant_be_read_are_refused(rig: ArrayRig, times: Any, text: str) -> None:
    result = rig.rows([1.0, 2.0], times)

    assert isinstance(result.error, InvalidArgumentError)
    assert text in result.message
    assert result.data == 0


def test_f29_columns_that_end_after_2262_are_refused(rig: ArrayRig) -> None:
    result = rig.columns(np.zeros(3), start_time_ns=2**63 - 2)

    assert isinstance(result.error, InvalidArgumentError)
    assert "start_time_ns" in result.message
    assert rig.columns(np.zeros(2), start_time_ns=2**63 - 2, interval_ns=1).success


def test_an_integer_of_more_than_32_bits_is_refused_before_anything_is_written(rig: ArrayRig) -> None:
    values = np.zeros((2, 10_000), "int64")
    values[1, 9_999] = 2**31
    for result in (rig.columns(values), rig.rows(values.T, np.arange(10_000))):
        assert isinstance(result.error, InvalidArgumentError)
        assert "2147483648 for parameter 1 at sample 9999" in result.message
        assert result.data == 0
    rig.columns([1.0]).unwrap()

    assert len(rig.stored()) == 1


def test_more_parameters_than_fit_a_packet_are_refused(rig: ArrayRig) -> None:
    result = rig.columns(np.zeros((1000, 1)))

    assert isinstance(result.error, MessageTooLargeError)
    assert "1000 parameters" in result.message


def test_arrays_and_packets_of_one_stream_are_stored_in_the_order_of_the_calls(rig: ArrayRig) -> None:
    for number in range(50):
        packet = Packet(type="Event", session_key=rig.key, id=number + 1).SerializeToString()
        rig.writer.write_data(rig.data_source, STREAM, rig.key, packet).unwrap()
        rig.columns([float(number)]).unwrap()
        rig.rows([float(number)], [number]).unwrap()
    packets = rig.stored()

    assert [packet.type for packet in packets] == ["Event", "PeriodicData", "RowData"] * 50
    assert [packet.id for packet in packets[::3]] == list(range(1, 51))
    assert matrix_of(packets[1::3], "f", "value")[0].tolist() == list(range(50))


def test_a_full_queue_is_waited_for_and_nothing_is_written_twice_or_left_out(
    broker: EmbeddedBroker, data_source: str, domain: str
) -> None:
    values = np.random.default_rng(1).normal(size=(2, 200_000))
    with array_rig(broker.bootstrap_servers, data_source, domain, properties=SMALL_QUEUE) as rig:
        assert rig.columns(values).unwrap() == 200_000
        packets = rig.stored()

        assert len(packets) > 100
        assert_same_bits(matrix_of(packets, "f", "value"), values)
        assert times_of(packets) == [START + number * 1_000_000 for number in range(200_000)]


def test_where_a_full_queue_fails_the_call_it_goes_on_with_what_was_not_accepted(
    broker: EmbeddedBroker, data_source: str, domain: str
) -> None:
    values = np.random.default_rng(1).normal(size=(100_000, 2))
    times = np.arange(100_000)
    policy = FullQueuePolicy.FAIL
    with array_rig(broker.bootstrap_servers, data_source, domain, properties=SMALL_QUEUE, full_queue=policy) as rig:
        first = rig.rows(values, times)
        assert isinstance(first.error, QueueFullError)
        assert 0 < first.data < 100_000
        done = first.data
        while done < 100_000:
            done += rig.rows(values[done:], times[done:]).data
        packets = rig.stored()

        assert times_of(packets) == times.tolist()
        assert_same_bits(matrix_of(packets, "f", "value"), values.T)


@pytest.mark.skipif(os.name == "nt", reason="Windows sends Ctrl-C to a whole console, the test too")
def test_ctrl_c_in_the_middle_leaves_each_packet_before_it_once(
    broker: EmbeddedBroker, data_source: str, domain: str
) -> None:
    values = np.arange(200_000.0)
    with array_rig(broker.bootstrap_servers, data_source, domain, properties=SMALL_QUEUE) as rig:
        rig.columns(values[:1]).unwrap()
        rig.stored()

        def interrupt() -> None:
            eventually(lambda: rig.writer.statistics().unwrap().accepted > 30)
            os.kill(os.getpid(), signal.SIGINT)

        thread = threading.Thread(target=interrupt)
        thread.start()
        calls = 0
        try:
            while True:
                rig.columns(values, first_sample=calls * len(values)).unwrap()
                calls += 1
        except KeyboardInterrupt:
            pass
        finally:
            thread.join()
        packets = rig.stored()

        assert len(packets) > 30 - 1
        stored = matrix_of(packets, "f", "value")[0]
        assert stored.tolist() == [number % len(values) for number in range(len(stored))]
        assert times_of(packets) == [START + number * 1_000_000 for number in range(len(stored))]


def test_a_synchronous_writer_returns_when_the_broker_has_the_arrays(
    broker: EmbeddedBroker, data_source: str, domain: str
) -> None:
    with array_rig(broker.bootstrap_servers, data_source, domain, sync=True) as rig:
        assert rig.columns(np.zeros((2, 1000))).unwrap() == 1000
        statistics = rig.writer.statistics().unwrap()

        assert (statistics.delivered, statistics.in_flight) == (1, 0)
