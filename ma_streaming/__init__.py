"""Read and write telemetry of the Open Data Protocol over Kafka.

    import ma_streaming

    with ma_streaming.connect("localhost:9092") as client:
        table = client.read(client.sessions()[0], ["vCar*"])

`connect` is the short way; `SupportLibraryBootstrapper` leads to the services that it is built on.

Names are imported when they are first used, so that `import ma_streaming` loads neither .NET nor Kafka.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

from ma_streaming._version import __version__

if TYPE_CHECKING:
    from ma_streaming.client.connection import (
        Client as Client,
    )
    from ma_streaming.client.connection import (
        connect as connect,
    )
    from ma_streaming.client.parameters import (
        Event as Event,
    )
    from ma_streaming.client.parameters import (
        Parameter as Parameter,
    )
    from ma_streaming.client.parameters import (
        ParameterTable as ParameterTable,
    )
    from ma_streaming.client.sessions import (
        SessionList as SessionList,
    )
    from ma_streaming.configuration import (
        KafkaSecurityConfiguration as KafkaSecurityConfiguration,
    )
    from ma_streaming.configuration import (
        PartitionMapping as PartitionMapping,
    )
    from ma_streaming.configuration import (
        RetryMode as RetryMode,
    )
    from ma_streaming.configuration import (
        RetryPolicy as RetryPolicy,
    )
    from ma_streaming.configuration import (
        StreamCreationStrategy as StreamCreationStrategy,
    )
    from ma_streaming.configuration import (
        StreamingApiConfiguration as StreamingApiConfiguration,
    )
    from ma_streaming.configuration import (
        TopicNaming as TopicNaming,
    )
    from ma_streaming.contracts import (
        IDataFormatManagementService as IDataFormatManagementService,
    )
    from ma_streaming.contracts import (
        IEssentialsService as IEssentialsService,
    )
    from ma_streaming.contracts import (
        IPacketReaderService as IPacketReaderService,
    )
    from ma_streaming.contracts import (
        IPacketWriterService as IPacketWriterService,
    )
    from ma_streaming.contracts import (
        ISessionManagementService as ISessionManagementService,
    )
    from ma_streaming.data_format_management.models import (
        DataFormatInfo as DataFormatInfo,
    )
    from ma_streaming.data_format_management.models import (
        DataFormatInfoType as DataFormatInfoType,
    )
    from ma_streaming.data_format_management.models import (
        DataFormatStatistics as DataFormatStatistics,
    )
    from ma_streaming.data_format_management.models import (
        EventDataFormatInfo as EventDataFormatInfo,
    )
    from ma_streaming.data_format_management.models import (
        ParameterDataFormatInfo as ParameterDataFormatInfo,
    )
    from ma_streaming.data_format_management.service import (
        DataFormatManagementModuleApi as DataFormatManagementModuleApi,
    )
    from ma_streaming.data_format_management.service import (
        DataFormatManagementService as DataFormatManagementService,
    )
    from ma_streaming.errors import (
        AuthenticationError as AuthenticationError,
    )
    from ma_streaming.errors import (
        BrokerUnavailableError as BrokerUnavailableError,
    )
    from ma_streaming.errors import (
        ClosedError as ClosedError,
    )
    from ma_streaming.errors import (
        ConfigurationError as ConfigurationError,
    )
    from ma_streaming.errors import (
        DataExpiredError as DataExpiredError,
    )
    from ma_streaming.errors import (
        DeliveryError as DeliveryError,
    )
    from ma_streaming.errors import (
        InternalError as InternalError,
    )
    from ma_streaming.errors import (
        InvalidArgumentError as InvalidArgumentError,
    )
    from ma_streaming.errors import (
        InvalidPacketError as InvalidPacketError,
    )
    from ma_streaming.errors import (
        LifecycleError as LifecycleError,
    )
    from ma_streaming.errors import (
        MessageTooLargeError as MessageTooLargeError,
    )
    from ma_streaming.errors import (
        NativeLoadError as NativeLoadError,
    )
    from ma_streaming.errors import (
        OperationCancelledError as OperationCancelledError,
    )
    from ma_streaming.errors import (
        QueueFullError as QueueFullError,
    )
    from ma_streaming.errors import (
        StreamingError as StreamingError,
    )
    from ma_streaming.errors import (
        StreamingTimeoutError as StreamingTimeoutError,
    )
    from ma_streaming.errors import (
        TopicUnavailableError as TopicUnavailableError,
    )
    from ma_streaming.errors import (
        UnknownDataFormatError as UnknownDataFormatError,
    )
    from ma_streaming.errors import (
        UnknownSessionError as UnknownSessionError,
    )
    from ma_streaming.errors import (
        UnsupportedFeatureError as UnsupportedFeatureError,
    )
    from ma_streaming.essentials.service import (
        EssentialsModuleApi as EssentialsModuleApi,
    )
    from ma_streaming.essentials.service import (
        EssentialsService as EssentialsService,
    )
    from ma_streaming.events import (
        EventSource as EventSource,
    )
    from ma_streaming.lifecycle import (
        Service as Service,
    )
    from ma_streaming.logger import (
        ILogger as ILogger,
    )
    from ma_streaming.logger import (
        Logger as Logger,
    )
    from ma_streaming.oauth import (
        OAuthToken as OAuthToken,
    )
    from ma_streaming.packet_reading.models import (
        CoverageCursorInfo as CoverageCursorInfo,
    )
    from ma_streaming.packet_reading.models import (
        IHandler as IHandler,
    )
    from ma_streaming.packet_reading.models import (
        LiveReadingType as LiveReadingType,
    )
    from ma_streaming.packet_reading.models import (
        PacketReadingConfiguration as PacketReadingConfiguration,
    )
    from ma_streaming.packet_reading.models import (
        PacketReadingType as PacketReadingType,
    )
    from ma_streaming.packet_reading.models import (
        ReaderStatistics as ReaderStatistics,
    )
    from ma_streaming.packet_reading.models import (
        ReadingType as ReadingType,
    )
    from ma_streaming.packet_reading.models import (
        ReceivedPacketDto as ReceivedPacketDto,
    )
    from ma_streaming.packet_reading.models import (
        SessionReadingCompletedInfo as SessionReadingCompletedInfo,
    )
    from ma_streaming.packet_reading.models import (
        StreamInfo as StreamInfo,
    )
    from ma_streaming.packet_reading.models import (
        StreamStatistics as StreamStatistics,
    )
    from ma_streaming.packet_reading.service import (
        PacketReaderService as PacketReaderService,
    )
    from ma_streaming.packet_reading.service import (
        PacketReadingModuleApi as PacketReadingModuleApi,
    )
    from ma_streaming.packet_writing.models import (
        DeliveryFailedInfo as DeliveryFailedInfo,
    )
    from ma_streaming.packet_writing.models import (
        FullQueuePolicy as FullQueuePolicy,
    )
    from ma_streaming.packet_writing.models import (
        InfoType as InfoType,
    )
    from ma_streaming.packet_writing.models import (
        WriteReport as WriteReport,
    )
    from ma_streaming.packet_writing.models import (
        WriterHealth as WriterHealth,
    )
    from ma_streaming.packet_writing.models import (
        WriterState as WriterState,
    )
    from ma_streaming.packet_writing.models import (
        WriterStatistics as WriterStatistics,
    )
    from ma_streaming.packet_writing.service import (
        PacketWriterService as PacketWriterService,
    )
    from ma_streaming.packet_writing.service import (
        PacketWritingModuleApi as PacketWritingModuleApi,
    )
    from ma_streaming.packets import (
        PacketBytes as PacketBytes,
    )
    from ma_streaming.provenance import (
        EffectiveProperty as EffectiveProperty,
    )
    from ma_streaming.results import (
        ApiResult as ApiResult,
    )
    from ma_streaming.session_management.models import (
        SessionAssociationInfo as SessionAssociationInfo,
    )
    from ma_streaming.session_management.models import (
        SessionCreationInfo as SessionCreationInfo,
    )
    from ma_streaming.session_management.models import (
        SessionDetail as SessionDetail,
    )
    from ma_streaming.session_management.models import (
        SessionInfo as SessionInfo,
    )
    from ma_streaming.session_management.models import (
        SessionStatistics as SessionStatistics,
    )
    from ma_streaming.session_management.service import (
        SessionManagementModuleApi as SessionManagementModuleApi,
    )
    from ma_streaming.session_management.service import (
        SessionManagementService as SessionManagementService,
    )
    from ma_streaming.support_library import (
        SupportLibraryApi as SupportLibraryApi,
    )
    from ma_streaming.support_library import (
        SupportLibraryApiFactory as SupportLibraryApiFactory,
    )
    from ma_streaming.support_library import (
        SupportLibraryBootstrapper as SupportLibraryBootstrapper,
    )

_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "client.connection": ("Client", "connect"),
    "client.parameters": ("Event", "Parameter", "ParameterTable"),
    "client.sessions": ("SessionList",),
    "configuration": (
        "KafkaSecurityConfiguration",
        "PartitionMapping",
        "RetryMode",
        "RetryPolicy",
        "StreamCreationStrategy",
        "StreamingApiConfiguration",
        "TopicNaming",
    ),
    "contracts": (
        "IDataFormatManagementService",
        "IEssentialsService",
        "IPacketReaderService",
        "IPacketWriterService",
        "ISessionManagementService",
    ),
    "data_format_management.models": (
        "DataFormatInfo",
        "DataFormatInfoType",
        "DataFormatStatistics",
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
    "essentials.service": ("EssentialsModuleApi", "EssentialsService"),
    "events": ("EventSource",),
    "lifecycle": ("Service",),
    "logger": ("ILogger", "Logger"),
    "oauth": ("OAuthToken",),
    "packet_reading.models": (
        "CoverageCursorInfo",
        "IHandler",
        "LiveReadingType",
        "PacketReadingConfiguration",
        "PacketReadingType",
        "ReaderStatistics",
        "ReadingType",
        "ReceivedPacketDto",
        "SessionReadingCompletedInfo",
        "StreamInfo",
        "StreamStatistics",
    ),
    "packet_reading.service": ("PacketReaderService", "PacketReadingModuleApi"),
    "packet_writing.models": (
        "DeliveryFailedInfo",
        "FullQueuePolicy",
        "InfoType",
        "WriteReport",
        "WriterHealth",
        "WriterState",
        "WriterStatistics",
    ),
    "packet_writing.service": ("PacketWriterService", "PacketWritingModuleApi"),
    "packets": ("PacketBytes",),
    "provenance": ("EffectiveProperty",),
    "results": ("ApiResult",),
    "session_management.models": (
        "SessionAssociationInfo",
        "SessionCreationInfo",
        "SessionDetail",
        "SessionInfo",
        "SessionStatistics",
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
