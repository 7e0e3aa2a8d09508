"""Create, change, end, list and watch sessions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Final

from ma_streaming import arguments
from ma_streaming.contracts import ISessionManagementService
from ma_streaming.errors import InternalError
from ma_streaming.events import EventSource
from ma_streaming.hosting import HostedService, ModuleApi, ServiceHost
from ma_streaming.results import ApiResult
from ma_streaming.session_management.models import (
    Details,
    SessionAssociationInfo,
    SessionCreationInfo,
    SessionInfo,
    SessionStatistics,
)

if TYPE_CHECKING:
    from ma_streaming._native.client import NativeClient
    from ma_streaming._native.pump import Pump
    from ma_streaming._native.queues import EventQueue

_STARTED: Final = 1
_STATE_CHANGE: Final = 2
_ENDED: Final = 3
_ASSOCIATION: Final = 4
_LARGEST_VERSION: Final = 2**31 - 1
_BEFORE_ALL: Final = datetime.min.replace(tzinfo=timezone.utc)


class SessionManagementService(HostedService, ISessionManagementService):
    """Create, change, end, list and watch sessions.

    Events fire on the service's own thread, one at a time, for what happens after `start()`.

    Attributes:
        live_session_started: A session began; `SessionInfo`.
        live_session_state_change: A live session's information changed; `SessionInfo`.
        live_session_ended: A session ended; `SessionInfo`.
        new_association_detected: A session named an associate; `SessionAssociationInfo`.
    """

    stop_order = 3

    def __init__(self, host: ServiceHost) -> None:
        super().__init__(host)
        log = host.logger
        self.live_session_started: EventSource[SessionInfo] = EventSource("live_session_started", self, log)
        self.live_session_state_change: EventSource[SessionInfo] = EventSource("live_session_state_change", self, log)
        self.live_session_ended: EventSource[SessionInfo] = EventSource("live_session_ended", self, log)
        self.new_association_detected: EventSource[SessionAssociationInfo] = EventSource(
            "new_association_detected", self, log
        )
        self._native: NativeClient | None = None
        self._queue: EventQueue | None = None
        self._pump: Pump[SessionManagementService, dict[str, Any]] | None = None

    def get_all_sessions(self) -> ApiResult[list[SessionInfo]]:
        """Give every session that the broker knows, live and historical, in the order of their creation.

        Those whose writer did not say when that was come first, in the order in which the broker has them.
        """

        def list_all() -> list[SessionInfo]:
            # A session topic may have several partitions, between which there is no order.
            known = [SessionInfo(**each) for each in self._client.sessions()]
            return sorted(known, key=lambda info: info.creation_time or _BEFORE_ALL)

        return self._answer(list_all)

    def get_session_info(self, data_source: str, session_key: str) -> ApiResult[SessionInfo]:
        """Give one session; failed with `UnknownSessionError` where there is none with that key."""
        return self._session_call(lambda: self._client.session(*_names(data_source, session_key)))

    def create_new_session(self, session_creation_info: SessionCreationInfo) -> ApiResult[SessionInfo]:
        """Create a session and announce it on the session topic.

        The result comes when the broker has confirmed it.
        """

        def create() -> dict[str, Any]:
            info = arguments.instance("session_creation_info", session_creation_info, SessionCreationInfo)
            return self._client.create_session(
                arguments.text("data_source", info.data_source),
                arguments.text("identifier", info.identifier, empty_allowed=True),
                arguments.text("type", info.type, empty_allowed=True) or "Session",
                arguments.integer("version", info.version, minimum=0, maximum=_LARGEST_VERSION),
                _utc_offset(info.utc_offset),
                arguments.pairs("details", info.details),
                arguments.texts("associate_session_keys", info.associate_session_keys),
            )

        return self._session_call(create)

    def update_identifier(self, data_source: str, session_key: str, new_identifier: str) -> ApiResult[SessionInfo]:
        """Change a session's identifier."""
        return self._session_call(
            lambda: self._client.update_session_identifier(
                *_names(data_source, session_key), arguments.text("new_identifier", new_identifier)
            )
        )

    def update_session_details(self, data_source: str, session_key: str, details: Details) -> ApiResult[SessionInfo]:
        """Add or change details of a session; those not named stay as they are."""
        return self._session_call(
            lambda: self._client.update_session_details(
                *_names(data_source, session_key), arguments.pairs("details", details)
            )
        )

    def add_associate_session(
        self, data_source: str, session_key: str, adding_associate_key: str
    ) -> ApiResult[SessionInfo]:
        """Name another session as an associate of a session."""
        return self._session_call(
            lambda: self._client.add_associate_session(
                *_names(data_source, session_key), arguments.text("adding_associate_key", adding_associate_key)
            )
        )

    def end_session(self, data_source: str, session_key: str, *, force: bool = False) -> ApiResult[SessionInfo]:
        """End a session, after all its packets that were accepted here have been delivered.

        A session that has ended already stays as it is, and the result is a successful one.

        Args:
            data_source: Whose session it is.
            session_key: Its key.
            force: For a session whose writer has died. Its streams get the end of session packets that the writer
                would have written, as far as they can be written in half of the time. Its termination time is that of
                the last activity, at the latest the creation of the data source's next session; now, where that is
                not known. Packets of this process that cannot be delivered are named in the log instead of keeping
                it open.

        Returns:
            The session; failed with `DeliveryError` or `StreamingTimeoutError` where packets of it were not
            delivered, and then it is still live.
        """
        return self._session_call(
            lambda: self._client.end_session(
                *_names(data_source, session_key), arguments.instance("force", force, bool)
            )
        )

    def statistics(self) -> ApiResult[SessionStatistics]:
        """Count what the session topic holds."""
        return self._answer(lambda: SessionStatistics(*self._client.session_statistics()))

    def _session_call(self, work: Callable[[], dict[str, Any]]) -> ApiResult[SessionInfo]:
        return self._answer(lambda: SessionInfo(**work()))

    @property
    def _client(self) -> NativeClient:
        if self._native is None:
            raise InternalError("the session management service is started but has no client")
        return self._native

    def _on_initialise(self) -> None:
        self._native = self._host.require_client(started=False)

    def _on_start(self) -> None:
        from ma_streaming._native.pump import Pump

        self._native = self._host.require_client(started=True)
        self._queue = self._native.open_session_events()
        self._pump = Pump(
            f"ma-streaming sessions {self.id}",
            self,
            self._queue.take,
            SessionManagementService._deliver,
            self._queue.close,
            self._log,
        )

    def _on_stop(self) -> None:
        if self._queue is not None:
            self._queue.close()
        if self._pump is not None and not self._pump.stop(self._stop_timeout_seconds) and not self._is_own_thread():
            self._log.error("A handler of session events is still running; it goes on in the background")

    def _is_own_thread(self) -> bool:
        return self._pump is not None and self._pump.is_current_thread

    def _deliver(self, event: dict[str, Any]) -> None:
        session, kind = SessionInfo(**event["session"]), event["kind"]
        if kind == _STARTED:
            self.live_session_started.fire(session)
        elif kind == _STATE_CHANGE:
            # Ended sessions may be changed, but the event is of live ones (wire contract 9.2).
            if not session.historical:
                self.live_session_state_change.fire(session)
        elif kind == _ENDED:
            self.live_session_ended.fire(session)
        elif kind == _ASSOCIATION:
            associate = SessionInfo(**event["associate"]) if event["associate"] is not None else None
            self.new_association_detected.fire(SessionAssociationInfo(session, associate, event["group"]))
        else:
            self._log.error(f"The native library sent a session event of unknown kind {kind}")


class SessionManagementModuleApi(ModuleApi):
    """Makes session management services."""

    def create_service(self) -> ApiResult[SessionManagementService]:
        """Make a service; `initialise()` and `start()` it before use."""
        return self._make(lambda: SessionManagementService(self._host))


def _names(data_source: str, session_key: str) -> tuple[str, str]:
    return arguments.text("data_source", data_source), arguments.text("session_key", session_key)


def _utc_offset(given: timedelta | None) -> timedelta:
    if given is not None:
        return arguments.instance("utc_offset", given, timedelta)
    return datetime.now().astimezone().utcoffset() or timedelta(0)
