"""What a session service reports, in the order in which it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ma_streaming.testing import wait_until
from tests.integration.library import DEADLINE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from ma_streaming import SessionAssociationInfo, SessionInfo, SessionManagementService

STARTED = "live_session_started"
CHANGED = "live_session_state_change"
ENDED = "live_session_ended"


class SessionLog:
    """The events of the sessions of one data source."""

    def __init__(self, service: SessionManagementService, data_source: str) -> None:
        """Subscribe to everything that the service reports."""
        self.data_source = data_source
        self.entries: list[tuple[str, SessionInfo]] = []
        self.associations: list[SessionAssociationInfo] = []
        for name in (STARTED, CHANGED, ENDED):
            getattr(service, name).subscribe(self._listener(name))
        service.new_association_detected.subscribe(lambda _sender, found: self.associations.append(found))

    def _listener(self, name: str) -> Callable[[object, SessionInfo], None]:
        def note(_sender: object, info: SessionInfo) -> None:
            if info.data_source == self.data_source:
                self.entries.append((name, info))

        return note

    def keys(self, name: str) -> list[str]:
        """Give the session keys of one kind of event, in order."""
        return [info.session_key for kind, info in list(self.entries) if kind == name]

    def names(self, session_key: str) -> list[str]:
        """Give the names of one session's events, in order."""
        return [kind for kind, info in list(self.entries) if info.session_key == session_key]

    def last(self, session_key: str) -> SessionInfo | None:
        """Give what the newest event of a session told."""
        told = [info for _, info in list(self.entries) if info.session_key == session_key]
        return told[-1] if told else None

    def wait_for(self, name: str, *session_keys: str) -> None:
        """Wait until each session has had that event."""
        wait_until(
            lambda: set(session_keys) <= set(self.keys(name)),
            timeout_seconds=DEADLINE_SECONDS,
            message=lambda: f"{name} of {sorted(set(session_keys) - set(self.keys(name)))}",
        )
