"""What every service call gives back."""

from __future__ import annotations

import dataclasses

import pytest

from ma_streaming import ApiResult, StreamingError, UnknownSessionError
from ma_streaming.results import ACCEPTED


def test_a_successful_result_has_data_and_no_text() -> None:
    result = ApiResult.succeeded([1])

    assert (result.success, result.data, result.message, result.error_message) == (True, [1], "", "")
    assert result.unwrap() == [1]


def test_a_failed_result_says_why_and_raises_it() -> None:
    result: ApiResult[int] = ApiResult.failed(UnknownSessionError("no session 'x'", subject="x"))

    assert (result.success, result.data) == (False, None)
    assert result.message == result.error_message == "no session 'x'"
    with pytest.raises(UnknownSessionError, match="no session 'x'"):
        result.unwrap()


def test_a_failed_result_may_carry_what_was_done() -> None:
    assert ApiResult.failed(StreamingError("half"), 5).data == 5


def test_a_failed_result_made_by_hand_raises_too() -> None:
    with pytest.raises(StreamingError, match="odd"):
        ApiResult(False, None, "odd").unwrap()


def test_results_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        ACCEPTED.success = False  # type: ignore[misc]
