"""The essentials of a session: its configuration, markers and whatever else a late reader needs."""

from ma_streaming.essentials.service import EssentialsModuleApi, EssentialsService

__all__ = ["EssentialsModuleApi", "EssentialsService"]
