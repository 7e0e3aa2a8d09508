"""Reading the packets of sessions, live and historic."""

from ma_streaming.packet_reading.models import (
    CoverageCursorInfo,
    IHandler,
    LiveReadingType,
    PacketReadingConfiguration,
    PacketReadingType,
    ReaderStatistics,
    ReadingType,
    ReceivedPacketDto,
    SessionReadingCompletedInfo,
    StreamInfo,
    StreamStatistics,
)
from ma_streaming.packet_reading.service import PacketReaderService, PacketReadingModuleApi
from ma_streaming.packets import PacketBytes

__all__ = [
    "CoverageCursorInfo",
    "IHandler",
    "LiveReadingType",
    "PacketBytes",
    "PacketReaderService",
    "PacketReadingConfiguration",
    "PacketReadingModuleApi",
    "PacketReadingType",
    "ReaderStatistics",
    "ReadingType",
    "ReceivedPacketDto",
    "SessionReadingCompletedInfo",
    "StreamInfo",
    "StreamStatistics",
]
