"""Sessions: create, change, end, list and watch them."""

from ma_streaming.session_management.models import (
    SessionAssociationInfo,
    SessionCreationInfo,
    SessionDetail,
    SessionInfo,
    SessionStatistics,
)
from ma_streaming.session_management.service import SessionManagementModuleApi, SessionManagementService

__all__ = [
    "SessionAssociationInfo",
    "SessionCreationInfo",
    "SessionDetail",
    "SessionInfo",
    "SessionManagementModuleApi",
    "SessionManagementService",
    "SessionStatistics",
]
