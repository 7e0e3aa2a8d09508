# ruff: noqa: F401 - the imports under TYPE_CHECKING are for type checkers; the table below does the work
"""Read and write telemetry of the Open Data Protocol over Kafka.

    from ma_streaming import Logger, StreamingApiConfiguration, SupportLibraryBootstrapper

    factory = SupportLibraryBootstrapper.bootstrap(StreamingApiConfiguration("localhost:9092"), Logger())
    with factory.create() as api:
        sessions = api.get_session_manager_api().create_service().unwrap()

Names are imported when they are first used, so that `import ma_streaming` loads neither .NET nor Kafka.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

from ma_streaming._version import __version__

if TYPE_CHECKING:
    from ma_streaming.configuration import (
        KafkaSecurityConfiguration,
        PartitionMapping,
        RetryMode,
        RetryPolicy,
        StreamCreationStrategy,
        StreamingApiConfiguration,
        TopicNaming,
    )
    from ma_streaming.data_format_management.models import (
        DataFormatInfo,
        DataFormatInfoType,
        EventDataFormatInfo,
        ParameterDataFormatInfo,
    )
    from ma_streaming.data_format_management.service import DataFormatManagementModuleApi, DataFormatManagementService
    from ma_streaming.errors import (
        AuthenticationError,
        BrokerUnavailableError,
        ClosedError,
        ConfigurationError,
        DataExpiredError,
        DeliveryError,
        InternalError,
        InvalidArgumentError,
        InvalidPacketError,
        LifecycleError,
        MessageTooLargeError,
        NativeLoadError,
        OperationCancelledError,
        QueueFullError,
        StreamingError,
        StreamingTimeoutError,
        TopicUnavailableError,
        UnknownDataFormatError,
        UnknownSessionError,
        UnsupportedFeatureError,
    )
    from ma_streaming.events import EventSource
    from ma_streaming.lifecycle import Service
    from ma_streaming.logger import ILogger, Logger
    from ma_streaming.packet_reading.models import (
        CoverageCursorInfo,
        IHandler,
        LiveReadingType,
        PacketReadingConfiguration,
        PacketReadingType,
        ReaderStatistics,
        ReceivedPacketDto,
        SessionReadingCompletedInfo,
        StreamInfo,
    )
    from ma_streaming.packet_reading.service import PacketReaderService, PacketReadingModuleApi
    from ma_streaming.packet_writing.models import DeliveryFailedInfo, InfoType, WriteReport, WriterStatistics
    from ma_streaming.packet_writing.service import PacketWriterService, PacketWritingModuleApi
    from ma_streaming.packets import PacketBytes
    from ma_streaming.results import ApiResult
    from ma_streaming.session_management.models import (
        SessionAssociationInfo,
        SessionCreationInfo,
        SessionDetail,
        SessionInfo,
    )
    from ma_streaming.session_management.service import SessionManagementModuleApi, SessionManagementService
    from ma_streaming.support_library import (
        SupportLibraryApi,
        SupportLibraryApiFactory,
        SupportLibraryBootstrapper,
    )

_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "configuration": (
        "KafkaSecurityConfiguration",
        "PartitionMapping",
        "RetryMode",
        "RetryPolicy",
        "StreamCreationStrategy",
        "StreamingApiConfiguration",
        "TopicNaming",
    ),
    "data_format_management.models": (
        "DataFormatInfo",
        "DataFormatInfoType",
        "EventDataFormatInfo",
        "ParameterDataFormatInfo",
    ),
    "data_format_management.service": ("DataFormatManagementModuleApi", "DataFormatManagementService"),
    "errors": (
        "AuthenticationError",
        "BrokerUnavailableError",
        "ClosedError",
        "ConfigurationError",
        "DataExpiredError",
        "DeliveryError",
        "InternalError",
        "InvalidArgumentError",
        "InvalidPacketError",
        "LifecycleError",
        "MessageTooLargeError",
        "NativeLoadError",
        "OperationCancelledError",
        "QueueFullError",
        "StreamingError",
        "StreamingTimeoutError",
        "TopicUnavailableError",
        "UnknownDataFormatError",
        "UnknownSessionError",
        "UnsupportedFeatureError",
    ),
    "events": ("EventSource",),
    "lifecycle": ("Service",),
    "logger": ("ILogger", "Logger"),
    "packet_reading.models": (
        "CoverageCursorInfo",
        "IHandler",
        "LiveReadingType",
        "PacketReadingConfiguration",
        "PacketReadingType",
        "ReaderStatistics",
        "ReceivedPacketDto",
        "SessionReadingCompletedInfo",
        "StreamInfo",
    ),
    "packet_reading.service": ("PacketReaderService", "PacketReadingModuleApi"),
    "packet_writing.models": ("DeliveryFailedInfo", "InfoType", "WriteReport", "WriterStatistics"),
    "packet_writing.service": ("PacketWriterService", "PacketWritingModuleApi"),
    "packets": ("PacketBytes",),
    "results": ("ApiResult",),
    "session_management.models": (
        "SessionAssociationInfo",
        "SessionCreationInfo",
        "SessionDetail",
        "SessionInfo",
    ),
    "session_management.service": ("SessionManagementModuleApi", "SessionManagementService"),
    "support_library": ("SupportLibraryApi", "SupportLibraryApiFactory", "SupportLibraryBootstrapper"),
}
_MODULES: Final = {name: module for module, names in _NAMES.items() for name in names}

__all__ = ["__version__", *_MODULES]  # noqa: PLE0604 - the table above holds strings only


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any of the names above
    module = _MODULES.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{module}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
