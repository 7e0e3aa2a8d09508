"""Sessions, listed for people."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ma_streaming.errors import InvalidArgumentError, UnknownSessionError
from ma_streaming.session_management.models import SessionInfo
from ma_streaming.tabular import Row, counted, html_table, text_table

_HEADERS: Final = ("identifier", "data source", "state", "created", "duration", "streams", "session key")


class SessionList(list[SessionInfo]):
    """Sessions, newest first."""

    def __repr__(self) -> str:
        return text_table(self._title, _HEADERS, map(_row, self), len(self))

    def _repr_html_(self) -> str:
        return html_table(self._title, _HEADERS, map(_row, self), len(self))

    @property
    def _title(self) -> str:
        live = sum(not session.historical for session in self)
        return counted(len(self), "session") + (f", {live:,} live" if live else "")


def find_session(session: SessionInfo | str, known: Iterable[SessionInfo]) -> SessionInfo:
    """Give what is known of a session now.

    Args:
        session: The session, or its key.
        known: All sessions.

    Raises:
        InvalidArgumentError: It is neither.
        UnknownSessionError: There is no such session; the text says which one may be meant.
    """
    key = getattr(session, "session_key", session)
    if not isinstance(key, str) or not key:
        allowed = "a SessionInfo, as sessions() gives it, or a session key"
        raise InvalidArgumentError(f"session is {session!r}; allowed is {allowed}", subject="session")
    sessions = list(known)
    for each in sessions:
        if each.session_key == key:
            return each
    named = [each.session_key for each in sessions if each.identifier == key]
    hint = f"; that is the identifier of {', '.join(named)}" if named else f" among {len(sessions):,}"
    raise UnknownSessionError(f"there is no session with the key {key!r}{hint}", subject=key)


def _row(session: SessionInfo) -> Row:
    created, ended = session.creation_time, session.termination_time
    lasted = None if created is None or ended is None else str(ended - created).partition(".")[0]
    return (
        session.identifier,
        session.data_source,
        "ended" if session.historical else "live",
        None if created is None else f"{created:%Y-%m-%d %H:%M:%S}",
        lasted,
        len(session.streams) + 1,
        session.session_key,
    )
