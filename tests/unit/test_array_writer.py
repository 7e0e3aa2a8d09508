"""Writing arrays, with a native side that the test plays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from ma_streaming import (
    DeliveryError,
    FullQueuePolicy,
    InvalidArgumentError,
    LifecycleError,
    QueueFullError,
    TopicUnavailableError,
    UnsupportedFeatureError,
)
from ma_streaming._native.errors import error_of
from ma_streaming._native.outbound import WriteRoute
from ma_streaming.errors import StreamingError
from ma_streaming.packet_writing import PacketWriterService, PacketWritingModuleApi
from tests.support.fakes import FakeEventQueue, FakeHost

QUEUE_FULL, CLOSED = 9, 15
MOST_AT_ONCE = 10


class FakeNativeWriter:
    """A native writer that accepts 10 samples a call, and answers with the codes that the test sets."""

    QUEUE_FULL, CLOSED = QUEUE_FULL, CLOSED
    id = 4

    def __init__(self) -> None:
        self.failures = FakeEventQueue()
        self.calls: list[str] = []
        self.codes: list[int] = []
        self.then_always = 0
        self.report = {"accepted": 1, "delivered": 1, "failed": 0, "in_flight": 0, "newly_failed": 0, "failures": ()}
        self.on_write: Callable[[], None] = lambda: None
        self.closed = False

    def write(self, *_: Any) -> int:
        raise AssertionError("no packet is written by Python")

    def write_arrays(self, batch: Any) -> int:
        self.on_write()
        self.calls.append(f"arrays from {batch.accepted}")
        code = CLOSED if self.closed else self.codes.pop(0) if self.codes else self.then_always
        if not code:
            batch._fields.accepted = min(batch.accepted + MOST_AT_ONCE, batch.samples)
        self.batch = batch
        return code

    def open_route(self, data_source: str, stream: str, session_key: str) -> WriteRoute:
        self.calls.append(f"route {data_source}.{stream} {session_key}")
        return WriteRoute(7, self.write)

    def error(self, code: int, subject: str = "") -> StreamingError:
        return error_of(code, "the native text", subject)

    def flush(self, _timeout_seconds: float) -> dict[str, Any]:
        self.calls.append("flush")
        return dict(self.report)

    def close(self) -> None:
        self.closed = True
        self.failures.closed.set()


class Rig:
    def __init__(self, **options: Any) -> None:
        self.native = FakeNativeWriter()
        self.format_error: StreamingError | None = None
        client = SimpleNamespace(create_writer=lambda _: self.native, get_parameter_data_format=self.format_of)
        self.host = FakeHost(client)
        self.service = PacketWritingModuleApi(self.host).create_service(**options).unwrap()
        self.service.initialise()
        self.service.start()

    def format_of(self, data_source: str, identifiers: list[str]) -> dict[str, Any]:
        if self.format_error is not None:
            raise self.format_error
        self.native.calls.append(f"format {data_source} {identifiers}")
        return {"ids": [2**64 - 1, 5]}

    def columns(self, values: Any, **options: Any) -> Any:
        given = {"parameters": ["a", "b"], "start_time_ns": 5, "interval_ns": 1000, **options}
        return self.service.write_columns("Car", "Stream1", "key", values=values, **given)

    def rows(self, values: Any, **options: Any) -> Any:
        given = {"parameters": ["a", "b"], "timestamps_ns": np.arange(len(values)), **options}
        return self.service.write_rows("Car", "Stream1", "key", values=values, **given)


@pytest.fixture
def rig() -> Iterator[Rig]:
    made = Rig()
    yield made
    made.service.stop()


def test_arrays_are_told_by_address_and_strides(rig: Rig) -> None:
    values = np.zeros((6, 8), "float32")[::-2, 1:6]
    values = values[:2]
    statuses = np.zeros((5, 2), "uint8").T
    assert rig.columns(values, statuses=statuses, first_sample=3).unwrap() == 5
    fields = rig.native.batch._fields

    assert (fields.route, fields.format_id) == (7, 2**64 - 1)
    assert (fields.kind, fields.parameters, fields.samples, fields.are_rows) == (2, 2, 5, 0)
    assert fields.values == values.__array_interface__["data"][0]
    assert (fields.values_parameter_stride, fields.values_sample_stride) == (-64, 4)
    assert fields.statuses == statuses.__array_interface__["data"][0]
    assert (fields.statuses_parameter_stride, fields.statuses_sample_stride) == (1, 2)
    assert (fields.start_time_ns, fields.first_sample, fields.interval_ns, fields.rate_hz) == (5, 3, 1000, 0)


def test_rows_are_told_by_parameter_too(rig: Rig) -> None:
    values, times = np.zeros((5, 2), "int64"), np.arange(10)[::2]
    assert rig.rows(values, timestamps_ns=times).unwrap() == 5
    fields = rig.native.batch._fields

    assert (fields.kind, fields.parameters, fields.samples, fields.are_rows) == (4, 2, 5, 1)
    assert (fields.values_parameter_stride, fields.values_sample_stride, fields.statuses) == (8, 16, None)
    assert (fields.timestamps, fields.timestamp_stride) == (times.__array_interface__["data"][0], 16)


def test_the_format_is_known_before_the_first_packet(rig: Rig) -> None:
    rig.columns(np.zeros((2, 25))).unwrap()

    assert rig.native.calls == [
        "route Car.Stream1 key",
        "format Car ['a', 'b']",
        "arrays from 0",
        "arrays from 10",
        "arrays from 20",
    ]


def test_a_rate_is_told_instead_of_an_interval(rig: Rig) -> None:
    rig.columns(np.zeros((2, 5)), interval_ns=None, rate_hz=np.float32(62.5)).unwrap()

    assert (rig.native.batch._fields.interval_ns, rig.native.batch._fields.rate_hz) == (0, 62.5)


def test_a_full_queue_is_waited_for_and_writing_goes_on_where_it_was(rig: Rig) -> None:
    rig.native.codes = [0, QUEUE_FULL, QUEUE_FULL]
    assert rig.columns(np.zeros((2, 25))).unwrap() == 25

    assert rig.native.calls[2:] == [f"arrays from {number}" for number in (0, 10, 10, 10, 20)]


def test_a_queue_that_stays_full_fails_the_result_with_what_was_accepted(rig: Rig) -> None:
    rig.native.codes, rig.native.then_always = [0], QUEUE_FULL
    result = rig.columns(np.zeros((2, 25)))

    assert isinstance(result.error, QueueFullError)
    assert "0.3 s" in result.message
    assert result.data == 10


def test_a_writer_that_must_not_wait_fails_at_once() -> None:
    rig = Rig(full_queue=FullQueuePolicy.FAIL)
    rig.native.codes = [0, QUEUE_FULL]
    result = rig.rows(np.zeros((25, 2)))
    rig.service.stop()

    assert isinstance(result.error, QueueFullError)
    assert "stayed so" not in result.message
    assert result.data == 10


def test_what_the_native_side_refuses_is_a_failed_result(rig: Rig) -> None:
    rig.native.codes = [12]
    result = rig.columns(np.zeros((2, 25)))

    assert isinstance(result.error, TopicUnavailableError)
    assert (result.message, result.data) == ("the native text", 0)


def test_a_format_that_cant_be_made_is_a_failed_result(rig: Rig) -> None:
    rig.format_error = UnsupportedFeatureError("no")
    result = rig.columns(np.zeros((2, 25)))

    assert isinstance(result.error, UnsupportedFeatureError)
    assert not any(call.startswith("arrays") for call in rig.native.calls)


def test_a_synchronous_writer_flushes_each_call() -> None:
    rig = Rig(sync=True)
    assert rig.columns(np.zeros((2, 25))).unwrap() == 25
    assert rig.native.calls[-1] == "flush"
    rig.native.report |= {"failed": 1, "newly_failed": 1, "failures": ("too large",)}
    failed = rig.rows(np.zeros((25, 2)))
    rig.native.report |= {"newly_failed": 0}
    rig.service.stop()

    assert isinstance(failed.error, DeliveryError)
    assert failed.data == 25


def test_a_call_that_meets_stop_is_a_failed_result(rig: Rig) -> None:
    rig.native.on_write = rig.service.stop
    result = rig.columns(np.zeros((2, 25)))

    assert isinstance(result.error, LifecycleError)


def test_calls_outside_the_life_are_failed_results(rig: Rig) -> None:
    created = PacketWriterService(rig.host)
    rig.service.stop()
    for service, what in ((created, "initialise() and start()"), (rig.service, "make a new one")):
        result = service.write_rows("Car", "", "key", parameters=["a"], timestamps_ns=[1], values=[1.0])
        assert isinstance(result.error, LifecycleError)
        assert what in result.message
        assert result.data == 0


MATRIX = np.zeros((2, 5))


@pytest.mark.parametrize(
    ("values", "options", "texts"),
    [
        (MATRIX.T, {}, ("values", "float64", "(5, 2)", "(2, samples)")),
        (np.zeros(5), {}, ("values", "(5,)", "2 parameters")),
        (np.zeros((2, 5, 1)), {}, ("(2, 5, 1)",)),
        (np.float64(1), {"parameters": ["a"]}, ("shape ()", "(1, samples) or (samples,)")),
        (MATRIX.astype("float16"), {}, ("values", "float16", "int64", "astype")),
        (MATRIX.astype(">f8"), {}, (">f8", "byte order")),
        (MATRIX.astype(complex), {}, ("complex128",)),
        ([["a"], ["b"]], {}, ("values", "<U1")),
        ([[1.0, 2.0], [1.0]], {}, ("values", "array")),
        (None, {}, ("values", "object")),
        (np.ma.masked_array(MATRIX, MATRIX == 0), {}, ("masked", "statuses")),
        (MATRIX, {"statuses": MATRIX}, ("statuses", "float64", "uint8")),
        (MATRIX, {"statuses": np.zeros((2, 4), "uint8")}, ("statuses", "(2, 4)", "(2, 5)")),
        (MATRIX, {"parameters": []}, ("parameters", "one or more")),
        (MATRIX, {"parameters": ["a", "a"]}, ("'a' is given twice",)),
        (MATRIX, {"parameters": "ab"}, ("parameters", "a list of strings")),
        (MATRIX, {"parameters": ["a", 5]}, ("parameters", "5")),
        (MATRIX, {"interval_ns": 0}, ("interval_ns is 0", "write_rows")),
        (MATRIX, {"interval_ns": 2**32}, ("interval_ns is 4294967296", "write_rows")),
        (MATRIX, {"interval_ns": 1e6}, ("interval_ns is 1000000.0",)),
        (MATRIX, {"interval_ns": True}, ("interval_ns is True",)),
        (MATRIX, {"interval_ns": None}, ("interval_ns", "rate_hz")),
        (MATRIX, {"rate_hz": 60}, ("interval_ns", "rate_hz", "not both")),
        (MATRIX, {"interval_ns": None, "rate_hz": 0.2}, ("rate_hz is 0.2", "write_rows")),
        (MATRIX, {"interval_ns": None, "rate_hz": float("nan")}, ("rate_hz is nan",)),
        (MATRIX, {"interval_ns": None, "rate_hz": "60"}, ("rate_hz is '60'",)),
        (MATRIX, {"start_time_ns": -1}, ("start_time_ns is -1",)),
        (MATRIX, {"start_time_ns": 1.5}, ("start_time_ns is 1.5",)),
        (MATRIX, {"start_time_ns": 2**63}, ("start_time_ns",)),
        (MATRIX, {"first_sample": -1}, ("first_sample is -1",)),
    ],
)
def test_columns_that_are_not_allowed_are_named_with_what_is(
    rig: Rig, values: Any, options: dict[str, Any], texts: tuple[str, ...]
) -> None:
    result = rig.columns(values, **options)

    assert isinstance(result.error, InvalidArgumentError)
    assert all(text in result.message for text in texts), result.message
    assert result.data == 0
    assert rig.native.calls == []


@pytest.mark.parametrize(
    ("values", "options", "texts"),
    [
        (MATRIX, {}, ("values", "(2, 5)", "(rows, 2)")),
        (MATRIX.T, {"timestamps_ns": np.arange(4)}, ("timestamps_ns", "(4,)", "(5,)")),
        (MATRIX.T, {"timestamps_ns": np.arange(5.0)}, ("timestamps_ns", "float64", "int64")),
        (MATRIX.T, {"timestamps_ns": np.zeros(5, "datetime64[us]")}, ("datetime64[us]", "datetime64[ns]")),
        (MATRIX.T, {"timestamps_ns": np.full(5, 2**63, "uint64")}, ("timestamps_ns[0]", "1970")),
    ],
)
def test_rows_that_are_not_allowed_are_named_with_what_is(
    rig: Rig, values: Any, options: dict[str, Any], texts: tuple[str, ...]
) -> None:
    result = rig.rows(values, **options)

    assert isinstance(result.error, InvalidArgumentError)
    assert all(text in result.message for text in texts), result.message
    assert rig.native.calls == []


@pytest.mark.parametrize("names", [("", "s", "k"), ("Car", None, "k"), ("Car", "s", "")])
def test_wrong_names_are_a_failed_result(rig: Rig, names: tuple[Any, Any, Any]) -> None:
    result = rig.service.write_rows(*names, parameters=["a"], timestamps_ns=[1], values=[1.0])

    assert isinstance(result.error, InvalidArgumentError)


def test_numpy_integers_are_integers(rig: Rig) -> None:
    given = {"start_time_ns": np.int64(7), "interval_ns": np.uint32(8), "first_sample": np.int8(9)}
    rig.columns(MATRIX, **given).unwrap()
    fields = rig.native.batch._fields

    assert (fields.start_time_ns, fields.interval_ns, fields.first_sample) == (7, 8, 9)
