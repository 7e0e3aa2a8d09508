"""Log what happens to sessions and streams."""

import logging
from collections.abc import Callable
from threading import Condition
from typing import Any

from received_packet_dto_handler import ReceivedPacketDtoHandler

from ma_streaming import (
    EventSource,
    PacketReaderService,
    SessionAssociationInfo,
    SessionInfo,
    SessionManagementService,
    SessionReadingCompletedInfo,
    StreamInfo,
)

log = logging.getLogger("sample_reader")


class SessionNotifier:
    """Log the events of the session service and of the reader service, and wait for their end.

    Subscribe when the services have been started: events tell about what happens from then on.

    Args:
        session_service: Service that tells about the sessions of every data source.
        reader_service: Service that reads packets.
        handler: Handler of the packets, which is told when a session begins and ends.
    """

    def __init__(
        self,
        session_service: SessionManagementService,
        reader_service: PacketReaderService,
        handler: ReceivedPacketDtoHandler,
    ) -> None:
        self._handler = handler
        self._changed = Condition()
        self._sessions_completed = 0
        self._error: Exception | None = None
        self._subscriptions: list[tuple[EventSource[Any], Callable[[object, Any], None]]] = [
            (session_service.live_session_started, self.on_live_session_started),
            (session_service.live_session_state_change, self.on_live_session_state_change),
            (session_service.live_session_ended, self.on_live_session_ended),
            (session_service.new_association_detected, self.on_new_association_detected),
            (reader_service.session_reading_started, self.on_session_reading_started),
            (reader_service.session_info_updated, self.on_session_info_updated),
            (reader_service.stream_reading_started, self.on_stream_reading_started),
            (reader_service.stream_reading_completed, self.on_stream_reading_completed),
            (reader_service.session_reading_completed, self.on_session_reading_completed),
            (reader_service.failed, self.on_failed),
        ]

    def subscribe(self) -> None:
        """Begin to log events."""
        for event, handler in self._subscriptions:
            event.subscribe(handler)

    def unsubscribe(self) -> None:
        """Stop logging events."""
        for event, handler in self._subscriptions:
            event.unsubscribe(handler)

    def wait_for_completed_sessions(self, count: float, timeout_seconds: float) -> bool:
        """Wait until so many sessions have been read to their end.

        Returns:
            Whether it came to that within the time.

        Raises:
            StreamingError: Reading failed.
        """
        with self._changed:
            done = self._changed.wait_for(
                lambda: self._error is not None or self._sessions_completed >= count, timeout_seconds
            )
            if self._error is not None:
                raise self._error
            return done

    def on_live_session_started(self, _sender: object, session: SessionInfo) -> None:
        """A session has been created."""
        log.info("Session started: '%s' of '%s', key %s", session.identifier, session.data_source, session.session_key)

    def on_live_session_state_change(self, _sender: object, session: SessionInfo) -> None:
        """Identifier or details of a live session have changed."""
        log.info("Session changed: '%s' of '%s', %s", session.identifier, session.data_source, session.details)

    def on_live_session_ended(self, _sender: object, session: SessionInfo) -> None:
        """A session has ended. Packets of it may still be on their way."""
        log.info("Session ended: '%s' of '%s'", session.identifier, session.data_source)

    def on_new_association_detected(self, _sender: object, association: SessionAssociationInfo) -> None:
        """A session has become part of another one."""
        main, associate = association.main_session_info, association.associate_session_info
        name = f"'{associate.identifier}'" if associate else "a session not known here"
        log.info("Session '%s' has a new associate: %s", main.identifier, name)

    def on_session_reading_started(self, _sender: object, session: SessionInfo) -> None:
        """The reader begins with a session."""
        log.info("Reading session '%s'", session.identifier)
        self._handler.session_started(session.session_key)

    def on_session_info_updated(self, _sender: object, session: SessionInfo) -> None:
        """The session that is being read has changed."""
        log.info("Session being read has changed: '%s', %s", session.identifier, session.details)

    def on_stream_reading_started(self, _sender: object, stream: StreamInfo) -> None:
        """The reader begins with a stream of a session."""
        log.info("Reading %s", stream_name(stream))

    def on_stream_reading_completed(self, _sender: object, stream: StreamInfo) -> None:
        """All packets of a stream have been read."""
        log.info("Completed %s", stream_name(stream))

    def on_session_reading_completed(self, _sender: object, session: SessionReadingCompletedInfo) -> None:
        """All packets of a session have been read."""
        log.info("Completed session '%s' (%s)", session.identifier, session.reason)
        self._handler.session_completed(session.session_key)
        with self._changed:
            self._sessions_completed += 1
            self._changed.notify_all()

    def on_failed(self, _sender: object, error: Exception) -> None:
        """The reader can't go on."""
        log.error("Reading failed: %s", error)
        with self._changed:
            self._error = error
            self._changed.notify_all()


def stream_name(stream: StreamInfo) -> str:
    """Return a stream's name; the main stream's is empty."""
    return f"stream '{stream.stream}'" if stream.stream else "the main stream"
