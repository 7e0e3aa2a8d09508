"""Initialise, start, stop: in order, once, from any thread."""

from __future__ import annotations

import gc
import threading
import uuid
from collections.abc import Iterator
from datetime import datetime, timezone

import pytest

from ma_streaming.errors import BrokerUnavailableError, LifecycleError, OperationCancelledError, StreamingError
from ma_streaming.lifecycle import Service
from ma_streaming.logger import guarded
from tests.support.fakes import RecordingLogger, eventually


class Recorder(Service):
    """Writes down what it is asked to do."""

    def __init__(self, logger: RecordingLogger | None = None) -> None:
        super().__init__(guarded(logger or RecordingLogger()), stop_timeout_seconds=5)
        self.done: list[str] = []
        self.fails_with: StreamingError | None = None
        self.waits_until_stopped = False
        self.entered = threading.Event()

    def _on_initialise(self) -> None:
        self.entered.set()
        while self.waits_until_stopped:
            self._require_going_on()
            threading.Event().wait(0.01)
        if self.fails_with is not None:
            raise self.fails_with
        self.done.append("initialise")

    def _on_start(self) -> None:
        self.done.append("start")

    def _on_stop(self) -> None:
        self.done.append("stop")

    def answer(self) -> LifecycleError | None:
        return self._why_not_started()


@pytest.fixture
def service() -> Iterator[Recorder]:
    recorder = Recorder()
    yield recorder
    recorder.stop()


def test_a_service_goes_through_its_life(service: Recorder) -> None:
    states = [(service.is_initialised, service.is_started)]
    for step in (service.initialise, service.start, service.stop):
        step()
        states.append((service.is_initialised, service.is_started))

    assert states == [(False, False), (True, False), (True, True), (False, False)]
    assert service.done == ["initialise", "start", "stop"]


def test_each_step_does_its_work_once(service: Recorder) -> None:
    for step in (service.initialise, service.start, service.stop):
        step()
        step()

    assert service.done == ["initialise", "start", "stop"]


def test_the_events_carry_an_aware_time(service: Recorder) -> None:
    fired: list[tuple[str, datetime]] = []
    service.initialised.subscribe(lambda _sender, when: fired.append(("initialised", when)))
    service.started.subscribe(lambda _sender, when: fired.append(("started", when)))
    service.stopped.subscribe(lambda _sender, when: fired.append(("stopped", when)))

    with service:
        pass

    assert [name for name, _ in fired] == ["initialised", "started", "stopped"]
    assert all(when.tzinfo is timezone.utc for _, when in fired)


def test_every_service_has_an_id_of_its_own(service: Recorder) -> None:
    assert isinstance(service.id, uuid.UUID)
    assert service.id != Recorder().id


def test_starting_before_initialise_says_what_to_call(service: Recorder) -> None:
    with pytest.raises(LifecycleError, match="initialise"):
        service.start()


@pytest.mark.parametrize("steps", [0, 1, 2, 3])
def test_misuse_says_what_to_call(service: Recorder, steps: int) -> None:
    for step in (service.initialise, service.start, service.stop)[:steps]:
        step()
    error = service.answer()

    expected = ["call initialise() and start() first", "call start() first", None, "make a new one"][steps]
    assert (error is None) if expected is None else expected in str(error)


def test_a_stopped_service_stays_stopped(service: Recorder) -> None:
    with service:
        pass
    for step in (service.initialise, service.start):
        with pytest.raises(LifecycleError, match="stopped"):
            step()


def test_stopping_what_never_started_changes_nothing(service: Recorder) -> None:
    service.stop()
    service.initialise()

    assert service.is_initialised


def test_a_failed_initialise_is_quoted_by_later_calls_and_may_be_repeated(service: Recorder) -> None:
    service.fails_with = BrokerUnavailableError("no broker at nowhere:1")
    with pytest.raises(BrokerUnavailableError):
        service.initialise()
    error = service.answer()
    with pytest.raises(LifecycleError, match="nowhere:1"):
        service.start()

    assert error is not None
    assert "no broker at nowhere:1" in str(error)
    assert isinstance(error.__cause__, BrokerUnavailableError)
    service.fails_with = None
    service.initialise()
    assert service.is_initialised


def test_stop_from_another_thread_cancels_initialise(service: Recorder) -> None:
    service.waits_until_stopped = True
    raised: list[BaseException] = []

    def initialise() -> None:
        try:
            service.initialise()
        except StreamingError as error:
            raised.append(error)

    thread = threading.Thread(target=initialise)
    thread.start()
    assert service.entered.wait(5)
    service.stop()
    thread.join(5)

    assert [type(error) for error in raised] == [OperationCancelledError]
    assert not service.is_initialised


def test_initialise_on_two_threads_is_refused_for_the_second(service: Recorder) -> None:
    service.waits_until_stopped = True
    thread = threading.Thread(target=service.initialise)
    thread.start()
    assert service.entered.wait(5)
    with pytest.raises(LifecycleError, match="another thread"):
        service.initialise()

    service.waits_until_stopped = False
    thread.join(5)
    assert service.done == ["initialise"]


def test_stop_on_many_threads_stops_once_and_returns_to_all(service: Recorder) -> None:
    service.initialise()
    service.start()
    threads = [threading.Thread(target=service.stop) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)

    assert service.done == ["initialise", "start", "stop"]


def test_with_starts_and_stops_even_when_the_body_raises(service: Recorder) -> None:
    def body() -> None:
        with service as entered:
            assert entered is service
            assert service.is_started
            raise KeyError

    with pytest.raises(KeyError):
        body()

    assert service.done == ["initialise", "start", "stop"]


def test_forgetting_a_started_service_is_a_resource_warning_that_names_it() -> None:
    logger = RecordingLogger()
    services = [Recorder(logger)]
    services[0].initialise()
    services[0].start()
    name = str(services[0].id)

    with pytest.warns(ResourceWarning, match=name):
        services.clear()
    eventually(lambda: logger.at("warning"))

    assert "call stop()" in logger.at("warning")[0]


def test_a_service_that_is_stopped_may_be_forgotten() -> None:
    service = Recorder()
    with service:
        pass
    del service
    gc.collect()


def test_an_event_handler_may_stop_the_service(service: Recorder) -> None:
    service.started.subscribe(lambda sender, _when: sender.stop())
    service.initialise()
    service.start()

    assert not service.is_started
