"""Tokens for SASL OAUTHBEARER that the program makes itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from ma_streaming.errors import AuthenticationError, StreamingError
from ma_streaming.logger import ILogger
from ma_streaming.properties import HIDDEN

CALLBACK_FIELD = "oauth_token_callback"

_LATEST_SECONDS = 253_402_300_800.0
"""The end of the year 9999: more must be another unit."""


@dataclass(frozen=True, repr=False)
class OAuthToken:
    """A token to log in with. Its value never appears in its `repr`.

    Attributes:
        value: The token, such as a JWT.
        expires_at: When it expires: seconds since the Unix epoch, or an aware `datetime`.
        principal: Whom it is for, where the broker does not take that from the token.
        extensions: SASL extensions for the broker (RFC 7628, section 3.1).
    """

    value: str
    expires_at: float | datetime
    principal: str = ""
    extensions: Mapping[str, str] = field(default_factory=dict)

    @property
    def expires_at_seconds(self) -> float:
        """When it expires, in seconds since the Unix epoch."""
        return self.expires_at.timestamp() if isinstance(self.expires_at, datetime) else self.expires_at

    def __repr__(self) -> str:
        return f"OAuthToken({HIDDEN!r}, expires_at={self.expires_at!r}, principal={self.principal!r})"


TokenCallback = Callable[[str], "OAuthToken | tuple[object, ...]"]
"""Makes a token. Is given `oauth_scope`; gives an `OAuthToken`, or a tuple of its fields: (value, expires_at), ..."""


class TokenTaker(Protocol):
    """Who wants a token: the native client."""

    def provide_token(
        self, value: str, expires_at_seconds: float, principal: str, extensions: Sequence[tuple[str, str]]
    ) -> str:
        """Take a token; say why it can't be used, or "" where it can."""

    def fail_token(self, reason: str) -> None:
        """Do without, for now."""


def answer_request(taker: TokenTaker, callback: TokenCallback, scope: str, lines: ILogger) -> None:
    """Have the program make a token, and pass it on; or say why there is none."""
    try:
        token = ask_for_token(callback, scope)
        extensions = list(token.extensions.items())
        refused = taker.provide_token(token.value, token.expires_at_seconds, token.principal, extensions)
        if refused:
            lines.error(f"{CALLBACK_FIELD} gave a token that can't be used: {refused}")
    except StreamingError as error:
        lines.error(f"there is no token to log in with: {error}")
        taker.fail_token(str(error))


def ask_for_token(callback: TokenCallback, scope: str) -> OAuthToken:
    """Have the program make a token, and check it.

    Raises:
        AuthenticationError: The callback raised, or gave something else; the text has no token in it.
    """
    try:
        given = callback(scope)
    except Exception as error:
        raise _refused(f"raised {type(error).__name__}: {error}") from error
    token = given if isinstance(given, OAuthToken) else _from_tuple(given)
    _check(token)
    return token


def _from_tuple(given: object) -> OAuthToken:
    if isinstance(given, tuple) and 2 <= len(given) <= 4:  # noqa: PLR2004 - the fields of OAuthToken
        return OAuthToken(*given)
    shape = f"a tuple of {len(given)}" if isinstance(given, tuple) else f"a {type(given).__name__}"
    raise _refused(f"gave {shape}; allowed is an OAuthToken, or a tuple (value, expires_at)")


def _check(token: OAuthToken) -> None:
    """Check what came from the program, whatever its types claim to be."""
    value: object = token.value
    if not isinstance(value, str) or not value:
        raise _refused("gave a token whose value is no text, or empty")
    _check_time(token.expires_at)
    if token.expires_at_seconds <= time.time():
        raise _refused(f"gave a token that has expired: expires_at is {token.expires_at!r}")
    principal: object = token.principal
    if not isinstance(principal, str):
        raise _refused(f"gave a {type(principal).__name__} as principal; allowed is text")
    extensions: object = token.extensions
    pairs = extensions.items() if isinstance(extensions, Mapping) else [(None, None)]
    if not all(isinstance(each, str) for pair in pairs for each in pair):
        raise _refused("gave extensions that are no mapping of texts to texts")


def _check_time(expires_at: object) -> None:
    if isinstance(expires_at, datetime):
        allowed = expires_at.tzinfo is not None
        shown = repr(expires_at)
    else:
        # Not shown: it may be the token, where the two have changed places.
        allowed = (
            isinstance(expires_at, int | float) and not isinstance(expires_at, bool) and expires_at < _LATEST_SECONDS
        )
        shown = f"a {type(expires_at).__name__}"
    if not allowed:
        raise _refused(f"gave {shown} as expires_at; allowed are seconds since the Unix epoch, or an aware datetime")


def _refused(what: str) -> AuthenticationError:
    return AuthenticationError(f"{CALLBACK_FIELD} {what}", subject=CALLBACK_FIELD)
