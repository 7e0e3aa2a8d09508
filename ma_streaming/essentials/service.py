"""Read the essential packets of one session."""

from __future__ import annotations

from typing import Any, Final

from ma_streaming import arguments
from ma_streaming._native.client import ReaderOptions
from ma_streaming.contracts import IEssentialsService
from ma_streaming.events import EventSource
from ma_streaming.hosting import ModuleApi, ServiceHost
from ma_streaming.packet_reading.models import PacketReadingType, SessionReadingCompletedInfo
from ma_streaming.packet_reading.reading import ReadingService
from ma_streaming.results import ApiResult
from ma_streaming.session_management.models import SessionInfo

_STARTED: Final = 1
_COMPLETED: Final = 3


class EssentialsService(ReadingService, IEssentialsService):
    """Read the essential packets of one session, live or ended, from the data source's essentials (wire contract 9.5).

    Each essential packet is stored twice: here, and in the stream that it was written to. The two have the same bytes.
    It is delivered with the stream "", because the essentials do not say which stream that was. Definitions of data
    formats are not among them, as they are of no session; `DataFormatManagementService` resolves those.

    Packets and events come in one order, to handlers or to whoever iterates, as with `PacketReaderService`. While the
    session is live the service stays open for further essentials, until the session ends.

    Attributes:
        reading_essentials_started: The session is there, its essentials come next; `SessionInfo`.
        reading_essentials_completed: All of them were read; `SessionReadingCompletedInfo`.
        failed: Reading failed; the `StreamingError`. Not for failures that whoever iterates gets raised.
    """

    def __init__(self, host: ServiceHost, data_source: str, session_key: str) -> None:
        super().__init__(host, _options(data_source, session_key))
        self.reading_essentials_started: EventSource[SessionInfo] = self._event("reading_essentials_started")
        self.reading_essentials_completed: EventSource[SessionReadingCompletedInfo] = self._event(
            "reading_essentials_completed"
        )

    def _fire(self, event: dict[str, Any]) -> None:
        if event["kind"] == _STARTED:
            self.reading_essentials_started.fire(SessionInfo(**event["session"]))
        elif event["kind"] == _COMPLETED:
            completed = SessionReadingCompletedInfo(**event["session"], reason=event["reason"])
            self.reading_essentials_completed.fire(completed)


class EssentialsModuleApi(ModuleApi):
    """Makes essentials services."""

    def create_service(self, data_source: str, session_key: str) -> ApiResult[EssentialsService]:
        """Make a service for one session, live or ended; it waits for a session that is not there yet."""
        return self._make(
            lambda: EssentialsService(
                self._host, arguments.text("data_source", data_source), arguments.text("session_key", session_key)
            )
        )


def _options(data_source: str, session_key: str) -> ReaderOptions:
    return ReaderOptions(
        data_source=data_source,
        session_key=session_key,
        reading_type=PacketReadingType.BOTH.value,
        reads_essentials=True,
    )
