"""Data formats: the ids that stand for parameter lists and events in packets."""

from ma_streaming.data_format_management.models import (
    DataFormatInfo,
    DataFormatInfoType,
    EventDataFormatInfo,
    ParameterDataFormatInfo,
)
from ma_streaming.data_format_management.service import DataFormatManagementModuleApi, DataFormatManagementService

__all__ = [
    "DataFormatInfo",
    "DataFormatInfoType",
    "DataFormatManagementModuleApi",
    "DataFormatManagementService",
    "EventDataFormatInfo",
    "ParameterDataFormatInfo",
]
