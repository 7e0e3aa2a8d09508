"""Waiting for a condition."""

from __future__ import annotations

import time

import pytest

from ma_streaming.errors import StreamingTimeoutError
from ma_streaming.testing import wait_until


def test_true_thing_is_returned() -> None:
    answers = iter([0, None, "", "there"])
    assert wait_until(lambda: next(answers)) == "there"


def test_deadline_names_what_was_waited_for() -> None:
    with pytest.raises(StreamingTimeoutError, match=r"not within 0\.02 s: no packets"):
        wait_until(lambda: False, timeout_seconds=0.02, message="no packets")


def test_message_function_is_called_at_the_deadline_only() -> None:
    seen: list[int] = []

    def condition() -> bool:
        seen.append(1)
        return False

    with pytest.raises(StreamingTimeoutError) as caught:
        wait_until(condition, timeout_seconds=0.02, message=lambda: f"{len(seen)} looks")
    assert str(caught.value).endswith(f"{len(seen)} looks")
    assert len(seen) > 1


def test_condition_is_tried_once_even_without_time() -> None:
    assert wait_until(lambda: 7, timeout_seconds=0) == 7
    with pytest.raises(StreamingTimeoutError):
        wait_until(lambda: 0, timeout_seconds=-1)


def test_condition_is_tried_once_more_after_a_slow_one_passed_the_deadline() -> None:
    started = time.monotonic()

    def slow() -> bool:
        return time.monotonic() - started > 0.05

    with pytest.raises(StreamingTimeoutError):
        wait_until(slow, timeout_seconds=0.01)
    assert wait_until(slow, timeout_seconds=1)


def test_error_of_the_condition_is_passed_on() -> None:
    with pytest.raises(ZeroDivisionError):
        wait_until(lambda: 1 / 0)
