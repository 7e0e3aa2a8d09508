"""Look up and create data formats."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from ma_streaming import arguments
from ma_streaming.contracts import IDataFormatManagementService
from ma_streaming.data_format_management.models import (
    DataFormatInfo,
    DataFormatInfoType,
    DataFormatStatistics,
    EventDataFormatInfo,
    ParameterDataFormatInfo,
)
from ma_streaming.errors import InternalError, StreamingError, UnknownDataFormatError
from ma_streaming.events import EventSource
from ma_streaming.hosting import HostedService, ModuleApi, ServiceHost
from ma_streaming.results import ApiResult

if TYPE_CHECKING:
    from ma_streaming._native.client import NativeClient
    from ma_streaming._native.pump import Pump
    from ma_streaming._native.queues import EventQueue

_LARGEST_ID: Final = 2**64 - 1


class DataFormatManagementService(HostedService, IDataFormatManagementService):
    """Look up and create data formats.

    Attributes:
        data_format_info_updated: A format of any data source appeared, or got another id, after `start()` and the first
            `subscribe`; `DataFormatInfo`. Fires on the service's own thread. From the first `subscribe` on, the
            essentials of all data sources are read.
    """

    stop_order = 2

    def __init__(self, host: ServiceHost) -> None:
        super().__init__(host)
        self.data_format_info_updated: EventSource[DataFormatInfo] = EventSource(
            "data_format_info_updated", self, host.logger, subscribed=self._follow_all
        )
        self._follows_all = False
        self._native: NativeClient | None = None
        self._queue: EventQueue | None = None
        self._pump: Pump[DataFormatManagementService, dict[str, Any]] | None = None

    def get_parameter_data_format_id(
        self, data_source: str, parameter_identifiers: Iterable[str]
    ) -> ApiResult[ParameterDataFormatInfo]:
        """Give the format of a list of parameters, creating it where there is none.

        The order of the parameters counts: another order is another format. A created one is delivered to the broker
        before the result comes.
        """

        def look_up() -> ParameterDataFormatInfo:
            identifiers = arguments.texts("parameter_identifiers", parameter_identifiers)
            return _parameters(self._client.get_parameter_data_format(_source(data_source), identifiers))

        return self._answer(look_up)

    def get_parameters_list(self, data_source: str, data_format_id: int) -> ApiResult[ParameterDataFormatInfo]:
        """Give the parameters that a format id stands for.

        Failed with `UnknownDataFormatError` where no parameter list has that id.
        """
        return self._answer(
            lambda: _parameters(
                self._client.find_parameter_data_format(_source(data_source), _id(data_format_id)), data_format_id
            )
        )

    def get_event_data_format_id(self, data_source: str, event_name: str) -> ApiResult[EventDataFormatInfo]:
        """Give the format of an event, creating it where there is none."""
        return self._answer(
            lambda: _event(
                self._client.get_event_data_format(_source(data_source), arguments.text("event_name", event_name))
            )
        )

    def get_event(self, data_source: str, data_format_id: int) -> ApiResult[EventDataFormatInfo]:
        """Give the event that a format id stands for.

        Failed with `UnknownDataFormatError` where no event has that id.
        """
        return self._answer(
            lambda: _event(
                self._client.find_event_data_format(_source(data_source), _id(data_format_id)), data_format_id
            )
        )

    def get_data_source_data_format_info(self, data_source: str) -> ApiResult[list[DataFormatInfo]]:
        """Give all formats of a data source."""
        return self._answer(lambda: [_info(each) for each in self._client.data_formats(_source(data_source))])

    def statistics(self) -> ApiResult[DataFormatStatistics]:
        """Count the formats of the data sources that were asked for."""
        return self._answer(lambda: DataFormatStatistics(*self._client.data_format_statistics()))

    @property
    def _client(self) -> NativeClient:
        if self._native is None:
            raise InternalError("the data format management service is started but has no client")
        return self._native

    def _on_initialise(self) -> None:
        self._native = self._host.require_client(started=False)

    def _on_start(self) -> None:
        from ma_streaming._native.pump import Pump

        self._native = self._host.require_client(started=True)
        self._queue = self._native.open_data_format_events()
        self._pump = Pump(
            f"ma-streaming data formats {self.id}",
            self,
            self._queue.take,
            DataFormatManagementService._deliver,
            self._queue.close,
            self._log,
        )

        if self._follows_all:
            self._native.follow_all_data_formats()

    def _follow_all(self) -> None:
        self._follows_all = True
        if self._native is not None and self.is_started:
            try:
                self._native.follow_all_data_formats()
            except StreamingError as error:
                self._log.error(f"Only formats that are asked for will be told of: {error}")

    def _on_stop(self) -> None:
        if self._queue is not None:
            self._queue.close()
        if self._pump is not None and not self._pump.stop(self._stop_timeout_seconds) and not self._is_own_thread():
            self._log.error("A handler of data format events is still running; it goes on in the background")

    def _is_own_thread(self) -> bool:
        return self._pump is not None and self._pump.is_current_thread

    def _deliver(self, event: dict[str, Any]) -> None:
        self.data_format_info_updated.fire(_info(event))


class DataFormatManagementModuleApi(ModuleApi):
    """Makes data format management services."""

    def create_service(self) -> ApiResult[DataFormatManagementService]:
        """Make a service; `initialise()` and `start()` it before use."""
        return self._make(lambda: DataFormatManagementService(self._host))


def _source(data_source: str) -> str:
    return arguments.text("data_source", data_source)


def _id(data_format_id: int) -> int:
    return arguments.integer("data_format_id", data_format_id, minimum=0, maximum=_LARGEST_ID)


def _first_id(found: dict[str, Any]) -> int:
    if not found["ids"]:
        raise UnknownDataFormatError(f"the data format {found['key']!r} has no id", subject=found["key"])
    return int(found["ids"][0])


def _parameters(found: dict[str, Any], asked_for: int | None = None) -> ParameterDataFormatInfo:
    chosen = asked_for if asked_for is not None else _first_id(found)
    return ParameterDataFormatInfo(found["data_source"], chosen, list(found["identifiers"]))


def _event(found: dict[str, Any], asked_for: int | None = None) -> EventDataFormatInfo:
    chosen = asked_for if asked_for is not None else _first_id(found)
    return EventDataFormatInfo(found["data_source"], chosen, found["identifiers"][0])


def _info(found: dict[str, Any]) -> DataFormatInfo:
    kind = DataFormatInfoType(found["type"])
    return DataFormatInfo(found["data_source"], found["key"], found["ids"], found["identifiers"], kind)
