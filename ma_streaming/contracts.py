"""What a program may rely on of each service, as abstract base classes.

Programs name these in annotations and in `isinstance`, and build their own stand-ins for tests on them. The services
inherit them, and can more than they say.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from ma_streaming.data_format_management.models import DataFormatInfo, EventDataFormatInfo, ParameterDataFormatInfo
    from ma_streaming.events import EventSource
    from ma_streaming.packet_reading.models import (
        CoverageCursorInfo,
        IHandler,
        ReceivedPacketDto,
        SessionReadingCompletedInfo,
        StreamInfo,
    )
    from ma_streaming.packet_writing.models import InfoType
    from ma_streaming.packets import PacketBytes
    from ma_streaming.results import ApiResult
    from ma_streaming.session_management.models import (
        Details,
        SessionAssociationInfo,
        SessionCreationInfo,
        SessionInfo,
    )


class IService(ABC):
    """The life of a service: `initialise`, `start`, `stop`, and an event for each."""

    initialised: EventSource[datetime]
    started: EventSource[datetime]
    stopped: EventSource[datetime]

    @property
    @abstractmethod
    def is_initialised(self) -> bool:
        """True from a successful `initialise()` until `stop()`."""

    @property
    @abstractmethod
    def is_started(self) -> bool:
        """True from a successful `start()` until `stop()`."""

    @abstractmethod
    def initialise(self) -> None:
        """Make the service ready to be started."""

    @abstractmethod
    def start(self) -> None:
        """Start the service."""

    @abstractmethod
    def stop(self) -> None:
        """Stop the service."""


class ISessionManagementService(IService):
    """Create, change, end, list and watch sessions."""

    live_session_started: EventSource[SessionInfo]
    live_session_state_change: EventSource[SessionInfo]
    live_session_ended: EventSource[SessionInfo]
    new_association_detected: EventSource[SessionAssociationInfo]

    @abstractmethod
    def get_all_sessions(self) -> ApiResult[list[SessionInfo]]:
        """Give every session that the broker knows."""

    @abstractmethod
    def get_session_info(self, data_source: str, session_key: str) -> ApiResult[SessionInfo]:
        """Give one session."""

    @abstractmethod
    def create_new_session(self, session_creation_info: SessionCreationInfo) -> ApiResult[SessionInfo]:
        """Create a session."""

    @abstractmethod
    def update_identifier(self, data_source: str, session_key: str, new_identifier: str) -> ApiResult[SessionInfo]:
        """Change a session's identifier."""

    @abstractmethod
    def update_session_details(self, data_source: str, session_key: str, details: Details) -> ApiResult[SessionInfo]:
        """Add or change details of a session."""

    @abstractmethod
    def add_associate_session(
        self, data_source: str, session_key: str, adding_associate_key: str
    ) -> ApiResult[SessionInfo]:
        """Name another session as an associate of a session."""

    @abstractmethod
    def end_session(self, data_source: str, session_key: str) -> ApiResult[SessionInfo]:
        """End a session."""


class IDataFormatManagementService(IService):
    """Look up and create data formats."""

    data_format_info_updated: EventSource[DataFormatInfo]

    @abstractmethod
    def get_parameter_data_format_id(
        self, data_source: str, parameter_identifiers: Iterable[str]
    ) -> ApiResult[ParameterDataFormatInfo]:
        """Give the format of a list of parameters, creating it where there is none."""

    @abstractmethod
    def get_parameters_list(self, data_source: str, data_format_id: int) -> ApiResult[ParameterDataFormatInfo]:
        """Give the parameters that a format id stands for."""

    @abstractmethod
    def get_event_data_format_id(self, data_source: str, event_name: str) -> ApiResult[EventDataFormatInfo]:
        """Give the format of an event, creating it where there is none."""

    @abstractmethod
    def get_event(self, data_source: str, data_format_id: int) -> ApiResult[EventDataFormatInfo]:
        """Give the event that a format id stands for."""

    @abstractmethod
    def get_data_source_data_format_info(self, data_source: str) -> ApiResult[list[DataFormatInfo]]:
        """Give all formats of a data source."""


class IReadingService(IService):
    """Deliver packets to handlers."""

    @abstractmethod
    def set_handler(self, handler: IHandler[ReceivedPacketDto]) -> None:
        """Give every packet to `handler`, too."""

    @abstractmethod
    def add_handler(self, handler: IHandler[ReceivedPacketDto]) -> None:
        """Do the same as `set_handler`."""

    @abstractmethod
    def remove_handler(self, handler: IHandler[ReceivedPacketDto]) -> None:
        """Give packets no longer to `handler`."""


class IPacketReaderService(IReadingService):
    """Read the packets of sessions."""

    session_reading_started: EventSource[SessionInfo]
    session_info_updated: EventSource[SessionInfo]
    session_reading_completed: EventSource[SessionReadingCompletedInfo]
    stream_reading_started: EventSource[StreamInfo]
    stream_reading_completed: EventSource[StreamInfo]
    session_association_info_updated: EventSource[SessionAssociationInfo]
    coverage_cursor_received: EventSource[CoverageCursorInfo]


class IEssentialsService(IReadingService):
    """Read the essential packets of one session."""

    reading_essentials_started: EventSource[SessionInfo]
    reading_essentials_completed: EventSource[SessionReadingCompletedInfo]


class IPacketWriterService(IService):
    """Write packets."""

    @abstractmethod
    def write_data(self, data_source: str, stream: str, session_key: str, packet_bytes: PacketBytes) -> ApiResult[bool]:
        """Write one packet to a stream; "" is the main stream."""

    @abstractmethod
    def write_info(self, packet_bytes: PacketBytes, info_type: InfoType) -> ApiResult[bool]:
        """Write one packet to the session topic."""
