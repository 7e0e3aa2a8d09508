"""What a token callback may give, and what becomes of it."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from ma_streaming import AuthenticationError, OAuthToken
from ma_streaming.oauth import answer_request, ask_for_token
from tests.support.fakes import RecordingLogger

VALUE = "a-secret-token"
LATER = time.time() + 3600


class FakeClient:
    """Takes tokens as the native client does."""

    def __init__(self, refusal: str = "") -> None:
        self.refusal = refusal
        self.provided: list[tuple[Any, ...]] = []
        self.failures: list[str] = []

    def provide_token(self, *token: Any) -> str:
        self.provided.append(token)
        return self.refusal

    def fail_token(self, reason: str) -> None:
        self.failures.append(reason)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (OAuthToken(VALUE, LATER), OAuthToken(VALUE, LATER, "", {})),
        ((VALUE, LATER), OAuthToken(VALUE, LATER)),
        ((VALUE, int(LATER), "me"), OAuthToken(VALUE, int(LATER), "me")),
        ((VALUE, LATER, "me", {"team": "red"}), OAuthToken(VALUE, LATER, "me", {"team": "red"})),
    ],
)
def test_a_token_or_a_tuple_of_its_fields_will_do(given: Any, expected: OAuthToken) -> None:
    scopes = []

    def callback(scope: str) -> Any:
        scopes.append(scope)
        return given

    assert ask_for_token(callback, "kafka") == expected
    assert scopes == ["kafka"]


def test_a_time_may_be_a_datetime() -> None:
    expires_at = datetime.now(timezone(timedelta(hours=2))) + timedelta(hours=1)
    token = ask_for_token(lambda _: OAuthToken(VALUE, expires_at), "")
    assert token.expires_at_seconds == expires_at.timestamp()


def test_a_token_is_not_shown() -> None:
    token = OAuthToken(VALUE, LATER, "me", {"key": VALUE})
    assert VALUE not in repr(token)
    assert "me" in repr(token)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (None, "a NoneType"),
        (VALUE, "a str"),
        ((VALUE,), "a tuple of 1"),
        ((VALUE, LATER, "", {}, ""), "a tuple of 5"),
        ((b"bytes", LATER), "no text"),
        (("", LATER), "no text, or empty"),
        ((VALUE, time.time() - 1), "has expired"),
        ((VALUE, LATER * 1000), "seconds since the Unix epoch"),
        ((VALUE, float("nan")), "seconds since the Unix epoch"),
        ((VALUE, True), "a bool as expires_at"),
        ((VALUE, VALUE), "a str as expires_at"),
        ((VALUE, datetime(2999, 1, 1)), "aware datetime"),  # noqa: DTZ001 - that is the fault
        ((VALUE, LATER, 1), "as principal"),
        ((VALUE, LATER, "", [VALUE]), "extensions"),
        ((VALUE, LATER, "", {"key": 1}), "extensions"),
    ],
)
def test_what_is_no_token_is_an_authentication_error_without_the_token(given: Any, words: str) -> None:
    with pytest.raises(AuthenticationError) as raised:
        ask_for_token(lambda _: given, "")
    assert raised.value.subject == "oauth_token_callback"
    assert str(raised.value).startswith("oauth_token_callback gave")
    assert words in str(raised.value)
    assert VALUE not in str(raised.value)


def test_a_token_is_passed_on() -> None:
    client, lines = FakeClient(), RecordingLogger()
    answer_request(client, lambda _: (VALUE, LATER, "me", {"team": "red"}), "", lines)
    assert client.provided == [(VALUE, LATER, "me", [("team", "red")])]
    assert (client.failures, lines.lines) == ([], [])


def test_a_token_that_cannot_be_used_is_logged() -> None:
    client, lines = FakeClient("the reason"), RecordingLogger()
    answer_request(client, lambda _: (VALUE, LATER), "", lines)
    assert lines.lines == [("error", "oauth_token_callback gave a token that can't be used: the reason")]


def test_a_callback_that_raises_is_logged_and_passed_on() -> None:
    def callback(_: str) -> Any:
        raise KeyError("user")

    client, lines = FakeClient(), RecordingLogger()
    answer_request(client, callback, "", lines)
    text = "oauth_token_callback raised KeyError: 'user'"
    assert (client.provided, client.failures) == ([], [text])
    assert lines.lines == [("error", f"there is no token to log in with: {text}")]
