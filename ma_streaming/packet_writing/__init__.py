"""Writing packets to the streams of a session."""

from ma_streaming.packet_writing.models import (
    DeliveryFailedInfo,
    FullQueuePolicy,
    InfoType,
    WriteReport,
    WriterHealth,
    WriterState,
    WriterStatistics,
)
from ma_streaming.packet_writing.service import PacketWriterService, PacketWritingModuleApi
from ma_streaming.packet_writing.splitting import split_configuration
from ma_streaming.packets import PacketBytes

__all__ = [
    "DeliveryFailedInfo",
    "FullQueuePolicy",
    "InfoType",
    "PacketBytes",
    "PacketWriterService",
    "PacketWritingModuleApi",
    "WriteReport",
    "WriterHealth",
    "WriterState",
    "WriterStatistics",
    "split_configuration",
]
