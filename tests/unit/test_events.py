"""Events in the C# style."""

from __future__ import annotations

import pytest

from ma_streaming.errors import InvalidArgumentError
from ma_streaming.events import EventSource, HandlerFailures
from tests.support.fakes import RecordingLogger


class Sender:
    pass


@pytest.fixture
def logger() -> RecordingLogger:
    return RecordingLogger()


@pytest.fixture
def sender() -> Sender:
    return Sender()


@pytest.fixture
def event(sender: Sender, logger: RecordingLogger) -> EventSource[int]:
    return EventSource("happened", sender, logger)


class Listener:
    def __init__(self) -> None:
        self.heard: list[tuple[object, int]] = []

    def on_happened(self, sender: object, args: int) -> None:
        self.heard.append((sender, args))


def test_handlers_get_sender_and_args(event: EventSource[int], sender: Sender) -> None:
    listener = Listener()
    event.subscribe(listener.on_happened)

    event.fire(5)

    assert listener.heard == [(sender, 5)]


def test_a_bound_method_can_be_unsubscribed_by_looking_it_up_again(event: EventSource[int]) -> None:
    listener = Listener()
    event.subscribe(listener.on_happened)
    event.unsubscribe(listener.on_happened)

    event.fire(5)

    assert listener.heard == []
    assert not event.has_handlers


def test_a_handler_that_was_subscribed_twice_is_called_twice_and_unsubscribed_once(event: EventSource[int]) -> None:
    listener = Listener()
    event.subscribe(listener.on_happened)
    event.subscribe(listener.on_happened)
    event.fire(1)
    event.unsubscribe(listener.on_happened)
    event.fire(2)

    assert [args for _, args in listener.heard] == [1, 1, 2]


def test_a_handler_that_raises_is_logged_with_its_traceback_and_stops_nobody(
    event: EventSource[int], logger: RecordingLogger
) -> None:
    def bad(_sender: object, _args: int) -> None:
        raise ValueError("deliberate")

    listener = Listener()
    event.subscribe(bad)
    event.subscribe(listener.on_happened)

    event.fire(7)

    assert len(listener.heard) == 1
    (line,) = logger.at("error")
    assert "bad" in line
    assert "Traceback" in line
    assert "ValueError: deliberate" in line
    assert "in event happened" in line


def test_ctrl_c_in_a_handler_on_the_main_thread_is_not_swallowed(event: EventSource[int]) -> None:
    def interrupted(_sender: object, _args: int) -> None:
        raise KeyboardInterrupt

    event.subscribe(interrupted)

    with pytest.raises(KeyboardInterrupt):
        event.fire(1)


def test_unsubscribing_an_unknown_handler_only_warns(event: EventSource[int], logger: RecordingLogger) -> None:
    event.unsubscribe(Listener().on_happened)

    (line,) = logger.at("warning")
    assert "Listener.on_happened" in line


def test_what_cant_be_called_is_refused(event: EventSource[int]) -> None:
    with pytest.raises(InvalidArgumentError, match=r"happened\.subscribe"):
        event.subscribe(5)  # type: ignore[arg-type]


def test_a_handler_may_unsubscribe_itself(event: EventSource[int]) -> None:
    heard = []

    def once(_sender: object, args: int) -> None:
        heard.append(args)
        event.unsubscribe(once)

    event.subscribe(once)
    event.fire(1)
    event.fire(2)

    assert heard == [1]


def test_a_flood_of_errors_is_counted_and_no_longer_logged_one_by_one(logger: RecordingLogger) -> None:
    failures = HandlerFailures(logger)
    for _ in range(2000):
        failures.record(print, "with a packet", ValueError("x"))

    assert failures.count == 2000
    assert len(logger.at("error")) == 102
    assert "2,000" in logger.at("error")[-1]
