"""The check that guards all tests notices what a test leaves behind."""

from __future__ import annotations

import threading

import pytest

from tests.support.leaks import LeakCheck


def test_thread_that_is_still_alive_fails_the_test_by_name() -> None:
    end = threading.Event()
    check = LeakCheck()
    thread = threading.Thread(target=end.wait, name="left behind", daemon=True)
    thread.start()
    with pytest.raises(pytest.fail.Exception, match="thread left behind"):
        check.assert_nothing_left(timeout_seconds=0.05)
    end.set()
    thread.join()
    check.assert_nothing_left(timeout_seconds=0.0)


def test_thread_that_is_about_to_end_is_waited_for() -> None:
    check = LeakCheck()
    timer = threading.Timer(0.2, lambda: None)
    timer.start()
    check.assert_nothing_left(timeout_seconds=5.0)
    assert not timer.is_alive()


def test_thread_of_a_wider_fixture_is_not_counted() -> None:
    end = threading.Event()
    thread = threading.Thread(target=end.wait, daemon=True)
    thread.start()
    LeakCheck().assert_nothing_left(timeout_seconds=0.0)
    end.set()
    thread.join()
