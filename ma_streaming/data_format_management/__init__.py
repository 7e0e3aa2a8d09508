"""Data formats: the ids that stand for parameter lists and events in packets."""

from ma_streaming.data_format_management.models import (
    DataFormatInfo,
    DataFormatInfoType,
    DataFormatStatistics,
    EventDataFormatInfo,
    ParameterDataFormatInfo,
)
from ma_streaming.data_format_management.service import DataFormatManagementModuleApi, DataFormatManagementService

__all__ = [
    "DataFormatInfo",
    "DataFormatInfoType",
    "DataFormatManagementModuleApi",
    "DataFormatManagementService",
    "DataFormatStatistics",
    "EventDataFormatInfo",
    "ParameterDataFormatInfo",
]
